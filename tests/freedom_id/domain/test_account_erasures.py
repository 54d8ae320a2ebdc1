"""Closed accounts on their way to be erased: not before the promised day, counted tries, a hold that is no fault, and
one that cannot be erased does not keep the others."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from consents.domain.legal_hold import clear_legal_hold, set_legal_hold
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault
from consents.models import Subject
from consents.signals import subject_erased
from freedom_id.domain.account_erasures import (
    LEASE,
    RETRY_AFTER,
    carry_out_erasure,
    due_erasures,
    queue_closed_accounts,
)
from freedom_id.domain.closing import close_for_erasure, end_account
from freedom_id.domain.devices import hold_account
from freedom_id.domain.erasure_requests import ErasureRefused, approve_erasure, ask_erasure, dismiss_erasure
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.sweep import sweep
from freedom_id.domain.work_queues import QUEUES, act_on_row
from freedom_id.enums import ErasureOrigin, QueueAct
from freedom_id.models import Account, AccountErasure
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import person
from tests.freedom_id.domain.at_once import at_once, until_it_waits

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Clock = Any


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def closed(*, days: int = 30) -> Account:
    account = person()
    with transaction.atomic():
        end_account(account, closes_at=timezone.now() + days * DAY, origin=ErasureOrigin.PERSON)
    return account


def row_of(account: Account) -> AccountErasure:
    return AccountErasure.objects.get(account=account)


def is_erased(account: Account) -> bool:
    account.refresh_from_db()
    return account.erased_at is not None and account.firstname == ""


@contextmanager
def failing(account: Account, error: BaseException) -> Iterator[None]:
    """What else a site erases of this person cannot be erased."""

    def refuse(account_id: int, **_kwargs: Any) -> None:
        if account_id == account.pk:
            raise error

    subject_for_account(account)
    subject_erased.connect(refuse)
    try:
        yield
    finally:
        subject_erased.disconnect(refuse)


def attempt(account: Account) -> None:
    """Each try is the worker's task of its own."""
    for erasure_id in due_erasures():
        try:
            carry_out_erasure(erasure_id)
        except (TimeoutError, SystemExit):
            assert erasure_id == str(row_of(account).pk)


def test_the_sweep_erases_on_the_promised_day_and_not_before(clock: Clock) -> None:
    account = closed()
    row = row_of(account)
    assert (row.origin, row.state, row.not_before, row.due_at) == (
        "person",
        "waiting",
        *[timezone.now() + 30 * DAY] * 2,
    )
    clock.shift(30 * DAY - timedelta(seconds=1))
    sweep()
    carry_out_erasure(str(row.pk))  # a task that came early
    assert (due_erasures(), row_of(account).attempts, is_erased(account)) == ([], 0, False)
    clock.shift(timedelta(seconds=1))
    assert due_erasures() == [str(row.pk)]
    carry_out_erasure(str(row.pk))
    row = row_of(account)
    assert (row.state, row.attempts, row.lease, row.finished_at) == ("done", 1, None, timezone.now())
    carry_out_erasure(str(row.pk))  # and one that came twice
    assert (is_erased(account), row_of(account).attempts, first_fault()) == (True, 1, None)


def test_staff_promises_a_day_also_to_who_has_closed_hers(clock: Clock) -> None:
    account, one, other = closed(), person(), person()
    clock.shift(DAY)
    approve_erasure(ask_erasure(account, by=one, reason="letter 12"), by=other)
    row = row_of(account)
    assert (row.origin, row.closed_at, row.not_before) == ("staff", timezone.now(), timezone.now() + DAY)
    clock.shift(DAY)
    assert erase_what_is_due() == 1


def test_who_is_erased_is_not_closed_anew(clock: Clock) -> None:
    account, one, other = closed(), person(), person()
    clock.shift(29 * DAY)
    asked = ask_erasure(account, by=one, reason="letter 12")
    clock.shift(DAY)
    assert erase_what_is_due() == 1
    with pytest.raises(ErasureRefused):
        approve_erasure(asked, by=other)
    assert row_of(account).state == "done"
    dismiss_erasure(asked, by=other)


def test_a_legal_hold_counts_for_nothing_and_is_asked_about_every_day(clock: Clock) -> None:
    held, other = closed(), closed()
    subject = subject_for_account(held)
    set_legal_hold(subject, reason="court")
    clock.shift(30 * DAY)
    for _each in range(2 * len(RETRY_AFTER)):
        erase_what_is_due()
        row = row_of(held)
        assert (row.state, row.attempts, row.last_error, row.lease) == ("waiting", 0, "legal hold", None)
        assert row.due_at == timezone.now() + DAY
        clock.shift(DAY)
    assert (is_erased(held), is_erased(other)) == (False, True)
    clear_legal_hold(Subject.objects.get(pk=subject.pk))
    assert erase_what_is_due() == 1
    assert (row_of(held).state, row_of(held).last_error) == ("done", "")


