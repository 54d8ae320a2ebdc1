"""What a person is told when a way into her account comes or goes, the account is closed, or somebody signs in to it on
a new device. Rows are the truth; the worker sends, and the sweep sends again."""

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from freedom_id.channels import NotTaken, channel_at
from freedom_id.conf import conf
from freedom_id.domain.code_messages import spend_sms_budget
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.identifiers import Identifier
from freedom_id.enums import Channel, CredentialType, NoticeKind, ProofType
from freedom_id.models import Account, Credential, Device, Notice
from freedom_id.tasks import task_deliver_notice

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
GIVEN_UP = timedelta(days=1)


def queue_notices(
    account: Account, kind: NoticeKind, about: ProofType | None = None, contact: Identifier | None = None
) -> None:
    """Tell the person at her main number and address, in the caller's transaction. `about` is there unless the account
    was closed; `contact` is the number or address that it is about, and is told too."""
    reached = {main for type_ in CredentialType if (main := _main(account, type_))}
    for identifier in sorted(reached | ({contact} if contact else set()), key=lambda one: one.value):
        _queue(account, kind, identifier, about=about or "", masked=contact.masked if contact else "")


def queue_device_notice(account: Account, device_name: str) -> None:
    """Tell the person at her main e-mail address, else at her main number, that somebody signed in on a device that her
    account did not know. Part of the transaction that signs in."""
    reached = _main(account, CredentialType.EMAIL) or _main(account, CredentialType.MOBILE)
    if reached:
        _queue(account, NoticeKind.DEVICE, reached, masked=device_name)


def deliver_notice(notice_id: str) -> None:
    """Worker: send it, unless it was sent or is being sent. What no gateway takes waits as long as it is old."""
    now = timezone.now()
    if not _due(now).filter(pk=notice_id).update(due_at=now + LEASE):
        return
    notice = Notice.objects.select_related("account").get(pk=notice_id)
    if _is_taken(notice):
        Notice.objects.filter(pk=notice_id).update(sent_at=timezone.now())
    else:
        Notice.objects.filter(pk=notice_id).update(due_at=now + max(LEASE, now - notice.created_at))


def due_notices() -> list[str]:
    """Ids of notices that no worker took."""
    return [str(pk) for pk in _due(timezone.now()).values_list("pk", flat=True)[:500]]


def _main(account: Account, kind: CredentialType) -> Identifier | None:
    main = Credential.objects.main(account.pk, kind)
    return Identifier(kind, main.value) if main else None


def _queue(account: Account, kind: NoticeKind, to: Identifier, *, about: str = "", masked: str) -> None:
    notice = Notice.objects.create(
        account=account, kind=kind, about=about, masked=masked, channel=to.channel, address=to.value
    )
    dispatch_on_commit(task_deliver_notice, notice_id=str(notice.pk))


def _due(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(sent_at__isnull=True, due_at__lte=now, created_at__gt=now - GIVEN_UP)


def _is_taken(notice: Notice) -> bool:
    """An error may carry the address, so only its kind is logged."""
    if notice.channel == Channel.SMS and not spend_sms_budget(notice.address):
        return False
    with translation.override(_language(notice.account) or None):
        subject, text = notice_subject(notice), notice_text(notice)
    for path in [conf.channels[notice.channel], *conf.fallbacks.get(notice.channel, ())]:
        if path == Channel.EMAIL:  # her address has a notice of its own
            continue
        try:
            channel_at(path).send(notice.address, subject=subject, text=text)
        except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
            reason = error if isinstance(error, NotTaken) else type(error).__name__
            logger.warning("a notice was not taken by %s: %s", path.rpartition(".")[2], reason)
        else:
            return True
    return False


def _language(account: Account) -> str:
    """The person's, else that of the device which she has had longest, and not of whoever signed in lately."""
    devices = Device.objects.filter(account=account).order_by("first_seen")
    return account.locale or devices.values_list("locale", flat=True).first() or ""


def notice_subject(notice: Notice) -> str:
    return _("New sign-in to your Freedom ID") if notice.kind == NoticeKind.DEVICE else _("Your Freedom ID")


def notice_text(notice: Notice) -> str:
    if notice.kind == NoticeKind.DEVICE:
        return _text_of_device(notice)
    support = _("If this was not you, contact support at once.")
    if notice.kind == NoticeKind.CLOSED:
        return f"{_('Your Freedom ID was closed and will be erased after 30 days.')} {support}"
    what = " ".join(filter(None, [str(ProofType(notice.about).label), notice.masked]))
    said = (
        _("Added to your Freedom ID: %(what)s.")
        if notice.kind == NoticeKind.ADDED
        else _("Removed from your Freedom ID: %(what)s.")
    )
    return f"{said % {'what': what}} {support}"


def _text_of_device(notice: Notice) -> str:
    seen = date_format(timezone.localtime(notice.created_at), "SHORT_DATETIME_FORMAT")
    first = _("Somebody signed in to your Freedom ID on a new device: %(device)s, %(when)s UTC.") % {
        "device": notice.masked,
        "when": seen,
    }
    then = _("If this was not you, sign that device out and change your password: %(address)s") % {
        "address": f"{conf.issuer}/me/devices/"
    }
    return f"{first}\n{then}"
