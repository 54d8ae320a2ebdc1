"""Workers, sign-outs and operators that meet at one logout: one row, one request."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from freedom_id.domain.accounts import sign_out_all_devices
from freedom_id.domain.authorizations import end_sign_in
from freedom_id.domain.backchannel_logout import deliver_backchannel_logout
from freedom_id.domain.work_queues import QUEUES, act_on_row
from freedom_id.enums import CallbackState, QueueAct
from freedom_id.models import BackchannelLogout
from tests.compliance.conftest import fresh_keys
from tests.faults.waiting import wait_until
from tests.freedom_id.domain.at_once import at_once, closing
from tests.freedom_id.domain.receiver import Receiver, receiver
from tests.freedom_id.domain.test_backchannel_logout import signed_out
from tests.freedom_id.identity_v4.parties import IP, Party, party

__all__ = ["fresh_keys"]
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def shop(hook: Receiver) -> Party:
    return party(backchannel_logout_uri=hook.url)


def test_one_of_many_workers_posts_it(shop: Party, hook: Receiver) -> None:
    signed_out(shop)
    row = BackchannelLogout.objects.get()
    at_once([lambda: deliver_backchannel_logout(str(row.pk))] * 10)
    row.refresh_from_db()
    assert (len(hook.requests), row.state, row.attempts) == (1, CallbackState.DELIVERED, 1)


def test_ways_to_sign_out_that_meet_queue_one_logout(shop: Party) -> None:
    sid = uuid4()
    shop.token("openid profile", sign_in_id=sid)
    acts: list[Callable[[], Any]] = [lambda: end_sign_in(str(sid)), lambda: sign_out_all_devices(shop.account, ip=IP)]
    assert at_once(acts * 4) == [None] * 8
    assert BackchannelLogout.objects.get().sid == sid


def test_a_try_whose_lease_is_over_does_not_settle_what_began_anew(shop: Party, hook: Receiver) -> None:
    signed_out(shop)
    row, hook.held = BackchannelLogout.objects.get(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(closing, deliver_backchannel_logout, str(row.pk))
        wait_until(lambda: hook.requests or slow.done(), seconds=10, what="nothing was posted")
        assert act_on_row(QUEUES["backchannellogout"], QueueAct.RETRY, row.pk)
        hook.held.set()
        slow.result(timeout=10)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (CallbackState.QUEUED, 0)
