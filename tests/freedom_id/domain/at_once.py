"""Real threads on real connections."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Every act in its own thread and connection, started together; an act that raises answers its exception."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        barrier.wait(timeout=30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=180) for future in [pool.submit(closing, run, act) for act in acts]]


def closing(run: Callable[..., Any], *args: Any) -> Any:
    """Run and close this thread's connection; an exception is the answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'; SET statement_timeout = '60s'")  # a slow machine is no fault
        return run(*args)
    except Exception as error:  # noqa: BLE001 -- the test judges it
        return error
    finally:
        connection.close()


def until_it_waits(act: Callable[[], Any]) -> "Future[Any]":
    """Start `act` in another thread and come back when it waits for a lock (of ours), or is done without."""
    pool = ThreadPoolExecutor(1)
    future: Future[Any] = pool.submit(closing, act)
    pool.shutdown(wait=False)
    deadline = time.monotonic() + 1.5
    while not future.done() and not _somebody_waits() and time.monotonic() < deadline:
        time.sleep(0.01)
    return future


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
