"""/readyz: 503 while something is away that requests need, and nothing in it that helps an attacker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consents.models import LedgerVerification
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.signing_keys import ensure_signing_key, forget_keys
from freedom_id.models import Allowance, SigningKey
from freedom_id.tasks import task_sweep, task_verify_ledger
from identity_portal.celery import app
from identity_portal.readiness import READINESS, MigrationsApplied, Readiness

pytestmark = pytest.mark.django_db
NAMES = ["database", "migrations", "cache", "signing_key", "restored", "journal", "broker", "worker", "ledger"]


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    READINESS.forget()
    yield
    READINESS.forget()


@pytest.fixture
def broker_away() -> Iterator[None]:
    given = app.conf.broker_url
    app.conf.broker_url = "redis://:hidden-word@127.0.0.1:1/0"
    yield
    app.conf.broker_url = given


def ask() -> tuple[int, dict[str, bool]]:
    answer = Client().get("/readyz")
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["ready"] == (answer.status_code == 200)
    return answer.status_code, {check["name"]: check["ok"] for check in body["checks"]}


def test_everything_is_there() -> None:
    task_sweep()
    task_verify_ledger()
    assert ask() == (200, dict.fromkeys(NAMES, True))


def test_each_check_says_how_long_it_took_and_nothing_else() -> None:
    body: Any = Client().get("/readyz").json()
    assert [set(check) for check in body["checks"]] == [{"name", "ok", "seconds"}] * len(NAMES)
    assert all(0 <= check["seconds"] < 5 for check in body["checks"])


def test_without_broker_or_worker_work_waits_and_requests_are_served(broker_away: None) -> None:
    task_verify_ledger()
    status, checks = ask()
    assert (status, checks) == (200, dict.fromkeys(NAMES, True) | {"broker": False, "worker": False})
    text = Client().get("/readyz").content.decode()
    assert not any(word in text for word in ("redis", "127.0.0.1", "hidden-word"))


def test_the_worker_is_heard_of_by_its_last_sweep() -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        task_sweep()
    for seconds, alive in ((0, True), (119, True), (121, False), (4000, False)):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            READINESS.forget()
            purge_expired()
            assert ask()[1]["worker"] == alive, seconds


def test_several_beats_sweep_no_more_often_than_one() -> None:
    now = timezone.now()
    for seconds, sweeps in ((0, 1), (1, 1), (14, 1), (16, 2)):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            task_sweep()
            ends = Allowance.objects.get(key="sweeps:worker").window_ends_at
            assert ends == now + timedelta(seconds=15 if sweeps == 1 else 31), seconds


def test_a_migration_that_is_not_applied_keeps_requests_away_until_it_is() -> None:
    known = MigrationsApplied()
    ready = Readiness({"migrations": known})
    [last] = MigrationLoader(connection).graph.leaf_nodes("freedom_id")
    MigrationRecorder(connection).record_unapplied(*last)
    assert not ready.report()["checks"][0]["ok"]
    MigrationRecorder(connection).record_applied(*last)
    ready.forget()
    assert ready.report()["checks"][0]["ok"]


def test_a_key_that_cannot_be_opened_signs_nothing(settings: Any) -> None:
    ensure_signing_key()
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"PII_KEYS": {"other": "ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A="}}
    forget_keys()
    assert ask() == (503, dict.fromkeys(NAMES, True) | {"signing_key": False, "worker": False, "ledger": False})
    forget_keys()


def test_without_the_database_nothing_else_is_waited_for() -> None:
    def away() -> None:
        raise OperationalError("connection to server at 10.1.2.3 failed")

    asked: list[int] = []
    report = Readiness({"database": away, "migrations": lambda: asked.append(1)}).report()
    assert (report["ready"], [check["name"] for check in report["checks"]], asked) == (False, ["database"], [])
    assert "10.1.2.3" not in str(report)


def test_asking_often_costs_no_more_than_once_a_second(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    SigningKey.objects.all().delete()
    ensure_signing_key()
    ask()
    READINESS.forget()
    with django_assert_num_queries(3):  # one that proves the database, the last sweep, the last verification
        for _again in range(20):
            ask()


def test_while_one_asks_the_others_get_what_is_known() -> None:
    hangs, goes_on = Event(), Event()
    goes_on.set()

    def slow() -> None:
        hangs.set()
        assert goes_on.wait(10)

    ready = Readiness({"database": slow})
    ready.report()
    goes_on.clear()
    hangs.clear()
    ready._asked_at -= 2
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ready.report)
        assert hangs.wait(10)
        assert ready.report()["checks"][0]["ok"]
        goes_on.set()
        assert first.result(10)


def test_after_a_second_it_is_asked_anew() -> None:
    asked: list[int] = []
    ready = Readiness({"database": lambda: asked.append(1)})
    for seconds, times in ((0, 1), (0.5, 1), (1.1, 2)):
        ready._asked_at -= seconds
        ready.report()
        assert len(asked) == times, seconds


def test_it_is_read_only() -> None:
    assert Client().post("/readyz").status_code == 405


def test_the_ledger_is_verified_once_a_day_and_a_silence_of_two_days_is_told() -> None:
    now = timezone.now()
    for hours, verified in ((0, 1), (23, 1), (25, 2)):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            task_verify_ledger()
            assert LedgerVerification.objects.count() == verified
    for hours, told in ((25 + 47, True), (25 + 49, False)):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            READINESS.forget()
            assert ask()[1]["ledger"] == told


def test_a_fault_of_the_ledger_is_kept_and_told() -> None:
    LedgerVerification.objects.create(began_at=timezone.now(), ended_at=timezone.now(), fault="transaction 1: changed")
    status, checks = ask()
    assert (status, checks["ledger"]) == (200, False)
