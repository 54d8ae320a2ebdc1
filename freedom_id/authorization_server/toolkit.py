"""The only file that imports paths of django-oauth-toolkit which its next release moves."""

from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings

__all__ = ["BaseScopes", "FatalClientError", "OAuth2Validator", "OAuthLibCore", "OAuthToolkitError", "server_core"]


def server_core() -> OAuthLibCore:
    """The toolkit's bridge to oauthlib, with our server and validator from the settings."""
    core: OAuthLibCore = oauth2_settings.OAUTH2_BACKEND_CLASS(
        oauth2_settings.OAUTH2_SERVER_CLASS(oauth2_settings.OAUTH2_VALIDATOR_CLASS(), **oauth2_settings.server_kwargs)
    )
    return core
