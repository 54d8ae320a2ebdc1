"""The notice to a partner that its tokens ended: signed, repeated, and given up in the end."""

import hmac
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.client_secrets import rotate_secret
from freedom_id.domain.partner_callbacks import RETRY_AFTER
from freedom_id.domain.revoke_callbacks import deliver_revoke_callback, due_revoke_callbacks
from freedom_id.enums import CallbackState
from freedom_id.models import RevokeCallback
from tests.freedom_id.domain.acts import IP, Pair, pair
from tests.freedom_id.domain.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def hook() -> Any:
    with receiver() as server:
        yield server


def ended(hook_url: str) -> tuple[Pair, str, RevokeCallback]:
    """A connection that the person ended: the pair, the token id, and the notice."""
    a = pair(revoke_uris=[hook_url])
    tokens = a.tokens()
    stop_sharing(a.account, a.live, grants=None, ip=IP)
    return a, str(tokens.id), RevokeCallback.objects.get()


def test_the_notice_carries_the_token_id_and_a_signature_that_the_partner_can_check(hook: Receiver, clock: Any) -> None:
    a, token_id, callback = ended(hook.url)
    deliver_revoke_callback(str(callback.pk))
    [got] = hook.requests
    assert got.body == f'{{"id": "{token_id}"}}'.encode()
    key = hmac.digest(a.secret.encode(), b"callback", "sha256").hex()
    moment = str(int(timezone.now().timestamp()))
    mac = hmac.digest(key.encode(), f"{moment}.".encode() + got.body, "sha256").hex()
    assert got.headers["X-Signature"] == f"t={moment},v1={mac}"
    assert got.headers["Idempotency-Key"] == str(callback.pk)
    callback.refresh_from_db()
    assert (callback.state, callback.last_result) == (CallbackState.DELIVERED, "200")


def test_while_two_secrets_work_a_notice_is_signed_for_both(hook: Receiver, clock: Any) -> None:
    a, _token_id, callback = ended(hook.url)
    present = rotate_secret(a.client)
    deliver_revoke_callback(str(callback.pk))
    [got] = hook.requests
    moment, *macs = got.headers["X-Signature"].split(",")
    signed = moment.removeprefix("t=").encode() + b"." + got.body
    keys = [hmac.digest(secret.encode(), b"callback", "sha256").hex() for secret in (a.secret, present)]
    assert macs == ["v1=" + hmac.digest(key.encode(), signed, "sha256").hex() for key in keys]


def test_a_delivered_notice_is_not_sent_again(hook: Receiver, clock: Any) -> None:
    _a, _token_id, callback = ended(hook.url)
    for _time in range(3):
        deliver_revoke_callback(str(callback.pk))
        clock.shift(86_400)
    assert len(hook.requests) == 1
    assert due_revoke_callbacks() == []


def test_it_is_repeated_by_the_schedule_under_one_key_and_given_up_after_the_last(hook: Receiver, clock: Any) -> None:
    hook.status = 500
    _a, _token_id, callback = ended(hook.url)
    for pause in RETRY_AFTER:
        deliver_revoke_callback(str(callback.pk))
        clock.shift(pause - timedelta(seconds=1))
        assert due_revoke_callbacks() == []
        deliver_revoke_callback(str(callback.pk))
        clock.shift(1)
        assert due_revoke_callbacks() == [str(callback.pk)]
    deliver_revoke_callback(str(callback.pk))
    callback.refresh_from_db()
    assert (callback.state, callback.attempts, callback.last_result) == (CallbackState.DEAD, 6, "500")
    assert [got.headers["Idempotency-Key"] for got in hook.requests] == [str(callback.pk)] * 6
    assert len({got.headers["X-Signature"] for got in hook.requests}) == 6, "each try is signed for its own time"


def test_a_receiver_that_comes_back_gets_it(hook: Receiver, clock: Any) -> None:
    hook.status = 503
    _a, _token_id, callback = ended(hook.url)
    deliver_revoke_callback(str(callback.pk))
    hook.status = 204
    clock.shift(60)
    deliver_revoke_callback(str(callback.pk))
    callback.refresh_from_db()
    assert (callback.state, callback.attempts) == (CallbackState.DELIVERED, 2)


def test_a_worker_that_died_over_it_leaves_it_due_after_a_minute(hook: Receiver, clock: Any) -> None:
    _a, _token_id, callback = ended(hook.url)
    RevokeCallback.objects.update(due_at=timezone.now() + timedelta(seconds=60))  # what the dead worker left
    deliver_revoke_callback(str(callback.pk))
    assert hook.requests == []
    clock.shift(60)
    deliver_revoke_callback(str(callback.pk))
    assert len(hook.requests) == 1


def test_an_address_in_our_own_network_is_given_up_at_once(settings: Any, clock: Any) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CALLBACK_NETWORKS": []}
    _a, _token_id, callback = ended("https://127.0.0.1/hook")
    deliver_revoke_callback(str(callback.pk))
    callback.refresh_from_db()
    assert (callback.state, callback.last_result) == (CallbackState.DEAD, "AddressRefused")


def test_a_name_that_does_not_resolve_today_is_tried_again(clock: Any) -> None:
    _a, _token_id, callback = ended("https://nowhere.invalid/hook")
    deliver_revoke_callback(str(callback.pk))
    callback.refresh_from_db()
    assert (callback.state, callback.attempts) == (CallbackState.QUEUED, 1)
    assert callback.due_at == timezone.now() + RETRY_AFTER[0]


def test_signing_out_tells_each_partner_once_and_withdraws_nothing(hook: Receiver, clock: Any) -> None:
    a = pair(revoke_uris=[hook.url])
    a.tokens()
    a.tokens()
    for _time in range(2):
        end_sign_in(str(a.sign_in.sign_in_id))
    assert RevokeCallback.objects.count() == 2
    assert set(a.live.grants) == {"read.firstname", "read.phone", "read.profile"}


def test_without_an_address_nothing_is_queued(clock: Any) -> None:
    a = pair()
    a.tokens()
    end_sign_in(str(a.sign_in.sign_in_id))
    assert not RevokeCallback.objects.exists()
