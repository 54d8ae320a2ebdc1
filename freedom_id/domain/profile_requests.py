"""Profile requests: submitted, worked on, handed over, erased. The states stand in
`enums.ProfileState`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from consents.domain.check import check_consents
from consents.domain.subjects import subject_for_account
from freedom_id.conf import conf
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.events import record_event
from freedom_id.domain.faults import noting_faults
from freedom_id.domain.person import chosen_values
from freedom_id.domain.rfc7516_jwe import encrypt_for_client
from freedom_id.domain.rows import AccessRow
from freedom_id.domain.usage_counts import delete_counted
from freedom_id.enums import EventAction, ProfileState, Usage
from freedom_id.errors import InsufficientScope
from freedom_id.grants import PROFILE
from freedom_id.models import Account, Authorization, ProfileRequest
from freedom_id.tasks import task_fulfil_profile_request

KEPT_WHILE_PENDING = timedelta(hours=24)
KEPT_AFTER_END = timedelta(minutes=60)
LEASE = timedelta(seconds=20)
MAX_ATTEMPTS = 20
CANCELLED_BY_THE_PERSON = "cancelled by the person"


@dataclass(frozen=True)
class ProfileAnswer:
    """What a partner is told: `status` in the words of the method, and the profile when it is there."""

    request_id: UUID
    status: str
    status_message: str
    freedom_id: UUID
    profile: dict[str, Any] | None = None


def submit_profile_request(access: AccessRow, request_id: UUID) -> ProfileAnswer:
    """Queue the request; `accepted` for a new one, `pending` while it runs, its end when it is over, `rejected` (which
    is not stored) without the consent. Idempotent by (authorization, request_id)."""
    if PROFILE not in access.live_grants(timezone.now()):
        return ProfileAnswer(request_id, "rejected", "REJECT: no consent for read.profile", access.freedom_id)
    try:
        with transaction.atomic():
            row = ProfileRequest.objects.create(
                authorization_id=access.authorization_id,
                request_id=request_id,
                expires_at=timezone.now() + KEPT_WHILE_PENDING,
            )
            dispatch_on_commit(task_fulfil_profile_request, profile_request_id=str(row.pk))
    except IntegrityError:
        status = profile_status(access, request_id)
        return status if status.status != "not_found" else _restart(access, request_id)
    return ProfileAnswer(request_id, "accepted", "ACCEPT: profile is queued", access.freedom_id)


def profile_status(access: AccessRow, request_id: UUID) -> ProfileAnswer:
    """Where a request stands; `not_found` for one that is unknown, over, or another client's or person's. Raises
    InsufficientScope for a token that was never given `read.profile`."""
    if PROFILE not in access.family_grants:
        raise InsufficientScope
    row = ProfileRequest.objects.filter(
        authorization_id=access.authorization_id, request_id=request_id, expires_at__gt=timezone.now()
    ).first()
    if row is None:
        return ProfileAnswer(request_id, "not_found", "NOT FOUND: no such request", access.freedom_id)
    match row.state:
        case ProfileState.COMPLETED:
            profile = orjson.loads(row.parcel or "{}")
            return ProfileAnswer(request_id, "completed", "DONE: profile is ready", access.freedom_id, profile)
        case ProfileState.FAILED:
            return ProfileAnswer(request_id, "failed", f"FAIL: {row.reason}", access.freedom_id)
        case _:
            return ProfileAnswer(request_id, "pending", "PROCESS: profile is pending", access.freedom_id)


def fulfil_profile_request(profile_request_id: str) -> None:
    """Worker: claim → check consent → collect → seal and release under lock, checking consent again.

    A task may come twice, late, or be killed at any line: only the holder of the row's current lease can end it, and a
    row whose lease is over is claimed anew by the sweep.
    """
    lease = uuid4()
    row = _claim(profile_request_id, lease)
    if row is None:
        return
    if row.attempts > MAX_ATTEMPTS:
        _end(row, lease, ProfileState.FAILED, reason="gave up after too many tries")
    elif not _may_release(row):
        _end(row, lease, ProfileState.FAILED, reason="consent withdrawn")
    else:
        with noting_faults(ProfileRequest.objects.filter(pk=row.pk, state=ProfileState.RUNNING, lease=lease)):
            parcel = encrypt_for_client(_collect(row.authorization), row.authorization.client)
            _release(row, lease, orjson.dumps(parcel).decode())


def fail_open_requests(authorization: Authorization, reason: str) -> None:
    """End what is unfinished and erase what is finished, in the transaction that takes the consent away; a worker's
    lease is void with it."""
    now = timezone.now()
    ProfileRequest.objects.filter(authorization=authorization).exclude(state=ProfileState.FAILED).update(
        state=ProfileState.FAILED,
        reason=reason,
        lease=None,
        parcel=None,
        finished_at=now,
        expires_at=now + KEPT_AFTER_END,
    )


def cancel_profile_request(account: Account, profile_request_id: UUID, *, ip: str) -> bool:
    """The person calls off one of hers that is unfinished; whoever works on it releases nothing. False for any other.
    What she agreed to stays: the partner may ask again."""
    mine = ProfileRequest.objects.filter(authorization__account=account)
    unfinished = mine.filter(pk=profile_request_id, state__in=[ProfileState.ACCEPTED, ProfileState.RUNNING])
    now = timezone.now()
    with transaction.atomic():
        row = unfinished.select_for_update(of=("self",), no_key=True).select_related("authorization").first()
        if row is None:
            return False
        row.state, row.reason, row.lease = ProfileState.FAILED, CANCELLED_BY_THE_PERSON, None
        row.finished_at, row.expires_at = now, now + KEPT_AFTER_END
        row.save(update_fields=["state", "reason", "lease", "finished_at", "expires_at"])
        record_event(account, EventAction.REQUEST_CANCELLED, client=row.authorization.client_id, ip=ip)
    return True


def due_profile_requests() -> list[str]:
    """Ids of requests that no worker took, or whose worker's lease is over."""
    return [str(pk) for pk in _due(timezone.now()).values_list("pk", flat=True)[:500]]


