"""What the operations accept. Unknown fields are ignored; what is wrong is named field by field, list items as
`purposes.3`."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest

from consents.domain.idempotency import RepeatableRequest
from freedom_id.domain.consent_transactions import AllowedPurpose
from freedom_id.domain.operator_clients import Application, Company
from freedom_id.domain.queries.clients import LONGEST_NUMBER
from freedom_id.identity_v4.errors import IdentityError

MAX_PURPOSES = 20
MAX_NAMES = 50
MAX_LANGUAGES = 20
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
UUID_LENGTH = 36
NOTHING = UUID(int=0)
LARGEST_VERSION = 2**31 - 1
KEY = re.compile(r"[\x20-\x7e]{1,255}")
REFERENCE = re.compile(r"[\x21-\x7e]{1,100}")
Errors = dict[str, list[str]]


def asked_names(request: HttpRequest) -> list[str] | None:
    """`names`: comma-separated, or repeated; None without any. Which names there are is for the caller to judge."""
    given = [name for value in request.GET.getlist("names") for name in value.split(",") if name]
    if len(given) > MAX_NAMES:
        raise IdentityError(40001, errors={"names": [f"At most {MAX_NAMES} names."]})
    return given or None


def client_reference(request: HttpRequest) -> str | None:
    """`client_id` of the query."""
    value = request.GET.get("client_id")
    if value is not None and not REFERENCE.fullmatch(value):
        raise IdentityError(40001, errors={"client_id": ["This is no client id."]})
    return value


def allowed_purposes(request: HttpRequest) -> list[AllowedPurpose]:
    """`purposes` of the body: objects with `Id` or `PurposeId`, and perhaps `Version`."""
    errors: Errors = {}
    items = _list(json_object(request).get("purposes"), "purposes", errors)
    purposes = [_allowed(item, f"purposes.{index}", errors) for index, item in enumerate(items)]
    found = [purpose for purpose in purposes if purpose]
    _refuse_repetitions([purpose.id for purpose in found], "purposes", errors)
    refuse(errors)
    return found


def withdrawn_purposes(request: HttpRequest) -> tuple[list[UUID], str]:
    """`PurposeId` of the body, one or an array, and `withdrawnBy`, "" when it is left out."""
    errors: Errors = {}
    body = json_object(request)
    given = body.get("PurposeId")
    if isinstance(given, list):
        items = _list(given, "PurposeId", errors)
        ids = [_uuid(item, f"PurposeId.{index}", errors) for index, item in enumerate(items)]
    else:
        ids = [_uuid(given, "PurposeId", errors)]
    found = [purpose_id for purpose_id in ids if purpose_id]
    _refuse_repetitions(found, "PurposeId", errors)
    withdrawn_by = body.get("withdrawnBy", "")
    if withdrawn_by != "" and not (isinstance(withdrawn_by, str) and REFERENCE.fullmatch(withdrawn_by)):
        errors["withdrawnBy"] = ["At most 100 printable ASCII characters without spaces."]
    refuse(errors)
    return found, withdrawn_by


def applications_of(request: HttpRequest) -> tuple[list[Application], Company]:
    """`applications` of the body, and whose they are: `app_name`, `company_name` (language maps), `country`."""
    errors: Errors = {}
    body = json_object(request)
    items = _list(body.get("applications"), "applications", errors)
    applications = [_application(item, f"applications.{index}", errors) for index, item in enumerate(items)]
    company = Company(
        app_name=_language_map(body.get("app_name"), "app_name", errors),
        company_name=_language_map(body.get("company_name"), "company_name", errors),
        country=_text(body.get("country"), "country", errors),
    )
    refuse(errors)
    return applications, company


def after_client(request: HttpRequest) -> int:
    """`after` of the query, the integer id of the last client that the caller has; 0 without."""
    value = request.GET.get("after", "0")
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER):
        raise IdentityError(40001, errors={"after": ["A client's integer id is required."]})
    return int(value)


def repeatable_request(request: HttpRequest, *, caller: str) -> RepeatableRequest | None:
    """The `Idempotency-Key` with a digest of what is asked; None without the header."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise IdentityError(40001, errors={"Idempotency-Key": ["1 to 255 printable ASCII characters."]})
    line = f"{request.method} {request.path}?{request.META.get('QUERY_STRING', '')}\n"
    return RepeatableRequest(caller, key, hashlib.sha256(line.encode(errors="replace") + request.body).hexdigest())


def path_uuid(captured: Mapping[str, str], name: str) -> UUID:
    """An id of the path; what is none is the id of nothing."""
    try:
        return UUID(captured[name]) if len(captured[name]) == UUID_LENGTH else NOTHING
    except ValueError:
        return NOTHING


def json_object(request: HttpRequest) -> Mapping[str, Any]:
    """The body. Raises IdentityError when it is anything else."""
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise IdentityError(40000) from None
    if not isinstance(body, dict):
        raise IdentityError(40000)
    return body


def _list(value: Any, field: str, errors: Errors) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_PURPOSES:
        errors[field] = [f"An array of 1 to {MAX_PURPOSES} items is required."]
        return []
    return value


def _application(item: Any, field: str, errors: Errors) -> Application:
    if not isinstance(item, dict):
        errors[field] = ["An object is required."]
        return Application("", [])
    redirect_uri = _text(item.get("redirect_uri"), f"{field}.redirect_uri", errors)
    return Application(redirect_uri, _text(item.get("scope"), f"{field}.scope", errors).split())


def _language_map(value: Any, field: str, errors: Errors) -> dict[str, str]:
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_LANGUAGES:
        errors[field] = ['An object of names by language is required, such as {"en": "…"}.']
        return {}
    if any(not LANGUAGE_TAG.fullmatch(tag) for tag in value):
        errors[field] = ["The keys are language tags, such as en or zh-Hant."]
        return {}
    return {tag: _text(name, f"{field}.{tag}", errors) for tag, name in value.items()}


def _text(value: Any, field: str, errors: Errors) -> str:
    if isinstance(value, str):
        return value
    errors[field] = ["A string is required."]
    return ""


def _allowed(item: Any, field: str, errors: Errors) -> AllowedPurpose | None:
    if not isinstance(item, dict):
        errors[field] = ["An object is required."]
        return None
    if "Id" in item and "PurposeId" in item and item["Id"] != item["PurposeId"]:
        errors[f"{field}.Id"] = ["Id and PurposeId differ."]
        return None
    purpose_id = _uuid(item.get("Id", item.get("PurposeId")), f"{field}.Id", errors)
    version = _version(item.get("Version"), f"{field}.Version", errors)
    return AllowedPurpose(purpose_id, version) if purpose_id else None


def _version(value: Any, field: str, errors: Errors) -> int | None:
    """A number, or its digits: row 3 says it as text, row 6 as a number."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_VERSION)):
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_VERSION):
        return value
    errors[field] = ["A version is a number from 1."]
    return None


def _uuid(value: Any, field: str, errors: Errors) -> UUID | None:
    try:
        if isinstance(value, str) and len(value) == UUID_LENGTH:
            return UUID(value)
    except ValueError:
        pass
    errors[field] = ["A UUID is required."]
    return None


def _refuse_repetitions(ids: Sequence[UUID], field: str, errors: Errors) -> None:
    if len(set(ids)) < len(ids):
        errors[field] = ["A purpose is given twice."]


def refuse(errors: Errors) -> None:
    """Raise IdentityError if there are any."""
    if errors:
        raise IdentityError(40001, errors=errors)
