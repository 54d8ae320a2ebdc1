"""The only file that imports paths of django-oauth-toolkit which its next release moves."""

from django.http import HttpRequest
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings

__all__ = ["BaseScopes", "FatalClientError", "OAuth2Validator", "OAuthLibCore", "OAuthToolkitError", "server_core"]


class ServerCore(OAuthLibCore):
    """The toolkit's bridge to oauthlib, which has no way to the introspection endpoint that oauthlib has."""

    def create_introspect_response(self, request: HttpRequest) -> tuple[None, dict[str, str], str, int]:
        uri, method, body, headers = self._extract_params(request)  # type: ignore[no-untyped-call]
        return None, *self.server.create_introspect_response(uri, method, body, headers)


def server_core() -> ServerCore:
    """The bridge, with our server and validator from the settings."""
    return ServerCore(  # type: ignore[no-untyped-call]
        oauth2_settings.OAUTH2_SERVER_CLASS(oauth2_settings.OAUTH2_VALIDATOR_CLASS(), **oauth2_settings.server_kwargs)
    )
