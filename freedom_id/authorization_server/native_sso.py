"""The token request of OpenID Connect Native SSO for Mobile Apps 1.0 §4.3: a profile of RFC 8693."""

from collections.abc import Mapping
from typing import Any

from freedom_id.authorization_server.rfc8693_token_exchange import ACCESS_TOKEN, LONGEST_TOKEN, Errors, text_field
from freedom_id.conf import conf
from freedom_id.domain.native_sso import SharedSignIn
from freedom_id.domain.token_exchange import TargetRefused
from freedom_id.errors import InvalidFields

DEVICE_SECRET = "urn:openid:params:token-type:device-secret"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
REQUESTABLE = ("", ACCESS_TOKEN)


def is_native_sso(fields: Mapping[str, Any]) -> bool:
    return fields.get("actor_token_type") == DEVICE_SECRET


def read_shared_sign_in(fields: Mapping[str, Any]) -> SharedSignIn:
    """Raises InvalidFields, and TargetRefused for any audience but us."""
    errors: Errors = {}
    if fields.get("subject_token_type") != ID_TOKEN:
        errors["subject_token_type"] = [f"It must be {ID_TOKEN}."]
    if fields.get("requested_token_type", "") not in REQUESTABLE:
        errors["requested_token_type"] = ["An access token is meant, or nothing."]
    if fields.get("resource"):
        errors["resource"] = ["This is not supported."]
    audience = text_field(fields, "audience", errors, required=True)
    asked = SharedSignIn(
        id_token=text_field(fields, "subject_token", errors, required=True, longest=LONGEST_TOKEN),
        device_secret=text_field(fields, "actor_token", errors, required=True),
        scope=text_field(fields, "scope", errors),
    )
    if errors:
        raise InvalidFields(errors)
    if audience != conf.issuer:
        raise TargetRefused("not the issuer")
    return asked
