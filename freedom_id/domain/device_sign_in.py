"""Sign-in by another device: a browser shows a picture, a phone that is signed in opens it and says yes to the number
beside it, and that browser is signed in.

The picture alone opens nothing: it asks the person of the phone, and what she approves is spent by the browser session
that asked. It lives three minutes and is scanned, decided and spent once each. Whoever relays picture and number to her
can still ask her to approve a browser that is not hers; so she is shown which one it is, and the picture on her screen
changes every 30 seconds.
"""

import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consents.domain.evidence import truncated_ip
from freedom_id.domain.authenticators import has_app
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.devices import DeviceFacts, hold_account
from freedom_id.domain.events import record_event
from freedom_id.domain.notices import queue_refusal_notice
from freedom_id.domain.rate_limits import DEVICE_SIGN_INS_PER_IP, spend_allowance
from freedom_id.domain.step_up import FreshProofNeeded
from freedom_id.enums import AccountStatus, DeviceSignInState, EventAction
from freedom_id.errors import FreedomIdError
from freedom_id.models import Account, BrowserSignIn, DeviceSignIn, PartnerClient, Passkey
from freedom_id.sealing import digest

LIFETIME = timedelta(minutes=3)
PICTURE_SECONDS = 30
FRESH_ENOUGH = timedelta(hours=1)
AMR = ("mca",)  # RFC 8176 §2: proven over another channel; what was proven there is not proven here
ID_LENGTH = 22
LOWEST, HIGHEST = 10, 99


class DeviceSignInOver(FreedomIdError):
    """There is none that this person could answer: unknown, somebody else's, old, or answered already."""

    http_status = 410
    message = "This sign-in was answered already, or has expired."


class NotTheNumber(FreedomIdError):
    """Another number stands on the screen that asks: it is refused, and over."""

    http_status = 422
    message = "This is not the number on the other screen."


@dataclass(frozen=True, slots=True)
class ProvenElsewhere:
    """Whom to sign in, and when she had proven to be herself on the device that said yes."""

    account: Account
    proven_at: datetime


def begin_device_sign_in(facts: DeviceFacts, *, client: PartnerClient | None) -> DeviceSignIn:
    """A browser wants to be signed in by a phone, on the way to `client` if to any. Raises RateLimited: thirty in five
    minutes for an IP."""
    spend_allowance(DEVICE_SIGN_INS_PER_IP, facts.ip)
    now = timezone.now()
    return DeviceSignIn.objects.create(
        client=client,
        browser=facts.model_name,
        network=truncated_ip(facts.ip) or None,
        number=LOWEST + secrets.randbelow(HIGHEST - LOWEST + 1),
        created_at=now,
        expires_at=now + LIFETIME,
    )


def picture_slice() -> int:
    """The number of the present 30 seconds: with it the picture changes."""
    return int(time.time()) // PICTURE_SECONDS


def picture_token(row: DeviceSignIn, *, ago: int = 0) -> str:
    """What the picture says now, or so many slices ago: only the server can tell what comes next."""
    name = urlsafe_b64encode(row.pk.bytes).decode().rstrip("=")
    return f"{name}{digest(f'{row.pk}:{picture_slice() - ago}', 'device-sign-in')[:32]}"


def scan(account: Account, token: str) -> DeviceSignIn:
    """The person opened the picture of this moment, or of the one before: from now on she alone answers it. Opening it
    again changes nothing. Raises DeviceSignInOver."""
    row = _named(token)
    if row is None or not any(hmac.compare_digest(picture_token(row, ago=ago), token) for ago in (0, 1)):
        raise DeviceSignInOver
    waiting = DeviceSignIn.objects.filter(pk=row.pk, state=DeviceSignInState.WAITING, expires_at__gt=timezone.now())
    waiting.update(state=DeviceSignInState.SCANNED, account=account)
    return sign_in_asked_of(account, row.pk)


def sign_in_asked_of(account: Account, device_sign_in_id: UUID) -> DeviceSignIn:
    """What this person scanned and has yet to answer. Raises DeviceSignInOver."""
    row = _open(account, device_sign_in_id).select_related("client").first()
    if row is None:
        raise DeviceSignInOver
    return row


