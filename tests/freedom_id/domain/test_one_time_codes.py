"""One-time codes: drawn by the worker, known to the person alone, good once, for a short while."""

import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import get_language

from freedom_id.domain.accounts import register_account
from freedom_id.domain.identifiers import Identifier, parse_identifier
from freedom_id.domain.one_time_codes import CodeOutcome, deliver_code, due_codes, request_code, verify_code
from freedom_id.domain.rate_limits import SIGN_UP_STREAK, spend_allowance
from freedom_id.domain.sweep import sweep
from freedom_id.errors import RateLimited
from freedom_id.models import OneTimeCode
from freedom_id.sealing import digest
from identity_portal.celery import app
from identity_portal.demo.inbox_channel import InboxChannel
from identity_portal.demo.models import InboxMessage
from tests.factories.people import email_of, person, phone_of
from tests.freedom_id.domain.acts import IP

pytestmark = pytest.mark.django_db
WRONG, SPENT, RIGHT = CodeOutcome.WRONG, CodeOutcome.SPENT, CodeOutcome.RIGHT


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone(clock: Any) -> Identifier:
    return parse_identifier(phone_of(person()))


@pytest.fixture
def worker_in_this_thread() -> Any:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def ask(identifier: Identifier, **options: str) -> Any:
    return request_code(identifier, **({"ip": IP, "locale": "en"} | options))


def sent(identifier: Identifier, **options: str) -> tuple[Any, str]:
    """A challenge and the digits that came for it."""
    challenge = ask(identifier, **options)
    deliver_code(str(challenge))
    return challenge, digits_of(identifier)


def digits_of(identifier: Identifier) -> str:
    return InboxMessage.objects.filter(to=identifier.value).latest("pk").text.rpartition("#")[2]


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06d}"


def test_the_worker_draws_the_code_and_only_its_digest_is_stored(phone: Identifier) -> None:
    challenge = ask(phone)
    assert OneTimeCode.objects.get().digest == ""
    deliver_code(str(challenge))
    row, digits = OneTimeCode.objects.values().get(), digits_of(phone)
    assert row["digest"] == digest(f"{challenge}:{digits}", "one-time-code")
    assert len(digits) == 6
    assert not [column for column, value in row.items() if digits in str(value) and column not in {"id", "digest"}]


def test_the_right_code_signs_in_once(phone: Identifier) -> None:
    challenge, digits = sent(phone)
    outcome, account = verify_code(phone, digits, challenge=challenge)
    assert outcome is RIGHT
    assert account is not None
    assert phone_of(account) == phone.value
    assert verify_code(phone, digits, challenge=challenge) == (SPENT, None)


def test_a_resend_retires_the_former_code(phone: Identifier, clock: Any) -> None:
    old, old_digits = sent(phone)
    clock.shift(60)
    new, digits = sent(phone)
    assert verify_code(phone, old_digits, challenge=old) == (SPENT, None)
    if old_digits != digits:
        assert verify_code(phone, old_digits, challenge=new) == (WRONG, None)
    assert verify_code(phone, digits, challenge=new)[0] is RIGHT


def test_a_retired_code_is_not_sent_any_more(phone: Identifier, clock: Any) -> None:
    old = ask(phone)
    clock.shift(60)
    ask(phone)
    deliver_code(str(old))
    assert not InboxMessage.objects.exists()


def test_a_code_is_sent_once_however_often_its_task_comes(phone: Identifier, clock: Any) -> None:
    challenge, digits = sent(phone)
    clock.shift(120)
    deliver_code(str(challenge))
    assert InboxMessage.objects.count() == 1
    assert verify_code(phone, digits, challenge=challenge)[0] is RIGHT


def test_an_unknown_address_takes_the_same_way_and_its_code_opens_an_account(clock: Any) -> None:
    nobody = parse_identifier("+998907654321")
    challenge, digits = sent(nobody, requested_by="Aral Market")
    assert OneTimeCode.objects.get().account_id is None
    assert f"{digits} is the code to open a Freedom ID for Aral Market." in InboxMessage.objects.get().text
    assert verify_code(nobody, other_than(digits), challenge=challenge) == (WRONG, None)
    with pytest.raises(RateLimited):
        ask(nobody)
    assert verify_code(nobody, digits, challenge=challenge) == (RIGHT, None)
    assert verify_code(nobody, digits, challenge=challenge) == (SPENT, None)


def test_a_code_for_nobody_signs_in_whoever_got_the_address_meanwhile(clock: Any) -> None:
    address = parse_identifier("+998907654321")
    challenge, digits = sent(address)
    account = register_account(address)
    assert verify_code(address, digits, challenge=challenge) == (RIGHT, account)


def test_guesses_at_an_address_that_nobody_has_are_forgotten_after_a_week(clock: Any) -> None:
    """Nobody is there who could give another proof."""
    nobody = parse_identifier("+998907654321")
    for _guess in range(100):
        spend_allowance(SIGN_UP_STREAK, nobody.index)
    challenge, digits = sent(nobody)
    assert verify_code(nobody, digits, challenge=challenge)[0] is CodeOutcome.OFF
    clock.shift(timedelta(days=7))
    challenge, digits = sent(nobody)
    assert verify_code(nobody, digits, challenge=challenge)[0] is RIGHT


