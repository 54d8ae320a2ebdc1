"""Why a sign-in failed stands in the journal of the account, and never with what was typed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import deliver_code, request_code
from freedom_id.domain.queries.sign_in_troubles import hindrances, sign_in_troubles
from freedom_id.domain.sign_in import Attempt, prove_by_code, prove_by_password, prove_second_factor
from freedom_id.enums import AccountStatus, SignInFailure
from freedom_id.errors import RateLimited
from freedom_id.models import Account, AccountEvent, OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.factories.people import PASSWORD, person, phone_of
from tests.freedom_id.domain.acts import IP

pytestmark = pytest.mark.django_db
TRACK = uuid4()


@pytest.fixture
def account() -> Account:
    return person()


def attempt(account: Account) -> Attempt:
    return Attempt(parse_identifier(phone_of(account)), IP, TRACK)


def sent(account: Account) -> tuple[Any, str]:
    challenge = request_code(parse_identifier(phone_of(account)), ip=IP, locale="en")
    deliver_code(str(challenge))
    return challenge, InboxMessage.objects.latest("pk").text.rpartition("#")[2]


def wrong_password(account: Account) -> None:
    prove_by_password(attempt(account), "wrong")


def no_password(account: Account) -> None:
    account.set_unusable_password()
    account.save()
    prove_by_password(attempt(account), PASSWORD)


def blocked(account: Account) -> None:
    Account.objects.update(status=AccountStatus.BLOCKED)
    prove_by_password(attempt(account), PASSWORD)


def wrong_code(account: Account) -> None:
    challenge, digits = sent(account)
    prove_by_code(attempt(account), "000000" if digits != "000000" else "000001", challenge=challenge)


def blocked_code(account: Account) -> None:
    challenge, digits = sent(account)
    Account.objects.update(status=AccountStatus.BLOCKED)
    prove_by_code(attempt(account), digits, challenge=challenge)


def old_code(account: Account) -> None:
    challenge, digits = sent(account)
    OneTimeCode.objects.update(retired_at=timezone.now())
    prove_by_code(attempt(account), digits, challenge=challenge)


def second_factor(account: Account) -> None:
    prove_second_factor(account, "000000", ip=IP, track_id=TRACK)


CASES = {
    SignInFailure.WRONG_PASSWORD: wrong_password,
    SignInFailure.NO_PASSWORD: no_password,
    SignInFailure.NOT_ACTIVE: blocked,
    SignInFailure.WRONG_CODE: wrong_code,
    SignInFailure.CODE_OVER: old_code,
    SignInFailure.WRONG_SECOND_FACTOR: second_factor,
}


@pytest.mark.parametrize(("reason", "fail"), [pytest.param(*case, id=case[0].value) for case in CASES.items()])
def test_the_journal_says_why(reason: SignInFailure, fail: Any, account: Account) -> None:
    fail(account)
    event = AccountEvent.objects.get(account=account)
    assert (event.reason, event.track_id) == (reason, TRACK)
    assert sign_in_troubles(account, number=20)[0].said == reason.label


def test_the_right_code_of_a_blocked_account_fails_because_of_the_block(account: Account) -> None:
    blocked_code(account)
    assert AccountEvent.objects.get(account=account).reason == SignInFailure.NOT_ACTIVE


def test_nobody_fills_the_journal_of_another_with_codes_that_are_over(account: Account) -> None:
    challenge, digits = sent(account)
    OneTimeCode.objects.update(retired_at=timezone.now())
    for _try in range(12):
        prove_by_code(attempt(account), digits, challenge=challenge)
    assert AccountEvent.objects.filter(account=account).count() == 10
    assert AccountEvent.objects.filter(account=None).count() == 2


def test_a_limit_is_one_line_of_the_journal_however_often_it_refuses(account: Account) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for _try in range(5):
            wrong_password(account)
        for _try in range(3):
            with pytest.raises(RateLimited):
                wrong_password(account)
        assert AccountEvent.objects.filter(account=account, reason=SignInFailure.LIMITED).count() == 1
        assert [str(one.said) for one in hindrances(account)] == ["Too many wrong passwords"]


def test_a_code_that_did_not_arrive_is_a_trouble_and_one_that_did_is_none(account: Account) -> None:
    sent(account)
    assert sign_in_troubles(account, number=20) == []
    OneTimeCode.objects.update(delivered_at=None, undelivered_at=timezone.now())
    assert [str(one.said) for one in sign_in_troubles(account, number=20)] == ["A code was not delivered"]
    OneTimeCode.objects.update(undelivered_at=None, sent_at=None, created_at=timezone.now() - timedelta(minutes=2))
    assert [str(one.said) for one in sign_in_troubles(account, number=20)] == [
        "A code was not sent: no gateway took it"
    ]


def test_nothing_stands_in_the_way_of_a_person_in_good_standing(account: Account) -> None:
    assert hindrances(account) == []
    Account.objects.update(status=AccountStatus.BLOCKED)
    account.refresh_from_db()
    assert [str(one.said) for one in hindrances(account)] == ["Blocked"]
