"""Two answers at once, an answer and the end of the time, a sign-out and a code: one order, one outcome."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from freedom_id.domain.devices import (
    Asking,
    DeviceFacts,
    SecondFactorNeeded,
    change_device,
    draw_device_key,
    hold_account,
    record_sign_in,
    sign_out_device,
)
from freedom_id.domain.two_step import (
    Answer,
    Asked,
    ChallengeClosed,
    NotTheApprover,
    ProofWrong,
    answer_challenge,
    ask_second_factor,
    read_challenge,
)
from freedom_id.enums import TwoStepMethod
from freedom_id.models import Account, AccountEvent, Device, Grant, TwoStepChallenge
from tests.factories.people import partner, person
from tests.freedom_id.domain.acts import IP, pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def device(account: Account, *, trusted: bool = False) -> Device:
    facts = DeviceFacts("Firefox", "Firefox, Linux", IP, "en")
    found = record_sign_in(account, uuid4(), key=draw_device_key(), facts=facts)
    Device.objects.filter(pk=found.pk).update(trusted_at=timezone.now() if trusted else None)
    return Device.objects.get(pk=found.pk)


def challenge(account: Account, asking: Device) -> TwoStepChallenge:
    client, _secret = partner()
    asked = Asked(account, client, client, None, asking, "x", "x", "", IP, "en")
    return ask_second_factor(asked, TwoStepMethod.NOTIFICATION)


def answering(asked: TwoStepChallenge, by: Device, approved: bool = True, **more: Any) -> Callable[[], str]:
    said = Answer(Asking(IP, by), None, None, approved, str(by.pk), **({"number": asked.number} | more))

    def act() -> str:
        return str(answer_challenge(asked.account, asked.pk, said).state)

    return act


def reading(asked: TwoStepChallenge) -> Callable[[], str]:
    return lambda: str(read_challenge(asked.account, asked.pk).state)


def kinds(results: list[Any]) -> list[Any]:
    return sorted((type(result) if isinstance(result, Exception) else result for result in results), key=str)


def test_of_many_yeses_at_once_one_counts() -> None:
    account = person()
    phones = [device(account, trusted=True) for _number in range(4)]
    asking = device(account)
    for _round in range(ROUNDS - 1):
        asked = challenge(account, asking)
        results = at_once([answering(asked, phone, trust=True) for phone in phones])
        assert kinds(results) == [ChallengeClosed] * 3 + ["approved"]
    events = AccountEvent.objects.filter(account=account)
    assert events.filter(action="account:two-step:approved").count() == ROUNDS - 1
    assert events.filter(action="account:device:trusted").count() == 1


def test_of_a_yes_and_a_no_one_counts_and_a_no_never_trusts() -> None:
    account = person()
    one, two, asking = device(account, trusted=True), device(account, trusted=True), device(account)
    for _round in range(ROUNDS):
        Device.objects.filter(pk=asking.pk).update(trusted_at=None)
        asked = challenge(account, asking)
        results = at_once([answering(asked, one, trust=True), answering(asked, two, False, trust=True)])
        settled = TwoStepChallenge.objects.get(pk=asked.pk).state
        assert kinds(results) == [ChallengeClosed, settled]
        trusted = Device.objects.get(pk=asking.pk).trusted_at is not None
        assert trusted == (settled == "approved")


def test_a_yes_that_waited_beyond_the_time_is_too_late() -> None:
    account = person()
    phone, asking = device(account, trusted=True), device(account)
    asked = challenge(account, asking)
    with transaction.atomic():
        hold_account(account.pk)
        waiting = until_it_waits(answering(asked, phone))
        TwoStepChallenge.objects.filter(pk=asked.pk).update(
            created_at=timezone.now() - timedelta(minutes=3), expires_at=timezone.now() - timedelta(seconds=1)
        )
    assert isinstance(waiting.result(timeout=10), ChallengeClosed)
    assert read_challenge(account, asked.pk).state == "expired"


def test_the_end_of_the_time_does_not_undo_a_yes() -> None:
    account = person()
    phone, asking = device(account, trusted=True), device(account)
    for _round in range(ROUNDS):
        asked = challenge(account, asking)
        soon = timezone.now() + timedelta(milliseconds=10)
        TwoStepChallenge.objects.filter(pk=asked.pk).update(expires_at=soon)
        yes, *seen = at_once([answering(asked, phone), *[reading(asked)] * 3])
        final = read_challenge(account, asked.pk).state
        assert final == ("expired" if isinstance(yes, ChallengeClosed) else "approved")
        assert set(seen) <= {"pending", final}


def test_guesses_at_once_are_counted_one_by_one() -> None:
    account = person()
    phones, asking = [device(account, trusted=True) for _number in range(6)], device(account)
    asked = challenge(account, asking)
    results = at_once([answering(asked, phone, number=1) for phone in phones])
    assert kinds(results) == [ChallengeClosed] * 3 + [ProofWrong] * 3
    assert [error.declined for error in results if isinstance(error, ProofWrong)].count(True) == 1
    assert TwoStepChallenge.objects.get().wrong_proofs == 3


def test_a_yes_that_waited_while_the_trust_was_taken_is_none() -> None:
    account = person()
    phone, asking = device(account, trusted=True), device(account)
    asked = challenge(account, asking)
    with transaction.atomic():
        hold_account(account.pk)
        waiting = until_it_waits(answering(asked, phone))
        change_device(account, phone.pk, name=None, trusted=False, by=Asking(IP, phone))
    assert isinstance(waiting.result(timeout=10), NotTheApprover)


def test_of_two_first_devices_one_is_trusted() -> None:
    for _round in range(ROUNDS):
        account = person()
        ones = [device(account), device(account)]

        def trusting(one: Device, account: Account = account) -> Callable[[], Any]:
            by = Asking(IP, one, timezone.now())
            return lambda: change_device(account, one.pk, name=None, trusted=True, by=by).pk

        results = at_once([trusting(one) for one in ones])
        assert sum(isinstance(result, SecondFactorNeeded) for result in results) == 1
        assert Device.objects.filter(account=account, trusted_at__isnull=False).count() == 1


def test_no_code_outlives_the_sign_out_of_its_browser() -> None:
    a = pair()
    facts = DeviceFacts("Firefox", "Firefox, Linux", IP, "en")
    for _round in range(ROUNDS):
        sign_in = uuid4()
        browser = record_sign_in(a.account, sign_in, key=draw_device_key(), facts=facts)
        a.sign_in = type(a.sign_in)(a.account, sign_in, timezone.now(), IP)
        track = a.ask()
        at_once([lambda t=track: a.allow(t), lambda b=browser: sign_out_device(a.account, b.pk, by=Asking(IP))])
        assert not Grant.objects.filter(sign_in_id=sign_in, spent_at__isnull=True).exists()


def test_a_limit_holds_for_sign_ins_at_once() -> None:
    a = pair(max_devices=2)
    a.tokens()
    tracks = [a.ask() for _number in range(4)]
    sign_ins = [type(a.sign_in)(a.account, uuid4(), timezone.now(), IP) for _track in tracks]

    def allowing(track: str, sign_in: Any) -> Callable[[], str]:
        mine = type(a)(a.account, a.client, a.secret, sign_in)
        return lambda: mine.allow(track)

    at_once([allowing(track, sign_in) for track, sign_in in zip(tracks, sign_ins, strict=True)])
    assert Grant.objects.filter(spent_at__isnull=True).count() == 2
