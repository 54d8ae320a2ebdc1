"""Everything that one person ever decided, as that person sees it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from consents.domain.check import effective_status, unit_scope, version_counts
from consents.domain.collection_points import SCREENS
from consents.domain.queries.history import standing
from consents.enums import PointStatus, Reason
from consents.models import CollectionPoint, ConsentState, PurposeText, Subject


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """One unit. `reason` says how it stands now, None when its purpose is retired; `since` when it was decided last.

    `text` are the words that the last answer was given to, with their version. `asked_at` is the id of an open point
    that asks them on a screen, None when there is none.
    """

    purpose_id: UUID
    name: str
    scope_key: str
    reason: Reason | None
    since: datetime
    until: datetime | None
    text: PurposeText
    asked_at: UUID | None

    @property
    def stands(self) -> bool:
        return self.reason is Reason.ACTIVE


def own_consents(subject: Subject | None) -> list[OwnConsent]:
    """Consents and refusals, the latest decision first; three queries. `subject` None is somebody who never decided."""
    return _own_consents(ConsentState.objects.filter(subject=subject))


def own_consent(subject: Subject | None, *, purpose_id: UUID, scope_key: str) -> OwnConsent | None:
    """That unit of the person; None when there is none."""
    found = ConsentState.objects.filter(subject=subject, purpose=purpose_id, scope_key=scope_key)
    return next(iter(_own_consents(found)), None)


def expiring_consents(subject: Subject | None, *, before: datetime) -> list[OwnConsent]:
    """The person's consents that stand and end before that moment, the latest decision first; three queries."""
    return _own_consents(ConsentState.objects.filter(standing(timezone.now()), subject=subject, expires_at__lt=before))


def _own_consents(states: QuerySet[ConsentState]) -> list[OwnConsent]:
    related = states.select_related("purpose", "last_transaction")
    found = list(related.order_by("-since", "purpose__name"))
    texts = PurposeText.objects.filter(version__in={state.purpose_version_id for state in found})
    words = {(text.version_id, text.locale): text for text in texts.select_related("version")}
    now = timezone.now()
    points = _points({state.purpose_id for state in found}, now)
    return [
        OwnConsent(
            purpose_id=state.purpose_id,
            name=state.purpose.name,
            scope_key=state.scope_key,
            reason=_reason(state, now),
            since=state.since,
            until=state.expires_at,
            text=words[state.purpose_version_id, state.last_transaction.locale],
            asked_at=points.get((state.purpose_id, state.scope_key)),
        )
        for state in found
    ]


def _points(purposes: Collection[UUID], now: datetime) -> dict[tuple[UUID, str], UUID]:
    """(purpose, scope key) -> an open point that asks it on a screen."""
    asking = CollectionPoint.objects.filter(
        Q(purposes__retired_at=None) | Q(purposes__retired_at__gt=now),
        status=PointStatus.OPEN,
        channel__in=SCREENS,
        purposes__in=purposes,
    ).order_by("-name")
    return {
        (purpose, unit_scope(scope, recipient)): point
        for point, recipient, purpose, scope in asking.values_list("pk", "recipient", "purposes", "purposes__scope")
    }


def _reason(state: ConsentState, now: datetime) -> Reason | None:
    purpose = state.purpose
    if purpose.retired_at is not None and purpose.retired_at <= now:
        return None
    counts = version_counts(state.version_number, state.expires_at, purpose, now)
    return effective_status(state.status, state.expires_at, counts, now)
