from datetime import UTC, datetime
from typing import Any

import pytest

from freedom_id.models import Account, PartnerClient
from tests.factories.people import partner, person
from tests.freedom_id.api.backend import Backend

NOON = datetime(2030, 3, 4, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def noon(time_machine: Any) -> Any:
    """The clock stands at NOON; `noon.shift(seconds)` moves it."""
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def backend(db: None) -> Backend:
    """A partner that may ask for everything and needs the first name."""
    client, secret = partner()
    return Backend(client.client_id, secret)


@pytest.fixture
def client_row(backend: Backend) -> PartnerClient:
    return PartnerClient.objects.get(client_id=backend.client_id)


@pytest.fixture
def account(db: None) -> Account:
    return person()


@pytest.fixture
def tokens(backend: Backend, account: Account) -> dict[str, Any]:
    """Token's answer for everything."""
    return backend.tokens(account)
