"""Exports: whole, of one moment, safe for spreadsheets, no row twice, whatever happens to the worker."""

import csv
import hashlib
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from consents.domain.subjects import subject_for_account
from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.staff_exports import (
    LEASE,
    MAX_ATTEMPTS,
    InvalidFilter,
    ask_export,
    claim_export,
    due_exports,
    keep_table,
    take_export,
    write_export,
    write_part,
)
from freedom_id.enums import AuditAction, ExportForm, ExportKind
from freedom_id.models import Account, AuditEntry, ExportPart, StaffExport
from tests.consents.acts import allow, publish
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.models.test_constraints import client, profile

pytestmark = pytest.mark.django_db
TABLE, LINES = ExportForm.CSV, ExportForm.JSONL


@pytest.fixture
def clerk(db: None) -> Account:
    return Account.objects.create_account(is_staff=True)


def ask(clerk: Account, kind: ExportKind = ExportKind.ACCOUNTS, form: ExportForm = LINES, **chosen: str) -> StaffExport:
    return ask_export(kind, form, chosen, by=By(clerk, ip="192.0.2.1"))


def written(export: StaffExport) -> bytes:
    write_export(str(export.pk))
    export.refresh_from_db()
    assert export.state == "ready"
    content = b"".join(take_export(export, 0, export.size, by=By(export.asked_by)))
    assert (export.size, export.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    return content


def accounts(number: int) -> None:
    Account.objects.bulk_create([Account(password="!") for _ in range(number)], batch_size=900)


def ids_in(content: bytes) -> list[int]:
    return [json.loads(line)["ssoid"] for line in content.splitlines()]


def test_a_worker_goes_on_where_another_was_killed_and_every_row_is_there_once_in_order(clerk: Account) -> None:
    accounts(5_100)
    export = ask(clerk)
    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False) as clock:
        lease = uuid4()
        assert claim_export(str(export.pk), lease)
        assert write_part(str(export.pk), lease)
        write_export(str(export.pk))
        assert (ExportPart.objects.count(), due_exports()) == (1, [])  # its lease is not over
        clock.shift(LEASE + timedelta(seconds=1))
        assert due_exports() == [str(export.pk)]
        found = ids_in(written(export))
    assert found == sorted(Account.objects.values_list("pk", flat=True))
    assert (export.row_count, export.total, export.parts.count()) == (5_101, 5_101, 2)


def test_it_holds_what_was_there_when_it_was_asked(clerk: Account) -> None:
    export = ask(clerk)
    accounts(2)
    assert ids_in(written(export)) == [clerk.pk]


def test_no_cell_is_a_formula_and_dates_are_iso(clerk: Account) -> None:
    client(name="=HYPERLINK(1)", legal_name="+1", client_id="x")
    head, row = csv.reader(StringIO(written(ask(clerk, ExportKind.PARTNERS, TABLE)).decode(), newline=""))
    cells = dict(zip(head, row, strict=True))
    assert (cells["name"], cells["legal_name"]) == ("'=HYPERLINK(1)", "'+1")
    assert datetime.fromisoformat(cells["created"]).tzinfo == UTC


@pytest.mark.parametrize("form", ExportForm, ids=lambda form: form.value)
def test_an_export_of_nothing_is_a_file_too(form: ExportForm, clerk: Account) -> None:
    content = written(ask(clerk, ExportKind.PARTNERS, form))
    assert content.count(b"\n") == (1 if form == TABLE else 0)


def test_accounts_are_their_states_and_nothing_personal(clerk: Account) -> None:
    Account.objects.update(firstname="Dilnoza", country="UZB")
    [line] = written(ask(clerk)).splitlines()
    assert set(json.loads(line)) == {"ssoid", "status", "is_staff", "created_at", "closes_at", "erased_at"}


def test_profile_requests_are_without_their_results(clerk: Account) -> None:
    row = profile(state="completed", parcel='{"firstname": "Dilnoza"}', finished_at=timezone.now())
    [line] = written(ask(clerk, ExportKind.PROFILES)).splitlines()
    assert (b"Dilnoza" in line, json.loads(line)["request_id"]) == (False, str(row.request_id))


def test_the_ledger_is_the_rows_of_the_ledger(clerk: Account) -> None:
    publish("read.phone")
    allow(subject_for_account(clerk), "read.phone")
    [line] = written(ask(clerk, ExportKind.LEDGER)).splitlines()
    assert (json.loads(line)["action"], json.loads(line)["purpose"]) == ("allow", "read.phone")


