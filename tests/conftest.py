"""What holds for every test: nothing leaves this machine, nothing secret is logged, and PostgreSQL's own tests are
skipped elsewhere."""

import os
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Browser, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from freedom_id.request_id import NONE, adopt_request_id
from identity_portal.demo.models import InboxMessage
from tests import leaks
from tests.chromium import FLAGS
from tests.servers.portal import Portal
from tests.servers.portal import portal as run_portal


def refuse_foreign_addresses(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: a connection or a name look-up may go to this machine only. An error here reaches whoever called."""
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # Unix sockets have a path
    elif event == "socket.getaddrinfo":
        host = args[0] or "localhost"
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host != "localhost" and not is_loopback(host):
        raise PermissionError(f"A test tried to reach {host}")


def is_loopback(host: str) -> bool:
    """Whether `host` is an address of this machine's loopback; a name is not."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# Unlike a patched method, an audit hook sees every thread and every library, and no test can undo it.
sys.addaudithook(refuse_foreign_addresses)


@pytest.hookimpl(tryfirst=True)  # pytest-django sorts stably after it
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of `consents` come first, as those of `freedom_id` leave purposes behind; and `postgresql` tests are
    skipped when the suite runs on another database."""
    items.sort(key=lambda item: "tests/freedom_id/" in item.nodeid)
    if os.environ["DATABASE_URL"].startswith("postgres"):
        return
    for item in items:
        if item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))


@pytest.fixture(autouse=True)
def nothing_secret_is_logged() -> Iterator[None]:
    """Fails the test after which a log holds a code, a token, a secret, a number or an address."""
    leaks.forget()
    yield
    assert leaks.leaking_lines() == []


@pytest.fixture(autouse=True)
def outside_of_any_request() -> None:
    """A test that called the portal in this thread leaves the id of its request behind."""
    adopt_request_id(NONE)


@pytest.fixture
def portal(transactional_db: None) -> Iterator[Portal]:
    """The portal behind a real socket, on this test's database; start its worker with `portal.start_worker()`."""
    with run_portal() as running:
        yield running
        for message in InboxMessage.objects.all():
            leaks.learn(message.to)
            leaks.learn_message(message.text)


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Portal]:
    """A portal for pages that need no rows. What their visitors leave behind goes with it, or a test that counts rows
    would find it."""
    with run_portal() as running:
        yield running
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps a loop running in this thread, and Django takes every query under a loop for a mistake.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()
        connections.close_all()  # under a loop Django keeps connections of its own, which no test's end closes
