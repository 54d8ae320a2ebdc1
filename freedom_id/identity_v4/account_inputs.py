"""What the rows of accounts accept."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from freedom_id.domain.identifiers import Identifier, InvalidIdentifier, parse_identifier
from freedom_id.enums import CredentialType, Gender
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import Errors, json_object, refuse

LONGEST_NAME = 100
LONGEST_NATIONALITY = 64
LONGEST_IDENTIFIER = 254
FIRST_YEAR = 1900
IDENTIFIER = "A phone number as mobile, or an e-mail address as email, is required: one of the two."
ALPHA_3 = re.compile(r"([A-Z]{3})?")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def identifier_header(request: HttpRequest) -> Identifier:
    """`X-Account-Identifier`: a phone number or an e-mail address."""
    given = request.META.get("HTTP_X_ACCOUNT_IDENTIFIER", "")
    try:
        if len(given) <= LONGEST_IDENTIFIER:
            return parse_identifier(given)
    except InvalidIdentifier:
        pass
    errors = {"X-Account-Identifier": ["A phone number or an e-mail address is required."]}
    raise IdentityError(40001, errors=errors)


def changed_person(request: HttpRequest) -> dict[str, Any]:
    """Field of the account -> new value. A field that is unknown, or not the person's to change, is an error."""
    errors: Errors = {}
    changes = _person_of(json_object(request), errors)
    refuse(errors)
    return changes


def new_account(request: HttpRequest) -> tuple[Identifier, dict[str, Any]]:
    """`mobile` or `email`, which the person will prove, and what she says of herself, as in `changed_person`."""
    given, errors = dict(json_object(request)), Errors()
    named = [(name, given.pop(name)) for name in CredentialType.values if name in given]
    person = _person_of(given, errors)
    identifier = _identifier(*named[0]) if len(named) == 1 else None
    if identifier is None:
        raise IdentityError(40001, errors={**errors, "mobile": [IDENTIFIER]})
    refuse(errors)
    return identifier, person


def _identifier(name: str, value: Any) -> Identifier | None:
    try:
        found = parse_identifier(value) if isinstance(value, str) and len(value) <= LONGEST_IDENTIFIER else None
    except InvalidIdentifier:
        return None
    return found if found and found.type == name else None


def _person_of(given: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    changes = dict[str, Any]()
    for field, value in given.items():
        parse = FIELDS.get(field)
        if parse is None:
            errors[field[:LONGEST_NAME]] = ["It is unknown, or cannot be changed."]
            continue
        try:
            changes[field] = parse(value)
        except ValueError as error:
            errors[field] = [str(error)]
    return changes


def _text(longest: int) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if isinstance(value, str) and len(value) <= longest and value.isprintable():
            return value.strip()
        raise ValueError(f"A text of at most {longest} printable characters is required.")

    return parse


def _birthday(value: Any) -> date | None:
    """RFC 3339 §5.6 `full-date`, of a day that was; null takes it away."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and ISO_DATE.fullmatch(value):
            found = date.fromisoformat(value)
            if found.year >= FIRST_YEAR and found <= timezone.now().date():
                return found
    except ValueError:
        pass
    raise ValueError("A past date like 1994-05-17 is required, or null.")


def _country(value: Any) -> str:
    if isinstance(value, str) and ALPHA_3.fullmatch(value):
        return value
    raise ValueError("Three capital letters (ISO 3166-1 alpha-3) are required.")


def _one_of(allowed: list[str]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if isinstance(value, str) and value in {"", *allowed}:
            return value
        raise ValueError(f"One of {', '.join(allowed)} is required.")

    return parse


FIELDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("firstname", "lastname", "patronymic"), _text(LONGEST_NAME)),
    "nationality": _text(LONGEST_NATIONALITY),
    "date_of_birth": _birthday,
    "gender": _one_of(Gender.values),
    "country": _country,
    "locale": _one_of([code for code, _name in settings.LANGUAGES]),
}
