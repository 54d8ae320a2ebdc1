"""A person closes her account: nobody uses it from that moment on, and after thirty days nothing personal is left."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from consents.domain.subjects import find_subject
from consents.errors import LegalHold
from freedom_id.domain.account_erasures import ERASED_AFTER, ERASED_BY_STAFF_AFTER, queue_erasure
from freedom_id.domain.accounts import sign_out_everywhere
from freedom_id.domain.authorizations import end_authorizations
from freedom_id.domain.copy_requests import erase_copies
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.devices import hold_account
from freedom_id.domain.events import record_event
from freedom_id.domain.factor_recovery import stop_recovery
from freedom_id.domain.notices import queue_notices
from freedom_id.domain.restore_journal import note
from freedom_id.enums import AccountStatus, EndReason, ErasureOrigin, EventAction, JournalKind, NoticeKind
from freedom_id.models import Account, PartnerClient


def close_account(act: PersonsAct) -> datetime:
    """Close the account; when it will be erased. All its authorizations, tokens, codes and sessions end with it.

    Raises FreshProofNeeded and AccountUnavailable.
    """
    act.require_fresh_proof()
    closes_at = timezone.now() + ERASED_AFTER
    with transaction.atomic():
        act.lock_account()
        _close(act.account, closes_at, ErasureOrigin.PERSON, client=act.client, ip=act.ip)
        queue_notices(act.account, NoticeKind.CLOSED)
    return closes_at


def close_for_erasure(account: Account) -> datetime:
    """Staff closes the account, whatever its status, to be erased after a day in which the person is told; when that
    will be. Call it in a transaction. Raises LegalHold."""
    hold_account(account.pk)
    subject = find_subject(account.pk)
    if subject is not None and subject.legal_hold:
        raise LegalHold
    closes_at = timezone.now() + ERASED_BY_STAFF_AFTER
    _close(account, closes_at, ErasureOrigin.STAFF)
    queue_notices(account, NoticeKind.ERASED)
    return closes_at


def _close(
    account: Account,
    closes_at: datetime,
    origin: ErasureOrigin,
    *,
    client: PartnerClient | None = None,
    ip: str | None = None,
) -> None:
    """The account's row is held."""
    stop_recovery(account, ip=ip)
    end_account(account, closes_at=closes_at, origin=origin)
    record_event(account, EventAction.CLOSED, client=client, ip=ip)


def end_account(account: Account, *, closes_at: datetime, origin: ErasureOrigin) -> None:
    """Nobody uses the account any more: all its authorizations, tokens, codes and sessions end, and it is queued to be
    erased at `closes_at`. For who has decided that it is to be closed, in her transaction."""
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.CLOSED, closes_at=closes_at)
    queue_erasure(account, closes_at=closes_at, origin=origin)
    sign_out_everywhere(account, reason=EndReason.ACCOUNT_CLOSED)
    end_authorizations(account_id=account.pk, reason=EndReason.ACCOUNT_CLOSED)
    erase_copies(account)
    note(JournalKind.ACCOUNT_CLOSED, account=account.pk, closes_at=closes_at.isoformat())
