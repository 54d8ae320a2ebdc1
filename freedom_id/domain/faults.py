"""What staff reads of a fault in the worker: its kind, for its words may hold personal data."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import QuerySet

ERROR_LENGTH = 64


@contextmanager
def noting_faults(row: QuerySet[Any]) -> Iterator[None]:
    """Keep the kind of what is raised within as `last_error` of the row that is worked on, and raise it on. A fault of
    the database itself is not kept: it may be away, or in the middle of a transaction that is lost."""
    try:
        yield
    except DatabaseError:
        raise
    except Exception as error:
        if not connection.needs_rollback:
            row.update(last_error=type(error).__name__[:ERROR_LENGTH])
        raise
