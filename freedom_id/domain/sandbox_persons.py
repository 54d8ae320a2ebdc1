"""The test persons of a client in the sandbox: always the same, with everything or with little, and one who is blocked.
They sign in by their address and the one password that all of them have, and get no messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from freedom_id.channels import NOWHERE
from freedom_id.domain.accounts import block_account, register_account
from freedom_id.domain.authorizations import end_authorization
from freedom_id.domain.identifiers import Identifier
from freedom_id.enums import AccountStatus, CredentialType, EndReason
from freedom_id.models import Account, Authorization, PartnerClient, SandboxPerson
from freedom_id.sealing import digest

PASSWORD = "sandbox password"
UNASSIGNED = "+8889"  # no country has it, so no message to it reaches anybody


@dataclass(frozen=True)
class TestPerson:
    """`name` stands before the @ of the address."""

    __test__ = False
    name: str
    personal: Mapping[str, Any]
    has_phone: bool = True
    blocked: bool = False


FULL: dict[str, Any] = {
    "firstname": "Anna",
    "lastname": "Sinova",
    "patronymic": "Testovna",
    "identifier": "00000000000000",
    "date_of_birth": date(1990, 1, 31),
    "gender": "F",
    "country": "UZB",
    "nationality": "Test",
}
TEST_PERSONS = (
    TestPerson("full", FULL),
    TestPerson("bare", {"firstname": "Bo"}, has_phone=False),
    TestPerson("blocked", {"firstname": "Boris"}, has_phone=False, blocked=True),
)


def make_test_persons(client: PartnerClient) -> None:
    """One of each, in the caller's transaction."""
    for number, person in enumerate(TEST_PERSONS):
        identifiers = [Identifier(CredentialType.EMAIL, address_of(person.name, client))]
        if person.has_phone:
            identifiers.append(Identifier(CredentialType.MOBILE, f"{UNASSIGNED}{client.pk:08d}{number}"))
        account = register_account(*identifiers, password=PASSWORD, **person.personal)
        SandboxPerson.objects.create(account=account, client=client, name=person.name)
        if person.blocked:
            block_account(account)


def address_of(name: str, client: PartnerClient) -> str:
    """Where this test person of the client signs in; who knows another client cannot guess it."""
    return f"{name}-{digest(client.client_id, 'sandbox-person')[:10]}{NOWHERE}"


def addresses_of(client: PartnerClient) -> Sequence[str]:
    return [address_of(person.name, client) for person in TEST_PERSONS]


def dismiss_test_persons(client: PartnerClient) -> None:
    """The client leaves the sandbox: its test persons sign in no more, and whatever they shared ends. Accounts first,
    in the order in which a decision locks."""
    homes = SandboxPerson.objects.filter(client=client)
    for account in Account.objects.filter(pk__in=homes.values("account"), status=AccountStatus.ACTIVE).order_by("pk"):
        block_account(account)
    rows = Authorization.objects.select_for_update(no_key=True).filter(client=client, ended_at=None)
    for live in rows.order_by("pk"):
        end_authorization(live, reason=EndReason.CLIENT_CLOSED)
