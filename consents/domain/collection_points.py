from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.domain.purposes import purposes_named
from consents.enums import Channel, PointStatus
from consents.errors import CollectionPointClosed, CollectionPointInvalid
from consents.models import CollectionPoint, PinnedVersion, Purpose, PurposeVersion
from consents.models.purpose import UNPUBLISHED
from consents.origins import is_origin

SCREENS = [Channel.WEB, Channel.MOBILE]


def open_collection_point(
    *,
    name: str,
    recipient: str,
    channel: Channel | str,
    purposes: Iterable[str],
    allowed_origins: Iterable[str] | None = None,
    pins: Mapping[str, int] | None = None,
    keep_others: bool = False,
) -> CollectionPoint:
    """Make or reopen the point (recipient, name) and let it ask exactly `purposes`, given by name; with `keep_others`
    also what it asked before.

    `recipient` is a stable reference such as a client id. The others are those of `change_collection_point`, which
    raises UnknownPurpose and CollectionPointInvalid.
    """
    with transaction.atomic():
        point, _created = CollectionPoint.objects.update_or_create(
            recipient=recipient,
            name=name,
            defaults={"status": PointStatus.OPEN},
            create_defaults={"status": PointStatus.OPEN, "channel": channel, "version": 0},
        )
        asked = set(purposes) | (set(point.purposes.values_list("name", flat=True)) if keep_others else set())
        return change_collection_point(
            point, channel=channel, purposes=asked, allowed_origins=allowed_origins, pins=pins
        )


def change_collection_point(
    point: CollectionPoint,
    *,
    channel: Channel | str | None = None,
    purposes: Iterable[str] | None = None,
    allowed_origins: Iterable[str] | None = None,
    pins: Mapping[str, int] | None = None,
) -> CollectionPoint:
    """Change what a point asks; its version grows by one if anything did. None leaves a thing as it is.

    `purposes` by name; `pins` are version numbers by purpose, all others follow what is published; `allowed_origins`
    look like https://host[:port]. Raises UnknownPurpose, CollectionPointInvalid; then nothing is changed.
    """
    with transaction.atomic():
        point = CollectionPoint.objects.select_for_update(no_key=True).get(pk=point.pk)
        before = _asks(point)
        if channel is not None:
            point.channel = channel
        if allowed_origins is not None:
            point.allowed_origins = _origins(allowed_origins)
        if purposes is not None:
            point.purposes.set(purposes_named(purposes))
            point.pins.exclude(purpose__in=point.purposes.all()).delete()
        if pins is not None:
            _pin(point, pins)
        if _asks(point) != before or not point.version:
            point.version += 1
        point.save()
    return point


def _asks(point: CollectionPoint) -> list[Any]:
    return [
        str(point.channel),
        list(point.allowed_origins),
        set(point.purposes.values_list("pk", flat=True)),
        set(point.pins.values_list("purpose_version", flat=True)),
    ]


def _origins(given: Iterable[str]) -> list[str]:
    origins = sorted(set(given))
    for origin in origins:
        if not is_origin(origin):
            raise CollectionPointInvalid(_("“%s” is not an origin such as https://example.com.") % origin)
    return origins


def _pin(point: CollectionPoint, pins: Mapping[str, int]) -> None:
    """Exactly these; a version that nobody published yet cannot be shown, so it cannot be pinned."""
    versions = [_pinnable(point, name, number) for name, number in pins.items()]
    point.pins.all().delete()
    PinnedVersion.objects.bulk_create(
        [PinnedVersion(point=point, purpose=version.purpose, purpose_version=version) for version in versions]
    )


def _pinnable(point: CollectionPoint, name: str, number: int) -> PurposeVersion:
    found = PurposeVersion.objects.filter(
        purpose__name=name, purpose__in=point.purposes.all(), number=number
    ).select_related("purpose")
    version = found.exclude(state__in=UNPUBLISHED).first()
    if version is None:
        described = {"name": name, "number": number}
        raise CollectionPointInvalid(_("There is no published version %(number)d of “%(name)s” here.") % described)
    return version


def collection_point_for(recipient: str, *, name: str) -> CollectionPoint:
    """The open point (recipient, name). Raises CollectionPointClosed when it is closed or was never opened."""
    point = CollectionPoint.objects.filter(recipient=recipient, name=name, status=PointStatus.OPEN).first()
    if point is None:
        raise CollectionPointClosed
    return point


def points_of(recipient: str, *, name: str | None = None) -> list[CollectionPoint]:
    """The recipient's open points by name, or the one of that name, each with its pins and the purposes that are
    not retired; three queries."""
    unretired = Q(retired_at=None) | Q(retired_at__gt=timezone.now())
    in_use = Prefetch("purposes", Purpose.objects.filter(unretired))
    open_ones = CollectionPoint.objects.filter(recipient=recipient, status=PointStatus.OPEN)
    if name is not None:
        open_ones = open_ones.filter(name=name)
    return list(open_ones.order_by("name").prefetch_related(in_use, "pins"))


def point_ids_of(recipients: Iterable[str]) -> dict[str, dict[str, UUID]]:
    """The open points of each recipient, id by name; one query."""
    found: dict[str, dict[str, UUID]] = {recipient: {} for recipient in recipients}
    rows = CollectionPoint.objects.filter(recipient__in=found, status=PointStatus.OPEN)
    for recipient, name, pk in rows.values_list("recipient", "name", "pk"):
        found[recipient][name] = pk
    return found


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
