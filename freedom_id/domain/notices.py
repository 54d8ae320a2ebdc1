"""What a person is told when her account is opened or closed, a way into it comes or goes, or somebody signs in to it
on a new device. Rows are the truth; the worker sends, and the sweep sends again."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation

from freedom_id.channels import NotTaken, send_by
from freedom_id.conf import conf
from freedom_id.domain.code_messages import spend_sms_budget
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.faults import ERROR_LENGTH
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.messages.notices import notice_message
from freedom_id.enums import Channel, CredentialType, NoticeKind, ProofType
from freedom_id.models import Account, Credential, Device, Notice
from freedom_id.tasks import task_deliver_notice

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
GIVEN_UP = timedelta(days=1)


def queue_notices(
    account: Account, kind: NoticeKind, about: ProofType | None = None, contact: Identifier | None = None
) -> None:
    """Tell the person at her main number and address, in the caller's transaction. `about` is there unless it is about
    the account as a whole; `contact` is the number or address that it is about, and is told too."""
    reached = {main for type_ in CredentialType if (main := _main(account, type_))}
    for identifier in sorted(reached | ({contact} if contact else set()), key=lambda one: one.value):
        _queue(account, kind, identifier, about=about or "", masked=contact.masked if contact else "")


def queue_device_notice(account: Account, device_name: str) -> None:
    """Tell the person at her main e-mail address, else at her main number, that somebody signed in on a device that her
    account did not know. Part of the transaction that signs in."""
    reached = _main(account, CredentialType.EMAIL) or _main(account, CredentialType.MOBILE)
    if reached:
        _queue(account, NoticeKind.DEVICE, reached, masked=device_name)


def queue_notices_everywhere(
    account: Account, kind: NoticeKind, about: ProofType | None = None, *, subject_id: UUID | None = None
) -> None:
    """Tell the person at every number and address that she proved, in the caller's transaction. `subject_id` is the
    removal of a lost app that it tells of."""
    for row in Credential.objects.verified().filter(account=account).order_by("created_at", "pk"):
        _queue(
            account,
            kind,
            Identifier(CredentialType(row.type), row.value),
            about=about or "",
            masked="",
            subject_id=subject_id,
        )


def queue_refusal_notice(account: Account, browser: str) -> None:
    """Tell the person at her main e-mail address, else at her main number, that a sign-in which somebody began in
    `browser` was refused on her device. Part of the transaction that refuses it."""
    reached = _main(account, CredentialType.EMAIL) or _main(account, CredentialType.MOBILE)
    if reached:
        _queue(account, NoticeKind.REFUSED, reached, masked=browser)


def queue_connection_notice(account: Account, partner: str, receipt_id: UUID | None) -> None:
    """Tell the person that she shared with this partner for the first time, and where the receipt is. By e-mail alone:
    she was there when it happened, so it is not worth an SMS. Part of the transaction that writes the consent."""
    reached = _main(account, CredentialType.EMAIL)
    if reached:
        _queue(account, NoticeKind.CONNECTED, reached, masked=partner, subject_id=receipt_id)


def deliver_notice(notice_id: str) -> None:
    """Worker: send it, unless it was sent or is being sent. What no gateway takes waits as long as it is old."""
    now = timezone.now()
    if not _due(now).filter(pk=notice_id).update(due_at=now + LEASE, attempts=F("attempts") + 1):
        return
    notice = Notice.objects.select_related("account").get(pk=notice_id)
    refused = _refusal(notice)
    if not refused:
        Notice.objects.filter(pk=notice_id).update(sent_at=timezone.now(), cancelled_at=None)  # too late to call it off
    else:
        wait = max(LEASE, now - (notice.replayed_at or notice.created_at))
        Notice.objects.filter(pk=notice_id).update(due_at=now + wait, last_error=refused[:ERROR_LENGTH])


def still_to_send(now: datetime) -> Q:
    """Of notices that are neither sent, nor called off, nor given up."""
    young = Q(created_at__gt=now - GIVEN_UP) | Q(replayed_at__gt=now - GIVEN_UP)
    return young & Q(sent_at__isnull=True, cancelled_at__isnull=True)


def due_notices() -> list[str]:
    """Ids of notices that no worker took."""
    return [str(pk) for pk in _due(timezone.now()).values_list("pk", flat=True)[:500]]


def _main(account: Account, kind: CredentialType) -> Identifier | None:
    main = Credential.objects.main(account.pk, kind)
    return Identifier(kind, main.value) if main else None


def _queue(
    account: Account,
    kind: NoticeKind,
    to: Identifier,
    *,
    about: str = "",
    masked: str,
    subject_id: UUID | None = None,
) -> None:
    notice = Notice.objects.create(
        account=account,
        kind=kind,
        about=about,
        masked=masked,
        subject_id=subject_id,
        channel=to.channel,
        address=to.value,
    )
    dispatch_on_commit(task_deliver_notice, notice_id=str(notice.pk))


def _due(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(still_to_send(now), due_at__lte=now)


def _refusal(notice: Notice) -> str:
    """Why no channel took it, "" when one did. An error may carry the address, so only its kind is logged and kept."""
    if notice.channel == Channel.SMS and not spend_sms_budget(notice.address):
        return "the day's SMS to that country are used up"
    refused = "no way is open"
    with translation.override(_language(notice.account) or None):
        message = notice_message(notice)
    for path in [conf.channels[notice.channel], *conf.fallbacks.get(notice.channel, ())]:
        if path == Channel.EMAIL:  # her address has a notice of its own
            continue
        try:
            send_by(path, notice.address, message)
        except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
            refused = str(error) if isinstance(error, NotTaken) else type(error).__name__
            logger.warning("a notice was not taken by %s: %s", path.rpartition(".")[2], refused)
        else:
            return ""
    return refused


def _language(account: Account) -> str:
    """The person's, else that of the device which she has had longest, and not of whoever signed in lately."""
    devices = Device.objects.filter(account=account).order_by("first_seen")
    return account.locale or devices.values_list("locale", flat=True).first() or ""