def test_who_cannot_be_erased_is_tried_again_given_up_and_begun_anew_by_staff(clock: Clock) -> None:
    """Of a fault its kind is kept, never its words; and nothing of the person is half gone."""
    stubborn, other = closed(), closed()
    clock.shift(30 * DAY)
    with failing(stubborn, TimeoutError("+998901234567")):
        for number, pause in enumerate(RETRY_AFTER, start=1):
            attempt(stubborn)
            row = row_of(stubborn)
            assert (row.state, row.attempts, row.last_error) == ("waiting", number, "TimeoutError")
            assert row.due_at == timezone.now() + pause
            clock.shift(pause)
        attempt(stubborn)
    row = row_of(stubborn)
    assert (row.state, row.attempts, row.finished_at) == ("given_up", len(RETRY_AFTER) + 1, timezone.now())
    assert (row.last_error, row.lease, due_erasures()) == ("TimeoutError", None, [])
    assert (is_erased(other), Account.objects.get(pk=stubborn.pk).firstname) == (True, "Dilnoza")
    assert act_on_row(QUEUES["accounterasure"], QueueAct.REPLAY, row.pk)
    assert (erase_what_is_due(), is_erased(stubborn)) == (1, True)


def test_tries_of_workers_that_were_lost_count_too(clock: Clock) -> None:
    account = closed()
    clock.shift(30 * DAY)
    with failing(account, SystemExit()):
        for number in range(1, len(RETRY_AFTER) + 2):
            attempt(account)
            assert (row_of(account).attempts, due_erasures()) == (number, [])
            clock.shift(LEASE)
        attempt(account)
    row = row_of(account)
    assert (row.state, row.last_error, is_erased(account)) == ("given_up", "worker lost", False)


def test_nobody_brings_the_day_forward_or_calls_it_off(clock: Clock) -> None:
    queue, row = QUEUES["accounterasure"], row_of(closed())
    assert queue.acts == [QueueAct.RETRY, QueueAct.REPLAY]
    assert [act_on_row(queue, act, row.pk) for act in QueueAct] == [False] * 3
    clock.shift(30 * DAY)
    assert [act_on_row(queue, act, row.pk) for act in QueueAct] == [True, False, False]


def test_what_a_former_release_closes_and_erases_beside_this_one_is_followed(clock: Clock) -> None:
    def as_before(days: int) -> Account:
        account = person()
        Account.objects.filter(pk=account.pk).update(status="closed", closes_at=timezone.now() + days * DAY)
        return account

    by_person, by_staff, erased = as_before(30), person(), closed()
    approve_erasure(ask_erasure(by_staff, by=by_person, reason="letter"), by=erased)
    AccountErasure.objects.filter(account=by_staff).delete()
    purge_expired()
    queue_closed_accounts()
    rows = {row.account_id: (row.origin, row.closed_at, row.not_before) for row in AccountErasure.objects.all()}
    now = timezone.now()
    assert rows[by_person.pk] == ("person", now, now + 30 * DAY)
    assert rows[by_staff.pk] == ("staff", now, now + DAY)
    clock.shift(30 * DAY)
    Account.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
    assert erase_what_is_due() == 3


def test_what_is_done_is_forgotten_after_ninety_days_and_what_is_given_up_never(clock: Clock) -> None:
    done, given_up = closed(days=0), closed(days=0)
    past: dict[str, datetime] = {"finished_at": timezone.now()}
    AccountErasure.objects.filter(account=given_up).update(state="given_up", last_error="worker lost", **past)
    erase_what_is_due()
    clock.shift(91 * DAY)
    purge_expired()
    assert [row.account_id for row in AccountErasure.objects.all()] == [given_up.pk]
    assert is_erased(done)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_erases() -> None:
    account = closed(days=0)
    [erasure_id] = due_erasures()
    assert at_once([lambda: carry_out_erasure(erasure_id)] * 6) == [None] * 6
    assert (is_erased(account), row_of(account).attempts, row_of(account).state) == (True, 1, "done")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_waits_while_the_account_is_closed_anew_keeps_the_new_promise() -> None:
    account = closed(days=0)
    [erasure_id] = due_erasures()
    with transaction.atomic():
        hold_account(account.pk)
        worker: Future[Any] = until_it_waits(lambda: carry_out_erasure(erasure_id))
        close_for_erasure(account)
    assert worker.result(timeout=30) is None
    row = row_of(account)
    assert (is_erased(account), row.state, row.attempts, row.lease) == (False, "waiting", 0, None)
    assert row.due_at == row.not_before > timezone.now()
