"""What a recipient may ask somebody, in the words of today or the pinned ones, and what that person answered last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from consents.domain.check import effective_status, unit_scope, version_counts
from consents.domain.purposes import Notice, notices_pinned
from consents.enums import Reason
from consents.models import CollectionPoint, ConsentState, Purpose, Subject


@dataclass(frozen=True, slots=True)
class PurposeAnswer:
    """`reason` is what a check would say now; `given_at` is when the present yes was first said, None after a no; the
    others are of the last decision, None without one."""

    purpose: Purpose
    notice: Notice
    collection_point_id: UUID
    reason: Reason
    given_at: datetime | None = None
    since: datetime | None = None
    expires_at: datetime | None = None
    receipt_id: UUID | None = None


def answers_at(
    points: Sequence[CollectionPoint], *, subject: Subject | None, scope_key: str, locale: str
) -> dict[str, PurposeAnswer]:
    """By name, ascending, every purpose that one of these points (`points_of`) may ask; two queries.

    A purpose of several points is named at the first of them, in the words that are pinned there. One without published
    words, or pinned to words that count no more, cannot be asked and is left out. `subject` None is somebody who never
    decided anything.
    """
    asked = {purpose.name: (purpose, point) for point in reversed(points) for purpose in point.purposes.all()}
    pinned = {p.pk: point.pinned[p.pk] for p, point in asked.values() if p.pk in point.pinned}
    notices = notices_pinned(sorted(asked), pinned=pinned, locale=locale)
    states = _states(subject, [purpose for purpose, _point in asked.values()], scope_key)
    now = timezone.now()
    found = {}
    for name, notice in notices.items():
        purpose, point = asked[name]
        found[name] = _answer(purpose, point.pk, notice, states.get(purpose.pk), now)
    return found


def answers_by_scope(subject: Subject | None, *, purpose: Purpose) -> dict[str, tuple[Reason, datetime]]:
    """For each scope key under which the person decided about this purpose: what a check would say now, and since when
    the present answer is; one query."""
    now = timezone.now()
    states = ConsentState.objects.filter(subject=subject, purpose=purpose)
    return {state.scope_key: (_reason(state, purpose, now), state.given_at or state.since) for state in states}


def _states(subject: Subject | None, purposes: Collection[Purpose], scope_key: str) -> dict[UUID, ConsentState]:
    scopes = {purpose.pk: unit_scope(purpose.scope, scope_key) for purpose in purposes}
    states = ConsentState.objects.filter(subject=subject, purpose__in=scopes, scope_key__in=["", scope_key])
    rows = states.select_related("last_transaction")
    return {state.purpose_id: state for state in rows if state.scope_key == scopes[state.purpose_id]}


def _answer(
    purpose: Purpose, point_id: UUID, notice: Notice, state: ConsentState | None, now: datetime
) -> PurposeAnswer:
    if state is None:
        return PurposeAnswer(purpose, notice, point_id, Reason.NONE)
    reason = _reason(state, purpose, now)
    receipt_id = state.last_transaction.receipt_id
    return PurposeAnswer(purpose, notice, point_id, reason, state.given_at, state.since, state.expires_at, receipt_id)


def _reason(state: ConsentState, purpose: Purpose, now: datetime) -> Reason:
    counts = version_counts(state.version_number, state.expires_at, purpose, now)
    return effective_status(state.status, state.expires_at, counts, now)
