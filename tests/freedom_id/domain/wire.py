"""What really goes over the wire to PostgreSQL: libpq's own trace, which no layer above can hide from."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connection
from psycopg.pq import Trace


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """The statements executed in the block by this thread's connection: an entry each, simple or prepared."""
    connection.ensure_connection()
    libpq = cast("psycopg.Connection[Any]", connection.connection).pgconn
    sent: list[str] = []
    with tempfile.TemporaryFile("w+b") as file:
        libpq.trace(file.fileno())
        libpq.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield sent
        finally:
            libpq.untrace()
        file.seek(0)
        lines = [line.split(b"\t", 3) for line in file.read().splitlines()]
    sent += [b" ".join(line[2:]).decode() for line in lines if line[0] == b"F" and line[2] in {b"Execute", b"Query"}]
