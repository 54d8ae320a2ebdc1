"""Identifier first, then a proof: password or one-time code; then a second one, if the person has an app. Known and
unknown identifiers get the same answers in the same time; an Argon2id run is spent on both."""

from collections.abc import Container
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.hashers import make_password

from freedom_id.domain.accounts import account_for, failures_of, failures_of_account
from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.authenticators import has_app, use_code
from freedom_id.domain.devices import is_remembered
from freedom_id.domain.events import record_event
from freedom_id.domain.factor_recovery import stop_recovery
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.one_time_codes import CodeOutcome, verify_code
from freedom_id.domain.rate_limits import (
    CODE_STREAK,
    CODES_NOTED,
    FAILED_CODES,
    FAILED_SIGN_INS,
    FAILED_SIGN_INS_PER_IP,
    SECOND_FACTOR_STREAK,
    SECOND_FACTORS,
    Limit,
    forget_allowance,
    require_allowance,
    spend_allowance,
    spent_allowance,
)
from freedom_id.enums import AuditAction, EventAction, SignInFailure, SignInMethod
from freedom_id.errors import RateLimited
from freedom_id.models import Account

# What of RFC 8176 tells a first proof; a code by e-mail has but `otp`.
FIRST_PROOFS = {
    "pop": SignInMethod.PASSKEY,
    "mca": SignInMethod.DEVICE,
    "pwd": SignInMethod.PASSWORD,
    "sms": SignInMethod.SMS,
    "otp": SignInMethod.EMAIL,
}
FAILED_BY = {
    CodeOutcome.RIGHT: SignInFailure.NOT_ACTIVE,
    CodeOutcome.WRONG: SignInFailure.WRONG_CODE,
    CodeOutcome.SPENT: SignInFailure.CODE_OVER,
    CodeOutcome.OFF: SignInFailure.CODES_OFF,
}


@dataclass(frozen=True)
class Attempt:
    """One try to prove an identifier from an address, in the course of the request `track_id` if of any."""

    identifier: Identifier
    ip: str
    track_id: UUID | None = None


def prove_by_password(attempt: Attempt, password: str) -> Account | None:
    """The active account whose password this is, else None. Raises RateLimited: five failures in five minutes for an
    account, fifty for an address. The failure is counted before the answer is known, so parallel guesses count
    too. A right password lets codes be tried again that were guessed at too often."""
    require_allowance(FAILED_SIGN_INS_PER_IP, attempt.ip)
    account = account_for(attempt.identifier)
    failures = failures_of(attempt.identifier)
    _spend_try(FAILED_SIGN_INS, failures, account, ip=attempt.ip, track_id=attempt.track_id)
    right = _password_is(account, password)
    if not right or account is None or not account.is_active:
        has_none = account is not None and not account.has_usable_password()
        wrong = SignInFailure.NO_PASSWORD if has_none else SignInFailure.WRONG_PASSWORD
        note_failure(account, SignInFailure.NOT_ACTIVE if right else wrong, ip=attempt.ip, track_id=attempt.track_id)
        return None
    forget_allowance(FAILED_SIGN_INS, failures)
    forget_allowance(CODE_STREAK, failures)
    return account


def prove_by_code(attempt: Attempt, code: str, *, challenge: UUID) -> tuple[CodeOutcome, Account | None]:
    """Judge a one-time code; a blocked account's right code is a wrong one. A right one without an account proves an
    address that nobody has, and may open one (`open_own_account`). Raises RateLimited."""
    require_allowance(FAILED_SIGN_INS_PER_IP, attempt.ip)
    try:
        outcome, account = verify_code(attempt.identifier, code, challenge=challenge, ip=attempt.ip)
    except RateLimited:
        meant, failures = account_for(attempt.identifier), failures_of(attempt.identifier)
        _note_limit(FAILED_CODES, failures, meant, ip=attempt.ip, track_id=attempt.track_id)
        raise
    if outcome is CodeOutcome.RIGHT and (account is None or account.is_active):
        return outcome, account
    meant = account or _meant(attempt.identifier, outcome)
    note_failure(meant, FAILED_BY[outcome], ip=attempt.ip, track_id=attempt.track_id)
    return (CodeOutcome.WRONG if outcome is CodeOutcome.RIGHT else outcome), None


def needs_second_factor(account: Account, *, browser_key: str) -> bool:
    """Whether the first proof is not enough: she has an app, and the browser that holds this key is not trusted."""
    return has_app(account) and not is_remembered(account, browser_key)


def prove_second_factor(account: Account, code: str, *, ip: str, track_id: UUID | None = None) -> bool:
    """Judge a code of the person's app, or a recovery code, after her first proof; a right one is used up. `track_id`
    as in `Attempt`.

    Raises RateLimited: five failures in half an hour for an account, fifty in five minutes for an address. After a
    hundred in a row codes of the app are wrong whatever they are, until a recovery code was right. Each try is counted
    before it is judged. A right one shows that nothing is lost: the removal of a lost app stops.
    """
    require_allowance(FAILED_SIGN_INS_PER_IP, ip)
    failures = failures_of_account(account.pk)
    _spend_try(SECOND_FACTORS, failures, account, ip=ip, track_id=track_id)
    if not use_code(account, code, of_app=_app_is_on(failures)):
        note_failure(account, SignInFailure.WRONG_SECOND_FACTOR, ip=ip, track_id=track_id)
        return False
    forget_allowance(SECOND_FACTORS, failures)
    forget_allowance(SECOND_FACTOR_STREAK, failures)
    stop_recovery(account, ip=ip)
    return True


def method_of(amr: Container[str]) -> SignInMethod | None:
    """What the person first showed, by the `amr` of her sign-in; None when that tells nothing."""
    return next((method for name, method in FIRST_PROOFS.items() if name in amr), None)


def note_failure(account: Account | None, reason: SignInFailure, *, ip: str, track_id: UUID | None = None) -> None:
    """Count and journal a sign-in that failed. Raises RateLimited."""
    spend_allowance(FAILED_SIGN_INS_PER_IP, ip)
    record_event(account, EventAction.SIGN_IN_FAILED, ip=ip, reason=reason, track_id=track_id)
    if account is not None and account.is_staff:
        record(AuditAction.STAFF_REFUSED, by=By(ip=ip), target=Target.of(account))


def _meant(identifier: Identifier, outcome: CodeOutcome) -> Account | None:
    """In whose journal the failure belongs. Of codes that are over or off nothing else limits how often somebody shows
    one, and nobody is to fill the journal of another."""
    if outcome in (CodeOutcome.SPENT, CodeOutcome.OFF):
        try:
            spend_allowance(CODES_NOTED, failures_of(identifier))
        except RateLimited:
            return None
    return account_for(identifier)


def _spend_try(limit: Limit, failures: str, account: Account | None, *, ip: str, track_id: UUID | None) -> None:
    try:
        spend_allowance(limit, failures)
    except RateLimited:
        _note_limit(limit, failures, account, ip=ip, track_id=track_id)
        raise


def _note_limit(limit: Limit, failures: str, account: Account | None, *, ip: str, track_id: UUID | None) -> None:
    """The journal has a line for the first try that was refused, and none for the others of its window."""
    if spent_allowance(limit, failures) == limit.times + 1:
        record_event(account, EventAction.SIGN_IN_FAILED, ip=ip, reason=SignInFailure.LIMITED, track_id=track_id)


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
