"""The only file that imports paths of django-oauth-toolkit which its next release moves."""

from threading import local

from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidClientError

from freedom_id.models import PartnerClient

__all__ = [
    "BaseScopes",
    "InvalidClientError",
    "OAuth2Validator",
    "authenticated_client",
    "server_core",
]

_of_thread = local()


class ServerCore(OAuthLibCore):
    """The toolkit's bridge to oauthlib, which has no way to the introspection endpoint that oauthlib has."""

    def create_introspect_response(self, request: HttpRequest) -> tuple[None, dict[str, str], str, int]:
        uri, method, body, headers = self._extract_params(request)  # type: ignore[no-untyped-call]
        return None, *self.server.create_introspect_response(uri, method, body, headers)


def authenticated_client(request: HttpRequest) -> PartnerClient:
    """The usable client that authenticates a form-encoded request, or that names itself and has no secret. Raises
    InvalidClientError."""
    core = server_core()
    asked = Request(*core._extract_params(request))  # type: ignore[no-untyped-call]
    validator = core.server.request_validator
    if validator.client_authentication_required(asked):
        proven = validator.authenticate_client(asked)
    else:
        proven = validator.authenticate_client_id(asked.client_id, asked)
    if not proven or not asked.client.is_usable(asked):
        raise InvalidClientError(request=asked)
    client: PartnerClient = asked.client
    return client


def server_core() -> ServerCore:
    """The bridge, with our server and validator from the settings: one for each thread, which answers one request at a
    time."""
    if not hasattr(_of_thread, "core"):
        server = oauth2_settings.OAUTH2_SERVER_CLASS
        _of_thread.core = ServerCore(  # type: ignore[no-untyped-call]
            server(oauth2_settings.OAUTH2_VALIDATOR_CLASS(), **oauth2_settings.server_kwargs)
        )
    core: ServerCore = _of_thread.core
    return core
