"""Guesses, limits and first keys, by many threads at once."""

from datetime import timedelta

import pytest

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import CodeOutcome, deliver_code, request_code, verify_code
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


def test_the_right_code_fifty_times_at_once_succeeds_once() -> None:
    identifier, challenge, digits = sent_code()
    answers = at_once([lambda: outcome_of(lambda: verify_code(identifier, digits, challenge=challenge)[0])] * 50)
    assert answers.count(CodeOutcome.RIGHT) == 1
    assert set(answers) <= {CodeOutcome.RIGHT, CodeOutcome.SPENT, RateLimited}


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
