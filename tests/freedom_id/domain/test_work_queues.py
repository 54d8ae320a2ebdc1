"""What staff may do with a row of each work queue, in each state that it can be in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from freedom_id.domain.copy_requests import due_copies, write_copy
from freedom_id.domain.notices import deliver_notice, due_notices
from freedom_id.domain.one_time_codes import due_codes
from freedom_id.domain.profile_requests import due_profile_requests, fulfil_profile_request
from freedom_id.domain.work_queues import BY_STAFF, QUEUES, UnknownFilter, act_on_row, matching
from freedom_id.enums import QueueAct, QueueState
from freedom_id.models import Notice, OneTimeCode, PersonalCopy, ProfileRequest
from identity_portal.demo.models import InboxMessage
from tests.factories.people import person
from tests.freedom_id.models.test_constraints import (
    account,
    account_erasure,
    code,
    logout,
    notice,
    personal_copy,
    profile,
    revoke_callback,
)

pytestmark = pytest.mark.django_db
RETRY, CANCEL, REPLAY = QueueAct.RETRY, QueueAct.CANCEL, QueueAct.REPLAY
NOW = timezone.now()
LATER, LONG_AGO = NOW + timedelta(hours=5), NOW - timedelta(days=2)
READY = {"state": "ready", "content": "x", "ready_at": NOW}


def later(make: Callable[..., Any], **columns: Any) -> Callable[[], Any]:
    """A row whose next try lies ahead."""
    return lambda: make(due_at=LATER, **columns)


# The queue, the row, where it stands, and what is allowed.
STATES: dict[str, tuple[str, Callable[[], Any], str, set[QueueAct]]] = {
    "profile accepted": ("profilerequest", later(profile, expires_at=LATER), "waiting", {RETRY, CANCEL}),
    "profile running": (
        "profilerequest",
        later(profile, expires_at=LATER, state="running", lease=uuid4(), attempts=3),
        "waiting",
        {RETRY, CANCEL},
    ),
    "profile completed": (
        "profilerequest",
        later(profile, state="completed", finished_at=NOW, parcel="{}"),
        "done",
        {REPLAY},
    ),
    "profile failed": (
        "profilerequest",
        later(profile, state="failed", finished_at=NOW, reason="consent withdrawn"),
        "given_up",
        {REPLAY},
    ),
    "profile cancelled by the person": (
        "profilerequest",
        later(profile, state="failed", finished_at=NOW, reason="cancelled by the person"),
        "given_up",
        set(),
    ),
    "callback queued": ("revokecallback", later(revoke_callback, attempts=2), "waiting", {RETRY, CANCEL}),
    "callback delivered": (
        "revokecallback",
        later(revoke_callback, state="delivered", finished_at=NOW),
        "done",
        {REPLAY},
    ),
    "callback dead": ("revokecallback", later(revoke_callback, state="dead", finished_at=NOW), "given_up", {REPLAY}),
    "logout queued": ("backchannellogout", later(logout), "waiting", {RETRY, CANCEL}),
    "logout delivered": ("backchannellogout", later(logout, state="delivered", finished_at=NOW), "done", {REPLAY}),
    "logout dead": ("backchannellogout", later(logout, state="dead", finished_at=NOW), "given_up", {REPLAY}),
    "code waiting": ("onetimecode", later(code, expires_at=LATER), "waiting", {RETRY, CANCEL}),
    "code expired unsent": ("onetimecode", later(code, expires_at=LONG_AGO), "given_up", set()),
    "code retired unsent": ("onetimecode", later(code, expires_at=LATER, retired_at=NOW), "given_up", set()),
    "code sent": ("onetimecode", later(code, sent_at=NOW), "done", set()),
    "code not delivered": ("onetimecode", later(code, sent_at=NOW, undelivered_at=NOW), "given_up", set()),
    "code used": ("onetimecode", later(code, sent_at=NOW, consumed_at=NOW), "done", set()),
    "notice waiting": ("notice", later(notice), "waiting", {RETRY, CANCEL}),
    "notice too old": ("notice", later(notice, created_at=LONG_AGO), "given_up", {REPLAY}),
    "notice begun anew": ("notice", later(notice, created_at=LONG_AGO, replayed_at=NOW), "waiting", {RETRY, CANCEL}),
    "notice called off": ("notice", later(notice, cancelled_at=NOW), "given_up", {REPLAY}),
    "notice sent": ("notice", later(notice, sent_at=NOW), "done", {REPLAY}),
    "copy waiting": ("personalcopy", later(personal_copy), "waiting", {RETRY, CANCEL}),
    "copy working": ("personalcopy", later(personal_copy, state="working", lease=uuid4()), "waiting", {RETRY, CANCEL}),
    "copy ready": ("personalcopy", later(personal_copy, **READY), "done", set()),
    "copy failed": ("personalcopy", later(personal_copy, state="failed", attempts=11), "given_up", {REPLAY}),
    "erasure promised for later": (
        "accounterasure",
        later(account_erasure, not_before=LATER),
        "waiting",
        set(),
    ),
    "erasure held or failed": (
        "accounterasure",
        later(account_erasure, not_before=LONG_AGO, attempts=3, last_error="legal hold"),
        "waiting",
        {RETRY},
    ),
    "erasure given up": (
        "accounterasure",
        later(account_erasure, state="given_up", finished_at=NOW, last_error="OperationalError", attempts=6),
        "given_up",
        {REPLAY},
    ),
    "erasure done": ("accounterasure", later(account_erasure, state="done", finished_at=NOW), "done", set()),
    "copy expired": ("personalcopy", later(personal_copy, state="expired"), "done", set()),
}
LEADS_TO = {RETRY: QueueState.WAITING, CANCEL: QueueState.GIVEN_UP, REPLAY: QueueState.WAITING}


@pytest.mark.parametrize("act", QueueAct, ids=lambda act: act.value)
@pytest.mark.parametrize("name", STATES)
def test_a_state_allows_an_act_or_is_left_as_it_is(name: str, act: QueueAct) -> None:
    queue_name, make, stands, allowed = STATES[name]
    row, queue = make(), QUEUES[queue_name]
    assert standing(queue_name, row) == stands
    before = queue.model.objects.filter(pk=row.pk).values().get()
    assert act_on_row(queue, act, row.pk) == (act in allowed)
    if act in allowed:
        assert standing(queue_name, row) == LEADS_TO[act]
        assert act_on_row(queue, act, row.pk) == (act == RETRY)  # a second time is no harm
    else:
        assert queue.model.objects.filter(pk=row.pk).values().get() == before


def standing(queue_name: str, row: Any) -> str:
    queue, now = QUEUES[queue_name], timezone.now()
    where = {state for state in ("waiting", "given_up", "done") if _is(queue, row, queue.in_state(state, now))}
    assert _is(queue, row, queue.in_state("open", now)) == (where != {"done"})
    [only] = where
    return only


def _is(queue: Any, row: Any, condition: Any) -> bool:
    return queue.model.objects.filter(condition, pk=row.pk).exists()


@pytest.mark.parametrize("act", QueueAct, ids=lambda act: act.value)
@pytest.mark.parametrize("queue", QUEUES)
def test_a_row_that_is_not_there_is_refused(queue: str, act: QueueAct) -> None:
    assert not act_on_row(QUEUES[queue], act, uuid4())


def test_what_is_tried_now_is_due_now() -> None:
    rows = [profile(due_at=LATER, expires_at=LATER), notice(due_at=LATER), code(due_at=LATER, expires_at=LATER)]
    copy = personal_copy(due_at=LATER, expires_at=LATER)
    for name, row in zip(["profilerequest", "notice", "onetimecode", "personalcopy"], [*rows, copy], strict=True):
        assert act_on_row(QUEUES[name], RETRY, row.pk)
    due = [due_profile_requests(), due_notices(), due_codes(), due_copies()]
    assert due == [[str(row.pk)] for row in [*rows, copy]]


def test_what_is_called_off_says_by_whom() -> None:
    request, message, callback = profile(expires_at=LATER), notice(), revoke_callback()
    for name, row in (("profilerequest", request), ("notice", message), ("revokecallback", callback)):
        act_on_row(QUEUES[name], CANCEL, row.pk)
        row.refresh_from_db()
    assert (request.reason, message.last_error, callback.last_result) == (BY_STAFF,) * 3
    assert (due_profile_requests(), due_notices()) == ([], [])


def test_a_profile_that_begins_anew_is_judged_anew() -> None:
    """Nobody agreed to anything here."""
    row = profile(state="failed", finished_at=NOW, reason="gave up after too many tries", attempts=21)
    act_on_row(QUEUES["profilerequest"], REPLAY, row.pk)
    fulfil_profile_request(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.reason, row.parcel) == ("failed", "consent withdrawn", None)


def test_the_result_of_a_profile_is_erased_when_it_begins_anew() -> None:
    row = profile(state="completed", finished_at=NOW, parcel="{}")
    act_on_row(QUEUES["profilerequest"], REPLAY, row.pk)
    assert ProfileRequest.objects.get(pk=row.pk).parcel is None


def test_a_person_has_one_copy_in_the_making() -> None:
    owner = account()
    failed, waiting = personal_copy(account=owner, state="failed"), personal_copy(account=owner)
    assert not act_on_row(QUEUES["personalcopy"], REPLAY, failed.pk)
    act_on_row(QUEUES["personalcopy"], CANCEL, waiting.pk)
    assert act_on_row(QUEUES["personalcopy"], REPLAY, failed.pk)
    write_copy(str(failed.pk))
    assert PersonalCopy.objects.get(pk=failed.pk).state == "ready"


def test_a_notice_is_sent_again_though_it_is_old() -> None:
    row = notice(account=person(), channel="email", address="a@mail.example", created_at=LONG_AGO)
    deliver_notice(str(row.pk))
    assert InboxMessage.objects.count() == 0
    act_on_row(QUEUES["notice"], REPLAY, row.pk)
    deliver_notice(str(row.pk))
    assert (InboxMessage.objects.count(), Notice.objects.get(pk=row.pk).attempts) == (1, 1)


def test_why_nothing_took_a_message_is_kept_without_the_address(settings: Any) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CHANNELS": {"email": "tests.freedom_id.domain.test_work_queues.Deaf"}}
    row = notice(channel="email", address="somebody@mail.example")
    deliver_notice(str(row.pk))
    row.refresh_from_db()
    assert (row.last_error, row.attempts, row.sent_at) == ("ConnectionError", 1, None)


class Deaf:
    def send(self, address: str, **_words: str) -> None:
        raise ConnectionError(address)


def test_the_kind_of_a_fault_of_the_worker_is_kept(settings: Any) -> None:
    """Where the profile comes from is away: its next try is due when the lease is over."""
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"PROFILE_SOURCES": ["tests.freedom_id.domain.test_work_queues.away"]}
    from tests.freedom_id.admin.connections import connect

    connect()
    row = ProfileRequest.objects.get()
    ProfileRequest.objects.update(state="accepted", parcel=None, finished_at=None, due_at=NOW)
    with pytest.raises(TimeoutError):
        fulfil_profile_request(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.last_error, row.reason) == ("running", "TimeoutError", "")


def away(*_args: Any) -> dict[str, Any]:
    raise TimeoutError("+998901234567")


@pytest.mark.parametrize(
    ("chosen", "number"),
    [
        ({}, 4),
        ({"state": "open"}, 3),
        ({"state": "given_up"}, 1),
        ({"state": "waiting", "channel": "sms"}, 1),
        ({"age": "1h"}, 2),
        ({"age": "7d"}, 0),
    ],
    ids=["all", "open", "given up", "waiting sms", "over an hour", "over a week"],
)
def test_a_filter_means_rows(chosen: dict[str, str], number: int) -> None:
    notice()
    notice(channel="email", created_at=timezone.now() - timedelta(hours=2))
    notice(created_at=LONG_AGO)
    notice(sent_at=NOW)
    assert matching(QUEUES["notice"], chosen, now=timezone.now()).count() == number


@pytest.mark.parametrize(
    "chosen",
    [{"state": "x"}, {"age": "9y"}, {"channel": "fax"}, {"account": "1"}, {"account__firstname": "x"}],
    ids=["state", "age", "value", "column", "look-up"],
)
def test_a_filter_that_there_is_not_is_refused(chosen: dict[str, str]) -> None:
    with pytest.raises(UnknownFilter):
        matching(QUEUES["notice"], chosen, now=timezone.now())


def test_a_code_counts_its_tries_apart_from_the_guesses(settings: Any) -> None:
    from freedom_id.domain.one_time_codes import deliver_code

    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CHANNELS": {"sms": "tests.freedom_id.domain.test_work_queues.Deaf"}}
    row = code(account=account(), address="+998901112233", expires_at=LATER)
    deliver_code(str(row.pk))
    row = OneTimeCode.objects.get(pk=row.pk)
    assert (row.tries, row.attempts, row.last_error) == (1, 0, "ConnectionError")
