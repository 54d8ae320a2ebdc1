"""Exports of staff: asked for and written in parts by the worker, or kept as counted; downloaded, erased. The states
stand in `enums.ExportState`, what there is to export in `export_sources`."""

import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import DataError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from consents.domain.export import Row, head_line, row_line
from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.export_sources import SOURCES, Source, after_key, matching_rows
from freedom_id.domain.faults import noting_faults
from freedom_id.enums import AuditAction, ExportForm, ExportKind, ExportState
from freedom_id.models import Account, ExportPart, StaffExport
from freedom_id.models.staff_export import UNFINISHED
from freedom_id.sealing import digest
from freedom_id.tasks import task_write_staff_export

ROWS_PER_PART = 5000
KEPT = timedelta(hours=24)
REMEMBERED = timedelta(days=30)  # that there was one, after its end
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 10


class InvalidFilter(ValueError):
    """An export of this kind has no such filter, or the filter no such value."""


def ask_export(kind: ExportKind, form: ExportForm, chosen: Mapping[str, str], *, by: By) -> StaffExport:
    """Queue an export for a member of staff, of the rows that `chosen` means and that are there now. Who may ask is the
    caller's to know (`Source.permission`). Raises InvalidFilter."""
    assert by.account is not None  # noqa: S101 -- for the type checker
    _require_valid(SOURCES[kind], chosen)
    now = timezone.now()
    with transaction.atomic():
        export = StaffExport.objects.create(
            kind=kind, form=form, chosen=dict(chosen), asked_by=by.account, asked_at=now, expires_at=now + KEPT
        )
        dispatch_on_commit(task_write_staff_export, export_id=str(export.pk))
        record(AuditAction.EXPORTED, by=by, target=Target.of(export), after={"chosen": dict(chosen)})
    return export


def keep_table(
    form: ExportForm, chosen: Mapping[str, str], columns: Sequence[str], rows: Sequence[Row], *, by: By
) -> StaffExport:
    """Keep a small table that a report has counted as a file that is ready; `chosen` says which report, and of which
    part. Who may have it is the caller's to know (`RIGHTS`)."""
    assert by.account is not None  # noqa: S101 -- for the type checker
    content = head_line(columns, form=form) + b"".join(row_line(columns, row, form=form) for row in rows)
    now, sha256 = timezone.now(), hashlib.sha256(content).hexdigest()
    ready = {"state": ExportState.READY, "sha256": sha256, "ready_at": now, "expires_at": now + KEPT}
    known = {"kind": ExportKind.REPORT, "form": form, "chosen": dict(chosen), "asked_by": by.account, "asked_at": now}
    with transaction.atomic():
        export = StaffExport.objects.create(**known, **ready, total=len(rows), row_count=len(rows), size=len(content))
        if content:
            _add_part(export, 1, start=0, rows=len(rows), content=content)
        after = {"chosen": dict(chosen), "rows": len(rows), "bytes": len(content), "sha256": sha256}
        record(AuditAction.EXPORTED, by=by, target=Target.of(export), after=after)
    return export


def exports_of(account: Account) -> QuerySet[StaffExport]:
    """Those that this member of staff asked for: nobody else sees or downloads them."""
    return StaffExport.objects.filter(asked_by=account)


def link_mark(export: StaffExport) -> str:
    """What the address of the file carries: it is of this export, this member of staff and this end alone."""
    return digest(f"{export.pk}:{export.asked_by_id}:{export.expires_at.timestamp()}", "export-link")


def write_export(export_id: str) -> None:
    """Worker: claim → part after part, each one transaction → the digest of the whole.

    A task may come twice, late, or be killed at any line: a part commits with the place where it ended, only the holder
    of the current lease goes on from there, and an export whose lease is over is claimed anew by the sweep.
    """
    lease = uuid4()
    if not claim_export(export_id, lease):
        return
    with noting_faults(_held(export_id, lease)):
        while write_part(export_id, lease):
            pass
        _finish(export_id, lease)


def due_exports() -> list[str]:
    """Ids of exports that no worker took, or whose worker's lease is over."""
    now = timezone.now()
    due = StaffExport.objects.filter(state__in=UNFINISHED, due_at__lte=now, expires_at__gt=now)
    return [str(pk) for pk in due.order_by("due_at").values_list("pk", flat=True)[:100]]


def expire_exports() -> int:
    """Erase the parts of exports past their time, and forget those that are long past it. Returns how many rows are
    gone."""
    now = timezone.now()
    over = StaffExport.objects.filter(expires_at__lte=now)
    over.exclude(state=ExportState.EXPIRED).update(state=ExportState.EXPIRED, lease=None)
    parts = ExportPart.objects.filter(export__in=over).delete()[0]
    return parts + over.filter(expires_at__lte=now - REMEMBERED).delete()[0]


def take_export(export: StaffExport, start: int, stop: int, *, by: By) -> Iterator[bytes]:
    """Bytes `start` to before `stop` of the file, part by part; that it was downloaded is an entry of the audit before
    the first of them."""
    record(AuditAction.DOWNLOADED, by=by, target=Target.of(export), after={"from": start, "to": stop})
    return _bytes_of(export, start, stop)