def test_a_code_is_bound_to_its_challenge_and_its_address(phone: Identifier) -> None:
    challenge, digits = sent(phone)
    other = parse_identifier(phone_of(person()))
    sent(other)
    assert verify_code(phone, digits, challenge=uuid4()) == (SPENT, None)
    assert verify_code(other, digits, challenge=challenge) == (SPENT, None)
    assert verify_code(phone, digits, challenge=challenge)[0] is RIGHT


@pytest.mark.parametrize(("seconds", "outcome"), [(299.999, RIGHT), (300, SPENT)])
def test_a_code_lives_for_five_minutes(phone: Identifier, clock: Any, seconds: float, outcome: CodeOutcome) -> None:
    challenge, digits = sent(phone)
    clock.shift(seconds)
    assert verify_code(phone, digits, challenge=challenge)[0] is outcome


def test_after_five_wrong_guesses_the_right_one_is_too_late(phone: Identifier) -> None:
    challenge, digits = sent(phone)
    for _try in range(5):
        assert verify_code(phone, other_than(digits), challenge=challenge)[0] is WRONG
    assert verify_code(phone, digits, challenge=challenge) == (SPENT, None)


def test_the_wait_grows_and_five_codes_go_to_an_address_in_an_hour(phone: Identifier, clock: Any) -> None:
    for number, wait in enumerate([60, 120, 300, 900, 900]):
        ask(phone)
        clock.shift(wait - 1)
        with pytest.raises(RateLimited) as refused:
            ask(phone, ip=f"203.0.113.{number}")
        assert refused.value.retry_after == 1
        clock.shift(1)
    with pytest.raises(RateLimited) as refused:
        ask(phone, ip="203.0.113.99")
    assert refused.value.retry_after == 3600 - 2280
    clock.shift(1320)
    ask(phone)
    clock.shift(60)
    assert ask(phone), "the waits begin anew with the hour"


def test_twenty_codes_an_hour_for_an_ip(clock: Any) -> None:
    for number in range(20):
        ask(parse_identifier(f"+9989012345{number:02d}"))
    with pytest.raises(RateLimited):
        ask(parse_identifier("+998901234599"))
    assert ask(parse_identifier("+998901234598"), ip="203.0.113.8")


def test_ten_failures_an_hour_over_all_challenges(phone: Identifier, clock: Any) -> None:
    for _challenge in range(2):
        challenge, digits = sent(phone)
        for _try in range(5):
            assert verify_code(phone, other_than(digits), challenge=challenge)[0] is WRONG
        clock.shift(121)
    challenge, digits = sent(phone)
    with pytest.raises(RateLimited):
        verify_code(phone, digits, challenge=challenge)
    clock.shift(3600)
    challenge, digits = sent(phone)
    assert verify_code(phone, digits, challenge=challenge)[0] is RIGHT


def test_the_message_names_the_partner_and_ends_with_the_origin_bound_line(phone: Identifier, settings: Any) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "ISSUER": "https://id.example:8443"}
    _challenge, digits = sent(phone, requested_by="Aral Market")
    message = InboxMessage.objects.get()
    assert message.text.startswith(f"{digits} is the code to sign in to Aral Market with Freedom ID.")
    assert message.text.splitlines()[-2:] == ["", f"@id.example #{digits}"]
    assert (message.to, message.channel) == (phone.value, "sms")


def test_the_message_speaks_the_persons_language(clock: Any, settings: Any) -> None:
    identifier = parse_identifier(email_of(person()))
    settings.FREEDOM_ID = {
        **settings.FREEDOM_ID,
        "CHANNELS": {"email": f"{__name__}.LanguageChannel", "sms": f"{__name__}.LanguageChannel"},
    }
    deliver_code(str(ask(identifier, locale="uz")))
    assert InboxMessage.objects.get().subject == "uz"


class LanguageChannel(InboxChannel):
    """Says which language was in force when the words were made."""

    def send(self, address: str, *, subject: str, text: str, html: str = "") -> None:
        super().send(address, subject=get_language() or "", text=text, html=html)


class BrokenChannel:
    def send(self, address: str, *, subject: str, text: str) -> None:
        raise ConnectionError("gateway away")


def test_a_channel_that_raises_leaves_the_row_due_for_the_sweep(
    phone: Identifier, clock: Any, settings: Any, worker_in_this_thread: None
) -> None:
    whole = settings.FREEDOM_ID
    settings.FREEDOM_ID = {**whole, "CHANNELS": {"sms": f"{__name__}.BrokenChannel"}}
    challenge = ask(phone)
    deliver_code(str(challenge))
    assert due_codes() == [], "somebody has just tried"
    settings.FREEDOM_ID = whole
    clock.shift(30)
    assert due_codes() == [str(challenge)]
    sweep()
    assert verify_code(phone, digits_of(phone), challenge=challenge)[0] is RIGHT


def test_a_code_that_was_used_before_its_sending_was_noted_is_not_sent_again(phone: Identifier, clock: Any) -> None:
    challenge, digits = sent(phone)
    OneTimeCode.objects.update(sent_at=None)  # the worker died between the gateway's answer and its note of it
    assert verify_code(phone, digits, challenge=challenge)[0] is RIGHT
    clock.shift(31)
    assert due_codes() == []
    deliver_code(str(challenge))
    assert InboxMessage.objects.count() == 1


def test_no_code_is_in_a_log(phone: Identifier, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        challenge, digits = sent(phone)
        verify_code(phone, digits, challenge=challenge)
    assert digits not in caplog.text
    assert phone.value not in caplog.text
    assert OneTimeCode.objects.get().expires_at - timezone.now() == timedelta(minutes=5)
