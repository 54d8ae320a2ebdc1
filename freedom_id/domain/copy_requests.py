"""The copy of everything: asked for, written by the worker, taken, erased. The states stand in `enums.CopyState`, what
is in it in `personal_copy`."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.devices import hold_account
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.events import record_event
from freedom_id.domain.faults import noting_faults
from freedom_id.domain.notices import queue_notices
from freedom_id.domain.personal_copy import as_document, chapters_of
from freedom_id.domain.rate_limits import COPIES_PER_ACCOUNT, spend_allowance
from freedom_id.enums import CopyState, EventAction, NoticeKind
from freedom_id.errors import AccountUnavailable, FreedomIdError
from freedom_id.models import Account, PartnerClient, PersonalCopy
from freedom_id.models.personal_copy import UNFINISHED
from freedom_id.tasks import task_write_personal_copy

KEPT = timedelta(days=7)
REMEMBERED = timedelta(days=30)  # that there was one, after its end
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 10


class UnknownCopy(FreedomIdError):
    """There is none with this id, it is somebody else's, not ready, or erased."""

    http_status = 404
    message = "There is no such copy."


def ask_copy(act: PersonsAct) -> PersonalCopy:
    """Queue a copy of everything; the one that is being made, if there is one. The act is journaled, and the person is
    told when it is ready.

    Raises FreshProofNeeded, AccountUnavailable, and RateLimited for the sixth of a day.
    """
    act.require_fresh_proof()
    with transaction.atomic():
        act.lock_account()
        return _ask_copy(act.account, client=act.client, ip=act.ip)


def ask_copy_by_staff(account: Account) -> PersonalCopy:
    """Queue it for a person who asked support; she is told when it is ready, and takes it at her own page.

    Raises AccountUnavailable when she could not sign in to take it, and RateLimited for the sixth of a day.
    """
    with transaction.atomic():
        hold_account(account.pk)
        if not Account.objects.only("status").get(pk=account.pk).is_active:
            raise AccountUnavailable
        return _ask_copy(account)


def _ask_copy(account: Account, *, client: PartnerClient | None = None, ip: str | None = None) -> PersonalCopy:
    """The account's row is held."""
    running = PersonalCopy.objects.filter(account=account, state__in=UNFINISHED).defer("content").first()
    if running is not None:
        return running
    spend_allowance(COPIES_PER_ACCOUNT, str(account.pk))
    copy = PersonalCopy.objects.create(account=account, expires_at=timezone.now() + KEPT)
    record_event(account, EventAction.COPY_ASKED, client=client, ip=ip)
    dispatch_on_commit(task_write_personal_copy, copy_id=str(copy.pk))
    return copy


def copies_of(account: Account) -> QuerySet[PersonalCopy]:
    """Hers, the latest first, without what is in them."""
    return PersonalCopy.objects.filter(account=account).defer("content").order_by("-asked_at")


def take_copy(act: PersonsAct, copy_id: UUID) -> PersonalCopy:
    """The copy with its content. Each time is counted and journaled, and the person is told of it.

    Raises FreshProofNeeded, AccountUnavailable and UnknownCopy.
    """
    act.require_fresh_proof()
    with transaction.atomic():
        act.lock_account()
        ready = PersonalCopy.objects.filter(
            pk=copy_id, account=act.account, state=CopyState.READY, expires_at__gt=timezone.now()
        )
        if not ready.update(downloads=F("downloads") + 1):
            raise UnknownCopy
        record_event(act.account, EventAction.COPIED, client=act.client, ip=act.ip)
        queue_notices(act.account, NoticeKind.COPIED)
        return ready.get()


def write_copy(copy_id: str) -> None:
    """Worker: claim → chapter by chapter → seal and tell.

    A task may come twice, late, or be killed at any line: only the holder of the row's current lease goes on with it,
    and a row whose lease is over is claimed anew by the sweep and written from the start.
    """
    lease = uuid4()
    copy = _claim(copy_id, lease)
    if copy is None:
        return
    if copy.attempts > MAX_ATTEMPTS:
        _held(copy, lease).update(state=CopyState.FAILED, lease=None)
        return
    with noting_faults(_held(copy, lease)):
        _write(copy, lease)


def due_copies() -> list[str]:
    """Ids of copies that no worker took, or whose worker's lease is over."""
    return [str(pk) for pk in _due(timezone.now()).values_list("pk", flat=True)[:500]]


def expire_copies() -> int:
    """Erase the content of copies past their time, and forget those that are long past it. Returns how many rows are
    gone."""
    now = timezone.now()
    over = PersonalCopy.objects.filter(expires_at__lte=now).exclude(state=CopyState.EXPIRED)
    over.update(state=CopyState.EXPIRED, content=None, lease=None)
    return PersonalCopy.objects.filter(expires_at__lte=now - REMEMBERED).delete()[0]


def erase_copies(account: Account) -> None:
    """All of hers, also one that a worker is writing: it finds its row gone."""
    PersonalCopy.objects.filter(account=account).delete()


def _due(now: datetime) -> QuerySet[PersonalCopy]:
    return PersonalCopy.objects.filter(state__in=UNFINISHED, due_at__lte=now, expires_at__gt=now)


def _held(copy: PersonalCopy, lease: UUID) -> QuerySet[PersonalCopy]:
    return PersonalCopy.objects.filter(pk=copy.pk, state=CopyState.WORKING, lease=lease)


def _claim(copy_id: str, lease: UUID) -> PersonalCopy | None:
    now = timezone.now()
    claimed = _due(now).filter(pk=copy_id)
    working = {"state": CopyState.WORKING, "lease": lease, "due_at": now + LEASE, "step": 0}
    if not claimed.update(**working, attempts=F("attempts") + 1):
        return None
    return PersonalCopy.objects.select_related("account").filter(pk=copy_id, lease=lease).first()


def _write(copy: PersonalCopy, lease: UUID) -> None:
    written: dict[str, object] = {}
    for step, (name, chapter) in enumerate(chapters_of(copy.account), start=1):
        written[name] = chapter
        if not _held(copy, lease).update(step=step, due_at=timezone.now() + LEASE):
            return
    _finish(copy, lease, as_document(written))


def _finish(copy: PersonalCopy, lease: UUID, content: str) -> None:
    """Ready and told of, both or neither; nothing, if the copy was erased or taken over meanwhile."""
    now = timezone.now()
    ready = {"state": CopyState.READY, "content": content, "ready_at": now, "expires_at": now + KEPT, "lease": None}
    with transaction.atomic():
        if _held(copy, lease).update(**ready):
            queue_notices(copy.account, NoticeKind.COPY_READY)