def claim_export(export_id: str, lease: UUID) -> bool:
    """Take it under this lease; False when it is over, or another worker's."""
    now = timezone.now()
    due = StaffExport.objects.filter(pk=export_id, state__in=UNFINISHED, due_at__lte=now, expires_at__gt=now)
    if due.filter(attempts__gte=MAX_ATTEMPTS).update(state=ExportState.FAILED, lease=None):
        return False
    if not due.update(state=ExportState.WORKING, lease=lease, due_at=now + LEASE, attempts=F("attempts") + 1):
        return False
    export = StaffExport.objects.get(pk=export_id)
    if export.total is None:
        total = matching_rows(SOURCES[ExportKind(export.kind)], export.chosen, until=export.asked_at).count()
        _held(export_id, lease).update(total=total)
    return True


def write_part(export_id: str, lease: UUID) -> bool:
    """The next rows as one part; False when none is left, or the lease is another's."""
    with transaction.atomic():
        export = _held(export_id, lease).select_for_update(no_key=True).first()
        if export is None:
            return False
        source = SOURCES[ExportKind(export.kind)]
        rows = _next_rows(source, export)
        content = _content(source, export, rows)
        if not content:
            return False
        _add_part(export, export.parts.count() + 1, start=export.size, rows=len(rows), content=content)
        _held(export_id, lease).update(
            row_count=F("row_count") + len(rows),
            size=F("size") + len(content),
            after=[_plain(rows[-1][name]) for name in source.key] if rows else None,
            attempts=0,
            due_at=timezone.now() + LEASE,
        )
    return bool(rows)


def _held(export_id: str, lease: UUID) -> QuerySet[StaffExport]:
    return StaffExport.objects.filter(pk=export_id, state=ExportState.WORKING, lease=lease)


def _next_rows(source: Source, export: StaffExport) -> list[dict[str, Any]]:
    """By the names of the columns and of the key."""
    rows = matching_rows(source, export.chosen, until=export.asked_at)
    if export.after:
        rows = rows.filter(after_key(source, export.after))
    return list(rows.values(*{*source.key, *source.columns.values()})[:ROWS_PER_PART])


def _content(source: Source, export: StaffExport, rows: list[dict[str, Any]]) -> bytes:
    columns = list(source.columns)
    lines = [head_line(columns, form=export.form)] if not export.size else []
    for row in rows:
        told = source.cells([row[name] for name in source.columns.values()])
        lines.append(row_line(columns, told, form=export.form))
    return b"".join(lines)


def _add_part(export: StaffExport, number: int, *, start: int, rows: int, content: bytes) -> None:
    packed = b64encode(zlib.compress(content)).decode()
    ExportPart.objects.create(export=export, number=number, rows=rows, start=start, size=len(content), content=packed)


def _finish(export_id: str, lease: UUID) -> None:
    """The digest is of the whole file, so it is made at the end, from the parts as they will be given out."""
    export = _held(export_id, lease).select_related("asked_by").first()
    if export is None:
        return
    whole = hashlib.sha256()
    for content in _bytes_of(export, 0, export.size):
        whole.update(content)
        _held(export_id, lease).update(due_at=timezone.now() + LEASE)
    now, sha256 = timezone.now(), whole.hexdigest()
    ready = {"state": ExportState.READY, "lease": None, "sha256": sha256, "ready_at": now, "expires_at": now + KEPT}
    with transaction.atomic():
        if _held(export_id, lease).update(**ready, last_error=""):
            after = {"rows": export.row_count, "bytes": export.size, "sha256": sha256}
            record(AuditAction.EXPORTED, by=By(export.asked_by), target=Target.of(export), after=after)


def _bytes_of(export: StaffExport, start: int, stop: int) -> Iterator[bytes]:
    """One part is in memory at a time, and no cursor stays open while the other side reads slowly."""
    parts = export.parts.filter(start__lt=stop, start__gt=start - _longest_part(export)).order_by("number")
    for number in list(parts.values_list("number", flat=True)):
        part = export.parts.get(number=number)
        content = zlib.decompress(b64decode(part.content))
        yield content[max(0, start - part.start) : stop - part.start]


def _longest_part(export: StaffExport) -> int:
    return export.parts.order_by("-size").values_list("size", flat=True).first() or 0


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value if isinstance(value, int) else str(value)


def _require_valid(source: Source, chosen: Mapping[str, str]) -> None:
    """Also by trying it: what the database does not take is no value."""
    if chosen.keys() - source.narrowed_by - {"since", "until"} or "\x00" in "".join(chosen.values()):
        raise InvalidFilter
    try:
        days = [date.fromisoformat(chosen[name]) for name in ("since", "until") if name in chosen]
        with transaction.atomic():
            matching_rows(source, chosen, until=timezone.now()).exists()
    except (ValueError, OverflowError, DataError):
        raise InvalidFilter
    if days != sorted(days):
        raise InvalidFilter
