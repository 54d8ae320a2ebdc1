"""What waits for the worker, by the conditions under which it is taken, so that each is read by its partial index."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Model, QuerySet
from django.utils import timezone

from freedom_id.domain.notices import still_to_send
from freedom_id.enums import AccountErasureState, CallbackState, ChallengeState, ProfileState
from freedom_id.models import (
    AccountErasure,
    BackchannelLogout,
    Notice,
    OneTimeCode,
    PersonalCopy,
    ProfileRequest,
    RevokeCallback,
    TwoStepChallenge,
)
from freedom_id.models.personal_copy import UNFINISHED


@dataclass(frozen=True)
class Outbox:
    """`waiting` counts those too whose next try lies ahead; `overdue_seconds` is of the one that is due the longest, 0
    when none is."""

    kind: str
    waiting: int
    overdue_seconds: float


def outboxes() -> list[Outbox]:
    """Eight statements; they cost what waits, not what the tables hold."""
    now = timezone.now()
    unfinished = [ProfileState.ACCEPTED, ProfileState.RUNNING]
    codes = OneTimeCode.objects.filter(sent_at=None, retired_at=None, consumed_at=None, expires_at__gt=now)
    pushes = TwoStepChallenge.objects.filter(state=ChallengeState.PENDING, expires_at__gt=now)
    return [
        _outbox("one_time_codes", codes, now),
        _outbox("notices", Notice.objects.filter(still_to_send(now)), now),
        _outbox("pushes", pushes.filter(push_due_at__isnull=False), now, due="push_due_at"),
        _outbox("profile_requests", ProfileRequest.objects.filter(state__in=unfinished, expires_at__gt=now), now),
        _outbox("personal_copies", PersonalCopy.objects.filter(state__in=UNFINISHED, expires_at__gt=now), now),
        _outbox("account_erasures", AccountErasure.objects.filter(state=AccountErasureState.WAITING), now),
        _outbox("revoke_callbacks", RevokeCallback.objects.filter(state=CallbackState.QUEUED), now),
        _outbox("backchannel_logouts", BackchannelLogout.objects.filter(state=CallbackState.QUEUED), now),
    ]


def _outbox(kind: str, rows: QuerySet[Model], now: datetime, *, due: str = "due_at") -> Outbox:
    found = rows.aggregate(waiting=Count("pk"), first=Min(due))
    overdue = max(0.0, (now - found["first"]).total_seconds()) if found["first"] else 0.0
    return Outbox(kind, found["waiting"], overdue)
