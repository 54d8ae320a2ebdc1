"""What a person of staff should look at now. Each function is the rows of one line of the admin's home, and the same
rows are behind its link: the list's filter calls it too."""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.account_erasures import LEGAL_HOLD
from freedom_id.domain.notices import still_to_send
from freedom_id.domain.usage_counts import NOTHING_TO_SEND
from freedom_id.enums import (
    AccountErasureState,
    AccountStatus,
    ApplicationState,
    CallbackState,
    ClientStatus,
    ErasureState,
    EventAction,
    KeyState,
    ProfileState,
)
from freedom_id.models import (
    AccountErasure,
    AccountEvent,
    AuditCheckpoint,
    AuditEntry,
    BackchannelLogout,
    ErasureRequest,
    Notice,
    OneTimeCode,
    PartnerApplication,
    PartnerClient,
    ProfileRequest,
    RevokeCallback,
    SigningKey,
)

LATELY = timedelta(hours=24)
ERASURE_LATE_AFTER = timedelta(hours=1)
STUCK_AFTER = timedelta(minutes=10)
FAILURES_OF_A_NETWORK = 20
FAILURES_OF_AN_ACCOUNT = 10
FAILURES_BEFORE_A_DEVICE = 3
BEFORE_A_DEVICE = timedelta(hours=1)
SECRET_ENDS_WITHIN = timedelta(days=2)
KEY_OVERDUE_AFTER = timedelta(days=2)
CHECKPOINT_OVERDUE_AFTER = timedelta(hours=2)


def undelivered_codes() -> QuerySet[OneTimeCode]:
    """Of the last 24 hours: a gateway reported that the message did not arrive, or none took it before the code
    expired."""
    now = timezone.now()
    unsent = Q(sent_at=None, expires_at__lte=now)
    rows = OneTimeCode.objects.filter(created_at__gt=now - LATELY).exclude(NOTHING_TO_SEND)
    return rows.filter(Q(undelivered_at__isnull=False) | unsent)


def undelivered_notices() -> QuerySet[Notice]:
    """Given up after a day; not called off by staff."""
    return Notice.objects.filter(sent_at=None, cancelled_at=None).exclude(still_to_send(timezone.now()))


def applications_to_review() -> QuerySet[PartnerApplication]:
    """Checked by the worker; or in the sandbox, and a member of staff asked another one to approve its going live."""
    asked = Q(state=ApplicationState.SANDBOX, live_asked_by__isnull=False)
    return PartnerApplication.objects.filter(Q(state=ApplicationState.IN_REVIEW) | asked)


def erasures_to_approve() -> QuerySet[ErasureRequest]:
    return ErasureRequest.objects.filter(state=ErasureState.WAITING)


def late_erasures() -> QuerySet[AccountErasure]:
    """Given up, or not done an hour after the day that the person was promised; one under a legal hold is not late."""
    late = Q(state=AccountErasureState.WAITING, not_before__lte=timezone.now() - ERASURE_LATE_AFTER)
    return AccountErasure.objects.filter(Q(state=AccountErasureState.GIVEN_UP) | late & ~Q(last_error=LEGAL_HOLD))


def dead_revoke_callbacks() -> QuerySet[RevokeCallback]:
    return RevokeCallback.objects.filter(state=CallbackState.DEAD)


def dead_backchannel_logouts() -> QuerySet[BackchannelLogout]:
    return BackchannelLogout.objects.filter(state=CallbackState.DEAD)


def stuck_profile_requests() -> QuerySet[ProfileRequest]:
    """Unfinished for more than ten minutes."""
    now = timezone.now()
    unfinished = ProfileRequest.objects.filter(state__in=[ProfileState.ACCEPTED, ProfileState.RUNNING])
    return unfinished.filter(created_at__lte=now - STUCK_AFTER, expires_at__gt=now)


def failures_by_network() -> QuerySet[AccountEvent]:
    """Failed sign-ins from an address of the net from which 20 or more failed in 24 hours."""
    many = _failures().filter(ip__isnull=False).values("ip").annotate(number=Count("pk"))
    return _failures().filter(ip__in=many.filter(number__gte=FAILURES_OF_A_NETWORK).values("ip"))


def failures_by_account() -> QuerySet[AccountEvent]:
    """Failed sign-ins at an account at which 10 or more failed in 24 hours, and which is not blocked or closed."""
    here = _failures().filter(account__status=AccountStatus.ACTIVE)
    many = here.values("account").annotate(number=Count("pk"))
    return here.filter(account__in=many.filter(number__gte=FAILURES_OF_AN_ACCOUNT).values("account"))


def devices_after_failures() -> QuerySet[AccountEvent]:
    """Of the last 24 hours, sign-ins on a new device after 3 or more failures at the account within the hour before;
    not of accounts that are blocked or closed."""
    arrived = AccountEvent.objects.filter(action=EventAction.NEW_DEVICE, happened_at__gt=timezone.now() - LATELY)
    before = AccountEvent.objects.filter(
        account=OuterRef("account"),
        action=EventAction.SIGN_IN_FAILED,
        happened_at__lte=OuterRef("happened_at"),
        happened_at__gt=OuterRef("happened_at") - BEFORE_A_DEVICE,
    )
    third = before.order_by("-happened_at")[FAILURES_BEFORE_A_DEVICE - 1 : FAILURES_BEFORE_A_DEVICE]
    return arrived.filter(Exists(third), account__status=AccountStatus.ACTIVE)


def ending_secrets() -> QuerySet[PartnerClient]:
    """Active partners whose former secret works for two more days at most: whoever still uses it stops then."""
    now = timezone.now()
    soon = Q(previous_secret_expires_at__gt=now, previous_secret_expires_at__lte=now + SECRET_ENDS_WITHIN)
    return PartnerClient.objects.filter(soon, status=ClientStatus.ACTIVE)


def overdue_signing_keys() -> QuerySet[SigningKey]:
    """Keys that sign although the worker should have replaced them two days ago."""
    due = timezone.now() - conf.signing_key_lifetime - KEY_OVERDUE_AFTER
    return SigningKey.objects.filter(state=KeyState.SIGNING, activated_at__lte=due)


def unsigned_audit_entries() -> QuerySet[AuditEntry]:
    """Entries that no checkpoint covers two hours after they were written: the worker signs one every hour."""
    late = AuditEntry.objects.filter(recorded_at__lte=timezone.now() - CHECKPOINT_OVERDUE_AFTER)
    last = AuditCheckpoint.objects.order_by("-number").values("number")[:1]
    return late.filter(number__gt=Coalesce(Subquery(last), 0))


def _failures() -> QuerySet[AccountEvent]:
    since = timezone.now() - LATELY
    return AccountEvent.objects.filter(action=EventAction.SIGN_IN_FAILED, happened_at__gt=since)
