"""The projection: what the ledger says now, one row per unit."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.enums import PERMITTING, Action, Status
from consents.models import ConsentState, ConsentTransaction, Subject

UNIT_FIELDS = ["subject", "purpose", "scope_key"]
ANSWER_FIELDS = [
    "status",
    "purpose_version",
    "version_number",
    "given_at",
    "since",
    "expires_at",
    "last_transaction",
    "seq",
]
SUBJECTS_PER_BATCH = 500

STATUS_AFTER = {
    Action.ALLOW: Status.ACTIVE,
    Action.RENEW: Status.RENEWED,
    Action.REFUSE: Status.REFUSED,
    Action.WITHDRAW: Status.WITHDRAWN,
}


def apply_transaction(row: ConsentTransaction, before: ConsentState | None) -> ConsentState:
    """The state of a unit after `row`, given the state before it (None before the first row): one step of the fold.

    Needs the row's version. Only the beginning of a yes is carried through renewals; all else is the row's.
    """
    return ConsentState(
        subject_id=row.subject_id,
        purpose_id=row.purpose_id,
        scope_key=row.scope_key,
        status=STATUS_AFTER[Action(row.action)],
        purpose_version_id=row.purpose_version_id,
        version_number=row.purpose_version.number,
        given_at=_given_at(row, before),
        since=row.occurred_at,
        expires_at=row.expires_at,
        last_transaction_id=row.pk,
        seq=row.subject_seq,
    )


def _given_at(row: ConsentTransaction, before: ConsentState | None) -> datetime | None:
    if row.action == Action.RENEW and before is not None:
        return before.given_at
    return row.occurred_at if STATUS_AFTER[Action(row.action)] in PERMITTING else None


def save_states(states: Iterable[ConsentState]) -> None:
    """Insert or replace the rows of these units, in one statement."""
    ConsentState.objects.bulk_create(
        states, update_conflicts=True, unique_fields=UNIT_FIELDS, update_fields=ANSWER_FIELDS
    )


def answer_of(state: ConsentState) -> list[object]:
    """What the projection says of a unit, without its key: for comparing."""
    return [state.serializable_value(name) for name in ANSWER_FIELDS]


def lock_subjects(subject_ids: Iterable[UUID]) -> list[Subject]:
    """Lock these people's units, all at once; to be called inside a transaction.

    One row stands for all units of a person: a first decision has no state row to lock, and two decisions that name
    purposes in opposite orders cannot deadlock. NO KEY, so that a row which points at the subject may be inserted.
    """
    return list(Subject.objects.select_for_update(no_key=True).filter(pk__in=list(subject_ids)).order_by("pk"))


def subject_batches() -> Iterator[list[UUID]]:
    """The ids of everybody, in batches small enough to lock."""
    everybody = list(Subject.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(everybody), SUBJECTS_PER_BATCH):
        yield everybody[start : start + SUBJECTS_PER_BATCH]


def rebuild_state(*, subject: Subject | None = None) -> int:
    """Make the projection of one person, or of everybody, again from the ledger; the number of units.

    Safe while decisions are being recorded: people are taken in locked batches.
    """
    batches = subject_batches() if subject is None else [[subject.pk]]
    return sum(_rebuild(batch) for batch in batches)


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