def numbers_of(row: DeviceSignIn) -> list[int]:
    """The number on the other screen among two others, the same three each time."""
    drawn = int(digest(str(row.pk), "device-sign-in-numbers"), 16)
    others = [number for number in range(LOWEST, HIGHEST + 1) if number != row.number]
    first = others.pop(drawn % len(others))
    return sorted([row.number, first, others[drawn // (HIGHEST + 1) % len(others)]])


def require_may_approve(act: PersonsAct) -> None:
    """What signs in another device is a sign-in of the last hour; if the account has a second factor, one in which a
    second proof was shown. Raises FreshProofNeeded."""
    if act.sign_in is None or act.sign_in.started_at < timezone.now() - FRESH_ENOUGH:
        raise FreshProofNeeded("old sign-in")
    second = has_app(act.account) or Passkey.objects.filter(account=act.account).exists()
    if second and act.sign_in.stepped_up_at is None:
        raise FreshProofNeeded("no step-up")


def approve_device_sign_in(act: PersonsAct, device_sign_in_id: UUID, *, number: int) -> None:
    """The person says yes by the number that stands on the other screen; a wrong one is a no.

    Raises FreshProofNeeded, AccountUnavailable, DeviceSignInOver, NotTheNumber.
    """
    require_may_approve(act)
    with transaction.atomic():
        row = _held(act, device_sign_in_id)
        right = row.number == number
        _decide(act, row, approved=right)
    if not right:
        raise NotTheNumber


def refuse_device_sign_in(act: PersonsAct, device_sign_in_id: UUID) -> None:
    """The person says that it was not she: written down, and she is told of it. Raises AccountUnavailable,
    DeviceSignInOver."""
    with transaction.atomic():
        row = _held(act, device_sign_in_id)
        _decide(act, row, approved=False)
        queue_refusal_notice(act.account, row.browser)


def spend_approval(device_sign_in_id: UUID) -> ProvenElsewhere | None:
    """Use what was approved for the browser that asked, once; None when there is nothing (any more), the account is not
    active, or the sign-in that said yes has ended."""
    row = DeviceSignIn.objects.filter(pk=device_sign_in_id, state=DeviceSignInState.APPROVED).first()
    if row is None or row.account_id is None:
        return None
    with transaction.atomic():
        hold_account(row.account_id)
        approved = DeviceSignIn.objects.filter(
            pk=row.pk,
            state=DeviceSignInState.APPROVED,
            expires_at__gt=timezone.now(),
            account__status=AccountStatus.ACTIVE,
            approved_by__ended_at=None,
        )
        spent = approved.update(state=DeviceSignInState.SPENT)
    proven = DeviceSignIn.objects.select_related("account", "approved_by").get(pk=row.pk)
    if not spent or proven.account is None or proven.approved_by is None:
        return None
    return ProvenElsewhere(proven.account, proven.approved_by.started_at)


def _named(token: str) -> DeviceSignIn | None:
    try:
        pk = UUID(bytes=urlsafe_b64decode(f"{token[:ID_LENGTH]}=="))
    except (ValueError, NotBase64):
        return None
    return DeviceSignIn.objects.filter(pk=pk).first()


def _open(account: Account, device_sign_in_id: UUID) -> QuerySet[DeviceSignIn]:
    return DeviceSignIn.objects.filter(
        pk=device_sign_in_id, account=account, state=DeviceSignInState.SCANNED, expires_at__gt=timezone.now()
    )


def _held(act: PersonsAct, device_sign_in_id: UUID) -> DeviceSignIn:
    """The row, under the account's lock and its own; a sign-in that was ended meanwhile answers nothing."""
    act.lock_account()
    row = _open(act.account, device_sign_in_id).select_for_update(of=("self",)).first()
    live = act.sign_in and BrowserSignIn.objects.filter(pk=act.sign_in.pk, ended_at=None).exists()
    if row is None or not live:
        raise DeviceSignInOver
    return row


def _decide(act: PersonsAct, row: DeviceSignIn, *, approved: bool) -> None:
    row.state = DeviceSignInState.APPROVED if approved else DeviceSignInState.REFUSED
    row.approved_by, row.decided_at = act.sign_in if approved else None, timezone.now()
    row.save(update_fields=["state", "approved_by", "decided_at"])
    action = EventAction.DEVICE_APPROVED if approved else EventAction.DEVICE_REFUSED
    record_event(act.account, action, client=row.client_id, ip=act.ip)
