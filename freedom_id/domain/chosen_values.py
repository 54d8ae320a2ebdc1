"""Which of her numbers and addresses a client sees. The person chooses with the consent, and the authorization's entry
of the grant keeps the choice. A chosen one that she removed from her account is followed by nothing: what she did not
see on the page is not told until she chooses again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.person import ONE_OF, Contact, Person, person_of
from freedom_id.enums import CredentialType
from freedom_id.grants import ASKED
from freedom_id.models import Account

CHOOSABLE = {f"read.{field}": kind for field, kind in ONE_OF.items()}


@dataclass(frozen=True, slots=True)
class Value:
    """A proven number or address that may be shown to a client."""

    number: int
    masked: str
    is_main: bool


class ValueGone(Exception):
    """What was chosen is not among the person's proven numbers and addresses."""


def choices(person: Person, grants: Collection[str]) -> dict[str, list[Value]]:
    """For each of `grants` that shows one of several values, what the person can choose from, the main one first."""
    contacts = sorted(person.contacts, key=lambda contact: not contact.is_primary)
    return {
        code: [_value(contact) for contact in contacts if contact.type == kind]
        for code, kind in CHOOSABLE.items()
        if code in grants
    }


def choose(account: Account, grants: Collection[str], wanted: Mapping[str, int | None]) -> dict[str, Value | None]:
    """What is to be shown for each of `grants` that shows one of several values: the one of the number that `wanted`
    names, nothing for None, and the main one for a grant that it does not name. Raises ValueGone."""
    if CHOOSABLE.keys().isdisjoint(grants):
        return {}
    return {code: _chosen(known, wanted, code) for code, known in choices(person_of(account), grants).items()}


def lost_values(account: Account, entries: Mapping[str, Mapping[str, Any]], grants: Collection[str]) -> set[str]:
    """Of `grants`, agreed to already, those that show nothing although there is something to choose from: the person
    removed what she had chosen, or had nothing then. `entries` are those of her live authorization."""
    return {
        code
        for code, known in choices(person_of(account), grants).items()
        if known and not _shows(entries.get(code), {value.number for value in known})
    }


def _shows(entry: Mapping[str, Any] | None, numbers: Collection[int]) -> bool:
    """A consent from before there was a choice shows the main one."""
    return entry is not None and ("value" not in entry or entry["value"] in numbers)


def _chosen(known: list[Value], wanted: Mapping[str, int | None], code: str) -> Value | None:
    if code not in wanted:
        return next((value for value in known if value.is_main), None)
    if wanted[code] is None:
        return None
    for value in known:
        if value.number == wanted[code]:
            return value
    raise ValueGone(ASKED[code].field)


def _value(contact: Contact) -> Value:
    masked = Identifier(CredentialType(contact.type), contact.value).masked
    return Value(contact.number, masked, contact.is_primary)
