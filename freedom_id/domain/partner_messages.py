"""What the contact of an application is told at each step. Rows are the truth; the worker sends, and the sweep sends
again."""

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone, translation

from freedom_id.channels import send_by
from freedom_id.conf import conf
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.messages.partners import PartnerNews, partner_message
from freedom_id.domain.partner_links import PartnerLink, partner_address
from freedom_id.enums import Channel, PartnerMessageKind
from freedom_id.models import PartnerApplication, PartnerClient, PartnerMessage, SecretHandover
from freedom_id.tasks import task_deliver_partner_message

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
GIVEN_UP = timedelta(days=1)


def queue_partner_message(
    application: PartnerApplication, kind: PartnerMessageKind, handover: SecretHandover | None = None
) -> None:
    """Tell the contact, in the caller's transaction. With `handover` the mail leads to a secret, else to the page of
    the application."""
    message = PartnerMessage.objects.create(application=application, kind=kind, handover=handover)
    dispatch_on_commit(task_deliver_partner_message, message_id=str(message.pk))


def tell_contact(client: PartnerClient, kind: PartnerMessageKind) -> None:
    """The same for a client; one that came of no application has no contact."""
    application = PartnerApplication.objects.filter(client=client).defer("logo").first()
    if application:
        queue_partner_message(application, kind)


def deliver_partner_message(message_id: str) -> None:
    """Worker: send it, unless it was sent or is being sent. An error may carry the address, so only its kind is
    logged."""
    now = timezone.now()
    if not _due(now).filter(pk=message_id).update(due_at=now + LEASE):
        return
    message = PartnerMessage.objects.select_related("application", "handover").get(pk=message_id)
    with translation.override(message.application.language or None):
        words = partner_message(PartnerMessageKind(message.kind), _news(message))
    try:
        send_by(conf.channels[Channel.EMAIL], message.application.contact_email, words)
    except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
        logger.warning("a message to a partner was not taken: %s", type(error).__name__)
        PartnerMessage.objects.filter(pk=message_id).update(due_at=now + max(LEASE, now - message.created_at))
    else:
        PartnerMessage.objects.filter(pk=message_id).update(sent_at=timezone.now())


def due_partner_messages() -> list[str]:
    """Ids of messages that no worker took."""
    return [str(pk) for pk in _due(timezone.now()).values_list("pk", flat=True)[:500]]


def _due(now: datetime) -> QuerySet[PartnerMessage]:
    return PartnerMessage.objects.filter(sent_at__isnull=True, due_at__lte=now, created_at__gt=now - GIVEN_UP)


def _news(message: PartnerMessage) -> PartnerNews:
    application, handover = message.application, message.handover
    if handover:
        link = partner_address(PartnerLink.SECRET, handover.pk)
        return PartnerNews(application.name, link, until=handover.expires_at)
    said = application.comments.filter(internal=False, author__isnull=False, created_at__lte=message.created_at)
    last = said.order_by("-pk").first()
    link = partner_address(PartnerLink.APPLICATION, application.pk)
    return PartnerNews(application.name, link, words=last.text if last else "")
