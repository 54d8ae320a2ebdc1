"""What holds for every test: nothing leaves this machine, nothing secret is logged, and PostgreSQL's own tests are
skipped elsewhere."""

import os
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from identity_portal.demo.models import InboxMessage
from tests import leaks
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


@pytest.fixture
def portal(transactional_db: None) -> Iterator[Portal]:
    """The portal behind a real socket, on this test's database; start its worker with `portal.start_worker()`."""
    with run_portal() as running:
        yield running
        for message in InboxMessage.objects.all():
            leaks.learn(message.to)
            leaks.learn_message(message.text)
