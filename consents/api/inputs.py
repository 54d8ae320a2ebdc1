"""What the door of checks accepts. Unlike elsewhere, a field that is not known is refused: a misspelt `at` would be
answered with today's truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.http import HttpRequest

from consents.errors import InvalidRequest

MAX_NAMES = 20
MAX_SUBJECTS = 100
LONGEST_NAME = 100
LONGEST_ACCOUNT = 255
LONGEST_TIME = 40


@dataclass(frozen=True, slots=True)
class CheckInput:
    """`account` None is the caller's own person; `at` or `known_at` ask the past."""

    names: list[str]
    account: str | None
    at: datetime | None
    known_at: datetime | None

    @property
    def asks_the_past(self) -> bool:
        return self.at is not None or self.known_at is not None


def check_input(request: HttpRequest) -> CheckInput:
    """The query `names=a,b[&account=][&at=][&known_at=]`. Raises InvalidRequest."""
    try:
        pairs = parse_qsl(
            request.META.get("QUERY_STRING", ""), keep_blank_values=True, errors="strict", max_num_fields=8
        )
    except ValueError as error:
        raise InvalidRequest("The query is malformed.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidRequest("A parameter is given twice.")
    _require_known(fields, {"names", "account", "at", "known_at"})
    account = fields.get("account")
    return CheckInput(
        names=_names(fields.get("names", "").split(",")),
        account=None if account is None else _text(account, "account", LONGEST_ACCOUNT),
        at=_moment(fields.get("at"), "at"),
        known_at=_moment(fields.get("known_at"), "known_at"),
    )


def batch_input(request: HttpRequest) -> tuple[list[str], list[str]]:
    """`subjects` and `names` of the body, each without repetitions. Raises InvalidRequest."""
    body = json_object(request)
    _require_known(body, {"subjects", "names"})
    subjects = _list(body.get("subjects"), "subjects", MAX_SUBJECTS)
    return [_text(item, "subjects", LONGEST_ACCOUNT) for item in subjects], _names(body.get("names"))


def json_object(request: HttpRequest) -> Mapping[str, Any]:
    """The JSON object in the body. Raises InvalidRequest."""
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("The body must be JSON.") from error
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return body


def purpose_name(value: Any, field: str = "names") -> str:
    return _text(value, field, LONGEST_NAME)


def account_reference(value: Any, field: str) -> str:
    return _text(value, field, LONGEST_ACCOUNT)


def _names(value: Any) -> list[str]:
    return [purpose_name(item) for item in _list(value, "names", MAX_NAMES)]


def _list(value: Any, field: str, most: int) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise InvalidRequest(f"{field} must have 1 to {most} items.")
    unique: list[Any] = []
    for item in value:
        if item not in unique:
            unique.append(item)
    return unique


def _text(value: Any, field: str, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
        raise InvalidRequest(f"{field} must be 1 to {longest} printable characters.")
    return value


def _moment(value: str | None, field: str) -> datetime | None:
    """ISO 8601 with an offset, as UTC; a `+` in a query is written %2B."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if len(value) <= LONGEST_TIME else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidRequest(f"{field} must be an ISO 8601 time with an offset, such as 2026-03-01T12:00:00Z.")


def _require_known(fields: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(fields) - known):
        raise InvalidRequest(f"{unknown[0][:50]!a} is not known here.")
