"""What was consented at a moment, and what was known of it at another: the ledger folded again."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from consents.domain.check import (
    ConsentDecision,
    effective_status,
    ends_at,
    unit_scope,
    unknown_purpose,
    version_counts,
)
from consents.domain.state import STATUS_AFTER
from consents.enums import Action, Reason
from consents.models import ConsentTransaction, Purpose, PurposeVersion, Subject


def check_consents_at(
    subject: Subject | None,
    *,
    names: Iterable[str],
    scope_key: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[str, ConsentDecision]:
    """The answer for every name as it held at `at` (default now), from what was recorded by `known_at` (default: all).

    A decision counts from the moment it was made, at the latest from when it was recorded, and among those that count
    the last of the ledger stands: a paper form entered late changes the answer about the past, never its order.
    Versions and retirements are taken as of the earlier of the two moments. Three queries. `subject` None is somebody
    who never decided anything. With both moments now, this is the live answer.
    """
    moment = at or timezone.now()
    as_of = min(moment, known_at) if known_at else moment
    wanted = list(dict.fromkeys(names))
    purposes = _purposes(wanted, as_of)
    last = _last_rows(subject, list(purposes.values()), scope_key, moment, known_at)
    terms = _terms(purposes.values(), as_of)
    return {
        name: _decision(purposes[name], last.get(purposes[name].pk), terms.get(purposes[name].pk), moment)
        if name in purposes
        else unknown_purpose(name)
        for name in wanted
    }


def _purposes(names: list[str], as_of: datetime) -> dict[str, Purpose]:
    """The purposes in use at `as_of`."""
    in_use = Q(retired_at=None) | Q(retired_at__gt=as_of)
    return {purpose.name: purpose for purpose in Purpose.objects.filter(in_use, name__in=names)}


def _terms(purposes: Iterable[Purpose], as_of: datetime) -> dict[UUID, PurposeVersion]:
    """By purpose id, the version that was published at `as_of`: it says which consents counted."""
    versions = PurposeVersion.objects.filter(purpose__in=list(purposes), published_at__lte=as_of)
    return {version.purpose_id: version for version in versions.order_by("published_at", "number")}


def _last_rows(
    subject: Subject | None, purposes: list[Purpose], scope_key: str, at: datetime, known_at: datetime | None
) -> dict[UUID, ConsentTransaction]:
    """By purpose id, the last row of the unit among those that count."""
    rows = ConsentTransaction.objects.filter(
        Q(occurred_at__lte=at) | Q(recorded_at__lte=at),
        subject=subject,
        purpose__in=purposes,
        scope_key__in=["", scope_key],
    )
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    scopes = {purpose.pk: unit_scope(purpose.scope, scope_key) for purpose in purposes}
    ordered = rows.select_related("purpose_version").order_by("subject_seq")
    return {row.purpose_id: row for row in ordered if row.scope_key == scopes[row.purpose_id]}


def _decision(
    purpose: Purpose, row: ConsentTransaction | None, terms: PurposeVersion | None, at: datetime
) -> ConsentDecision:
    if row is None:
        return ConsentDecision(purpose.name, allowed=False, reason=Reason.NONE)
    number = row.purpose_version.number
    counts = terms is not None and number <= terms.number and version_counts(number, row.expires_at, terms, at)
    reason = effective_status(STATUS_AFTER[Action(row.action)], row.expires_at, counts, at)
    until = ends_at(number, row.expires_at, terms, purpose.retired_at) if terms and reason is Reason.ACTIVE else None
    return ConsentDecision(purpose.name, reason is Reason.ACTIVE, reason, number, row.expires_at, row.pk, until)
