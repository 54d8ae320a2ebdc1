"""What keeps a person from signing in, now and lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.accounts import failures_of_account
from freedom_id.domain.rate_limits import (
    CODE_STREAK,
    FAILED_CODES,
    FAILED_SIGN_INS,
    SECOND_FACTOR_STREAK,
    SECOND_FACTORS,
    Limit,
)
from freedom_id.enums import AccountStatus, EventAction
from freedom_id.models import Account, AccountEvent, Allowance, OneTimeCode

TROUBLES = [
    *(EventAction.SIGN_IN_FAILED, EventAction.CODE_LOCKED, EventAction.PASSKEY_COPIED, EventAction.DEVICE_REFUSED),
    EventAction.TWO_STEP_DECLINED,
]
LATE = timedelta(minutes=1)  # a code that no gateway took by then is one that the person misses
LIMITS: dict[str, tuple[Limit, str | Promise]] = {
    limit.name: (limit, said)
    for limit, said in (
        (FAILED_SIGN_INS, _("Too many wrong passwords")),
        (FAILED_CODES, _("Too many wrong codes")),
        (CODE_STREAK, _("Codes are off until she signs in by password")),
        (SECOND_FACTORS, _("Too many wrong second factors")),
        (SECOND_FACTOR_STREAK, _("The app is off until a recovery code is right")),
    )
}


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What refuses every sign-in, or one way of it, now; `until` is None for what does not end by itself."""

    said: str | Promise
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A sign-in that failed, and why; `track_id` names the AuthorizationRequest that it was for."""

    when: datetime
    said: str | Promise
    ip: str | None = None
    track_id: UUID | None = None


def hindrances(account: Account) -> list[Hindrance]:
    """What stands now; one query."""
    found = []
    if account.status != AccountStatus.ACTIVE:
        found.append(Hindrance(AccountStatus(account.status).label))
    failures = failures_of_account(account.pk)
    keys = {f"{name}:{failures}": name for name in LIMITS}
    for row in Allowance.objects.filter(key__in=keys, window_ends_at__gt=timezone.now()):
        limit, said = LIMITS[keys[row.key]]
        if row.spent >= limit.times:
            found.append(Hindrance(said, row.window_ends_at))
    return found


def sign_in_troubles(account: Account, *, number: int) -> list[Trouble]:
    """The newest failures, and the codes that did not reach her; two queries."""
    events = AccountEvent.objects.filter(account=account, action__in=TROUBLES).order_by("-happened_at")
    found = [
        Trouble(row.happened_at, row.get_reason_display() or row.get_action_display(), row.ip, row.track_id)
        for row in events[:number]
    ]
    found += lost_codes(account, number=number)
    return sorted(found, key=lambda trouble: trouble.when, reverse=True)[:number]


def lost_codes(account: Account, *, number: int) -> list[Trouble]:
    """The newest codes that no gateway took, or of which one reported that they did not arrive; one query."""
    now = timezone.now()
    rows = OneTimeCode.objects.filter(account=account).defer("address").order_by("-created_at")[:number]
    lost = []
    for row in rows:
        if row.undelivered_at is not None:
            lost.append(Trouble(row.undelivered_at, _("A code was not delivered")))
        elif row.sent_at is None and row.retired_at is None and row.created_at < now - LATE:
            lost.append(Trouble(row.created_at, _("A code was not sent: no gateway took it")))
    return lost
