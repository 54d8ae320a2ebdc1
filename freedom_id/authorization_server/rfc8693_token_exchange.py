"""The request and the answer of RFC 8693 §2, and the deviations of the Identity door that both doors take."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from freedom_id.domain.token_exchange import Exchange, ExchangedToken
from freedom_id.errors import InvalidFields

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"
TOKEN_TYPES = ("", ACCESS_TOKEN, JWT)
LONGEST_TOKEN = 4096
LONGEST = 2000
MOST_HOSTS = 20
UNSUPPORTED = ("actor_token", "actor_token_type", "resource")  # silently ignored, they would promise what is not done
Errors = dict[str, list[str]]


def read_exchange(fields: Mapping[str, Any]) -> Exchange:
    """The request in form fields or JSON members. `subject_token_type` may be left out, `audience` may be a number,
    `request_uri` names hosts of the audience. Raises InvalidFields."""
    errors: Errors = {name: ["This is not supported."] for name in UNSUPPORTED if fields.get(name)}
    for name in ("subject_token_type", "requested_token_type"):
        if text_field(fields, name, errors) not in TOKEN_TYPES:
            errors[name] = ["An access token or a JWT is meant, or nothing."]
    exchange = Exchange(
        subject_token=text_field(fields, "subject_token", errors, required=True, longest=LONGEST_TOKEN),
        audience=_audience(fields, errors),
        scope=text_field(fields, "scope", errors),
        hosts=_hosts(fields.get("request_uri"), errors),
    )
    if errors:
        raise InvalidFields(errors)
    return exchange


def exchange_response(token: ExchangedToken, fields: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 8693 §2.2.1."""
    return {
        "access_token": token.access_token,
        "issued_token_type": fields.get("requested_token_type") or ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": token.expires_in,
        "scope": token.scope,
    }


def text_field(
    fields: Mapping[str, Any], name: str, errors: Errors, *, required: bool = False, longest: int = LONGEST
) -> str:
    """The field, or "" with a line in `errors`."""
    value = fields.get(name)
    if value is None or value == "":
        if required:
            errors[name] = ["This is required."]
        return ""
    if isinstance(value, str) and len(value) <= longest and value.isascii() and value.isprintable():
        return value
    errors[name] = [f"At most {longest} printable ASCII characters."]
    return ""


def _audience(fields: Mapping[str, Any], errors: Errors) -> str:
    value = fields.get("audience")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        value = str(value)
    return text_field({"audience": value}, "audience", errors, required=True)


def _hosts(value: Any, errors: Errors) -> list[str]:
    """Hosts or addresses: an array, or in a form separated by spaces."""
    if value is None or value == "":
        return []
    given = value.split() if isinstance(value, str) else value
    if isinstance(given, list) and len(given) <= MOST_HOSTS:
        hosts = [_host(item) for item in given]
        if all(hosts):
            return hosts
    errors["request_uri"] = [f"At most {MOST_HOSTS} hosts or addresses."]
    return []


def _host(item: Any) -> str:
    try:
        return urlsplit(item if "://" in item else f"//{item}").hostname or "" if isinstance(item, str) else ""
    except ValueError:
        return ""
