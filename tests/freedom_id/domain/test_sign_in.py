"""Proof by password: the same answer in the same way for everybody, and limits that cannot be worked around."""

from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import get_hasher
from django.utils import timezone

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import CodeOutcome, deliver_code, request_code
from freedom_id.domain.sign_in import Attempt, prove_by_code, prove_by_password
from freedom_id.enums import AccountStatus, EventAction
from freedom_id.errors import RateLimited
from freedom_id.models import Account, AccountEvent, Allowance
from identity_portal.demo.models import InboxMessage
from tests.factories.people import PASSWORD, email_of, person, phone_of
from tests.freedom_id.domain.acts import IP
from tests.quick_argon2 import QuickArgon2idHasher

pytestmark = pytest.mark.django_db


class CountingHasher(QuickArgon2idHasher):
    """Argon2id that counts its runs."""

    runs: list[str] = []

    def encode(self, password: str, salt: str) -> str:
        self.runs.append("encode")
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        self.runs.append("verify")
        return super().verify(password, encoded)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def attempt(text: str, ip: str = IP) -> Attempt:
    return Attempt(parse_identifier(text), ip)


def test_phone_and_mail_sign_in() -> None:
    account = person()
    assert prove_by_password(attempt(phone_of(account)), PASSWORD) == account
    assert prove_by_password(attempt(email_of(account).upper()), PASSWORD) == account


@pytest.mark.parametrize("kind", ["known", "without password", "unknown"])
def test_argon2_runs_once_for_everybody(settings: Any, kind: str) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    assert isinstance(get_hasher(), CountingHasher)
    account = person()
    if kind == "without password":
        account.set_unusable_password()
        account.save()
    text = "+998907654321" if kind == "unknown" else phone_of(account)
    CountingHasher.runs.clear()
    assert prove_by_password(attempt(text), "wrong") is None
    assert len(CountingHasher.runs) == 1


def answers(text: str) -> list[object]:
    """What seven wrong tries are told."""
    told: list[object] = []
    for _try in range(7):
        try:
            told.append(prove_by_password(attempt(text, IP), "wrong"))
        except RateLimited as error:
            told.append(error.retry_after)
    return told


def test_known_and_unknown_are_told_the_same(clock: Any) -> None:
    known = answers(phone_of(person()))
    assert known == answers("+998907654321") == [None] * 5 + [300] * 2


def test_after_five_failures_the_right_password_must_wait_too(clock: Any) -> None:
    account = person()
    answers(phone_of(account))
    with pytest.raises(RateLimited):
        prove_by_password(attempt(phone_of(account), "203.0.113.9"), PASSWORD)
    clock.shift(300)
    assert prove_by_password(attempt(phone_of(account)), PASSWORD) == account


def test_a_success_clears_its_own_counter_and_not_the_address(clock: Any) -> None:
    account = person()
    for _try in range(4):
        prove_by_password(attempt(phone_of(account)), "wrong")
    assert prove_by_password(attempt(phone_of(account)), PASSWORD)
    assert dict(Allowance.objects.values_list("key", "spent")) == {f"sign-in-ip:{IP}": 4}


def test_fifty_failures_hold_the_address_up_and_nobody_elses(clock: Any) -> None:
    account = person()
    for number in range(50):
        prove_by_password(attempt(f"+9989012345{number:02d}"), "wrong")
    with pytest.raises(RateLimited):
        prove_by_password(attempt(phone_of(account)), PASSWORD)
    assert prove_by_password(attempt(phone_of(account), "198.51.100.1"), PASSWORD) == account


@pytest.mark.parametrize("status", [AccountStatus.BLOCKED, AccountStatus.CLOSED])
def test_an_account_out_of_standing_is_a_wrong_password(status: AccountStatus) -> None:
    account = person(status=status)
    assert prove_by_password(attempt(phone_of(account)), PASSWORD) is None
    assert AccountEvent.objects.get(account=account).action == EventAction.SIGN_IN_FAILED


def test_the_right_code_of_a_blocked_account_is_a_wrong_one() -> None:
    account = person()
    identifier = parse_identifier(phone_of(account))
    challenge = request_code(identifier, ip=IP, locale="en")
    deliver_code(str(challenge))
    digits = InboxMessage.objects.get().text.rpartition("#")[2]
    Account.objects.update(status=AccountStatus.BLOCKED)
    assert prove_by_code(Attempt(identifier, IP), digits, challenge=challenge) == (CodeOutcome.WRONG, None)


def test_the_failure_is_in_the_journal_without_the_value() -> None:
    account = person()
    prove_by_password(attempt(phone_of(account)), "wrong")
    event = AccountEvent.objects.values().get(account=account)
    assert (event["action"], event["ip"]) == (EventAction.SIGN_IN_FAILED, IP)
    assert phone_of(account)[1:] not in str(event)
