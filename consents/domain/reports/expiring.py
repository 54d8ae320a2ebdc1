"""Consents that end by themselves within 30, 60 or 90 days.

Definition, as on the page: a consent that a check permits now, and whose end is in that time. Those in 60 days include
those in 30. Ends of grace periods are in the report of superseded consents.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from consents.domain.queries.history import standing
from consents.models import ConsentState

DAYS = (30, 60, 90)


@dataclass(frozen=True)
class Expiring:
    purpose: str
    client: str
    within: tuple[int, ...]
    """How many within each of DAYS."""


def expiring(*, purpose: str = "", client: str = "", at: datetime | None = None) -> list[Expiring]:
    """By purpose and client. One query, by the index of the end."""
    now = at or timezone.now()
    states = ConsentState.objects.filter(standing(now), expires_at__lte=now + timedelta(days=DAYS[-1]))
    if purpose:
        states = states.filter(purpose__name=purpose)
    if client:
        states = states.filter(scope_key=client)
    sums = {f"within_{days}": Count("pk", filter=Q(expires_at__lte=now + timedelta(days=days))) for days in DAYS}
    rows = states.values_list("purpose__name", "scope_key").annotate(**sums).order_by("purpose__name", "scope_key")
    return [Expiring(name, scope_key, tuple(numbers)) for name, scope_key, *numbers in rows]
