from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from consents.domain.purposes import purposes_named
from consents.enums import Channel, PointStatus
from consents.errors import CollectionPointClosed
from consents.models import CollectionPoint

SCREENS = [Channel.WEB, Channel.MOBILE]


def open_collection_point(
    *, name: str, recipient: str, channel: Channel | str, purposes: Iterable[str]
) -> CollectionPoint:
    """Make or reopen the point (recipient, name) and let it ask exactly `purposes`, given by name.

    `recipient` is a stable reference such as a client id. Raises UnknownPurpose.
    """
    with transaction.atomic():
        found = purposes_named(purposes)
        point, _created = CollectionPoint.objects.update_or_create(
            recipient=recipient, name=name, defaults={"channel": channel, "status": PointStatus.OPEN}
        )
        point.purposes.set(found)
    return point


def collection_point_for(recipient: str, *, name: str) -> CollectionPoint:
    """The open point (recipient, name). Raises CollectionPointClosed when it is closed or was never opened."""
    point = CollectionPoint.objects.filter(recipient=recipient, name=name, status=PointStatus.OPEN).first()
    if point is None:
        raise CollectionPointClosed
    return point


def collection_point_to_answer(reference: str) -> CollectionPoint:
    """The open point of this id, or of this name if one point alone bears it, whose channel is a person's own screen.

    Raises CollectionPointClosed for any other.
    """
    try:
        sought = Q(pk=UUID(reference))
    except ValueError:
        sought = Q(name=reference.replace("\0", ""))  # which PostgreSQL cannot even look for
    found = CollectionPoint.objects.filter(sought, status=PointStatus.OPEN, channel__in=SCREENS)[:2]
    if len(found) != 1:
        raise CollectionPointClosed
    return found[0]


def close_collection_point(point: CollectionPoint) -> None:
    """Let it ask nothing more; what was collected there stays."""
    point.status = PointStatus.CLOSED
    point.save(update_fields=["status"])
