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
    recorded, row_id, actor, staff = map(names.index, ("recorded_at", "id", "actor", "actor_ref"))
    ordered = part.ledger().order_by("recorded_at", "id").values_list(*names)
    batch = list(ordered[:ROWS_PER_FETCH])
    while batch:
        for row in batch:
            yield [value if at != staff or row[actor] == Actor.STAFF else "" for at, value in enumerate(row)]
        last = batch[-1]
        after = Q(recorded_at__gt=last[recorded]) | Q(recorded_at=last[recorded], id__gt=last[row_id])
        batch = list(ordered.filter(after, recorded_at__gte=last[recorded])[:ROWS_PER_FETCH])


def export(columns: Sequence[str], rows: Iterable[Row], *, form: str, done: Done) -> Iterator[bytes]:
    """The bytes of an export in a form of FORMATS; `done(rows, sha256)` is called before the last line goes out."""
    write = {"csv": _csv_line, "jsonl": _json_line}[form]
    digest, number = hashlib.sha256(), 0
    if form == "csv":
        head = _csv_line(columns, columns)
        digest.update(head)
        yield head
    for row in rows:
        line = write(columns, row)
        digest.update(line)
        number += 1
        yield line
    done(number, digest.hexdigest())
    yield _trailer(form, number, digest.hexdigest())


def _csv_line(_columns: Sequence[str], row: Row) -> bytes:
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
