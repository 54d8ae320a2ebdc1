from collections.abc import Callable

import pytest
from django.test import Client

from freedom_id.models import Account
from tests.factories.applications import manager
from tests.factories.staff import browser_of
from tests.freedom_id.admin.connections import Connection, connect

SignedIn = Callable[[Account], Client]


def staff(*, superuser: bool) -> Account:
    """A member of staff of whom the house knows nothing personal."""
    return Account.objects.create_account(is_staff=True, is_superuser=superuser)


@pytest.fixture
def signed_in() -> SignedIn:
    """A browser of an account whose sign-in happened just now."""
    return browser_of


@pytest.fixture
def root(db: None, signed_in: SignedIn) -> Client:
    return signed_in(staff(superuser=True))


@pytest.fixture
def clerk(db: None) -> Account:
    """Staff without a single permission."""
    return staff(superuser=False)


@pytest.fixture
def connection(db: None) -> Connection:
    return connect()


@pytest.fixture
def one(signed_in: SignedIn) -> Client:
    """A partner manager; `other` is another."""
    return signed_in(manager())


@pytest.fixture
def other(signed_in: SignedIn) -> Client:
    return signed_in(manager())
