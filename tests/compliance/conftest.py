from collections.abc import Iterator

import pytest
from django.test import Client

from freedom_id.domain.signing_keys import forget_keys
from freedom_id.models import Account, PartnerClient
from tests.compliance.standard_door import obtain_code, redeem
from tests.factories.people import partner, person
from tests.journeys.walk import FreedomWalk


@pytest.fixture(autouse=True)
def fresh_keys() -> Iterator[None]:
    """The keys of a test vanish with its rows."""
    forget_keys()
    yield
    forget_keys()


@pytest.fixture
def walk(db: None) -> FreedomWalk:
    return FreedomWalk(Client())


@pytest.fixture
def account(db: None) -> Account:
    return person()


@pytest.fixture
def registered(db: None) -> tuple[PartnerClient, str]:
    return partner()


@pytest.fixture
def client(registered: tuple[PartnerClient, str]) -> PartnerClient:
    """An OAuth client (pytest-django's fixture of this name is a browser)."""
    return registered[0]


@pytest.fixture
def secret(registered: tuple[PartnerClient, str]) -> str:
    return registered[1]


@pytest.fixture
def code(walk: FreedomWalk, client: PartnerClient, account: Account) -> str:
    return obtain_code(walk, client, account)


@pytest.fixture
def tokens(client: PartnerClient, secret: str, code: str) -> dict[str, str]:
    found: dict[str, str] = redeem(client, secret, code).json()
    return found
