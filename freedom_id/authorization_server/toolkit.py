"""The only file that imports paths of django-oauth-toolkit which its next release moves."""

from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings
from oauthlib.common import Request

from freedom_id.models import PartnerClient

__all__ = [
    "BaseScopes",
    "OAuth2Validator",
    "authenticated_client",
    "server_core",
]


class ServerCore(OAuthLibCore):
    """The toolkit's bridge to oauthlib, which has no way to the introspection endpoint that oauthlib has."""

    def create_introspect_response(self, request: HttpRequest) -> tuple[None, dict[str, str], str, int]:
        uri, method, body, headers = self._extract_params(request)  # type: ignore[no-untyped-call]
        return None, *self.server.create_introspect_response(uri, method, body, headers)


def authenticated_client(request: HttpRequest) -> PartnerClient | None:
    """The usable client that authenticates a form-encoded request, or that names itself and has no secret."""
    core = server_core()
    asked = Request(*core._extract_params(request))  # type: ignore[no-untyped-call]
    validator = core.server.request_validator
    if validator.client_authentication_required(asked):
        proven = validator.authenticate_client(asked)
    else:
        proven = validator.authenticate_client_id(asked.client_id, asked)
    return asked.client if proven and asked.client.is_usable(asked) else None


def server_core() -> ServerCore:
    """The bridge, with our server and validator from the settings."""
    return ServerCore(  # type: ignore[no-untyped-call]
        oauth2_settings.OAUTH2_SERVER_CLASS(oauth2_settings.OAUTH2_VALIDATOR_CLASS(), **oauth2_settings.server_kwargs)
    )
