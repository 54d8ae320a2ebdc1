"""Consents to a version that counts no more: who has to be asked again, and who came back.

Definitions, as on the page, per version:
- awaiting: people whose last word is a yes to this version, not over, that a check no longer permits.
- carried: the same, but still permitted: until the end of a grace period, or until the consent expires.
- came back: people who once said yes to this version and whose last word is a yes that a check permits, to a later one.
- return rate = came back / (came back + awaiting).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from consents.domain.queries.history import counting, standing
from consents.enums import PERMITTING, Action
from consents.models import ConsentState, ConsentTransaction, PurposeVersion


@dataclass(frozen=True)
class Superseded:
    purpose: str
    version: int
    awaiting: int
    carried: int
    came_back: int

    @property
    def return_rate(self) -> float | None:
        """None while there is nobody to come back."""
        everybody = self.came_back + self.awaiting
        return self.came_back / everybody if everybody else None


def superseded(*, purpose: str = "", at: datetime | None = None) -> list[Superseded]:
    """By purpose and version, of purposes in use. Two queries over the projection, and one per version that looks into
    the ledger, because no counter knows who came back."""
    now = at or timezone.now()
    versions = PurposeVersion.objects.filter(
        Q(purpose__retired_at=None) | Q(purpose__retired_at__gt=now), number__lt=F("purpose__accepts_from")
    ).select_related("purpose")
    if purpose:
        versions = versions.filter(purpose__name=purpose)
    old = _old(now)
    return [
        Superseded(
            version.purpose.name,
            version.number,
            *old.get(version.pk, (0, 0)),
            came_back=_returned(version, now).count(),
        )
        for version in versions.order_by("purpose__name", "number")
    ]


def _old(now: datetime) -> dict[object, tuple[int, int]]:
    """By version id, how many await and how many are carried."""
    states = ConsentState.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        status__in=PERMITTING,
        version_number__lt=F("purpose__accepts_from"),
    )
    rows = states.values_list("purpose_version").annotate(
        awaiting=Count("pk", filter=~counting(now)), carried=Count("pk", filter=counting(now))
    )
    return {version: (awaiting, carried) for version, awaiting, carried in rows}


def _returned(version: PurposeVersion, now: datetime) -> QuerySet[ConsentState]:
    """The purpose's standing consents whose unit said yes to this version before."""
    said_yes = ConsentTransaction.objects.filter(
        subject=OuterRef("subject"),
        purpose=OuterRef("purpose"),
        scope_key=OuterRef("scope_key"),
        purpose_version=version,
        action__in=[Action.ALLOW, Action.RENEW],
    )
    states = ConsentState.objects.filter(standing(now), purpose=version.purpose, version_number__gt=version.number)
    return states.filter(Exists(said_yes))
