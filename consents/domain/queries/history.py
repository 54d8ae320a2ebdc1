from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from consents.domain.check import effective_status, version_counts
from consents.enums import PERMITTING, PurposeScope, Reason
from consents.models import ConsentState, ConsentTransaction, PurposeText, Subject


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


def decided_units(subject: Subject, *, scope_key: str) -> QuerySet[ConsentState]:
    """The units of exactly this scope that the person ever decided about, with their purposes."""
    return ConsentState.objects.filter(subject=subject, scope_key=scope_key).select_related("purpose")


def history_of_unit(subject: Subject, *, purpose_id: UUID, scope_key: str) -> QuerySet[ConsentTransaction]:
    """Every decision of that unit, newest first."""
    return history_for_subject(subject, scope_key=scope_key).filter(purpose=purpose_id)


def history_with_words(subject: Subject) -> list[tuple[ConsentTransaction, PurposeText]]:
    """Every decision of the person, newest first, with the words that it was about; two queries."""
    found = list(history_for_subject(subject))
    texts = PurposeText.objects.filter(version__in={row.purpose_version_id for row in found})
    words = {(text.version_id, text.locale): text for text in texts}
    return [(row, words[row.purpose_version_id, row.locale]) for row in found]


def answers_to_notice(subject: Subject | None, token_id: UUID) -> list[tuple[ConsentTransaction, PurposeText]]:
    """What the person answered to the page of that token, with the words that it showed, in the order of the page."""
    rows = ConsentTransaction.objects.filter(subject=subject, notice_token_id=token_id)
    found = list(rows.select_related("collection_point").order_by("epoch"))
    texts = PurposeText.objects.filter(version__in=[row.purpose_version_id for row in found])
    words = {(text.version_id, text.locale): text for text in texts}
    return [(row, words[row.purpose_version_id, row.locale]) for row in found]


def rows_with_words(subject: Subject | None, ids: Collection[UUID]) -> list[tuple[ConsentTransaction, PurposeText]]:
    """These of the person's decisions, with the words that they were about, oldest first; two queries."""
    rows = ConsentTransaction.objects.filter(subject=subject, pk__in=ids)
    found = list(rows.select_related("purpose", "purpose_version").order_by("epoch"))
    texts = PurposeText.objects.filter(version__in=[row.purpose_version_id for row in found])
    words = {(text.version_id, text.locale): text for text in texts}
    return [(row, words[row.purpose_version_id, row.locale]) for row in found]


def history_seen_by(
    scope_key: str, account_id: Any, *, names: Collection[str] | None, before: int | None = None
) -> QuerySet[ConsentTransaction]:
    """What one client may know of the person's decisions, newest first, with purpose, version and receipt.

    Those are the decisions under its own scope key, those about global purposes made at its own collection points, and
    withdrawals of what was decided there: never another client's. `names` None means every purpose, `before` an epoch.
    """
    rows = ConsentTransaction.objects.filter(_seen_by(scope_key), subject__account=account_id)
    if names is not None:
        rows = rows.filter(purpose__name__in=names)
    if before is not None:
        rows = rows.filter(epoch__lt=before)
    rows = rows.select_related("purpose", "purpose_version", "receipt").defer("receipt__document", "receipt__jws")
    return rows.order_by("-epoch")


def _seen_by(scope_key: str) -> Q:
    decided_there = ConsentTransaction.objects.filter(
        subject=OuterRef("subject"),
        purpose=OuterRef("purpose"),
        scope_key="",
        collection_point__recipient=scope_key,
        epoch__lt=OuterRef("epoch"),
    )
    withdrawn = Q(Exists(decided_there), collection_point=None)
    return Q(scope_key=scope_key, purpose__scope=PurposeScope.PER_CLIENT) | (
        Q(scope_key="") & (Q(collection_point__recipient=scope_key) | withdrawn)
    )


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
