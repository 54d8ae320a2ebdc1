"""The values behind the grants: one table from field to value, used by Info, the profile, ID claims and the masks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from freedom_id.domain.identifiers import DOT, mask_email, mask_phone, mask_text
from freedom_id.enums import CredentialType
from freedom_id.grants import ASKED
from freedom_id.models import Account

MASKS: dict[str, Callable[[str], str]] = {
    "phone": mask_phone,
    "phones": mask_phone,
    "email": mask_email,
    "emails": mask_email,
    "date_of_birth": lambda value: f"{DOT * 2}.{DOT * 2}.{value[:4]}",
    "identifier": lambda value: f"{DOT * 5}{value[-3:]}",
    **dict.fromkeys(("firstname", "gender", "country", "nationality"), str),
}

# The fields that hold one of several proven numbers or addresses: the main one, or the one that the person chose.
ONE_OF = {"phone": CredentialType.MOBILE, "email": CredentialType.EMAIL}
FIELDS_OF: dict[str, tuple[str, str]] = {
    CredentialType.MOBILE: ("phone", "phones"),
    CredentialType.EMAIL: ("email", "emails"),
}
Chosen = Mapping[str, int | None]


class Contact(NamedTuple):
    """A proven number or address; `number` names it for good."""

    type: str
    value: str
    is_primary: bool
    number: int

    def fields(self, chosen: Chosen) -> set[str]:
        """The fields of Info in which it appears: `phone`, `phones`, `email`, `emails`. `chosen` has the number of the
        one that the person chose for a field, None where she saw that there was none."""
        one, others = FIELDS_OF[self.type]
        is_shown = chosen[one] == self.number if one in chosen else self.is_primary
        return ({one} if is_shown else set()) | (set() if self.is_primary else {others})


@dataclass(frozen=True)
class Person:
    """What the house knows of somebody, unsealed, as one client may see it: `chosen` as in `Contact.fields`."""

    firstname: str
    lastname: str
    patronymic: str
    date_of_birth: date | None
    gender: str
    country: str
    nationality: str
    identifier: str
    contacts: tuple[Contact, ...]
    chosen: Chosen = field(default_factory=dict)

    def value(self, field: str) -> Any:
        """The wire value of a field: null for an unknown scalar, `[]` for an empty list."""
        match field:
            case "date_of_birth":
                return self.date_of_birth.isoformat() if self.date_of_birth else None
            case "phone" | "email":
                return next(iter(self._shown_as(field)), None)
            case "phones" | "emails":
                return self._shown_as(field)
            case _:
                return getattr(self, field) or None

    def masked(self, field: str) -> str:
        """The value as the person recognises it and a bystander does not; empty when there is none."""
        value = self.value(field)
        mask = MASKS.get(field, mask_text)
        return ", ".join(mask(item) for item in (value if isinstance(value, list) else [value]) if item)

    def _shown_as(self, field: str) -> list[str]:
        return [contact.value for contact in self.contacts if field in contact.fields(self.chosen)]


def contact_field(kind: str, *, primary: bool) -> str:
    """The field in which a contact appears unless the person chose otherwise: `phone`, `phones` and so on."""
    one, others = FIELDS_OF[kind]
    return one if primary else others


def chosen_values(grants: Mapping[str, Mapping[str, Any]]) -> dict[str, int | None]:
    """Which number and address the person chose for a client, by the `grants` of its authorization. A consent from
    before there was a choice is not in it, and shows the main one."""
    return {ASKED[code].field: entry["value"] for code, entry in grants.items() if "value" in entry}


def person_of(account: Account, chosen: Chosen | None = None) -> Person:
    """Read a person through the ORM (pages, worker); Info reads the same in its own statement."""
    columns = ("type", "value", "is_primary", "number")
    contacts = account.credentials.verified().order_by("created_at", "id").values_list(*columns)
    return Person(
        firstname=account.firstname,
        lastname=account.lastname,
        patronymic=account.patronymic,
        date_of_birth=account.date_of_birth,
        gender=account.gender,
        country=account.country,
        nationality=account.nationality,
        identifier=account.identifier,
        contacts=tuple(Contact(*contact) for contact in contacts),
        chosen=chosen or {},
    )


def fields_of(grants: Iterable[str]) -> list[str]:
    """The fields of Info that the grants unlock, in their order."""
    return [ASKED[code].field for code in grants if ASKED[code].unlocks_field]


def released(person: Person, grants: Iterable[str]) -> dict[str, Any]:
    """Field -> value for each grant that unlocks a field; a field without its grant is absent."""
    return {field: person.value(field) for field in fields_of(grants)}
