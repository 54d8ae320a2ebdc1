from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from freedom_id.models import Account
from tests.freedom_id.admin.connections import Connection, connect

SignedIn = Callable[[Account], Client]


def staff(*, superuser: bool) -> Account:
    """A member of staff of whom the house knows nothing personal."""
    return Account.objects.create_account(is_staff=True, is_superuser=superuser)


@pytest.fixture
def signed_in() -> SignedIn:
    """A browser of an account whose sign-in happened just now."""

    def browser(account: Account) -> Client:
        client = Client()
        client.force_login(account)
        session = client.session
        session["authenticated_at"] = timezone.now().timestamp()
        session.save()
        return client

    return browser


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
