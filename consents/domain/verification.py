"""Does the ledger still say what was written? Finds gaps, rows at odds with their version, and a wrong projection.

Limit: a row in the middle of a unit that somebody who may disable triggers made into another possible row is not found.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db import transaction

from consents.domain.lifespans import expiry_of
from consents.domain.state import UNIT_FIELDS, answer_of, apply_transaction, lock_subjects, subject_batches
from consents.models import ConsentState, ConsentTransaction, PurposeText, PurposeVersion
from consents.models.purpose import UNPUBLISHED

VERSIONS_PER_FETCH = 500

unit_of = attrgetter("subject_id", "purpose_id", "scope_key")


def first_fault() -> str | None:
    """The first bad row, in words that name it by id and hold no personal data; None when everything holds.

    Safe while decisions are being recorded: people are taken in locked batches.
    """
    fault = next(_version_faults(), None)
    if fault is not None:
        return fault
    proofs = set(PurposeText.objects.values_list("version_id", "locale", "sha256"))
    return next((fault for batch in subject_batches() for fault in _unit_faults(batch, proofs)), None)


def _version_faults() -> Iterator[str]:
    versions = PurposeVersion.objects.exclude(state__in=UNPUBLISHED).prefetch_related("texts")
    for version in versions.order_by("purpose", "number").iterator(VERSIONS_PER_FETCH):
        texts = list(version.texts.all())
        if version.content_hash != version.digest(texts) or any(text.sha256 != text.digest() for text in texts):
            yield f"purpose version {version.pk}: the content does not match its digest"


def _unit_faults(subject_ids: list[UUID], proofs: set[tuple[UUID, str, str]]) -> Iterator[str]:
    with transaction.atomic():
        lock_subjects(subject_ids)
        states = {unit_of(state): state for state in ConsentState.objects.filter(subject__in=subject_ids)}
        ledger = ConsentTransaction.objects.filter(subject__in=subject_ids).select_related("purpose_version")
        for unit, rows in groupby(ledger.order_by(*UNIT_FIELDS, "subject_seq"), key=unit_of):
            yield from _faults_of_unit(list(rows), states.pop(unit, None), proofs)
        for state in states.values():
            yield f"consent state {state.pk}: no ledger row"


def _faults_of_unit(
    rows: list[ConsentTransaction], state: ConsentState | None, proofs: set[tuple[UUID, str, str]]
) -> Iterator[str]:
    fold: ConsentState | None = None
    for expected, row in enumerate(rows, start=1):
        fold = apply_transaction(row, fold)
        if row.subject_seq != expected:
            yield f"transaction {row.pk}: sequence {row.subject_seq}, expected {expected}"
        if row.purpose_id != row.purpose_version.purpose_id:
            yield f"transaction {row.pk}: the version belongs to another purpose"
        if (row.purpose_version_id, row.locale, row.text_sha256) not in proofs:
            yield f"transaction {row.pk}: the text shown is not of its version"
        if row.expires_at != _due_expiry(row, fold):
            yield f"transaction {row.pk}: the expiry does not follow from its version"
    if state is None or fold is None or answer_of(state) != answer_of(fold):
        yield f"transaction {rows[-1].pk}: the consent state does not follow from it"


def _due_expiry(row: ConsentTransaction, after: ConsentState) -> datetime | None:
    if after.given_at is None:
        return None
    return expiry_of(row.purpose_version, first_yes=after.given_at, last_yes=row.occurred_at)
