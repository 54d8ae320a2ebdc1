"""What this process depends on, asked at most once a second however often `/readyz` is called.

Requests need the database, its migrations, the cache and a key that signs, and that a restored backup was brought to
forget what it must: without one of these the process is not ready. They do not need the broker or the worker, whose
work waits in rows, nor that the ledger was verified lately: these are told of, and an alarm should hear them, but
taking every web process out of service would turn a delay into an outage.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Lock
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from consents.domain.verification.recorded import last_verification
from freedom_id.domain.journal_file import JournalFault
from freedom_id.domain.restore_journal import JournalAhead, require_replayed, require_written
from freedom_id.domain.signing_keys import sign
from freedom_id.domain.sweep import seconds_since_sweep
from identity_portal.celery import app

logger = logging.getLogger(__name__)

Check = Callable[[], object]
KEPT_SECONDS = 1
BROKER_SECONDS = 0.5  # to connect, and again to answer
LONGEST_SILENCE = 120  # four sweeps
LONGEST_UNWRITTEN = timedelta(seconds=120)
LONGEST_UNVERIFIED = timedelta(days=2)
NEEDED = {"database", "migrations", "cache", "signing_key", "restored"}


class NotReady(Exception):
    """A check says no, in words without names or addresses."""


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


class MigrationsApplied:
    """Asked until it is so: this process knows no others than those that it started with."""

    def __init__(self) -> None:
        self._applied = False

    def __call__(self) -> None:
        if not self._applied:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise NotReady("migrations are not applied")
            self._applied = True


def check_cache() -> None:
    cache.set("readyz", "kept", 5)
    if cache.get("readyz") != "kept":
        raise NotReady("the cache forgets")


def check_broker() -> None:
    options = {"socket_connect_timeout": BROKER_SECONDS, "socket_timeout": BROKER_SECONDS}
    options = {**app.conf.broker_transport_options, **options}
    with app.connection_for_write(connect_timeout=BROKER_SECONDS, transport_options=options) as broker:
        broker.default_channel  # noqa: B018 -- opening it asks the broker


def check_worker() -> None:
    silence = seconds_since_sweep()
    if silence is None or silence > LONGEST_SILENCE:
        raise NotReady("no worker swept lately")


def check_signing_key() -> None:
    sign({}, typ="readiness+jwt")


def check_ledger() -> None:
    last = last_verification()
    if last is None or timezone.now() - last.ended_at > LONGEST_UNVERIFIED:
        raise NotReady("the ledger was not verified lately")
    if last.fault:
        raise NotReady("the ledger has a fault")


class Restored:
    """Whether the restore journal was replayed. A file that was read once may be away later: `journal` tells of it."""

    def __init__(self) -> None:
        self._known = False

    def __call__(self) -> None:
        try:
            require_replayed()
        except (JournalFault, OSError) as error:
            if isinstance(error, JournalAhead) or not self._known:
                raise
        self._known = True


def check_journal() -> None:
    require_replayed()
    require_written(within=LONGEST_UNWRITTEN)


class Readiness:
    """`checks` by name, in the order in which they are asked; one raises when it fails."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Ask anew at the next report (between tests)."""
        self._report: dict[str, Any] = {}
        self._asked_at = float("-inf")

    def report(self) -> dict[str, Any]:
        """`ready`, and for each check `ok` and the `seconds` that it took. While one caller asks, the others get what
        is known; only where nothing is, they wait."""
        if time.monotonic() - self._asked_at > KEPT_SECONDS and self._lock.acquire(blocking=not self._report):
            try:
                if time.monotonic() - self._asked_at > KEPT_SECONDS:
                    self._report = self._ask()
                    self._asked_at = time.monotonic()
            finally:
                self._lock.release()
        return self._report

    def _ask(self) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        for name, check in self._checks.items():
            answers.append(_answer(name, check))
            if name == "database" and not answers[-1]["ok"]:
                break  # the others would wait for it, each in turn
        missing = NEEDED - {answer["name"] for answer in answers if answer["ok"]}
        return {"ready": not missing, "checks": answers}


def _answer(name: str, check: Check) -> dict[str, Any]:
    started = time.monotonic()
    try:
        check()
        ok = True
    except Exception as error:  # noqa: BLE001 -- whatever it raises, this is not as it should be
        told = isinstance(error, NotReady | JournalFault)
        logger.warning("%s is not ready: %s", name, error if told else type(error).__name__)
        ok = False
    return {"name": name, "ok": ok, "seconds": round(time.monotonic() - started, 3)}


READINESS = Readiness(
    {
        "database": check_database,
        "migrations": MigrationsApplied(),
        "cache": check_cache,
        "signing_key": check_signing_key,
        "restored": Restored(),
        "journal": check_journal,
        "broker": check_broker,
        "worker": check_worker,
        "ledger": check_ledger,
    }
)
