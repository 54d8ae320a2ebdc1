"""Who lives in the demo. All invented: example domains, and numbers that end in zeros and a counter."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.domain.client_registration import NewClient
from freedom_id.grants import GRANTS, PROFILE
from identity_portal.staff.roles import AUDITOR, PARTNERS, PRIVACY, SECURITY, SUPPORT

LOGOS = Path(__file__).parent / "logos"


@dataclass(frozen=True)
class Person:
    """`identifiers`: phones and e-mail addresses, the main one of each kind first; `fields` are Account's."""

    identifiers: tuple[str, ...]
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.fields.get('firstname', '')} {self.fields.get('lastname', '')}".strip()


STAFF = Person(
    ("+77010000100", "staff@example.com"),
    {"firstname": "Madina", "lastname": "Omarova", "is_staff": True, "is_superuser": True},
)
# One member of staff per role of identity_portal/staff/roles.py; `staff@` is the administrator.
STAFF_BY_ROLE = {
    ADMINISTRATOR: STAFF,
    SUPPORT: Person(("+77010000101", "support@example.com"), {"firstname": "Timur", "is_staff": True}),
    PARTNERS: Person(("+77010000102", "partners@example.com"), {"firstname": "Lola", "is_staff": True}),
    PRIVACY: Person(("+77010000103", "privacy@example.com"), {"firstname": "Arman", "is_staff": True}),
    SECURITY: Person(("+77010000104", "security@example.com"), {"firstname": "Nodira", "is_staff": True}),
    AUDITOR: Person(("+77010000105", "auditor@example.com"), {"firstname": "Marat", "is_staff": True}),
}
DILNOZA = Person(
    ("+998900000001", "dilnoza@example.com", "+998710000011", "d.karimova@example.org"),
    {
        "firstname": "Dilnoza",
        "lastname": "Karimova",
        "patronymic": "Rustamovna",
        "date_of_birth": date(1994, 3, 21),
        "gender": "F",
        "country": "UZB",
        "nationality": "Uzbek",
        "identifier": "42103940000011",
    },
)
ARUZHAN = Person(
    ("+77010000002", "aruzhan@example.com"),
    {
        "firstname": "Aruzhan",
        "lastname": "Serikkyzy",
        "patronymic": "Nurlankyzy",
        "date_of_birth": date(2001, 9, 8),
        "gender": "F",
        "country": "KAZ",
        "nationality": "Kazakh",
        "identifier": "010908600002",
    },
)
SOMCHAI = Person(
    ("+66810000003", "somchai@example.com"),
    {
        "firstname": "Somchai",
        "lastname": "Jaidee",
        "date_of_birth": date(1988, 12, 5),
        "gender": "M",
        "country": "THA",
        "nationality": "Thai",
        "identifier": "1100500000031",
    },
)
PERSONS = (DILNOZA, ARUZHAN, SOMCHAI)
# Who walks in `--check`: the others' decisions stay as their visitor left them.
WALKER = Person(("+998900000009",), {"firstname": "Check", "lastname": "Walker", "country": "UZB"})

ARAL_MARKET, SILK_ROAD_AIR, OASIS_CLINIC = "Aral Market", "Silk Road Air", "Oasis Clinic"


def partners() -> list[NewClient]:
    """The demo's partners with the addresses of this run's port."""
    return [
        NewClient(
            name=ARAL_MARKET,
            redirect_uris=[f"{settings.PUBLIC_URL}/demo/partner/callback"],
            # By number: the worker takes the first address of a name, and `localhost` may be ::1 first.
            revoke_uris=[f"{settings.PUBLIC_URL.replace('localhost', '127.0.0.1')}/demo/partner/revoked"],
            grants=list(GRANTS),
            required_grants=["read.firstname", "read.phone"],
            legal_name="Aral Market LLC",
            website="https://aral-market.example.com",
        ),
        NewClient(
            name=SILK_ROAD_AIR,
            redirect_uris=["https://silk-road-air.example.com/freedom-id"],
            grants=["read.firstname", "read.lastname", "read.date_of_birth", "read.country", "read.email", PROFILE],
            required_grants=["read.firstname", "read.lastname", "read.date_of_birth"],
            legal_name="Silk Road Air JSC",
            website="https://silk-road-air.example.com",
        ),
        NewClient(
            name=OASIS_CLINIC,
            redirect_uris=["https://oasis-clinic.example.com/freedom-id"],
            grants=["read.firstname", "read.lastname", "read.gender", "read.phone", "read.identifier"],
            required_grants=["read.firstname", "read.lastname", "read.identifier"],
            legal_name="Oasis Clinic Ltd",
            website="https://oasis-clinic.example.com",
        ),
    ]


def logo(name: str) -> bytes:
    """The partner's logo, 96 pixels wide: twice what the pages show."""
    return (LOGOS / f"{name.lower().replace(' ', '-')}-96.png").read_bytes()
