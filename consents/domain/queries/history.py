from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from consents.domain.check import effective_status, version_counts
from consents.enums import PERMITTING, Reason
from consents.models import ConsentState, ConsentTransaction, Subject


@dataclass(frozen=True)
class UnitNow:
    """A unit's state, and what a check answers now."""

    state: ConsentState
    reason: Reason


def history_for_subject(subject: Subject, *, scope_key: str | None = None) -> QuerySet[ConsentTransaction]:
    """Every decision of the person, newest first, with purpose, version and collection point; None means all scopes."""
    rows = ConsentTransaction.objects.filter(subject=subject)
    if scope_key is not None:
        rows = rows.filter(scope_key=scope_key)
    return rows.select_related("purpose", "purpose_version", "collection_point").order_by("-epoch")


def standing_consents(subject: Subject, *, scope_key: str) -> QuerySet[ConsentState]:
    """The consents of exactly this scope that permit now, by purpose name: those a check would answer with `active`."""
    return (
        ConsentState.objects.filter(standing(timezone.now()), subject=subject, scope_key=scope_key)
        .select_related("purpose", "purpose_version", "last_transaction")
        .order_by("purpose__name")
    )


def clients_with_standing(subject: Subject) -> list[str]:
    """The scope keys under which something of the person stands now; "" for what holds everywhere."""
    states = ConsentState.objects.filter(standing(timezone.now()), subject=subject)
    return list(states.order_by("scope_key").values_list("scope_key", flat=True).distinct())


def units_of(subject: Subject) -> list[UnitNow]:
    """The last word about every unit of the person, by client and purpose, with what it means now."""
    states = ConsentState.objects.filter(subject=subject).select_related("purpose", "purpose_version")
    now = timezone.now()
    return [UnitNow(state, _reason(state, now)) for state in states.order_by("scope_key", "purpose__name")]


def _reason(state: ConsentState, now: datetime) -> Reason:
    if state.purpose.retired_at is not None and state.purpose.retired_at <= now:
        return Reason.UNKNOWN_PURPOSE
    counts = version_counts(state.version_number, state.expires_at, state.purpose, now)
    return effective_status(state.status, state.expires_at, counts, now)


def standing(now: datetime) -> Q:
    """Which states a check at `now` would answer with `active`."""
    return (
        Q(status__in=PERMITTING)
        & (Q(expires_at=None) | Q(expires_at__gt=now))
        & (Q(purpose__retired_at=None) | Q(purpose__retired_at__gt=now))
        & counting(now)
    )


def counting(now: datetime) -> Q:
    """Which states are of a version that counts at `now`: `check.version_counts` for many rows."""
    carried = Q(purpose__carried_until__gt=now) | Q(purpose__carried_until=None, expires_at__isnull=False)
    return (
        Q(version_number__gte=F("purpose__accepts_from")) | Q(version_number__gte=F("purpose__carried_from")) & carried
    )