def expire_profile_requests() -> int:
    """Erase what is past its time: results after 60 minutes, unfinished requests after 24 hours. Returns how many."""
    return delete_counted(ProfileRequest.objects.filter(expires_at__lte=timezone.now()), Usage.PROFILE)


def _restart(access: AccessRow, request_id: UUID) -> ProfileAnswer:
    """The same id after its first life is over: erase the old row and begin anew."""
    former = ProfileRequest.objects.filter(authorization_id=access.authorization_id, request_id=request_id)
    delete_counted(former.filter(expires_at__lte=timezone.now()), Usage.PROFILE)
    return submit_profile_request(access, request_id)


def _due(now: datetime) -> QuerySet[ProfileRequest]:
    unfinished = Q(state__in=[ProfileState.ACCEPTED, ProfileState.RUNNING])
    return ProfileRequest.objects.filter(unfinished, due_at__lte=now, expires_at__gt=now)


def _claim(profile_request_id: str, lease: UUID) -> ProfileRequest | None:
    now = timezone.now()
    with transaction.atomic():
        row = _due(now).select_for_update(of=("self",)).filter(pk=profile_request_id).first()
        if row is None:
            return None
        row.state, row.lease, row.due_at = ProfileState.RUNNING, lease, now + LEASE
        row.attempts += 1
        row.save(update_fields=["state", "lease", "due_at", "attempts"])
    return ProfileRequest.objects.select_related("authorization__account", "authorization__client").get(pk=row.pk)


def _may_release(row: ProfileRequest) -> bool:
    """Consent by the ledger itself, the live authorization, and both parties in good standing."""
    authorization = row.authorization
    if authorization.ended_at is not None or not authorization.account.is_active:
        return False
    decision = check_consents(
        subject_for_account(authorization.account), names=[PROFILE], scope_key=authorization.client.client_id
    )[PROFILE]
    return decision.allowed and authorization.client.is_usable(None)


def _collect(authorization: Authorization) -> dict[str, Any]:
    profile: dict[str, Any] = {}
    for path in conf.profile_sources:
        profile |= import_string(path)(authorization.account, chosen_values(authorization.grants))
    return profile


def _release(row: ProfileRequest, lease: UUID, parcel: str) -> None:
    """Re-read the consent under the locks that a withdrawal takes too, in its order: whoever is first decides."""
    with transaction.atomic():
        Authorization.objects.select_for_update(no_key=True).get(pk=row.authorization_id)
        locked = (
            ProfileRequest.objects.select_for_update(of=("self",), no_key=True)
            .select_related("authorization__account", "authorization__client")
            .filter(pk=row.pk, state=ProfileState.RUNNING, lease=lease)
            .first()
        )
        if locked is None:
            return
        if _may_release(locked):
            _end(locked, lease, ProfileState.COMPLETED, parcel=parcel)
        else:
            _end(locked, lease, ProfileState.FAILED, reason="consent withdrawn")


def _end(row: ProfileRequest, lease: UUID, state: ProfileState, *, reason: str = "", parcel: str | None = None) -> None:
    now = timezone.now()
    ProfileRequest.objects.filter(pk=row.pk, state=ProfileState.RUNNING, lease=lease).update(
        state=state, reason=reason, parcel=parcel, lease=None, finished_at=now, expires_at=now + KEPT_AFTER_END
    )
