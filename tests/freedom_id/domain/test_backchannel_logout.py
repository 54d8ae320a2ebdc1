"""The outbox of logouts: what is queued with the end of a sign-in, how it is tried, and when it is given up."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freedom_id import outbound
from freedom_id.domain.accounts import block_account, unblock_account
from freedom_id.domain.authorizations import end_sign_in, sign_out_families
from freedom_id.domain.backchannel_logout import (
    RETRY_REFUSED_AFTER,
    deliver_backchannel_logout,
    due_backchannel_logouts,
    queue_backchannel_logouts,
)
from freedom_id.domain.devices import DeviceFacts, register_device
from freedom_id.domain.partner_callbacks import LEASE, RETRY_AFTER, SLOTS
from freedom_id.domain.purge import LOGOUTS_KEPT, purge_expired
from freedom_id.enums import CallbackState, EndReason
from freedom_id.models import Authorization, BackchannelLogout, TokenFamily
from tests.compliance.conftest import fresh_keys
from tests.compliance.standard_door import claims_of
from tests.factories.people import person
from tests.freedom_id.domain.receiver import Receiver, receiver
from tests.freedom_id.identity_v4.parties import IP, Party, party

__all__ = ["fresh_keys"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def shop(hook: Receiver) -> Party:
    return party(backchannel_logout_uri=hook.url)


@pytest.fixture
def row(clock: Any, shop: Party) -> BackchannelLogout:
    """The logout of a sign-in that ended."""
    signed_out(shop)
    return BackchannelLogout.objects.get()


def signed_out(shop: Party, sid: UUID | None = None) -> UUID:
    sid = sid or uuid4()
    shop.token("openid profile", sign_in_id=sid)
    end_sign_in(str(sid))
    return sid


def deliver(row: BackchannelLogout) -> BackchannelLogout:
    deliver_backchannel_logout(str(row.pk))
    row.refresh_from_db()
    return row


def claims(hook: Receiver) -> list[dict[str, Any]]:
    return [claims_of(got.body.decode().partition("=")[2]) for got in hook.requests]


def test_a_delivered_logout_is_not_sent_again(hook: Receiver, row: BackchannelLogout, clock: Any) -> None:
    for _time in range(3):
        deliver(row)
        clock.shift(86_400)
    assert (row.state, row.attempts, row.last_result, len(hook.requests)) == (CallbackState.DELIVERED, 1, "200", 1)
    assert due_backchannel_logouts() == []


def test_it_is_repeated_by_the_schedule_under_one_jti_and_given_up_after_the_last(
    hook: Receiver, row: BackchannelLogout, clock: Any
) -> None:
    hook.status = 500
    for pause in RETRY_AFTER:
        deliver(row)
        clock.shift(pause - timedelta(seconds=1))
        assert due_backchannel_logouts() == []
        deliver(row)
        clock.shift(1)
        assert due_backchannel_logouts() == [str(row.pk)]
    deliver(row)
    assert (row.state, row.attempts, row.last_result) == (CallbackState.DEAD, 6, "500")
    assert row.finished_at is not None
    tokens = claims(hook)
    assert [token["jti"] for token in tokens] == [str(row.pk)] * 6
    assert len({token["exp"] for token in tokens}) == 6, "each try has a token of its own, or the later were expired"


def test_a_client_that_refuses_it_is_asked_twice_more(hook: Receiver, row: BackchannelLogout, clock: Any) -> None:
    hook.status = 400
    for pause in RETRY_REFUSED_AFTER:
        assert deliver(row).state == CallbackState.QUEUED
        clock.shift(pause)
    assert (deliver(row).state, row.attempts, row.last_result) == (CallbackState.DEAD, 3, "400")


def test_a_client_that_fails_and_comes_back_gets_it(hook: Receiver, row: BackchannelLogout, clock: Any) -> None:
    hook.status = 500
    assert deliver(row).state == CallbackState.QUEUED
    hook.status = 200
    clock.shift(RETRY_AFTER[0])
    assert (deliver(row).state, row.attempts) == (CallbackState.DELIVERED, 2)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_it_follows_nobody_elsewhere(hook: Receiver, row: BackchannelLogout, status: int) -> None:
    with receiver() as target:
        hook.status, hook.location = status, target.url
        assert (deliver(row).state, row.last_result) == (CallbackState.QUEUED, str(status))
    assert target.requests == []


def test_a_client_that_hangs_is_left_after_the_timeout_and_tried_again(
    hook: Receiver, row: BackchannelLogout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.2)
    hook.held = threading.Event()
    assert (deliver(row).state, row.last_result) == (CallbackState.QUEUED, "ReadTimeout")
    assert row.due_at == timezone.now() + RETRY_AFTER[0]
    hook.held.set()


def test_an_address_in_our_own_network_is_given_up_at_once(row: BackchannelLogout, settings: Any) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CALLBACK_NETWORKS": []}
    assert (deliver(row).state, row.last_result) == (CallbackState.DEAD, "AddressRefused")


def test_a_worker_that_died_after_the_post_leaves_it_due_and_its_successor_repeats_the_jti(
    hook: Receiver, row: BackchannelLogout, clock: Any
) -> None:
    deliver(row)
    died = {"state": CallbackState.QUEUED, "attempts": 0, "finished_at": None, "due_at": timezone.now() + LEASE}
    BackchannelLogout.objects.update(**died)
    clock.shift(LEASE - timedelta(seconds=1))
    assert deliver(row).attempts == 0
    clock.shift(1)
    assert deliver(row).state == CallbackState.DELIVERED
    assert [token["jti"] for token in claims(hook)] == [str(row.pk)] * 2


def test_a_process_without_a_free_slot_leaves_it_to_the_sweep(hook: Receiver, row: BackchannelLogout) -> None:
    with SLOTS, SLOTS:
        assert deliver(row).state == CallbackState.QUEUED
    assert (hook.requests, due_backchannel_logouts()) == ([], [str(row.pk)])


def test_what_is_no_more_is_no_work(shop: Party, hook: Receiver) -> None:
    deliver_backchannel_logout(str(uuid4()))
    assert (hook.requests, BackchannelLogout.objects.count()) == ([], 0)


@pytest.mark.parametrize("count", [1, 3])
def test_queueing_costs_three_statements_for_one_and_for_three(hook: Receiver, count: int) -> None:
    account, sid = person(), uuid4()
    for number in range(count):
        shop = party(account=account, name=f"Shop {number}", backchannel_logout_uri=hook.url)
        shop.token("openid profile", sign_in_id=sid)
    families = list(TokenFamily.objects.filter(sign_in_id=sid))
    assert len(families) == count
    with CaptureQueriesContext(connection) as queries:
        queue_backchannel_logouts(families)
    assert (len(queries), BackchannelLogout.objects.count()) == (3, count)


def test_what_is_queued_twice_is_one_row_with_its_tries(hook: Receiver, shop: Party, clock: Any) -> None:
    hook.status = 503
    sid = signed_out(shop)
    row = deliver(BackchannelLogout.objects.get())
    queue_backchannel_logouts(TokenFamily.objects.filter(sign_in_id=sid))
    again = BackchannelLogout.objects.get()
    assert (again.pk, again.attempts, again.due_at) == (row.pk, 1, row.due_at)


@pytest.mark.parametrize("status", [200, 400], ids=["delivered", "given up"])
def test_tokens_that_came_after_a_logout_are_logged_out_anew(
    hook: Receiver, shop: Party, clock: Any, status: int
) -> None:
    """An app of that browser was signed out alone, say, signed in again, and then the browser's session ended."""
    hook.status = status
    sid = signed_out(shop)
    former = BackchannelLogout.objects.get()
    while deliver(former).state == CallbackState.QUEUED:
        clock.shift(RETRY_AFTER[1])
    hook.status = 200
    signed_out(shop, sid)
    again = BackchannelLogout.objects.get()
    assert again.pk != former.pk
    assert deliver(again).state == CallbackState.DELIVERED
    assert claims(hook)[-1]["jti"] == str(again.pk)


