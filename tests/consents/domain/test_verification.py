from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from consents.domain.verification import first_fault
from consents.models import ConsentState, ConsentTransaction, LedgerVerification, PurposeText, PurposeVersion, Subject
from tests.consents.acts import allow, publish, triggers_dropped, withdraw

pytestmark = pytest.mark.django_db
Rows = list[ConsentTransaction]


@pytest.fixture
def rows(subject: Subject) -> Rows:
    publish("a", lifespan=timedelta(days=9))
    publish("b", lifespan=timedelta(days=9))  # the same words and lifespan: only the purpose differs
    first = allow(subject, "a")
    second = allow(subject, "a")
    return first + second + withdraw(subject, "a")


def forge(row: ConsentTransaction, **fields: Any) -> None:
    ConsentTransaction.objects.filter(pk=row.pk).update(**fields)


def delete(row: ConsentTransaction) -> None:
    ConsentTransaction.objects.filter(pk=row.pk)._raw_delete("default")


def other_version() -> PurposeVersion:
    return PurposeVersion.objects.get(purpose__name="b")


# What was done, by which row it is found (0 is the first).
FORGERIES: dict[str, tuple[Callable[[Rows], Any], int]] = {
    "first row gone": (lambda rows: delete(rows[0]), 1),
    "middle row gone": (lambda rows: delete(rows[1]), 2),
    "renumbered": (lambda rows: forge(rows[2], subject_seq=9), 2),
    "withdrawal made a consent": (
        lambda rows: forge(rows[2], action="allow", collection_point=rows[0].collection_point),
        2,
    ),
    "moved to another version": (lambda rows: forge(rows[0], purpose_version=other_version()), 0),
    "other words": (lambda rows: forge(rows[1], text_sha256="0" * 64), 1),
    "prolonged": (lambda rows: forge(rows[0], expires_at=rows[0].expires_at + timedelta(days=1)), 0),
    "back-dated": (lambda rows: forge(rows[1], occurred_at=rows[1].occurred_at - timedelta(days=1)), 1),
    "state made active": (lambda rows: ConsentState.objects.update(status="active"), 2),
    "state behind": (lambda rows: ConsentState.objects.update(seq=2, last_transaction=rows[1]), 2),
    "state gone": (lambda rows: ConsentState.objects.all().delete(), 2),
}


def test_an_honest_ledger_is_sound(rows: Rows) -> None:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert out.getvalue() == "The ledger is sound: 3 rows of 1 people.\n"
    kept = LedgerVerification.objects.get()
    assert (kept.people, kept.rows, kept.fault) == (1, 3, "")


@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_first_bad_row_is_named_when(forgery: str, rows: Rows) -> None:
    act, found_at = FORGERIES[forgery]
    with triggers_dropped():
        act(rows)
    fault = first_fault()
    assert fault is not None
    assert f"transaction {rows[found_at].pk}" in fault


def test_a_state_without_ledger_row_is_found(rows: Rows, stranger: Subject) -> None:
    state = ConsentState.objects.get()
    state.pk, state.subject = None, stranger
    state.save(force_insert=True)
    assert first_fault() == f"consent state {state.pk}: no ledger row"


@pytest.mark.parametrize(
    "forgery",
    [
        lambda: PurposeText.objects.update(text="We sell it."),
        lambda: PurposeText.objects.update(sha256="0" * 64),
        lambda: PurposeVersion.objects.update(data_items=["everything"]),
    ],
)
def test_changed_words_are_found(forgery: Callable[[], int], rows: Rows) -> None:
    with triggers_dropped():
        forgery()
    assert "does not match its digest" in (first_fault() or "")


def test_the_command_exits_with_1(rows: Rows) -> None:
    ConsentState.objects.all().delete()
    with pytest.raises(CommandError) as caught:
        call_command("verify_ledger")
    assert caught.value.returncode == 1
    assert "the consent state does not follow" in LedgerVerification.objects.get().fault
