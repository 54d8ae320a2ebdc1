"""Each person's rows: the chain over all of them, the units in it, and what hangs on them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from consents.domain.evidence import commitments_of
from consents.domain.lifespans import expiry_of
from consents.domain.state import Answer, answer_after, lock_subjects, subject_batches
from consents.domain.verification.checkpoint import Checkpoint, CheckpointWriter
from consents.domain.verification.keys import Keys, Revoked
from consents.domain.verification.receipts import verify_receipts
from consents.domain.verification.texts import Texts
from consents.errors import LedgerFault
from consents.ledger_chain import CHAINED, row_hash
from consents.models import ConsentState, ConsentTransaction, PurposeVersion, Receipt, Subject

# Plain values: a hundred thousand model instances would take most of the time.
Row = Any
Unit = tuple[UUID, str]
STATE = ["subject_id", "id", "purpose_id", "scope_key"]
subject_of = attrgetter("subject_id")


@dataclass(frozen=True)
class Verified:
    """How much was found sound. `evidence_destroyed` counts submissions whose commitment has nothing to match;
    `revoked` are keys that were revoked after they signed a receipt or certificate that was found."""

    people: int
    rows: int
    evidence_destroyed: int
    revoked: tuple[Revoked, ...] = ()


@dataclass
class _Person:
    """What was read of one person at one moment; `evidence` as what the ledger must say of each, None if unreadable."""

    subject: Subject
    rows: list[Row] = field(default_factory=list)
    states: dict[Unit, tuple[int, Answer]] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    evidence: dict[UUID, str | None] = field(default_factory=dict)


def verify_people(
    texts: Texts, keys: Keys, former: Checkpoint, writer: CheckpointWriter, progress: Callable[[int], object]
) -> Verified:
    """Everybody, in locked batches. Raises LedgerFault."""
    found: Counter[str] = Counter()
    for batch in subject_batches():
        for person in _read(batch):
            _verify_chain(person)
            _verify_units(person, texts)
            verify_receipts(person.subject.pk, person.rows, person.receipts, keys)
            found["destroyed"] += _verify_evidence(person)
            former.compare(person.subject.pk, person.rows)
            writer.add(person.subject)
            found["rows"] += len(person.rows)
        found["people"] += len(batch)
        progress(found["people"])
    return Verified(found["people"], found["rows"], found["destroyed"])


def _read(subject_ids: list[UUID]) -> Iterator[_Person]:
    """Nobody decides while these are read; they are judged after the lock is given back."""
    with transaction.atomic():
        people = {subject.pk: _Person(subject) for subject in lock_subjects(subject_ids)}
        rows = ConsentTransaction.objects.filter(subject__in=subject_ids).order_by("subject_id", "epoch")
        for subject_id, mine in groupby(rows.values_list(*CHAINED, "row_hash", named=True), key=subject_of):
            people[subject_id].rows = list(mine)
        states = ConsentState.objects.filter(subject__in=subject_ids).order_by("pk")
        for subject_id, pk, purpose_id, scope_key, *answer in states.values_list(*STATE, *Answer._fields):
            people[subject_id].states[purpose_id, scope_key] = (pk, Answer(*answer))
        for receipt in Receipt.objects.filter(subject__in=subject_ids).order_by("pk"):
            people[receipt.subject_id].receipts.append(receipt)
        for subject_id, evidence_id, commit in commitments_of(subject_ids):
            people[subject_id].evidence[evidence_id] = commit
    yield from people.values()


def _verify_chain(person: _Person) -> None:
    head = ""
    for expected, row in enumerate(person.rows, start=1):
        if row.epoch != expected:
            raise LedgerFault(f"transaction {row.id}: place {row.epoch} in the person's chain, expected {expected}")
        if row.row_hash != row_hash(row, head):
            raise LedgerFault(f"transaction {row.id}: its hash does not follow from it and the row before it")
        head = row.row_hash
    subject = person.subject
    if subject.epoch != len(person.rows):
        place = f"after transaction {person.rows[-1].id}" if person.rows else f"of subject {subject.pk}"
        raise LedgerFault(f"{place}: the person has {subject.epoch} rows, the ledger {len(person.rows)}")
    if subject.head != head:
        raise LedgerFault(f"subject {subject.pk}: the head is not the hash of the last row")


def _verify_units(person: _Person, texts: Texts) -> None:
    fold: dict[Unit, Answer] = {}
    for row in person.rows:
        unit = (row.purpose_id, row.scope_key)
        before = fold.get(unit)
        version = _proven_version(row, texts)
        if row.subject_seq != (expected := 1 if before is None else before.seq + 1):
            raise LedgerFault(f"transaction {row.id}: sequence {row.subject_seq}, expected {expected}")
        fold[unit] = answer_after(row, version.number, before)
        if _outlives(row.expires_at, _last_expiry(version, fold[unit])):
            raise LedgerFault(f"transaction {row.id}: the expiry does not follow from its version")
    for unit, (pk, _answer) in person.states.items():
        if unit not in fold:
            raise LedgerFault(f"consent state {pk}: no ledger row")
    for unit, due in fold.items():
        if unit not in person.states or person.states[unit][1] != due:
            raise LedgerFault(f"transaction {due.last_transaction_id}: the consent state does not follow from it")


def _proven_version(row: Row, texts: Texts) -> PurposeVersion:
    version = texts.versions.get(row.purpose_version_id)
    if version is None or version.purpose_id != row.purpose_id:
        raise LedgerFault(f"transaction {row.id}: the version belongs to another purpose")
    if (version.pk, row.locale, row.text_sha256) not in texts.proofs:
        raise LedgerFault(f"transaction {row.id}: the text shown is not of its version")
    return version


def _last_expiry(version: PurposeVersion, after: Answer) -> datetime | None:
    if after.given_at is None:
        return None
    return expiry_of(version, first_yes=after.given_at, last_yes=after.since)


def _outlives(end: datetime | None, last: datetime | None) -> bool:
    """The person may have given less time than the version allows, never more."""
    return last is not None and (end is None or end > last)


def _verify_evidence(person: _Person) -> int:
    """The number of submissions whose evidence is gone, which is no fault: it may be destroyed, the row may not."""
    committed = {row.evidence_id: row for row in person.rows if row.evidence_id is not None}
    for evidence_id, commit in person.evidence.items():
        if evidence_id not in committed:
            raise LedgerFault(f"evidence {evidence_id}: no ledger row")
        if commit != committed[evidence_id].evidence_commit:
            raise LedgerFault(f"evidence {evidence_id}: not what transaction {committed[evidence_id].id} committed to")
    return len(committed.keys() - person.evidence.keys())
