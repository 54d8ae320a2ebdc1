"""Identifier first, then a proof: password or one-time code. Known and unknown identifiers get the same answers in the
same time; an Argon2id run is spent on both."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.hashers import make_password

from freedom_id.domain.accounts import account_for, failures_of
from freedom_id.domain.events import record_event
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.one_time_codes import CodeOutcome, verify_code
from freedom_id.domain.rate_limits import (
    CODE_STREAK,
    FAILED_SIGN_INS,
    FAILED_SIGN_INS_PER_IP,
    forget_allowance,
    require_allowance,
    spend_allowance,
)
from freedom_id.enums import EventAction
from freedom_id.models import Account


@dataclass(frozen=True)
class Attempt:
    """One try to prove an identifier from an address."""

    identifier: Identifier
    ip: str


def prove_by_password(attempt: Attempt, password: str) -> Account | None:
    """The active account whose password this is, else None. Raises RateLimited: five failures in five minutes for an
    account, fifty for an address. The failure is counted before the answer is known, so parallel guesses count
    too. A right password lets codes be tried again that were guessed at too often."""
    require_allowance(FAILED_SIGN_INS_PER_IP, attempt.ip)
    account = account_for(attempt.identifier)
    failures = failures_of(attempt.identifier)
    spend_allowance(FAILED_SIGN_INS, failures)
    if not _password_is(account, password) or account is None or not account.is_active:
        _failed(attempt, account)
        return None
    forget_allowance(FAILED_SIGN_INS, failures)
    forget_allowance(CODE_STREAK, failures)
    return account


def prove_by_code(attempt: Attempt, code: str, *, challenge: UUID) -> tuple[CodeOutcome, Account | None]:
    """Judge a one-time code; a blocked account's right code is a wrong one. Raises RateLimited."""
    require_allowance(FAILED_SIGN_INS_PER_IP, attempt.ip)
    outcome, account = verify_code(attempt.identifier, code, challenge=challenge, ip=attempt.ip)
    if account is None or not account.is_active:
        _failed(attempt, account)
        return (CodeOutcome.WRONG if outcome is CodeOutcome.RIGHT else outcome), None
    return outcome, account


def _password_is(account: Account | None, password: str) -> bool:
    if account is None or not account.has_usable_password():
        make_password(password)
        return False
    return account.check_password(password)


def _failed(attempt: Attempt, account: Account | None) -> None:
    spend_allowance(FAILED_SIGN_INS_PER_IP, attempt.ip)
    record_event(account, EventAction.SIGN_IN_FAILED, ip=attempt.ip)
