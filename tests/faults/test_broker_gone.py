"""A broker that is away, emptied or full delays work and never loses it; the web does not notice."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
import redis
import requests
from django.db.models import F

from freedom_id.enums import ProfileState
from freedom_id.models import OneTimeCode, ProfileRequest
from tests.factories.people import phone_of
from tests.faults.conftest import sweep_by_worker
from tests.faults.partnership import Partnership, connected
from tests.faults.waiting import wait_until
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal
from tests.servers.valkey import Valkey

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

LONGEST_SECONDS = 2


@contextmanager
def commands(broker: Valkey) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(broker.url) as client:
        yield client


def ask(partnership: Partnership, portal: Portal, times: int) -> list[UUID]:
    """Each request is accepted, and quickly."""
    ids = [uuid4() for _ in range(times)]
    for request_id in ids:
        answer = partnership.ask(portal.url, request_id)
        assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
        assert answer.elapsed.total_seconds() < LONGEST_SECONDS
    return ids


def all_completed() -> bool:
    return not ProfileRequest.objects.exclude(state=ProfileState.COMPLETED).exists()


def drain(portal: Portal, broker: Valkey) -> None:
    """The broker is there again; leases that its fall left behind are over."""
    ProfileRequest.objects.filter(state=ProfileState.RUNNING).update(due_at=F("created_at"))
    sweep_by_worker(broker)
    wait_until(all_completed, seconds=60, what=f"not drained: {portal.log('worker')}")


def test_a_broker_that_falls_is_emptied_and_falls_again_loses_nothing(
    faulty: Portal, broker: Valkey, completions: Callable[[], Counter[UUID]]
) -> None:
    partnership = connected()
    faulty.start_worker()
    ids = ask(partnership, faulty, 20)
    for _fall in range(2):
        broker.stop()
        ids += ask(partnership, faulty, 20)
        broker.start()
        ids += ask(partnership, faulty, 10)
    with commands(broker) as client:
        client.flushall()
    ids += ask(partnership, faulty, 20)
    with commands(broker) as client:
        client.flushall()
    drain(faulty, broker)
    assert completions() == Counter(ids)
    assert len(ids) == 100


def test_a_full_broker_is_a_broker_away(faulty: Portal, broker: Valkey) -> None:
    partnership = connected()
    with commands(broker) as client:
        client.config_set("maxmemory", 1)
        ask(partnership, faulty, 3)
        client.config_set("maxmemory", 0)
    faulty.start_worker()
    drain(faulty, broker)


def test_a_code_is_asked_for_without_the_broker_and_comes_after_it(faulty: Portal, broker: Valkey) -> None:
    account = connected().account
    broker.stop()
    with requests.Session() as browser:
        walk = FreedomWalk(browser, faulty.url)
        page = walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))
        fields = {"csrfmiddlewaretoken": page.form("password").fields["csrfmiddlewaretoken"]}
        started = time.monotonic()
        page = walk.fetch("POST", "/login/code/send", fields)
        assert time.monotonic() - started < LONGEST_SECONDS
    broker.start()
    assert (page.status, OneTimeCode.objects.filter(sent_at=None).count()) == (200, 1)
    faulty.start_worker()
    sweep_by_worker(broker)
    wait_until(lambda: not OneTimeCode.objects.filter(sent_at=None).exists(), seconds=30, what="the code is lost")
