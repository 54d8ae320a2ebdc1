"""App and recovery codes are lost: who proved the first factor proves another channel, and 72 hours later, unless the
person stops it, app and codes are removed. Passkeys stay: none of them is what was lost, and each signs in by
itself. What staff lost an administrator removes: a code by SMS or mail would open the admin."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from freedom_id.domain.accounts import sign_out_everywhere
from freedom_id.domain.authenticators import has_app, remove_second_factors
from freedom_id.domain.confirmation import address_of
from freedom_id.domain.devices import hold_account
from freedom_id.domain.events import record_event
from freedom_id.domain.factor_recovery import finish_recovery, open_recovery, stop_recovery, waiting_recovery
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.notices import queue_notices_everywhere
from freedom_id.domain.one_time_codes import CodeOutcome, CodeRequest, Recipient, ask_code, judge_code
from freedom_id.domain.rate_limits import RECOVERIES, require_allowance, spend_allowance
from freedom_id.domain.step_up import proofs_of
from freedom_id.enums import CodePurpose, EndReason, EventAction, NoticeKind, ProofType
from freedom_id.errors import AccountUnavailable, FreedomIdError
from freedom_id.models import Account, FactorRecovery, OneTimeCode


class AskAdministrator(FreedomIdError):
    """A member of staff does not remove her second factor by herself."""

    http_status = 403
    message = "An administrator removes the second factor of a member of staff."


def other_channel(account: Account, amr: Sequence[str]) -> Identifier:
    """Where the code goes: to the main number, or to the main address if the first proof was a code by SMS, as far as
    the account has both."""
    reached = [kind for kind in (ProofType.MOBILE, ProofType.EMAIL) if kind in proofs_of(account)]
    if "sms" in amr:
        reached.reverse()
    return address_of(account, reached[0])


def send_recovery_code(account: Account, amr: Sequence[str], *, ip: str, locale: str) -> UUID:
    """Queue a code to the other channel; the challenge's id. Raises RateLimited as `ask_code` does, and when three
    recoveries were opened in a week; AskAdministrator for staff."""
    _refuse_staff(account)
    require_allowance(RECOVERIES, str(account.pk))
    to = other_channel(account, amr)
    recipient = Recipient(account, to.channel, to.value, to.index)
    return ask_code(recipient, CodeRequest(ip, locale, purpose=CodePurpose.RECOVERY)).pk


def open_by_code(account: Account, code: str, *, challenge: UUID, ip: str) -> tuple[CodeOutcome, FactorRecovery | None]:
    """Judge the code that was sent; a right one opens the recovery. Raises RateLimited as `judge_code` does, and when
    three were opened in a week; AccountUnavailable when there is no app to remove any more; AskAdministrator for
    staff."""
    _refuse_staff(account)
    require_allowance(RECOVERIES, str(account.pk))
    asked = OneTimeCode.objects.filter(pk=challenge, account=account, purpose=CodePurpose.RECOVERY, client=None)
    outcome, _code = judge_code(asked, code, ip=ip)
    if outcome is not CodeOutcome.RIGHT:
        return outcome, None
    if waiting_recovery(account) is None:
        spend_allowance(RECOVERIES, str(account.pk))
    with transaction.atomic():
        hold_account(account.pk)
        if not Account.objects.get(pk=account.pk).is_active or not has_app(account):
            raise AccountUnavailable
        return outcome, open_recovery(account, ip=ip)


def open_by_staff(account: Account) -> FactorRecovery:
    """Staff saw who she is: the removal is opened, waits as long as every other, and she is told of it everywhere.

    Raises AccountUnavailable when the account is not active or has no app.
    """
    with transaction.atomic():
        hold_account(account.pk)
        if not Account.objects.get(pk=account.pk).is_active or not has_app(account):
            raise AccountUnavailable
        return open_recovery(account)


def carry_out_recovery(recovery_id: str) -> None:
    """Worker: remove app and recovery codes and sign out everywhere, once and not before its time. What was stopped
    meanwhile does nothing, and of whoever became staff meanwhile it stops."""
    recovery = FactorRecovery.objects.select_related("account").filter(pk=recovery_id).first()
    if recovery is None:
        return
    with transaction.atomic():
        hold_account(recovery.account_id)
        if Account.objects.filter(pk=recovery.account_id, is_staff=True).exists():
            stop_recovery(recovery.account)
        elif finish_recovery(recovery):
            remove_second_factors(recovery.account)
            sign_out_everywhere(recovery.account, reason=EndReason.SIGNED_OUT)
            record_event(recovery.account, EventAction.RECOVERY_DONE)
            queue_notices_everywhere(recovery.account, NoticeKind.REMOVED, ProofType.TOTP)


def _refuse_staff(account: Account) -> None:
    if account.is_staff:
        raise AskAdministrator
