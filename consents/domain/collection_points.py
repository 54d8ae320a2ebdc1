from collections.abc import Iterable

from django.db import transaction
from django.db.models import Prefetch

from consents.domain.purposes import purposes_named
from consents.enums import Channel, PointStatus
from consents.errors import CollectionPointClosed
from consents.models import CollectionPoint, Purpose


def open_collection_point(
    *, name: str, recipient: str, channel: Channel | str, purposes: Iterable[str], keep_others: bool = False
) -> CollectionPoint:
    """Make or reopen the point (recipient, name) and let it ask exactly `purposes`, given by name; with `keep_others`
    also what it asked before.

    `recipient` is a stable reference such as a client id. Raises UnknownPurpose.
    """
    with transaction.atomic():
        found = purposes_named(purposes)
        point, _created = CollectionPoint.objects.update_or_create(
            recipient=recipient, name=name, defaults={"channel": channel, "status": PointStatus.OPEN}
        )
        if keep_others:
            point.purposes.add(*found)
        else:
            point.purposes.set(found)
    return point


def collection_point_for(recipient: str, *, name: str) -> CollectionPoint:
    """The open point (recipient, name). Raises CollectionPointClosed when it is closed or was never opened."""
    point = CollectionPoint.objects.filter(recipient=recipient, name=name, status=PointStatus.OPEN).first()
    if point is None:
        raise CollectionPointClosed
    return point


def points_of(recipient: str, *, name: str | None = None) -> list[CollectionPoint]:
    """The recipient's open points by name, or the one of that name, each with the purposes that are not retired; two
    queries."""
    in_use = Prefetch("purposes", Purpose.objects.filter(retired_at=None))
    open_ones = CollectionPoint.objects.filter(recipient=recipient, status=PointStatus.OPEN)
    if name is not None:
        open_ones = open_ones.filter(name=name)
    return list(open_ones.order_by("name").prefetch_related(in_use))


def close_collection_point(point: CollectionPoint) -> None:
    """Let it ask nothing more; what was collected there stays."""
    point.status = PointStatus.CLOSED
    point.save(update_fields=["status"])