def test_another_sign_ins_logout_that_waits_is_not_lost_by_a_new_one(shop: Party, clock: Any) -> None:
    first, second = signed_out(shop), signed_out(shop)
    assert {row.sid for row in BackchannelLogout.objects.all()} == {first, second}


def test_a_sign_out_that_is_rolled_back_tells_nobody(shop: Party) -> None:
    sid = uuid4()
    shop.token("openid profile", sign_in_id=sid)
    with transaction.atomic():
        end_sign_in(str(sid))
        transaction.set_rollback(True)
    assert not BackchannelLogout.objects.exists()
    assert TokenFamily.objects.get().ended_at is None


def app_of(shop: Party, sid: UUID) -> TokenFamily:
    """An app that registered as a device, with tokens by this sign-in."""
    shop.token("openid profile", sign_in_id=sid)
    family = TokenFamily.objects.latest("created_at")
    facts = DeviceFacts("iPhone7,2", "iPhone 7", IP, "en")
    register_device(family, facts=facts, sdk_id="sdk-1", device_key="", push_token="")
    return family


def test_an_app_that_is_signed_out_alone_is_told_of_its_own_sign_in(shop: Party) -> None:
    sid = uuid4()
    bank = party(account=shop.account, name="Bank", backchannel_logout_uri="https://bank.example/logout")
    bank.token("openid profile", sign_in_id=sid)
    family = app_of(shop, sid)
    sign_out_families(TokenFamily.objects.filter(pk=family.pk), reason=EndReason.SIGNED_OUT)
    row = BackchannelLogout.objects.get()
    assert (row.client, row.sid, row.account) == (shop.client, sid, shop.account)


