"""Identifier first, then a proof: password or one-time code; then a second one, if the person has an app. Known and
unknown identifiers get the same answers in the same time; an Argon2id run is spent on both."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.hashers import make_password

from freedom_id.domain.accounts import account_for, failures_of, failures_of_account
from freedom_id.domain.authenticators import has_app, use_code
from freedom_id.domain.devices import is_remembered
from freedom_id.domain.events import record_event
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.one_time_codes import CodeOutcome, verify_code
from freedom_id.domain.rate_limits import (
    CODE_STREAK,
    FAILED_SIGN_INS,
    FAILED_SIGN_INS_PER_IP,
    SECOND_FACTOR_STREAK,
    SECOND_FACTORS,
    forget_allowance,
    require_allowance,
    spend_allowance,
)
from freedom_id.enums import EventAction
from freedom_id.errors import RateLimited
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
        note_failure(account, ip=attempt.ip)
        return None
    forget_allowance(FAILED_SIGN_INS, failures)
    forget_allowance(CODE_STREAK, failures)
    return account


def prove_by_code(attempt: Attempt, code: str, *, challenge: UUID) -> tuple[CodeOutcome, Account | None]:
    """Judge a one-time code; a blocked account's right code is a wrong one. Raises RateLimited."""
    require_allowance(FAILED_SIGN_INS_PER_IP, attempt.ip)
    outcome, account = verify_code(attempt.identifier, code, challenge=challenge, ip=attempt.ip)
    if account is None or not account.is_active:
        note_failure(account, ip=attempt.ip)
        return (CodeOutcome.WRONG if outcome is CodeOutcome.RIGHT else outcome), None
    return outcome, account


def needs_second_factor(account: Account, *, browser_key: str) -> bool:
    """Whether the first proof is not enough: she has an app, and the browser that holds this key is not trusted."""
    return has_app(account) and not is_remembered(account, browser_key)


def prove_second_factor(account: Account, code: str, *, ip: str) -> bool:
    """Judge a code of the person's app, or a recovery code, after her first proof; a right one is used up.

    Raises RateLimited: five failures in half an hour for an account, fifty in five minutes for an address. After a
    hundred in a row codes of the app are wrong whatever they are, until a recovery code was right. Each try is counted
    before it is judged.
    """
    require_allowance(FAILED_SIGN_INS_PER_IP, ip)
    failures = failures_of_account(account.pk)
    spend_allowance(SECOND_FACTORS, failures)
    if not use_code(account, code, of_app=_app_is_on(failures)):
        note_failure(account, ip=ip)
        return False
    forget_allowance(SECOND_FACTORS, failures)
    forget_allowance(SECOND_FACTOR_STREAK, failures)
    return True


def note_failure(account: Account | None, *, ip: str) -> None:
    """Count and journal a sign-in that failed. Raises RateLimited."""
    spend_allowance(FAILED_SIGN_INS_PER_IP, ip)
    record_event(account, EventAction.SIGN_IN_FAILED, ip=ip)


def _app_is_on(failures: str) -> bool:
    """NIST SP 800-63B §5.2.2: no more than 100 consecutive failed attempts."""
    try:
        spend_allowance(SECOND_FACTOR_STREAK, failures)
    except RateLimited:
        return False
    return True


def _password_is(account: Account | None, password: str) -> bool:
    if account is None or not account.has_usable_password():
        make_password(password)
        return False
    return account.check_password(password)
