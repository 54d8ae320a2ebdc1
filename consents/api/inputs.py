"""What the door of checks accepts. Unlike elsewhere, a field that is not known is refused: a misspelt `at` would be
answered with today's truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.http import HttpRequest

from consents.api.cursor import read_cursor
from consents.errors import InvalidRequest

MAX_NAMES = 20
MAX_SUBJECTS = 100
MAX_PAGE = 100
PAGE = 50
LONGEST_NAME = 100
LONGEST_ACCOUNT = 255
LONGEST_TIME = 40


@dataclass(frozen=True, slots=True)
class CheckInput:
    """No `accounts` means the caller's own person; `at` or `known_at` ask the past."""

    names: Sequence[str]
    accounts: Sequence[str]
    at: datetime | None
    known_at: datetime | None

    @property
    def asks_the_past(self) -> bool:
        return self.at is not None or self.known_at is not None


@dataclass(frozen=True, slots=True)
class HistoryInput:
    """`account` None is the caller's own person, `names` None every name; `before` the epoch where the last page
    ended."""

    account: str | None
    names: list[str] | None
    limit: int
    before: int | None


def check_input(request: HttpRequest) -> CheckInput:
    """The query `names=a,b[&account=][&at=][&known_at=]`. Raises InvalidRequest."""
    return _check_input(request.META.get("QUERY_STRING", ""))


@lru_cache(maxsize=256)  # a partner asks the same names again and again
def _check_input(query: str) -> CheckInput:
    fields = _fields(query, {"names", "account", "at", "known_at"})
    account = _account(fields)
    return CheckInput(
        names=tuple(_names(fields.get("names", "").split(","))),
        accounts=() if account is None else (account,),
        at=_moment(fields, "at"),
        known_at=_moment(fields, "known_at"),
    )


def batch_input(request: HttpRequest) -> CheckInput:
    """`subjects`, `names`, and when the past is asked `at` and `known_at`, of the body. Raises InvalidRequest."""
    body = json_object(request)
    _require_known(body, {"subjects", "names", "at", "known_at"})
    subjects = _list(body.get("subjects"), "subjects", MAX_SUBJECTS)
    return CheckInput(
        names=_names(body.get("names")),
        accounts=[_text(item, "subjects", LONGEST_ACCOUNT) for item in subjects],
        at=_moment(body, "at"),
        known_at=_moment(body, "known_at"),
    )


def history_input(request: HttpRequest) -> HistoryInput:
    """The query `[account=][&names=a,b][&limit=][&before=]`. Raises InvalidRequest."""
    fields = _fields(request.META.get("QUERY_STRING", ""), {"account", "names", "limit", "before"})
    names = fields.get("names")
    return HistoryInput(
        account=_account(fields),
        names=None if names is None else _names(names.split(",")),
        limit=_limit(fields.get("limit", str(PAGE))),
        before=read_cursor(fields["before"]) if "before" in fields else None,
    )


def _fields(query: str, known: set[str]) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=8)
    except ValueError as error:
        raise InvalidRequest("The query is malformed.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidRequest("A parameter is given twice.")
    _require_known(fields, known)
    return fields


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


def _account(fields: Mapping[str, str]) -> str | None:
    return account_reference(fields["account"], "account") if "account" in fields else None


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 3 and 1 <= int(value) <= MAX_PAGE):
        raise InvalidRequest(f"limit must be 1 to {MAX_PAGE}.")
    return int(value)


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


def _moment(fields: Mapping[str, Any], field: str) -> datetime | None:
    """ISO 8601 with an offset, as UTC; a `+` in a query is written %2B."""
    if field not in fields:
        return None
    value = fields[field]
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= LONGEST_TIME else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidRequest(f"{field} must be an ISO 8601 time with an offset, such as 2026-03-01T12:00:00Z.")


def _require_known(fields: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(fields) - known):
        raise InvalidRequest(f"{unknown[0][:50]!a} is not known here.")
