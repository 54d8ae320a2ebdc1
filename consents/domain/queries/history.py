from django.db.models import Q, QuerySet
from django.utils import timezone

from consents.enums import PERMITTING, VersionState
from consents.models import ConsentState, ConsentTransaction, Subject


def history_for_subject(subject: Subject, *, scope_key: str | None = None) -> QuerySet[ConsentTransaction]:
    """Every decision of the person, newest first, with purpose, version and collection point; None means all scopes."""
    rows = ConsentTransaction.objects.filter(subject=subject)
    if scope_key is not None:
        rows = rows.filter(scope_key=scope_key)
    return rows.select_related("purpose", "purpose_version", "collection_point").order_by(
        "-recorded_at", "-subject_seq", "-pk"
    )


def decided_units(subject: Subject, *, scope_key: str) -> QuerySet[ConsentState]:
    """The units of exactly this scope that the person ever decided about, with their purposes."""
    return ConsentState.objects.filter(subject=subject, scope_key=scope_key).select_related("purpose")


def standing_consents(subject: Subject, *, scope_key: str) -> QuerySet[ConsentState]:
    """The consents of exactly this scope that permit now, by purpose name: those a check would answer with `active`."""
    return (
        ConsentState.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
            subject=subject,
            scope_key=scope_key,
            status__in=PERMITTING,
            purpose_version__state=VersionState.PUBLISHED,
            purpose__retired_at=None,
        )
        .select_related("purpose", "purpose_version", "last_transaction")
        .order_by("purpose__name")
    )
