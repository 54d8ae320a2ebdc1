"""A worker that is killed at any line: what was accepted is done, and done once."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.db.models import Sum
from django.utils import timezone

from freedom_id.domain.authorizations import end_sign_in
from freedom_id.domain.backchannel_logout import deliver_backchannel_logout, due_backchannel_logouts
from freedom_id.domain.copy_requests import KEPT, due_copies
from freedom_id.domain.personal_copy import CHAPTERS
from freedom_id.enums import CallbackState, CopyState, ProfileState
from freedom_id.models import BackchannelLogout, Notice, PersonalCopy, ProfileRequest
from tests.compliance.standard_door import claims_of
from tests.factories.people import person
from tests.faults.conftest import sweep_by_worker
from tests.faults.partnership import connected
from tests.faults.waiting import wait_until
from tests.freedom_id.domain.receiver import receiver
from tests.freedom_id.identity_v4.parties import party
from tests.servers.portal import Portal
from tests.servers.valkey import Valkey

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

KILLS = 10


def running() -> int:
    return ProfileRequest.objects.filter(state=ProfileState.RUNNING, due_at__gt=timezone.now()).count()


def unfinished() -> int:
    return ProfileRequest.objects.exclude(state=ProfileState.COMPLETED).count()


def let_leases_run_out() -> None:
    """Instead of waiting 20 s: what dead workers held is due."""
    ProfileRequest.objects.filter(state=ProfileState.RUNNING).update(due_at=timezone.now())


def test_ten_kills_lose_nothing_and_double_nothing(
    faulty: Portal, broker: Valkey, completions: Callable[[], Counter[UUID]]
) -> None:
    partnership, ids = connected(), [uuid4() for _ in range(100)]
    with ThreadPoolExecutor(4) as partners:
        answers = partners.map(lambda request_id: partnership.ask(faulty.url, request_id), ids)
        for _kill in range(KILLS):
            faulty.start_worker()
            wait_until(lambda: running() > 0, seconds=30, what="no work to kill a worker in")
            faulty.kill_worker()
            let_leases_run_out()
            sweep_by_worker(broker)
    assert Counter(answer.json()["status"] for answer in answers) == {"accepted": 100}
    faulty.start_worker()
    wait_until(lambda: unfinished() == 0, seconds=60, what=f"{unfinished()} unfinished")
    assert completions() == Counter(ids)
    assert ProfileRequest.objects.aggregate(tries=Sum("attempts"))["tries"] >= 100 + KILLS  # each kill hit work
    statuses = [partnership.status(faulty.url, request_id).json() for request_id in ids]
    assert all(status["status"] == "completed" and status["profile"]["personal"] for status in statuses)


def test_a_logout_outlives_the_worker_that_was_posting_it(faulty: Portal, broker: Valkey) -> None:
    sign_in_id = uuid4()
    with receiver() as hook:
        hook.held = threading.Event()
        shop = party(backchannel_logout_uri=hook.url)
        shop.token("openid profile", sign_in_id=sign_in_id)
        end_sign_in(str(sign_in_id))
        faulty.start_worker()
        sweep_by_worker(broker)
        wait_until(lambda: len(hook.requests) == 1, seconds=30, what="nothing was posted")
        faulty.kill_worker()
        hook.held.set()
        assert BackchannelLogout.objects.filter(state=CallbackState.QUEUED).update(due_at=timezone.now()) == 1
        [callback_id] = due_backchannel_logouts()
        deliver_backchannel_logout(callback_id)
    assert BackchannelLogout.objects.get().state == CallbackState.DELIVERED
    claims = [claims_of(got.body.decode().removeprefix("logout_token=")) for got in hook.requests]
    assert [(token["jti"], token["sid"]) for token in claims] == [(callback_id, str(sign_in_id))] * 2


def test_a_copy_of_everything_outlives_the_worker_that_was_writing_it(faulty: Portal, broker: Valkey) -> None:
    account = person()
    copy = PersonalCopy.objects.create(account=account, expires_at=timezone.now() + KEPT)
    faulty.start_worker()
    sweep_by_worker(broker)
    wait_until(lambda: PersonalCopy.objects.get().step > 0, seconds=30, what="nothing was written")
    faulty.kill_worker()
    killed = PersonalCopy.objects.get()
    assert (killed.state, killed.content, due_copies()) == (CopyState.WORKING, None, [])
    PersonalCopy.objects.update(due_at=timezone.now())  # instead of waiting for the end of its lease
    faulty.start_worker()
    sweep_by_worker(broker)
    wait_until(lambda: PersonalCopy.objects.get().state == CopyState.READY, seconds=30, what="no copy")
    done = PersonalCopy.objects.get(pk=copy.pk)
    assert (done.attempts, done.lease) == (2, None)
    assert set(json.loads(done.content or "{}")) == {"made_at", *CHAPTERS}
    assert Notice.objects.filter(kind="ready").count() == 2, "her number and her address, once"
