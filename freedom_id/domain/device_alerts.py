"""Tell a person that her account was signed in to on a device that it did not know."""

import logging
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from freedom_id.channels import channel_for
from freedom_id.conf import conf
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.identifiers import Identifier
from freedom_id.enums import CredentialType
from freedom_id.models import Credential, Device
from freedom_id.tasks import task_deliver_device_alert

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
WORTH_TELLING = timedelta(days=1)


def queue_alert(device: Device) -> None:
    """Part of the transaction that signs in."""
    device.alert_due_at = timezone.now()
    device.save(update_fields=["alert_due_at"])
    dispatch_on_commit(task_deliver_device_alert, device_id=str(device.pk))


def deliver_device_alert(device_id: str) -> None:
    """Worker: send the message of one due row, to the person's main e-mail address, else to her main phone. A row that
    somebody else took is left alone; one that was not sent stays due."""
    now = timezone.now()
    if not _due().filter(pk=device_id, alert_due_at__lte=now).update(alert_due_at=now + LEASE):
        return
    device = Device.objects.select_related("account").get(pk=device_id)
    main = Credential.objects.verified().filter(account=device.account, is_primary=True).order_by("type").first()
    if main is None or _sent(device, Identifier(CredentialType(main.type), main.value)):
        Device.objects.filter(pk=device_id).update(alert_due_at=None)


def due_device_alerts() -> list[str]:
    due = _due().filter(alert_due_at__lte=timezone.now())
    return [str(pk) for pk in due.values_list("pk", flat=True)[:500]]


def _due() -> QuerySet[Device]:
    return Device.objects.filter(alert_due_at__isnull=False, first_seen__gt=timezone.now() - WORTH_TELLING)


def _sent(device: Device, identifier: Identifier) -> bool:
    """Whether the channel took the message. Its error may carry the address, so only its kind is logged."""
    try:
        with translation.override(_language(device) or None):
            channel = channel_for(identifier.channel)
            channel.send(identifier.value, subject=_("New sign-in to your Freedom ID"), text=_text(device))
    except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
        logger.warning("a device alert was not sent by %s: %s", identifier.channel, type(error).__name__)
        return False
    return True


def _language(device: Device) -> str:
    """The person's, and not that of whoever signed in."""
    others = Device.objects.filter(account=device.account).exclude(pk=device.pk).order_by("-last_seen")
    return device.account.locale or others.values_list("locale", flat=True).first() or ""


def _text(device: Device) -> str:
    seen = date_format(timezone.localtime(device.first_seen), "SHORT_DATETIME_FORMAT")
    first = _("Somebody signed in to your Freedom ID on a new device: %(device)s, %(when)s UTC.") % {
        "device": str(device),
        "when": seen,
    }
    then = _("If this was not you, sign that device out and change your password: %(address)s") % {
        "address": f"{conf.issuer}/me/devices/"
    }
    return f"{first}\n{then}"
