"""What a person is told when a way into her account comes or goes, or the account is closed: at her main number and
address, and at the one that it is about. Rows are the truth; the worker sends, and the sweep sends again."""

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from freedom_id.channels import NotTaken, channel_at
from freedom_id.conf import conf
from freedom_id.domain.accounts import main_credential
from freedom_id.domain.code_messages import spend_sms_budget
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.identifiers import Identifier
from freedom_id.enums import Channel, CredentialType, NoticeKind, ProofType
from freedom_id.models import Account, Notice
from freedom_id.tasks import task_deliver_notice

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
GIVEN_UP = timedelta(days=1)


def queue_notices(
    account: Account, kind: NoticeKind, about: ProofType | None = None, contact: Identifier | None = None
) -> None:
    """Tell the person, in the caller's transaction. `about` is there unless the account was closed; `contact` is the
    number or address that it is about."""
    mains = (main_credential(account.pk, type_) for type_ in CredentialType)
    reached = {Identifier(CredentialType(main.type), main.value) for main in mains if main}
    for identifier in sorted(reached | ({contact} if contact else set()), key=lambda one: one.value):
        notice = Notice.objects.create(
            account=account,
            kind=kind,
            about=about or "",
            masked=contact.masked if contact else "",
            channel=identifier.channel,
            address=identifier.value,
        )
        dispatch_on_commit(task_deliver_notice, notice_id=str(notice.pk))


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


def _due(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(sent_at__isnull=True, due_at__lte=now, created_at__gt=now - GIVEN_UP)


def _is_taken(notice: Notice) -> bool:
    """An error may carry the address, so only its kind is logged."""
    if notice.channel == Channel.SMS and not spend_sms_budget(notice.address):
        return False
    with translation.override(notice.account.locale or None):
        subject, text = str(_("Your Freedom ID")), notice_text(notice)
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


def notice_text(notice: Notice) -> str:
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
