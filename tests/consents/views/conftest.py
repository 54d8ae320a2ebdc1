"""The pages in a site of their own: Django's middleware and nothing of the portal."""

from typing import Any

import pytest
from django.test import Client

from consents.models import CollectionPoint
from tests.consents.acts import open_point, publish
from tests.consents.conftest import new_account
from tests.journeys.walk import FreedomWalk

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]


@pytest.fixture(autouse=True)
def plain_site(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.consents.views.urls"
    settings.MIDDLEWARE = MIDDLEWARE
    settings.LOGIN_URL = "login"
    settings.SESSION_SAVE_EVERY_REQUEST = False


def browser_of(account: Any) -> FreedomWalk:
    """A browser in which this person is signed in."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)
    return FreedomWalk(client, "http://testserver")


@pytest.fixture
def home(account: Any) -> FreedomWalk:
    return browser_of(account)


@pytest.fixture
def other(db: None) -> FreedomWalk:
    return browser_of(new_account())


@pytest.fixture
def point(db: None) -> CollectionPoint:
    """A point that asks two purposes, one of each scope."""
    publish("calls", words="To call you.", data_items=["phone"])
    publish("letters", scope="global", words="To write to you.", data_items=["e-mail"])
    return open_point("calls", "letters")
