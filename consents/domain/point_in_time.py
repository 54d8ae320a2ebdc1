"""What was consented at a moment, and what was known of it at another: the ledger folded again.

A decision counts from the moment it was made, at the latest from when it was recorded, and among those that count the
last of the ledger stands: a paper form entered late changes the answer about the past, never its order. Versions and
retirements are taken as of the earlier of the two moments. With both moments now, the answer is the live one.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from consents.domain.check import (
    ConsentDecision,
    effective_status,
    unit_scope,
    unknown_purpose,
    version_counts,
)
from consents.domain.state import STATUS_AFTER
from consents.enums import Action, Reason
from consents.models import ConsentTransaction, Purpose, PurposeVersion, Subject


@dataclass(frozen=True)
class _Question:
    """`purposes` in use as of the moments by name, `terms` the version published then by purpose id: it says which
    consents counted."""

    names: list[str]
    scope_key: str
    at: datetime
    known_at: datetime | None
    purposes: dict[str, Purpose]
    terms: dict[UUID, PurposeVersion]


def check_consents_at(
    subject: Subject | None,
    *,
    names: Iterable[str],
    scope_key: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[str, ConsentDecision]:
    """The answer for every name as it held at `at` (default now), from what was recorded by `known_at` (default: all).

    Three queries. `subject` None is somebody who never decided anything.
    """
    asked = _question(names, scope_key, at, known_at)
    rows = ConsentTransaction.objects.filter(subject=subject)
    return _answers(asked, {row.purpose_id: row for row in _counted(rows, asked)})


def check_accounts_at(
    account_ids: Collection[Any],
    *,
    names: Iterable[str],
    scope_key: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[Any, dict[str, ConsentDecision]]:
    """As `check_consents_at`, by the primary keys of accounts: three queries, however many they are."""
    asked = _question(names, scope_key, at, known_at)
    last: dict[Any, dict[UUID, ConsentTransaction]] = {account_id: {} for account_id in account_ids}
    rows = ConsentTransaction.objects.filter(subject__account__in=list(last)).select_related("subject")
    for row in _counted(rows, asked):
        last[row.subject.account_id][row.purpose_id] = row
    return {account_id: _answers(asked, found) for account_id, found in last.items()}


def _question(names: Iterable[str], scope_key: str, at: datetime | None, known_at: datetime | None) -> _Question:
    moment = at or timezone.now()
    as_of = min(moment, known_at) if known_at else moment
    wanted = list(dict.fromkeys(names))
    in_use = Q(retired_at=None) | Q(retired_at__gt=as_of)
    purposes = {purpose.name: purpose for purpose in Purpose.objects.filter(in_use, name__in=wanted)}
    versions = PurposeVersion.objects.filter(purpose__in=list(purposes.values()), published_at__lte=as_of)
    terms = {version.purpose_id: version for version in versions.order_by("published_at", "number")}
    return _Question(wanted, scope_key, moment, known_at, purposes, terms)


def _counted(rows: QuerySet[ConsentTransaction], asked: _Question) -> Iterator[ConsentTransaction]:
    """Of `rows`, those of the units asked that count, the last of each unit last."""
    scopes = {purpose.pk: unit_scope(purpose.scope, asked.scope_key) for purpose in asked.purposes.values()}
    rows = rows.filter(
        Q(occurred_at__lte=asked.at) | Q(recorded_at__lte=asked.at),
        purpose__in=list(scopes),
        scope_key__in=["", asked.scope_key],
    )
    if asked.known_at is not None:
        rows = rows.filter(recorded_at__lte=asked.known_at)
    ordered = rows.select_related("purpose_version").order_by("subject_seq")
    return (row for row in ordered if row.scope_key == scopes[row.purpose_id])


def _answers(asked: _Question, last: dict[UUID, ConsentTransaction]) -> dict[str, ConsentDecision]:
    """`last` has the last row that counts by purpose id."""
    found = {
        name: _decision(purpose, last.get(purpose.pk), asked.terms.get(purpose.pk), asked.at)
        for name, purpose in asked.purposes.items()
    }
    return {name: found.get(name) or unknown_purpose(name) for name in asked.names}


def _decision(
    purpose: Purpose, row: ConsentTransaction | None, terms: PurposeVersion | None, at: datetime
) -> ConsentDecision:
    if row is None:
        return ConsentDecision(purpose.name, allowed=False, reason=Reason.NONE)
    number = row.purpose_version.number
    counts = terms is not None and number <= terms.number and version_counts(number, row.expires_at, terms, at)
    reason = effective_status(STATUS_AFTER[Action(row.action)], row.expires_at, counts, at)
    return ConsentDecision(purpose.name, reason is Reason.ACTIVE, reason, number, row.expires_at, row.pk)
