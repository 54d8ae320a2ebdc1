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
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_function("strftime", 2, lambda _form, _now: _sqlite_now())
    with time_machine.travel(moment, tick=False) as traveller, connection.cursor() as cursor:

        def move_to(moment: datetime) -> None:
            traveller.move_to(moment)
            if connection.vendor == "postgresql":
                cursor.execute("SELECT set_config('stopped.now', %s, true)", [moment.isoformat()])

        for statement in STOP if connection.vendor == "postgresql" else []:
            cursor.execute(statement)
        move_to(moment)
        yield move_to


def _sqlite_now() -> str:
    return timezone.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
