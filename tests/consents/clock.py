"""One clock for Python and the database, so that what is recorded can be asked for by the time that a test set."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import time_machine
from django.db import connection
from django.utils import timezone

# Found before PostgreSQL's own function of the name, until the transaction ends.
STOP = [
    "CREATE SCHEMA stopped",
    """
    CREATE FUNCTION stopped.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('stopped.now')::timestamptz $$
    """,
    "SET LOCAL search_path TO stopped, public, pg_catalog",
]


@contextmanager
def stopped_clock(moment: datetime) -> Iterator[Callable[[datetime], object]]:
    """Stop both clocks at `moment`; yields what moves them. Inside a transaction that is rolled back afterwards.

    Whole milliseconds: SQLite's clock has no more.
    """
    with time_machine.travel(moment, tick=False) as traveller, connection.cursor() as cursor:

        def move_to(moment: datetime) -> None:
            traveller.move_to(moment)
            if connection.vendor == "postgresql":
                cursor.execute("SELECT set_config('stopped.now', %s, true)", [moment.isoformat()])

        for statement in STOP if connection.vendor == "postgresql" else []:
            cursor.execute(statement)
        _replace_sqlite_clock(timezone.now)
        move_to(moment)
        yield move_to
        _replace_sqlite_clock(_real_time)


def _replace_sqlite_clock(now: Callable[[], datetime]) -> None:
    """Twice: SQLite prepares its statements anew for a function that replaces one of ours, not for one of its own."""
    for _time in range(2 if connection.vendor == "sqlite" else 0):
        connection.connection.create_function(
            "strftime", 2, lambda _form, _now: now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        )


def _real_time() -> datetime:
    """Also while Python's clock is stopped again by a later test."""
    real = time_machine.escape_hatch
    return real.datetime.datetime.now(UTC) if real.is_travelling() else timezone.now()
