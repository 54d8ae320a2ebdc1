"""A secret on its way to a partner: a link that shows it once. Who comes too late sees that it was taken."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from freedom_id.domain.client_secrets import rotate_secret
from freedom_id.domain.partner_links import PartnerLink, row_of_token
from freedom_id.enums import ClientStatus
from freedom_id.models import PartnerClient, SecretHandover

LIFETIME = timedelta(hours=72)


class HandoverOver(Exception):
    """The link was used, replaced by a newer one, or came too late."""


def open_handover(client: PartnerClient) -> SecretHandover:
    """A new link for the client's next secret, in the caller's transaction; an open one ends."""
    now = timezone.now()
    _hold(client)
    SecretHandover.objects.filter(client=client, taken_at=None, ended_at=None).update(ended_at=now)
    return SecretHandover.objects.create(client=client, created_at=now, expires_at=now + LIFETIME)


def handover_of(token: str) -> SecretHandover | None:
    """The link of this token, whatever became of it."""
    row_id = row_of_token(PartnerLink.SECRET, token)
    return SecretHandover.objects.select_related("client").filter(pk=row_id).first() if row_id else None


def is_open(handover: SecretHandover, now: datetime) -> bool:
    closed = handover.client.status == ClientStatus.CLOSED
    return handover.taken_at is None and handover.ended_at is None and now < handover.expires_at and not closed


def take_secret(handover: SecretHandover) -> str:
    """Draw the client's new secret and return it in clear: to one caller, once. A secret from before works on as
    `rotate_secret` says. Raises HandoverOver, UnauthorizedClient for a client that has no secret any more."""
    now = timezone.now()
    with transaction.atomic():
        closed = _hold(handover.client).status == ClientStatus.CLOSED
        open_ones = SecretHandover.objects.filter(pk=handover.pk, taken_at=None, ended_at=None, expires_at__gt=now)
        if closed or not open_ones.update(taken_at=now):
            raise HandoverOver
        return rotate_secret(handover.client)


def _hold(client: PartnerClient) -> PartnerClient:
    """Links of one client are made and taken one after the other."""
    return PartnerClient.objects.select_for_update(no_key=True).only("status").get(pk=client.pk)
