"""An act on all rows that match a filter: none is left out, none is done twice, whatever happens to the worker."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from freedom_id.domain.audit import By
from freedom_id.domain.bulk_acts import (
    BATCH,
    LEASE,
    MAX_ATTEMPTS,
    ask_bulk_act,
    call_off_bulk_act,
    claim_bulk_act,
    due_bulk_acts,
    work_off_batch,
    work_off_bulk_act,
)
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.work_queues import QUEUES, UnknownFilter, act_on_row
from freedom_id.enums import AuditAction, QueueAct
from freedom_id.models import Account, AuditEntry, BulkAct, BulkActRow, Notice
from tests.freedom_id.domain.at_once import at_once

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=2)


@pytest.fixture
def clerk(db: None) -> Account:
    return Account.objects.create_account(is_staff=True)


def given_up(number: int) -> None:
    """So many notices that nobody took in time."""
    one, then = Account.objects.create_account(), timezone.now() - LONG_AGO
    row = {"account": one, "kind": "added", "about": "totp", "channel": "email", "address": "x", "created_at": then}
    Notice.objects.bulk_create([Notice(**row) for _ in range(number)], batch_size=500)


def ask(clerk: Account, act: QueueAct = QueueAct.REPLAY, **chosen: str) -> BulkAct:
    return ask_bulk_act("notice", act, chosen or {"state": "given_up"}, by=By(clerk, ip="192.0.2.1"))


def counts(asked: BulkAct) -> tuple[str, int, int, int]:
    asked.refresh_from_db()
    return asked.state, asked.done, asked.refused, asked.failed


def killed_after_one_batch(asked: BulkAct) -> None:
    """A worker that is never heard of again."""
    lease = uuid4()
    assert claim_bulk_act(str(asked.pk), lease)
    assert work_off_batch(str(asked.pk), lease)


def test_a_thousand_rows_are_worked_off_by_another_worker_when_the_first_was_killed(clerk: Account) -> None:
    given_up(1000)
    asked = ask(clerk)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        killed_after_one_batch(asked)
        work_off_bulk_act(str(asked.pk))
        assert counts(asked) == ("running", BATCH, 0, 0)  # its lease is not over
        assert due_bulk_acts() == []
        clock.shift(LEASE + timedelta(seconds=1))
        assert due_bulk_acts() == [str(asked.pk)]
        work_off_bulk_act(str(asked.pk))
    assert (asked.total, counts(asked)) == (1000, ("completed", 1000, 0, 0))
    assert Notice.objects.filter(replayed_at__isnull=False).count() == 1000
    assert BulkActRow.objects.filter(bulk_act=asked, outcome="done").values("key").distinct().count() == 1000


def test_the_audit_has_its_beginning_and_its_end(clerk: Account) -> None:
    given_up(3)
    asked = ask(clerk)
    work_off_bulk_act(str(asked.pk))
    work_off_bulk_act(str(asked.pk))
    begun, ended = AuditEntry.objects.order_by("number")
    assert (begun.action, begun.after["total"], begun.ip) == (AuditAction.BULK_BEGUN, 3, "192.0.2.1")
    assert begun.after["chosen"] == {"state": "given_up"}
    assert (ended.action, ended.actor, ended.object_key) == (AuditAction.BULK_ENDED, clerk, str(asked.pk))
    assert ended.after == {"state": "completed", "done": 3, "refused": 0, "failed": 0}


def test_what_comes_after_the_asking_is_left_alone(clerk: Account) -> None:
    given_up(1)
    asked = ask(clerk, QueueAct.RETRY, state="")
    late = Notice.objects.create(account=clerk, kind="added", about="totp", channel="sms", address="x")
    work_off_bulk_act(str(asked.pk))
    assert counts(asked) == ("completed", 0, 1, 0)
    assert not BulkActRow.objects.filter(key=late.pk).exists()


def test_a_row_that_somebody_moved_meanwhile_is_refused_and_found(clerk: Account) -> None:
    given_up(3)
    asked = ask(clerk, state="")
    moved = Notice.objects.order_by("pk")[1]
    act_on_row(QUEUES["notice"], QueueAct.REPLAY, moved.pk)
    work_off_bulk_act(str(asked.pk))
    assert counts(asked) == ("completed", 2, 1, 0)
    assert list(BulkActRow.objects.filter(outcome="refused").values_list("key", flat=True)) == [moved.pk]


def test_it_is_called_off_in_the_middle(clerk: Account) -> None:
    given_up(BATCH + 1)
    asked, lease = ask(clerk), uuid4()
    claim_bulk_act(str(asked.pk), lease)
    work_off_batch(str(asked.pk), lease)
    assert call_off_bulk_act(asked, by=By(clerk))
    assert not work_off_batch(str(asked.pk), lease)
    assert counts(asked) == ("cancelled", BATCH, 0, 0)
    assert Notice.objects.filter(replayed_at=None).count() == 1
    assert not call_off_bulk_act(asked, by=By(clerk))
    assert AuditEntry.objects.filter(action=AuditAction.BULK_ENDED).count() == 1


def test_it_fails_after_ten_workers_that_did_nothing(clerk: Account) -> None:
    given_up(1)
    asked = ask(clerk)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(MAX_ATTEMPTS):
            assert claim_bulk_act(str(asked.pk), uuid4())
            clock.shift(LEASE + timedelta(seconds=1))
        work_off_bulk_act(str(asked.pk))
    assert counts(asked) == ("failed", 0, 0, 0)
    assert due_bulk_acts() == []


def test_a_filter_that_there_is_not_asks_for_nothing(clerk: Account) -> None:
    with pytest.raises(UnknownFilter):
        ask(clerk, kind="fun")
    assert not BulkAct.objects.exists()


def test_it_is_forgotten_after_ninety_days(clerk: Account) -> None:
    given_up(1)
    asked = ask(clerk)
    work_off_bulk_act(str(asked.pk))
    BulkAct.objects.update(finished_at=timezone.now() - timedelta(days=91))
    purge_expired()
    assert not BulkActRow.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_nothing_twice(clerk: Account) -> None:
    given_up(2 * BATCH + 7)
    asked = ask(clerk)
    assert at_once([lambda: work_off_bulk_act(str(asked.pk))] * 3) == [None] * 3
    assert counts(asked) == ("completed", 2 * BATCH + 7, 0, 0)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_lease_is_over_does_not_go_on_beside_its_successor(clerk: Account) -> None:
    given_up(3 * BATCH)
    asked, first, second = ask(clerk), uuid4(), uuid4()
    claim_bulk_act(str(asked.pk), first)
    BulkAct.objects.update(due_at=timezone.now())
    claim_bulk_act(str(asked.pk), second)
    answers = at_once([lambda: work_off_batch(str(asked.pk), first), lambda: work_off_batch(str(asked.pk), second)])
    assert answers == [False, True]
    assert (counts(asked)[1], BulkActRow.objects.count()) == (BATCH, BATCH)
