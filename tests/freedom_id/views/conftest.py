from collections.abc import Callable

import pytest
from django.test import Client

from freedom_id.models import PartnerClient
from tests.compliance.conftest import account, fresh_keys, registered, walk
from tests.factories.people import partner, phone_of
from tests.journeys.walk import FreedomWalk, Page

__all__ = ["account", "fresh_keys", "registered", "walk"]

Asking = Callable[..., Page]


@pytest.fixture
def home(walk, account) -> FreedomWalk:
    """A browser in which the person is signed in."""
    walk.sign_in("/me/", phone_of(account))
    return walk


@pytest.fixture
def ask(home: FreedomWalk, registered: tuple[PartnerClient, str]) -> Asking:
    """Let the partner ask for data; returns the consent page."""
    client, secret = registered

    def ask(*grants: str, **more: object) -> Page:
        return home.get(home.link(client.client_id, secret, grants=grants, **more))

    return ask


@pytest.fixture
def stranger(db: None) -> Client:
    """A browser in which nobody is signed in, with CSRF protection as in production."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def another_partner(db: None) -> tuple[PartnerClient, str]:
    return partner(name="Silk Road Air", redirect_uris=["https://air.example/cb"])
