"""Everything that one person ever decided, as that person sees it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from consents.domain.check import effective_status, unit_scope
from consents.domain.collection_points import SCREENS
from consents.domain.data_items import DataItem, read_items
from consents.enums import PointStatus, Reason, VersionState
from consents.models import CollectionPoint, ConsentState, PurposeText, Subject


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """One unit. `reason` says how it stands now, None when its purpose is retired; `since` when it was decided last.

    `text` are the words that the last answer was given to. `asked_at` is the id of an open point that asks them on a
    screen, None when there is none.
    """

    purpose_id: UUID
    name: str
    scope_key: str
    reason: Reason | None
    since: datetime
    until: datetime | None
    text: PurposeText
    data_items: list[DataItem]
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


def _own_consents(states: QuerySet[ConsentState]) -> list[OwnConsent]:
    related = states.select_related("purpose", "purpose_version", "last_transaction")
    found = list(related.order_by("-since", "purpose__name"))
    texts = PurposeText.objects.filter(version__in={state.purpose_version_id for state in found})
    words = {(text.version_id, text.locale): text for text in texts.select_related("version")}
    points = _points({state.purpose_id for state in found})
    now = timezone.now()
    return [
        OwnConsent(
            purpose_id=state.purpose_id,
            name=state.purpose.name,
            scope_key=state.scope_key,
            reason=_reason(state, now),
            since=state.since,
            until=state.expires_at,
            text=words[state.purpose_version_id, state.last_transaction.locale],
            data_items=read_items(state.purpose_version.data_items),
            asked_at=points.get((state.purpose_id, state.scope_key)),
        )
        for state in found
    ]


def _points(purposes: Collection[UUID]) -> dict[tuple[UUID, str], UUID]:
    """(purpose, scope key) -> an open point that asks it on a screen."""
    asking = CollectionPoint.objects.filter(
        status=PointStatus.OPEN, channel__in=SCREENS, purposes__in=purposes, purposes__retired_at=None
    ).order_by("-name")
    return {
        (purpose, unit_scope(scope, recipient)): point
        for point, recipient, purpose, scope in asking.values_list("pk", "recipient", "purposes", "purposes__scope")
    }


def _reason(state: ConsentState, now: datetime) -> Reason | None:
    if state.purpose.retired_at is not None:
        return None
    is_current = state.purpose_version.state == VersionState.PUBLISHED
    return effective_status(state.status, state.expires_at, is_current, now)
