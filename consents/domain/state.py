"""The projection: what the ledger says now, one row per unit."""

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from consents.enums import PERMITTING, Action, Status
from consents.models import ConsentState, ConsentTransaction, Subject

UNIT_FIELDS = ["subject", "purpose", "scope_key"]
SUBJECTS_PER_BATCH = 500
ROWS_PER_BATCH = 5000

STATUS_AFTER: dict[str, Status] = {
    Action.ALLOW: Status.ACTIVE,
    Action.RENEW: Status.RENEWED,
    Action.REFUSE: Status.REFUSED,
    Action.WITHDRAW: Status.WITHDRAWN,
}


class Answer(NamedTuple):
    """What a unit says now: the columns of ConsentState without its key."""

    status: str
    purpose_version_id: UUID
    version_number: int
    given_at: datetime | None
    since: datetime
    expires_at: datetime | None
    last_transaction_id: UUID
    seq: int


def apply_transaction(row: ConsentTransaction, before: ConsentState | None) -> ConsentState:
    """The state of a unit after `row`, given the state before it, None before the first. Needs the row's version."""
    answer = answer_after(row, row.purpose_version.number, answer_of(before) if before else None)
    return ConsentState(
        subject_id=row.subject_id, purpose_id=row.purpose_id, scope_key=row.scope_key, **answer._asdict()
    )


def answer_after(row: Any, version_number: int, before: Answer | None) -> Answer:
    """One step of the fold; `row` has the columns of a ConsentTransaction.

    Only the beginning of a yes is carried through renewals; all else is the row's.
    """
    status = STATUS_AFTER[row.action]
    given_at = row.occurred_at if status in PERMITTING else None
    if row.action == Action.RENEW and before is not None:
        given_at = before.given_at
    return Answer(
        status,
        row.purpose_version_id,
        version_number,
        given_at,
        row.occurred_at,
        row.expires_at,
        row.id,
        row.subject_seq,
    )


def answer_of(state: ConsentState) -> Answer:
    return Answer(*[getattr(state, name) for name in Answer._fields])


def save_states(states: Iterable[ConsentState]) -> None:
    """Insert or replace the rows of these units, in one statement."""
    ConsentState.objects.bulk_create(
        states, update_conflicts=True, unique_fields=UNIT_FIELDS, update_fields=Answer._fields
    )


def lock_subjects(subject_ids: Iterable[UUID]) -> list[Subject]:
    """Lock these people's units, all at once; to be called inside a transaction.

    One row stands for all units of a person: a first decision has no state row to lock, and two decisions that name
    purposes in opposite orders cannot deadlock. NO KEY, so that a row which points at the subject may be inserted.
    """
    return list(Subject.objects.select_for_update(no_key=True).filter(pk__in=list(subject_ids)).order_by("pk"))


def subject_batches() -> Iterator[list[UUID]]:
    """The ids of everybody in order, in batches small enough to lock: by the number of people and of their rows."""
    last: UUID | None = None
    while True:
        people = Subject.objects.order_by("pk").values_list("pk", "epoch")
        found = list(people.filter(pk__gt=last)[:SUBJECTS_PER_BATCH] if last else people[:SUBJECTS_PER_BATCH])
        if not found:
            return
        total = list(accumulate(epoch for _subject_id, epoch in found))
        batch = [subject_id for subject_id, _epoch in found[: max(1, bisect(total, ROWS_PER_BATCH))]]
        last = batch[-1]
        yield batch


def rebuild_state(*, subject: Subject | None = None, progress: Callable[[int], object] = lambda _people: None) -> int:
    """Make the projection of one person, or of everybody, again from the ledger; the number of units.

    Safe while decisions are being recorded: people are taken in locked batches. `progress` gets the number of people
    after each.
    """
    units = people = 0
    for batch in subject_batches() if subject is None else [[subject.pk]]:
        units, people = units + _rebuild(batch), people + len(batch)
        progress(people)
    return units


def _rebuild(subject_ids: list[UUID]) -> int:
    with transaction.atomic():
        lock_subjects(subject_ids)
        ConsentState.objects.filter(subject__in=subject_ids).delete()
        units: dict[tuple[UUID, UUID, str], ConsentState] = {}
        rows = ConsentTransaction.objects.filter(subject__in=subject_ids).select_related("purpose_version")
        for row in rows.order_by("subject_seq"):
            unit = (row.subject_id, row.purpose_id, row.scope_key)
            units[unit] = apply_transaction(row, units.get(unit))
        save_states(units.values())
    return len(units)
