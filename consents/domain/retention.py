"""Evidence is kept while a consent of its submission stands, and CONSENTS["EVIDENCE_RETENTION"] longer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.conf import conf
from consents.domain.check import version_counts
from consents.domain.state import STATUS_AFTER, lock_subjects
from consents.enums import PERMITTING, Action
from consents.models import ConsentTransaction, Evidence, PurposeVersion, Subject


@dataclass(frozen=True)
class DueEvidence:
    """A piece of evidence and the moment from which it may not be kept."""

    evidence_id: UUID
    subject_id: UUID
    due_at: datetime


def due_evidence(until: datetime) -> Iterator[DueEvidence]:
    """What is due at `until` or before, person by person; nothing without a retention, nothing under a legal hold."""
    people = Subject.objects.filter(legal_hold="", evidence__isnull=False).distinct().order_by("pk")
    for subject_id in people.values_list("pk", flat=True):
        yield from _due_of(subject_id, until)


def purge_evidence(until: datetime) -> Iterator[DueEvidence]:
    """Destroy what is due at `until` or before, one transaction per person; tells each piece. The ledger keeps its
    commitment to it."""
    for subject_id in sorted({due.subject_id for due in due_evidence(until)}):
        with transaction.atomic():
            people = lock_subjects([subject_id])
            due = list(_due_of(subject_id, until)) if people and not people[0].legal_hold else []
            Evidence.objects.filter(pk__in=[piece.evidence_id for piece in due]).delete()
        yield from due


def _due_of(subject_id: UUID, until: datetime) -> Iterator[DueEvidence]:
    retention = conf.evidence_retention
    if retention is None:
        return
    ended = _ends(subject_id)
    kept = Evidence.objects.filter(subject=subject_id).order_by("created_at", "pk").values_list("pk", flat=True)
    for evidence_id in kept:
        ends = ended.get(evidence_id, [])
        if ends and None not in ends:
            due_at = max(end for end in ends if end is not None) + retention
            if due_at <= until:
                yield DueEvidence(evidence_id, subject_id, due_at)


def _ends(subject_id: UUID) -> dict[UUID, list[datetime | None]]:
    """By evidence, when each of its rows stopped standing, None while it stands. A no ends when it is recorded; a yes
    with the last of its renewals."""
    ends: dict[UUID, list[datetime | None]] = {}
    following: dict[tuple[UUID, str], tuple[ConsentTransaction, datetime | None]] = {}
    rows = ConsentTransaction.objects.filter(subject=subject_id).select_related("purpose", "purpose_version")
    versions = _published_versions()
    for row in rows.order_by("-epoch"):
        unit = (row.purpose_id, row.scope_key)
        after, end_after = following.get(unit, (None, None))
        end = end_after if after and after.action == Action.RENEW else _end(row, after, versions)
        following[unit] = (row, end)
        if row.evidence_id is not None:
            ends.setdefault(row.evidence_id, []).append(end)
    return ends


def _end(
    row: ConsentTransaction, after: ConsentTransaction | None, versions: dict[UUID, list[PurposeVersion]]
) -> datetime | None:
    """When `row`, which nothing renewed, stopped standing: by a no, its own end, newer words or a retirement."""
    if STATUS_AFTER[row.action] not in PERMITTING:
        return row.recorded_at
    ends = [after.recorded_at if after else None, row.expires_at, row.purpose.retired_at, _superseded_at(row, versions)]
    return min((end for end in ends if end is not None), default=None)


def _superseded_at(row: ConsentTransaction, versions: dict[UUID, list[PurposeVersion]]) -> datetime | None:
    number = row.purpose_version.number
    for version in versions.get(row.purpose_id, ()):
        published = version.published_at
        if version.number > number and published is not None:
            if not version_counts(number, row.expires_at, version, published):
                return published
            if version.carried_until is not None and number < (version.accepts_from or 0):
                return version.carried_until
    return None


def _published_versions() -> dict[UUID, list[PurposeVersion]]:
    found: dict[UUID, list[PurposeVersion]] = {}
    for version in PurposeVersion.objects.exclude(published_at=None).order_by("published_at", "number"):
        found.setdefault(version.purpose_id, []).append(version)
    return found
