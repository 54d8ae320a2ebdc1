"""Work that is cut off between two statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection

Cut = Callable[[], None]


class CutOff(DatabaseError):
    """The statement was not sent."""


def raise_here() -> None:
    raise CutOff


def terminate_here() -> None:
    """As an administrator, or a failing server, ends this connection (PostgreSQL)."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    finally:
        other.close()


@contextmanager
def cut_at(number: int, cut: Cut = raise_here) -> Iterator[list[str]]:
    """Cut before statement `number` (from 1); gives the list of the statements that were begun."""
    begun: list[str] = []

    def before(execute: Any, sql: str, *args: Any) -> Any:
        begun.append(sql)
        if len(begun) == number:
            cut()
        return execute(sql, *args)

    with connection.execute_wrapper(before):
        yield begun


def stored(*app_labels: str) -> list[str]:
    """Every row of these apps."""
    rows: list[str] = []
    for label in app_labels:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {model._meta.db_table}")
                rows += [f"{model.__name__} {row}" for row in cursor.fetchall()]
    return sorted(rows)


def cut_everywhere(act: Callable[[], Any], *app_labels: str, cut: Cut = raise_here) -> int:
    """Begin `act` again and again, cut off at each statement, and see that nothing was written; the last time it runs
    through. The number of statements."""
    before = stored(*app_labels)
    for number in range(1, 1000):
        try:
            with cut_at(number, cut) as begun:
                act()
        except DatabaseError:
            if cut is not raise_here:
                connection.close()
        if len(begun) < number:
            assert stored(*app_labels) != before
            return len(begun)
        assert stored(*app_labels) == before, f"cut off before {begun[-1]}"
    raise AssertionError("it never came to an end")
