"""Statements that libpq prepares once per connection and runs without a cursor: for a few rows, the cursor costs more
than the statement (docs/performance.md). Rows come in the binary format."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from psycopg import abc
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

PLACEHOLDER = re.compile(r"%s|%\((\w+)\)s")
DONE = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}
Connection = psycopg.Connection[Any]
Params = Sequence[Any] | Mapping[str, Any]


@dataclass(slots=True)
class _Session:
    """What one connection has prepared, and how it reads rows."""

    transformer: abc.Transformer
    names: dict[str, bytes] = field(default_factory=dict)


_sessions: WeakKeyDictionary[Connection, _Session] = WeakKeyDictionary()


def run_prepared(connection: Connection, sql: str, params: Params) -> list[tuple[Any, ...]]:
    """The rows of a statement with psycopg's placeholders (all `%s`, or all `%(name)s`); it takes part in the
    connection's transaction.

    Parameters are text, integers, UUIDs, times, None, and lists of these; the statement says what it takes them for
    where PostgreSQL cannot know. Raises psycopg's errors: OperationalError when the connection is gone.
    """
    session = _sessions.get(connection) or _sessions.setdefault(connection, _Session(Transformer(connection)))
    text, order = _numbered(sql)
    values = params if isinstance(params, Sequence) else [params[name] for name in order]
    sent: Any = [_text(value) for value in values]
    _begin(connection)
    if sql not in session.names:
        name = f"freedom_id_{len(session.names)}".encode()
        _require_done(connection, connection.pgconn.prepare(name, text))
        session.names[sql] = name
    result = connection.pgconn.exec_prepared(session.names[sql], sent, None, Format.BINARY)
    _require_done(connection, result)
    session.transformer.set_pgresult(result)
    return session.transformer.load_rows(0, result.ntuples, tuple)


def _begin(connection: Connection) -> None:
    """As psycopg itself does before the first statement of a transaction."""
    if not connection.autocommit and connection.pgconn.transaction_status == TransactionStatus.IDLE:
        _require_done(connection, connection.pgconn.exec_(b"BEGIN"))


def _require_done(connection: Connection, result: PGresult) -> None:
    if result.status in DONE:
        return
    if connection.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError("the connection is lost")
    error = error_from_result(result)
    if isinstance(error, InvalidSqlStatementName):  # somebody deallocated: prepare anew from the next time on
        del _sessions[connection]
    raise error


@lru_cache(maxsize=64)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with `$1`, `$2` … and the names in their order; a name that comes again keeps its number."""
    order: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] is None or match[1] not in order:
            order.append(match[1])
            return f"${len(order)}"
        return f"${order.index(match[1]) + 1}"

    return PLACEHOLDER.sub(number, sql).encode(), tuple(order)


def _text(value: Any) -> bytes | None:
    """PostgreSQL's text form. A NUL would end the text unseen, so it is refused."""
    if isinstance(value, str):
        if "\0" in value:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return value.encode()
    if value is None:
        return None
    if isinstance(value, int | UUID):
        return str(value).encode()
    if isinstance(value, datetime):
        return value.isoformat().encode()
    if isinstance(value, list):
        return b"{" + b",".join(_item(item) for item in value) + b"}"
    raise TypeError(f"{type(value).__name__} is no parameter of a prepared statement")


def _item(value: Any) -> bytes:
    """An item of an array literal, quoted whatever it is."""
    text = _text(value)
    return b"NULL" if text is None else b'"' + text.replace(b"\\", rb"\\").replace(b'"', rb"\"") + b'"'
