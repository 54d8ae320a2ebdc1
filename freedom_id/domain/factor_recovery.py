"""The removal of a lost app waits 72 hours: time enough for the person to hear of it and stop it, if it was not she who
asked. One stands open for an account at a time; what ends it holds the account's row. (Who may open one, and what it
does in the end: `lost_factor`.)"""

from django.db import transaction
from django.utils import timezone

from consents.domain.evidence import truncated_ip
from freedom_id.domain.devices import hold_account
from freedom_id.domain.events import record_event
from freedom_id.domain.notices import queue_notices_everywhere
from freedom_id.domain.recovery_link import DELAY
from freedom_id.enums import AccountStatus, EventAction, NoticeKind, RecoveryState
from freedom_id.models import Account, FactorRecovery


def open_recovery(account: Account, *, ip: str | None = None) -> FactorRecovery:
    """Open it and tell the person everywhere; call it with the account's row held. One that is open stays as it is."""
    found = waiting_recovery(account)
    if found is not None:
        return found
    now = timezone.now()
    opened = FactorRecovery.objects.create(
        account=account, network=truncated_ip(ip or "") or None, opened_at=now, due_at=now + DELAY
    )
    record_event(account, EventAction.RECOVERY_OPENED, ip=ip)
    queue_notices_everywhere(account, NoticeKind.RECOVERY, subject_id=opened.pk)
    return opened


def waiting_recovery(account: Account) -> FactorRecovery | None:
    """The one that stands open, if any."""
    return FactorRecovery.objects.filter(account=account, state=RecoveryState.OPEN).first()


def stop_recovery(account: Account, *, ip: str | None = None) -> bool:
    """The app stays, and the person is told so everywhere. Whether there was something to stop."""
    if waiting_recovery(account) is None:
        return False
    with transaction.atomic():
        hold_account(account.pk)
        waiting = FactorRecovery.objects.filter(account=account, state=RecoveryState.OPEN)
        stopped = waiting.update(state=RecoveryState.STOPPED, closed_at=timezone.now())
        if stopped:
            record_event(account, EventAction.RECOVERY_STOPPED, ip=ip)
            queue_notices_everywhere(account, NoticeKind.KEPT)
    return bool(stopped)


def finish_recovery(recovery: FactorRecovery) -> bool:
    """Take it as done, once and not before its time; call it with the account's row held. False when it was stopped or
    done already, or the account is not active."""
    now = timezone.now()
    due = FactorRecovery.objects.filter(
        pk=recovery.pk, state=RecoveryState.OPEN, due_at__lte=now, account__status=AccountStatus.ACTIVE
    )
    return bool(due.update(state=RecoveryState.DONE, closed_at=now))


def due_recoveries() -> list[str]:
    """Ids of those whose time has come."""
    due = FactorRecovery.objects.filter(state=RecoveryState.OPEN, due_at__lte=timezone.now())
    return [str(pk) for pk in due.values_list("pk", flat=True)[:500]]
