from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from consents.errors import LedgerAppendOnly
from consents.models import ConsentState, ConsentTransaction, Receipt, Subject
from tests.consents.acts import allow, execute, publish

pytestmark = pytest.mark.django_db

ROADS: dict[str, Callable[[Receipt], Any]] = {
    "queryset update": lambda receipt: Receipt.objects.update(document="{}"),
    "_raw_delete": lambda receipt: Receipt.objects.all()._raw_delete("default"),
    "save_base": lambda receipt: models.Model.save_base(receipt, force_update=True),
    "raw UPDATE": lambda receipt: execute(["UPDATE consents_receipt SET jws = 'forged'"]),
    "raw DELETE": lambda receipt: execute(["DELETE FROM consents_receipt"]),
}


@pytest.fixture
def receipt(subject: Subject, signed: None) -> Receipt:
    publish("read.phone")
    allow(subject, "read.phone")
    return Receipt.objects.get()


@pytest.mark.parametrize("road", ROADS)
def test_the_database_refuses_to_change_a_receipt_by(road: str, receipt: Receipt) -> None:
    before = Receipt.objects.values().get()
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        ROADS[road](receipt)
    assert Receipt.objects.values().get() == before


def test_a_second_save_and_a_delete_are_refused(receipt: Receipt) -> None:
    with pytest.raises(LedgerAppendOnly):
        receipt.save()
    with pytest.raises(LedgerAppendOnly):
        receipt.delete()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="INSERT OR REPLACE is SQLite's")
def test_insert_or_replace_is_refused(receipt: Receipt) -> None:
    with pytest.raises(IntegrityError, match="no_replace"):
        execute(["INSERT OR REPLACE INTO consents_receipt SELECT * FROM consents_receipt"])


def test_a_ledger_row_keeps_its_receipt(receipt: Receipt) -> None:
    assert ConsentTransaction.objects.get().receipt == receipt
    ConsentState.objects.all().delete()  # the projection would protect the row before the trigger could
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        ConsentTransaction.objects.update(receipt=None)


@pytest.mark.parametrize("empty", ["document", "jws"])
def test_an_unsigned_receipt_is_refused_by_the_database(subject: Subject, empty: str) -> None:
    receipt = Receipt(subject=subject, document="{}", jws="a.b.c")
    setattr(receipt, empty, "")
    with pytest.raises(IntegrityError, match="consents_receipt_is_signed"), transaction.atomic():
        receipt.save()
