"""Tell a person's trusted devices that something waits for her approval. The number that she must type is on the other
screen, never in the message."""

import logging
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone, translation

from freedom_id.channels import PushChannel, push_channel
from freedom_id.domain.messages.pushes import approval_push
from freedom_id.enums import ChallengeState
from freedom_id.models import Device, TwoStepChallenge

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=15)


def deliver_push(challenge_id: str) -> None:
    """Worker: one message to each trusted app of the account but the one that asks. A row that somebody else took, or
    that was answered, is left alone; if no message was taken, the row stays due until the challenge expires."""
    now = timezone.now()
    if not _due().filter(pk=challenge_id, push_due_at__lte=now).update(push_due_at=now + LEASE):
        return
    challenge = TwoStepChallenge.objects.select_related("client").get(pk=challenge_id)
    channel = push_channel()
    apps = _trusted_apps(challenge)
    sent = [_sent(channel, app, challenge) for app in apps] if channel else []
    if any(sent) or not sent:
        _due().filter(pk=challenge_id).update(push_due_at=None)


def due_pushes() -> list[str]:
    due = _due().filter(push_due_at__lte=timezone.now())
    return [str(pk) for pk in due.values_list("pk", flat=True)[:500]]


def _due() -> QuerySet[TwoStepChallenge]:
    return TwoStepChallenge.objects.filter(
        push_due_at__isnull=False, state=ChallengeState.PENDING, expires_at__gt=timezone.now()
    )


def _trusted_apps(challenge: TwoStepChallenge) -> list[Device]:
    trusted = Device.objects.filter(account=challenge.account_id, trusted_at__isnull=False, signed_out_at__isnull=True)
    return [device for device in trusted if device.push_token and device.pk != challenge.device_id]


def _sent(channel: PushChannel, app: Device, challenge: TwoStepChallenge) -> bool:
    """Whether the channel took the message; its error may carry the token, so only its kind is logged."""
    try:
        with translation.override(app.locale or None):
            said = approval_push(challenge.client.name)
            data = {"challenge_id": str(challenge.pk)}
            channel.push(app.push_token, title=said.subject, text=said.text, data=data)
    except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
        logger.warning("a push was not sent: %s", type(error).__name__)
        return False
    return True