def test_a_client_that_keeps_tokens_of_the_sign_in_is_not_told_that_it_ended(shop: Party) -> None:
    """As after another password, which spares the tokens that were shown."""
    sid = uuid4()
    kept = app_of(shop, sid)
    shop.token("openid profile", sign_in_id=sid)
    families = TokenFamily.objects.filter(authorization__account=shop.account).exclude(pk=kept.pk)
    sign_out_families(families, reason=EndReason.SIGNED_OUT)
    assert TokenFamily.objects.get(ended_at__isnull=True) == kept
    assert not BackchannelLogout.objects.exists()


def test_an_audience_whose_tokens_were_exchanged_never_signed_anybody_in(shop: Party, hook: Receiver) -> None:
    sid = uuid4()
    audience = party(account=shop.account, name="Audience", backchannel_logout_uri=hook.url)
    shop.token("openid profile", sign_in_id=sid)
    source = TokenFamily.objects.get()
    authorization = Authorization.objects.create(account=shop.account, client=audience.client)
    TokenFamily.objects.create(
        authorization=authorization,
        source=source,
        scope="openid",
        sign_in_id=sid,
        authenticated_at=timezone.now(),
        expires_at=timezone.now() + timedelta(minutes=5),
    )
    end_sign_in(str(sid))
    assert not TokenFamily.objects.filter(ended_at__isnull=True).exists()
    assert BackchannelLogout.objects.get().client == shop.client


def test_a_block_tells_at_once_and_its_end_tells_what_slipped_in(shop: Party, clock: Any) -> None:
    shop.token("openid profile")
    block_account(shop.account)
    assert deliver(BackchannelLogout.objects.get()).state == CallbackState.DELIVERED
    assert TokenFamily.objects.get().ended_at is None, "a blocked person's tokens say so, instead of being unknown"
    unblock_account(shop.account)
    assert TokenFamily.objects.get().end_reason == EndReason.ACCOUNT_BLOCKED
    assert BackchannelLogout.objects.count() == 1


def test_what_is_done_is_forgotten_after_a_week_and_what_waits_is_kept(
    row: BackchannelLogout, shop: Party, clock: Any
) -> None:
    deliver(row)
    signed_out(shop)
    clock.shift(LOGOUTS_KEPT - timedelta(seconds=1))
    purge_expired()
    assert BackchannelLogout.objects.count() == 2
    clock.shift(1)
    purge_expired()
    assert BackchannelLogout.objects.get().state == CallbackState.QUEUED


def test_a_row_and_its_log_hold_no_token(row: BackchannelLogout, hook: Receiver, caplog: Any) -> None:
    hook.status = 500
    deliver(row)
    token = hook.requests[0].body.decode().partition("=")[2]
    stored = str(BackchannelLogout.objects.values().get())
    assert token.split(".")[2] not in stored + caplog.text + repr(row)
