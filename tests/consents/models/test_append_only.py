from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from consents.errors import LedgerAppendOnly
from consents.models import ConsentState, ConsentTransaction, Subject
from tests.consents.acts import allow, publish, withdraw

pytestmark = pytest.mark.django_db
LEDGER = ConsentTransaction.objects
RAW_UPDATE = "UPDATE consents_consenttransaction SET actor_ref = 'forged'"
RAW_DELETE = "DELETE FROM consents_consenttransaction"


@pytest.fixture
def row(subject: Subject) -> ConsentTransaction:
    publish("read.phone")
    return allow(subject, "read.phone")[0]


def bulk_update(row: ConsentTransaction) -> None:
    row.actor_ref = "forged"
    LEDGER.bulk_update([row], ["actor_ref"])


def upsert(row: ConsentTransaction) -> None:
    row.actor_ref = "forged"
    LEDGER.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["actor_ref"])


def execute(sql: str) -> Callable[[ConsentTransaction], None]:
    def run(row: ConsentTransaction) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return run


def queryset_delete(row: ConsentTransaction) -> None:
    ConsentState.objects.all().delete()  # the projection would protect the row before the trigger could
    LEDGER.all().delete()


ROADS: dict[str, Callable[[ConsentTransaction], Any]] = {
    "queryset update": lambda row: LEDGER.update(actor_ref="forged"),
    "queryset delete": queryset_delete,
    "bulk_update": bulk_update,
    "upsert": upsert,
    "_raw_delete": lambda row: LEDGER.all()._raw_delete("default"),
    "save_base": lambda row: models.Model.save_base(row, force_update=True),
    "raw UPDATE": execute(RAW_UPDATE),
    "raw DELETE": execute(RAW_DELETE),
}


@pytest.mark.parametrize("road", ROADS)
def test_the_database_refuses_to_change_a_ledger_row_by(road: str, row: ConsentTransaction) -> None:
    before = LEDGER.values().get()
    with pytest.raises(IntegrityError, match=r"refused"), transaction.atomic():
        ROADS[road](row)
    assert LEDGER.values().get() == before


def test_a_second_save_is_refused(row: ConsentTransaction) -> None:
    with pytest.raises(LedgerAppendOnly):
        row.save()


def test_delete_of_a_row_is_refused(row: ConsentTransaction) -> None:
    with pytest.raises(LedgerAppendOnly):
        row.delete()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="INSERT OR REPLACE is SQLite's")
def test_insert_or_replace_is_refused(row: ConsentTransaction) -> None:
    with pytest.raises(IntegrityError, match="no_replace"), connection.cursor() as cursor:
        cursor.execute("INSERT OR REPLACE INTO consents_consenttransaction SELECT * FROM consents_consenttransaction")


def test_an_account_can_be_deleted_and_the_ledger_stays(subject: Subject, account: Any) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    account.delete()
    subject.refresh_from_db()
    assert subject.account_id is None
    assert LEDGER.filter(subject=subject).count() == 1


def test_a_subject_without_account_can_still_be_withdrawn(subject: Subject, account: Any) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    account.delete()
    assert [row.subject_seq for row in withdraw(subject, "read.phone")] == [2]


@pytest.mark.parametrize("related", ["subject", "purpose", "purpose_version", "collection_point"])
def test_nothing_a_ledger_row_points_at_can_be_deleted(row: ConsentTransaction, related: str) -> None:
    with pytest.raises((models.ProtectedError, IntegrityError)), transaction.atomic():
        getattr(row, related).delete()


@pytest.mark.parametrize("field", ["action", "actor"])
def test_an_unknown_word_is_refused_by_the_database(row: ConsentTransaction, field: str) -> None:
    row.pk, row.subject_seq, row._state.adding = None, 2, True
    row.pk = ConsentTransaction._meta.pk.get_default()
    setattr(row, field, "dance")
    with pytest.raises(IntegrityError, match=f"consents_transaction_{field}_known"), transaction.atomic():
        row.save()


def test_recorded_at_is_the_clock_of_the_database(row: ConsentTransaction) -> None:
    row.refresh_from_db()
    assert abs((row.recorded_at - row.occurred_at).total_seconds()) < 60
