"""What the six methods accept. Unknown fields are ignored; what is wrong is named field by field, list
items as `grants.3`, as the published answers do."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from freedom_id.domain.links import LinkInput
from freedom_id.errors import InvalidFields, InvalidRefreshToken, InvalidToken
from freedom_id.grants import GRANTS
from freedom_id.rfc6750_bearer import bearer_token

PRINTABLE = re.compile(r"[\x20-\x7e]*")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
MAX_GRANTS = 50
UUID_LENGTH = 36
CLOCK_TOLERANCE = timedelta(hours=24)


def bearer(request: HttpRequest, refused: type[InvalidToken | InvalidRefreshToken] = InvalidToken) -> str:
    """The bearer token. Raises `refused`."""
    token = bearer_token(request)
    if token is None:
        raise refused("no Bearer header")
    return token


def json_object(request: HttpRequest) -> Mapping[str, Any]:
    """The JSON object in the body; an empty body is an empty object. Raises InvalidFields."""
    if not request.body:
        return {}
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise InvalidFields({"body": ["The body must be JSON."]}) from error
    if not isinstance(body, dict):
        raise InvalidFields({"body": ["The body must be a JSON object."]})
    return body


def link_input(body: Mapping[str, Any]) -> LinkInput:
    errors: dict[str, list[str]] = {}
    redirect_uri = _text(body, "redirect_uri", errors, required=True, longest=2048)
    state = _text(body, "state", errors, longest=512)
    locale = _text(body, "locale", errors, longest=8)
    challenge = _text(body, "code_challenge", errors, longest=43)
    method = body.get("code_challenge_method", "S256" if challenge else None)
    if challenge and not CHALLENGE.fullmatch(challenge):
        errors["code_challenge"] = ["The Code challenge must be 43 base64url characters."]
    if (challenge or method is not None) and method != "S256":
        errors["code_challenge_method"] = ["The Code challenge method must be S256."]
    grants = _grants(body.get("grants"), errors)
    if errors:
        raise InvalidFields(errors)
    return LinkInput(redirect_uri, grants, state, challenge, locale)


def token_input(body: Mapping[str, Any]) -> tuple[str, str, str]:
    """`authorization_code`, `code_verifier` and `revoke_uri`."""
    errors: dict[str, list[str]] = {}
    code = _text(body, "authorization_code", errors, required=True, longest=512)
    verifier = _text(body, "code_verifier", errors, longest=128)
    revoke_uri = _text(body, "revoke_uri", errors, longest=2048)
    if verifier and not VERIFIER.fullmatch(verifier):
        errors["code_verifier"] = ["The Code verifier must be 43 to 128 unreserved characters."]
    if errors:
        raise InvalidFields(errors)
    return code, verifier, revoke_uri


def profile_input(body: Mapping[str, Any]) -> UUID:
    """`request_id`; `created_at` is optional and only checked to lie within a day of our clock."""
    errors: dict[str, list[str]] = {}
    request_id = _uuid(body.get("request_id"), errors)
    if body.get("created_at") is not None and not _is_recent(body["created_at"]):
        errors["created_at"] = ["The Created at must be an ISO 8601 time within 24 hours of now."]
    if errors or request_id is None:
        raise InvalidFields(errors)
    return request_id


def status_input(request: HttpRequest) -> UUID:
    """`request_id` from the JSON body of the GET or from the query; two different ones are an error."""
    errors: dict[str, list[str]] = {}
    body, query = json_object(request).get("request_id"), request.GET.get("request_id")
    if body is not None and query is not None and body != query:
        errors["request_id"] = ["The Request id in the query and in the body differ."]
        raise InvalidFields(errors)
    request_id = _uuid(query if query is not None else body, errors)
    if request_id is None:
        raise InvalidFields(errors)
    return request_id


def _text(
    body: Mapping[str, Any], field: str, errors: dict[str, list[str]], *, longest: int, required: bool = False
) -> str:
    label, value = field.replace("_", " ").capitalize(), body.get(field)
    if value is None or value == "":
        if required:
            errors[field] = [f"The {label} field is required."]
        return ""
    if not isinstance(value, str):
        errors[field] = [f"The {label} must be a string."]
        return ""
    if len(value) > longest or not PRINTABLE.fullmatch(value):
        errors[field] = [f"The {label} must be at most {longest} printable ASCII characters."]
        return ""
    return value


def _grants(value: Any, errors: dict[str, list[str]]) -> list[str]:
    if not value:
        errors["grants"] = ["The Grants field is required."]
        return []
    if not isinstance(value, list) or len(value) > MAX_GRANTS:
        errors["grants"] = [f"The Grants must be an array of at most {MAX_GRANTS} items."]
        return []
    for index, item in enumerate(value):
        if not isinstance(item, str) or item not in GRANTS:
            errors[f"grants.{index}"] = [f"The selected grants.{index} is invalid."]
    return value


def _uuid(value: Any, errors: dict[str, list[str]]) -> UUID | None:
    if value is None or value == "":
        errors["request_id"] = ["The Request id field is required."]
        return None
    try:
        if isinstance(value, str) and len(value) == UUID_LENGTH:
            return UUID(value)
    except ValueError:
        pass
    errors["request_id"] = ["The Request id must be a valid UUID."]
    return None


def _is_recent(value: Any) -> bool:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return False
    if moment is None:
        return False
    aware: datetime = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return abs(timezone.now() - aware) <= CLOCK_TOLERANCE
