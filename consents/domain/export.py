"""Exports as a stream of bytes: a line per row, and a last line that says how many rows and which SHA-256 came before.

The same filter gives the same bytes, as long as no row is added to it. One batch of rows is in memory at a time.
"""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import orjson
from django.db.models import Q

from consents.domain.reports.part import Part
from consents.enums import Actor

ROWS_PER_FETCH = 1000
# A spreadsheet takes what begins like this for a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}

Row = Sequence[object]
Done = Callable[[int, str], None]

# Nothing here is personal but the subject's random id and staff's references.
LEDGER_COLUMNS = {
    "id": "id",
    "subject": "subject_id",
    "epoch": "epoch",
    "sequence": "subject_seq",
    "recorded_at": "recorded_at",
    "occurred_at": "occurred_at",
    "action": "action",
    "purpose": "purpose__name",
    "version": "purpose_version__number",
    "client": "scope_key",
    "locale": "locale",
    "text_sha256": "text_sha256",
    "expires_at": "expires_at",
    "collection_point": "collection_point__name",
    "channel": "collection_point__channel",
    "actor": "actor",
    "staff": "actor_ref",
    "notice_token": "notice_token_id",
    "evidence": "evidence_id",
    "evidence_commitment": "evidence_commit",
    "receipt": "receipt_id",
    "row_hash": "row_hash",
}


def ledger_rows(part: Part) -> Iterator[Row]:
    """The rows of `part` in the order in which they were recorded, in the columns of LEDGER_COLUMNS.

    Each batch begins after the last row of the one before: no cursor stays open while the other side reads slowly.
    """
    names = list(LEDGER_COLUMNS.values())
    recorded, row_id = map(names.index, ("recorded_at", "id"))
    ordered = part.ledger().order_by("recorded_at", "id").values_list(*names)
    batch = list(ordered[:ROWS_PER_FETCH])
    while batch:
        yield from map(ledger_row, batch)
        last = batch[-1]
        after = Q(recorded_at__gt=last[recorded]) | Q(recorded_at=last[recorded], id__gt=last[row_id])
        batch = list(ordered.filter(after, recorded_at__gte=last[recorded])[:ROWS_PER_FETCH])


def ledger_row(values: Sequence[object]) -> Row:
    """What is told of a row of the ledger, whose values come in the order of LEDGER_COLUMNS: a reference that is not of
    staff is left out."""
    at = dict(zip(LEDGER_COLUMNS, range(len(values)), strict=True))
    by_staff = values[at["actor"]] == Actor.STAFF
    return [value if place != at["staff"] or by_staff else "" for place, value in enumerate(values)]


def export(columns: Sequence[str], rows: Iterable[Row], *, form: str, done: Done) -> Iterator[bytes]:
    """The bytes of an export in a form of FORMATS; `done(rows, sha256)` is called before the last line goes out."""
    digest, number = hashlib.sha256(), 0
    head = head_line(columns, form=form)
    if head:
        digest.update(head)
        yield head
    for row in rows:
        line = row_line(columns, row, form=form)
        digest.update(line)
        number += 1
        yield line
    done(number, digest.hexdigest())
    yield _trailer(form, number, digest.hexdigest())


def head_line(columns: Sequence[str], *, form: str) -> bytes:
    """What a file in a form of FORMATS begins with: the names of the columns, b"" where each row names them."""
    return _csv_line(columns) if form == "csv" else b""


def row_line(columns: Sequence[str], row: Row, *, form: str) -> bytes:
    """One row in a form of FORMATS; no cell of a table is a formula, and dates are ISO 8601 in UTC."""
    return _csv_line(row) if form == "csv" else _json_line(columns, row)


def _csv_line(row: Row) -> bytes:
    line = StringIO()
    csv.writer(line).writerow([_cell(value) for value in row])
    return line.getvalue().encode()


def _cell(value: object) -> object:
    """A text that a spreadsheet would run is led by an apostrophe; numbers stay numbers."""
    plain = _plain(value)
    return f"'{plain}" if isinstance(plain, str) and plain.startswith(FORMULA_STARTS) else plain


def _json_line(columns: Sequence[str], row: Row) -> bytes:
    values = {name: _plain(value) for name, value in zip(columns, row, strict=True)}
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def _trailer(form: str, number: int, sha256: str) -> bytes:
    says: dict[str, Any] = {"rows": number, "sha256": sha256}
    if form == "jsonl":
        return orjson.dumps({"trailer": says}, option=orjson.OPT_APPEND_NEWLINE)
    return f"# rows={number} sha256={sha256}\r\n".encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
