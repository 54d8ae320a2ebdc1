"""Guesses, limits and first keys, by many threads at once."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import (
    CodeOutcome,
    deliver_code,
    judge_code,
    request_code,
    resend_code,
    verify_code,
)
from freedom_id.domain.rate_limits import Limit, spend_allowance
from freedom_id.domain.signing_keys import ensure_signing_key
from freedom_id.errors import RateLimited
from freedom_id.models import Allowance, OneTimeCode, SigningKey
from identity_portal.demo.models import InboxMessage
from tests.factories.people import person, phone_of
from tests.freedom_id.domain.acts import IP
from tests.freedom_id.domain.at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def sent_code():
    """The identifier, the challenge, and the digits that came."""
    identifier = parse_identifier(phone_of(person()))
    challenge = request_code(identifier, ip=IP, locale="en")
    deliver_code(str(challenge))
    return identifier, challenge, InboxMessage.objects.get(to=identifier.value).text.rpartition("#")[2]


def test_of_two_hundred_guesses_at_once_five_are_judged() -> None:
    identifier, challenge, digits = sent_code()
    wrong = "000000" if digits != "000000" else "000001"

    def guess_four_times() -> list[object]:
        return [outcome_of(lambda: verify_code(identifier, wrong, challenge=challenge)[0]) for _ in range(4)]

    outcomes = [outcome for answers in at_once([guess_four_times] * 50) for outcome in answers]
    assert outcomes.count(CodeOutcome.WRONG) <= 5
    assert set(outcomes) <= {CodeOutcome.WRONG, CodeOutcome.SPENT, RateLimited}
    assert OneTimeCode.objects.get().attempts == 5


def outcome_of(act):
    try:
        return act()
    except RateLimited:
        return RateLimited


def test_the_right_code_a_hundred_times_at_once_succeeds_once() -> None:
    identifier, challenge, digits = sent_code()

    def try_twice() -> list[object]:
        return [outcome_of(lambda: verify_code(identifier, digits, challenge=challenge)[0]) for _ in range(2)]

    answers = [outcome for outcomes in at_once([try_twice] * 50) for outcome in outcomes]
    assert (answers.count(CodeOutcome.RIGHT), answers.count(CodeOutcome.SPENT)) == (1, 99)
    assert Allowance.objects.get(key__startswith="code-failures").spent == 0


def test_of_five_guesses_at_each_of_fifty_challenges_ten_are_judged() -> None:
    """Whatever address, purpose, client or door they came by: the account counts."""
    account = person()
    known = {"account": account, "channel": "sms", "address": "x", "digest": "x" * 64}
    codes = [
        OneTimeCode.objects.create(
            **known, address_index=f"{number:064}", expires_at=timezone.now() + timedelta(hours=1)
        )
        for number in range(50)
    ]

    def guess(code: OneTimeCode) -> list[object]:
        mine = OneTimeCode.objects.filter(pk=code.pk)
        return [outcome_of(lambda: judge_code(mine, "000000")[0]) for _ in range(5)]

    answers = [outcome for outcomes in at_once([partial(guess, code) for code in codes]) for outcome in outcomes]
    assert (answers.count(CodeOutcome.WRONG), answers.count(RateLimited)) == (10, 240)
    assert sum(OneTimeCode.objects.values_list("attempts", flat=True)) == 10


def test_a_hundred_resends_at_once_send_one_message() -> None:
    identifier, challenge, _digits = sent_code()
    Allowance.objects.filter(key__startswith="code-resend").update(window_ends_at=timezone.now())
    code = OneTimeCode.objects.get(pk=challenge)

    def resend_twice() -> list[object]:
        return [outcome_of(lambda: resend_code(code, ip=IP)) for _ in range(2)]

    answers = [outcome for outcomes in at_once([resend_twice] * 50) for outcome in outcomes]
    assert answers.count(RateLimited) == 99
    assert OneTimeCode.objects.get().resends == 1
    deliver_code(str(challenge))
    deliver_code(str(challenge))
    assert InboxMessage.objects.filter(to=identifier.value).count() == 2, "the first, and one more"


def test_two_codes_asked_at_once_leave_one_live() -> None:
    identifier = parse_identifier(phone_of(person()))
    answers = at_once([lambda: outcome_of(lambda: request_code(identifier, ip=IP, locale="en"))] * 8)
    assert answers.count(RateLimited) == 7
    assert OneTimeCode.objects.filter(retired_at=None).count() == 1


def test_two_workers_with_one_code_send_one_message() -> None:
    identifier = parse_identifier(phone_of(person()))
    challenge = str(request_code(identifier, ip=IP, locale="en"))
    assert set(at_once([lambda: deliver_code(challenge)] * 8)) == {None}
    assert InboxMessage.objects.filter(to=identifier.value).count() == 1


def test_an_allowance_is_exact_under_sixteen_threads() -> None:
    limit = Limit("race", 50, timedelta(minutes=5))

    def spend_ten() -> list[object]:
        return [outcome_of(lambda: spend_allowance(limit, "k")) for _ in range(10)]

    outcomes = [outcome for answers in at_once([spend_ten] * 16) for outcome in answers]
    assert (outcomes.count(None), outcomes.count(RateLimited)) == (50, 110)
    assert Allowance.objects.get().spent == 160


def test_eight_first_starts_make_one_key() -> None:
    keys = at_once([ensure_signing_key] * 8)
    assert {key.kid for key in keys} == {SigningKey.objects.get().kid}
