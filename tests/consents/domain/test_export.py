import csv
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consents.domain.export import LEDGER_COLUMNS, ROWS_PER_FETCH, export, ledger_rows
from consents.domain.reports.part import Part
from consents.domain.subjects import subject_for_account
from consents.enums import Actor
from consents.models import ConsentTransaction, PurposeText, Subject
from tests.consents.acts import CLIENT, allow, publish
from tests.consents.conftest import new_account

pytestmark = pytest.mark.django_db
ROWS_EACH = 50  # of each person


def always(**narrowed: Any) -> Part:
    today = datetime.now(UTC).date()
    return Part(today - timedelta(days=10), today, **narrowed)


def bytes_of(columns: list[str], rows: Any, form: str = "csv") -> bytes:
    return b"".join(export(columns, rows, form=form, done=lambda number, sha256: None))


def make_rows(number: int) -> None:
    """Rows of many people, several in the same moment, as a submission writes them."""
    version = publish("read.phone")
    text = PurposeText.objects.get(version=version)
    people = Subject.objects.bulk_create([Subject() for _ in range(number // ROWS_EACH + 1)], batch_size=2000)
    now = timezone.now()
    ConsentTransaction.objects.bulk_create(
        [
            ConsentTransaction(
                subject=people[at // ROWS_EACH],
                purpose=version.purpose,
                purpose_version=version,
                text_sha256=text.sha256,
                locale="en",
                scope_key=CLIENT,
                action="withdraw",
                actor="self",
                occurred_at=now,
                recorded_at=now - timedelta(seconds=at // 7),
                subject_seq=at % ROWS_EACH + 1,
                epoch=at % ROWS_EACH + 1,
                row_hash="-",
            )
            for at in range(number)
        ],
        batch_size=2000,
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    head, row, _trailer = csv.reader(StringIO(bytes_of([f"{start}h"], [[f"{start}1+1"]]).decode(), newline=""))
    assert (head, row) == ([f"'{start}h"], [f"'{start}1+1"])


def test_numbers_stay_numbers_and_json_needs_no_apostrophe() -> None:
    assert b"-3\r\n" in bytes_of(["n"], [[-3]])
    assert json.loads(bytes_of(["n"], [["=1"]], "jsonl").splitlines()[0]) == {"n": "=1"}


@pytest.mark.parametrize("number", [0, 1, ROWS_PER_FETCH, 2 * ROWS_PER_FETCH + 3])
def test_every_row_comes_once_and_in_order(number: int) -> None:
    make_rows(number)
    names = list(LEDGER_COLUMNS)
    rows = [dict(zip(names, row, strict=True)) for row in ledger_rows(always())]
    assert len({row["id"] for row in rows}) == len(rows) == number
    assert rows == sorted(rows, key=lambda row: (row["recorded_at"], row["id"]))


def test_the_same_filter_gives_the_same_bytes() -> None:
    make_rows(50)
    columns = list(LEDGER_COLUMNS)
    for form in ("csv", "jsonl"):
        assert bytes_of(columns, ledger_rows(always()), form) == bytes_of(columns, ledger_rows(always()), form)


@pytest.mark.parametrize(("narrowed", "number"), [({}, 2), ({"purpose": "read.email"}, 1), ({"client": "other"}, 0)])
def test_the_filter_narrows(narrowed: dict[str, Any], number: int, subject: Subject) -> None:
    publish("read.phone")
    publish("read.email")
    allow(subject, "read.phone", "read.email")
    assert len(list(ledger_rows(always(**narrowed)))) == number


def test_references_are_of_staff_only(account: Any, subject: Subject) -> None:
    publish("read.phone")
    rows = allow(subject, "read.phone")
    assert rows
    ConsentTransaction.objects.bulk_create(
        [_copy(rows[0], Actor.SELF, "somebody", 2), _copy(rows[0], Actor.STAFF, "clerk", 3)]
    )
    staff = list(LEDGER_COLUMNS).index("staff")
    assert sorted(str(row[staff]) for row in ledger_rows(always())) == ["", "", "clerk"]


def _copy(row: ConsentTransaction, actor: Actor, actor_ref: str, at: int) -> ConsentTransaction:
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}
    return ConsentTransaction(**{**fields, "actor": actor, "actor_ref": actor_ref, "subject_seq": at, "epoch": at})


def test_twenty_thousand_rows_take_the_memory_of_one_batch() -> None:
    make_rows(20_000)
    columns = list(LEDGER_COLUMNS)

    def peak(part: Part) -> int:
        tracemalloc.start()
        for _line in export(columns, ledger_rows(part), form="csv", done=lambda number, sha256: None):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    with CaptureQueriesContext(connection) as queries:
        assert sum(1 for _row in ledger_rows(always())) == 20_000
    assert len(queries) == 21
    assert peak(always()) < 12_000_000  # all rows at once take more than 40 MB


def test_one_person_decides_while_an_export_runs() -> None:
    make_rows(ROWS_PER_FETCH + 1)
    rows = ledger_rows(always())
    next(rows)
    allow(subject_for_account(new_account()), "read.phone")
    assert len(list(rows)) == ROWS_PER_FETCH + 1
