"""What a person proves to be herself by without being reached: an app (TOTP) and a sheet of recovery codes."""

import secrets
from base64 import b32encode

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.accounts import failures_of_account
from freedom_id.domain.credentials import PersonsAct, UnknownCredential
from freedom_id.domain.rate_limits import FAILED_CODES, return_allowance, spend_allowance
from freedom_id.domain.restore_journal import note
from freedom_id.domain.rfc6238_totp import draw_secret, otpauth_uri, step_of_code
from freedom_id.enums import JournalKind, NoticeKind, ProofType
from freedom_id.errors import FreedomIdError, IdentifierTaken
from freedom_id.models import Account, Authenticator, RecoveryCode
from freedom_id.sealing import digest

RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits
GROUP = 4


class WrongCode(FreedomIdError):
    """The code is wrong, or was used already."""

    http_status = 422
    message = "The code is wrong."


def add_totp(act: PersonsAct) -> tuple[int, str]:
    """Draw a secret for an app; the authenticator's number, and the address that the app reads, this once. It is
    nothing until its first right code, and takes the place of an earlier one without.

    Raises FreshProofNeeded, AccountUnavailable, and IdentifierTaken when there is one already.
    """
    with transaction.atomic():
        row = _add(act, ProofType.TOTP, secret=draw_secret())
    return row.number, _uri(row)


def add_recovery_codes(act: PersonsAct) -> tuple[int, list[str]]:
    """Draw ten codes; the authenticator's number, and the codes, this once: only digests are kept.

    Raises FreshProofNeeded, AccountUnavailable, and IdentifierTaken when there are some already.
    """
    codes = [b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _code in range(RECOVERY_CODES)]
    with transaction.atomic():
        sheet = _add(act, ProofType.RECOVERY, verified_at=timezone.now())
        RecoveryCode.objects.bulk_create(
            RecoveryCode(authenticator=sheet, digest=_digest(sheet, code)) for code in codes
        )
        act.record(NoticeKind.ADDED, ProofType.RECOVERY)
    return sheet.number, ["-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)) for code in codes]


def unproven_totp(act: PersonsAct) -> tuple[int, str] | None:
    """The number and address of an app that was begun and has no right code yet, for a page to show again; else None.

    Raises FreshProofNeeded.
    """
    act.require_fresh_proof()
    row = Authenticator.objects.filter(account=act.account, type=ProofType.TOTP, verified_at=None).first()
    return (row.number, _uri(row)) if row else None


def has_app(account: Account) -> bool:
    """Whether an app is set up: then its code is asked for at a sign-in."""
    return Authenticator.objects.filter(account=account, type=ProofType.TOTP, verified_at__isnull=False).exists()


def use_code(account: Account, code: str, *, of_app: bool) -> bool:
    """Whether it is a recovery code, or with `of_app` a code of the app, spaces or not; a right one is used up. The
    caller counts the tries."""
    code = "".join(code.split())
    for row in Authenticator.objects.filter(account=account, verified_at__isnull=False):
        is_app = row.type == ProofType.TOTP
        if (of_app and _use_step(row, code)) if is_app else _use_recovery_code(row, code):
            return True
    return False


def prove_authenticator(act: PersonsAct, number: int, *, code: str) -> None:
    """Judge a code of the app or of the sheet. A right one is used up: of an app its time step and those before, of a
    sheet the code itself.

    A try is counted beforehand among the account's wrong codes, and taken back when it is right. Raises
    UnknownCredential, AccountUnavailable, WrongCode, RateLimited.
    """
    row = Authenticator.objects.filter(account=act.account, number=number).first()
    if row is None:
        raise UnknownCredential
    failures = failures_of_account(act.account.pk)
    spend_allowance(FAILED_CODES, failures)
    with transaction.atomic():
        act.lock_account()
        if not (_use_step(row, code) if row.type == ProofType.TOTP else _use_recovery_code(row, code)):
            raise WrongCode
        Authenticator.objects.filter(pk=row.pk).update(verified_at=timezone.now())
        return_allowance(FAILED_CODES, failures)
        if row.verified_at is None:
            act.record(NoticeKind.ADDED, ProofType(row.type))


def remove_second_factors(account: Account) -> None:
    """Remove app and recovery codes; the caller holds the account, and tells of it."""
    held = Authenticator.objects.filter(account=account)
    for number in held.values_list("number", flat=True):
        note(JournalKind.CREDENTIAL_REMOVED, account=account.pk, number=number)
    held.delete()


def _add(act: PersonsAct, kind: ProofType, **columns: object) -> Authenticator:
    act.require_fresh_proof()
    act.lock_account()
    hers = Authenticator.objects.filter(account=act.account, type=kind)
    hers.filter(verified_at=None).delete()
    if hers.exists():
        raise IdentifierTaken
    return Authenticator.objects.create(account=act.account, type=kind, **columns)


def _uri(row: Authenticator) -> str:
    return otpauth_uri(row.secret, issuer=conf.brand["NAME"], name=str(row.account_id))


def _use_step(row: Authenticator, code: str) -> bool:
    """RFC 6238 §5.2: "The verifier MUST NOT accept the second attempt of the OTP"."""
    step = step_of_code(row.secret, code, timezone.now())
    unused = Q(last_step__isnull=True) | Q(last_step__lt=step)
    return step is not None and bool(Authenticator.objects.filter(unused, pk=row.pk).update(last_step=step))


def _use_recovery_code(row: Authenticator, code: str) -> bool:
    text = "".join(character for character in code.upper() if character.isalnum())
    return bool(row.recovery_codes.filter(digest=_digest(row, text)).delete()[0])


def _digest(sheet: Authenticator, code: str) -> str:
    return digest(f"{sheet.number}:{code}", "recovery-code")