@pytest.mark.parametrize(
    ("chosen", "number"),
    [
        ({"action__exact": "read"}, 2),
        ({"q": "5"}, 1),
        ({"q": "createpartner"}, 3),
        ({"since": "2026-01-02", "until": "2026-01-02"}, 1),
        ({"recorded_at__year": "2025"}, 0),
    ],
    ids=["action", "key", "command", "days", "year"],
)
def test_the_audit_is_narrowed_as_its_list_is(chosen: dict[str, str], number: int, clerk: Account) -> None:
    by = By(command="createpartner")
    for day, action in ((1, AuditAction.READ), (2, AuditAction.READ), (3, AuditAction.ADDED)):
        with time_machine.travel(datetime(2026, 1, day, 12, tzinfo=UTC), tick=False):
            record(action, by=by, target=Target("freedom_id.account", str(day + 3)))
    with time_machine.travel(datetime(2026, 1, 4, tzinfo=UTC), tick=False):
        export = ask(clerk, ExportKind.AUDIT, **chosen)
        write_export(str(export.pk))
    export.refresh_from_db()
    assert export.row_count == number


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        (ExportKind.ACCOUNTS, {"firstname": "x"}),
        (ExportKind.ACCOUNTS, {"since": "yesterday"}),
        (ExportKind.ACCOUNTS, {"since": "2026-02-01", "until": "2026-01-01"}),
        (ExportKind.ACCOUNTS, {"until": "9999-12-31"}),
        (ExportKind.AUDIT, {"recorded_at__year": "x"}),
        (ExportKind.AUDIT, {"recorded_at__month": "x"}),
        (ExportKind.AUDIT, {"q": "\x00"}),
    ],
    ids=["column", "no day", "order", "after the last day", "no year", "no month", "nul"],
)
def test_a_filter_that_there_is_not_is_refused(kind: ExportKind, chosen: dict[str, str], clerk: Account) -> None:
    with pytest.raises(InvalidFilter):
        ask(clerk, kind, **chosen)
    assert not StaffExport.objects.exists()


def kept(clerk: Account, form: ExportForm, *rows: list[object]) -> StaffExport:
    return keep_table(form, {"report": "expiring"}, ["purpose", "within 30 days"], rows, by=By(clerk, ip="192.0.2.1"))


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (TABLE, b"purpose,within 30 days\r\n'=1+1,5\r\ncalls,\r\n"),
        (LINES, b'{"purpose":"=1+1","within 30 days":5}\n{"purpose":"calls","within 30 days":null}\n'),
    ],
    ids=["csv", "jsonl"],
)
def test_a_table_is_kept_as_it_was_counted_and_no_worker_takes_it(
    form: ExportForm, written: bytes, clerk: Account
) -> None:
    export = kept(clerk, form, ["=1+1", 5], ["calls", None])
    assert (export.state, export.row_count, export.total, due_exports()) == ("ready", 2, 2, [])
    assert not claim_export(str(export.pk), uuid4())
    content = b"".join(take_export(export, 0, export.size, by=By(clerk)))
    assert (content, export.size, export.sha256) == (written, len(written), hashlib.sha256(written).hexdigest())


@pytest.mark.parametrize("form", ExportForm, ids=lambda form: form.value)
def test_a_table_without_rows_is_a_file_too(form: ExportForm, clerk: Account) -> None:
    export = kept(clerk, form)
    content = b"".join(take_export(export, 0, export.size, by=By(clerk)))
    assert (export.row_count, content.count(b"\n")) == (0, 1 if form == TABLE else 0)


def test_asking_and_the_end_are_entries(clerk: Account) -> None:
    export = ask(clerk)
    write_export(str(export.pk))
    export.refresh_from_db()
    begun, done = AuditEntry.objects.order_by("number")
    assert (begun.action, begun.after, begun.ip) == (AuditAction.EXPORTED, {"chosen": {}}, "192.0.2.1")
    assert (done.actor, done.object_key) == (clerk, str(export.pk))
    assert done.after == {"rows": 1, "bytes": export.size, "sha256": export.sha256}


def test_what_is_kept_is_sealed_and_gone_after_a_day(clerk: Account) -> None:
    export = ask(clerk)
    write_export(str(export.pk))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM freedom_id_exportpart")
        assert str(clerk.pk) not in cursor.fetchone()[0]
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        purge_expired()
        export.refresh_from_db()
        assert (export.state, ExportPart.objects.count(), export.is_ready) == ("expired", 0, False)
    with time_machine.travel(timezone.now() + timedelta(days=32), tick=False):
        purge_expired()
    assert not StaffExport.objects.exists()


def test_it_fails_after_ten_workers_that_wrote_nothing(clerk: Account) -> None:
    export = ask(clerk)
    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False) as clock:
        for _attempt in range(MAX_ATTEMPTS):
            assert claim_export(str(export.pk), uuid4())
            clock.shift(LEASE + timedelta(seconds=1))
        write_export(str(export.pk))
    export.refresh_from_db()
    assert (export.state, due_exports()) == ("failed", [])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_no_part_twice(clerk: Account) -> None:
    accounts(5_100)
    export = ask(clerk)
    assert at_once([lambda: write_export(str(export.pk))] * 3) == [None] * 3
    export.refresh_from_db()
    assert (export.state, export.row_count, export.parts.count()) == ("ready", 5_101, 2)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_lease_is_over_does_not_write_beside_its_successor(clerk: Account) -> None:
    export, first, second = ask(clerk), uuid4(), uuid4()
    claim_export(str(export.pk), first)
    StaffExport.objects.update(due_at=timezone.now())
    claim_export(str(export.pk), second)
    answers = at_once([lambda: write_part(str(export.pk), first), lambda: write_part(str(export.pk), second)])
    assert (answers, ExportPart.objects.count()) == ([False, True], 1)
