"""The values behind the grants: one table from field to value, used by Info, the profile, ID claims and the masks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

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


@dataclass(frozen=True)
class Person:
    """What the house knows of somebody, unsealed. `contacts`: (type, value, is_primary) of verified credentials."""

    firstname: str
    lastname: str
    patronymic: str
    date_of_birth: date | None
    gender: str
    country: str
    nationality: str
    identifier: str
    contacts: tuple[tuple[str, str, bool], ...]

    def value(self, field: str) -> Any:
        """The wire value of a field: null for an unknown scalar, `[]` for an empty list."""
        match field:
            case "date_of_birth":
                return self.date_of_birth.isoformat() if self.date_of_birth else None
            case "phone":
                return self._primary(CredentialType.MOBILE)
            case "email":
                return self._primary(CredentialType.EMAIL)
            case "phones":
                return self._others(CredentialType.MOBILE)
            case "emails":
                return self._others(CredentialType.EMAIL)
            case _:
                return getattr(self, field) or None

    def masked(self, field: str) -> str:
        """The value as the person recognises it and a bystander does not; empty when there is none."""
        value = self.value(field)
        mask = MASKS.get(field, mask_text)
        return ", ".join(mask(item) for item in (value if isinstance(value, list) else [value]) if item)

    def _primary(self, kind: CredentialType) -> str | None:
        return next((value for type_, value, primary in self.contacts if type_ == kind and primary), None)

    def _others(self, kind: CredentialType) -> list[str]:
        return [value for type_, value, primary in self.contacts if type_ == kind and not primary]


def contact_field(kind: str, *, primary: bool) -> str:
    """The field in which a contact appears: `phone`, `phones`, `email` or `emails`."""
    field = "phone" if kind == CredentialType.MOBILE else "email"
    return field if primary else f"{field}s"


def person_of(account: Account) -> Person:
    """Read a person through the ORM (pages, worker); Info reads the same in its own statement."""
    contacts = account.credentials.verified().order_by("created_at", "id").values_list("type", "value", "is_primary")
    return Person(
        firstname=account.firstname,
        lastname=account.lastname,
        patronymic=account.patronymic,
        date_of_birth=account.date_of_birth,
        gender=account.gender,
        country=account.country,
        nationality=account.nationality,
        identifier=account.identifier,
        contacts=tuple(contacts),
    )


def fields_of(grants: Iterable[str]) -> list[str]:
    """The fields of Info that the grants unlock, in their order."""
    return [ASKED[code].field for code in grants if ASKED[code].unlocks_field]


def released(person: Person, grants: Iterable[str]) -> dict[str, Any]:
    """Field -> value for each grant that unlocks a field; a field without its grant is absent."""
    return {field: person.value(field) for field in fields_of(grants)}


def personal_data(account: Account, grants: Iterable[str]) -> dict[str, Any]:
    return released(person_of(account), grants)
