"""An act on all rows of a work queue that match a filter: asked by staff, worked off in batches, called off. Its states
stand in `enums.BulkState`."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.dispatch import dispatch, dispatch_on_commit
from freedom_id.domain.work_queues import QUEUES, act_on_row, matching
from freedom_id.enums import AuditAction, BulkState, QueueAct, RowOutcome
from freedom_id.models import BulkAct, BulkActRow
from freedom_id.models.bulk_act import UNFINISHED
from freedom_id.tasks import task_work_off_bulk_act

BATCH = 200
LEASE = timedelta(seconds=60)
SHIFT_SECONDS = 20  # then the rest is another task, so that no other waits long for a worker's thread
MAX_ATTEMPTS = 10


def ask_bulk_act(queue: str, act: QueueAct, chosen: Mapping[str, str], *, by: By) -> BulkAct:
    """Queue `act` on whatever matches `chosen` (see `matching`) in a queue of QUEUES. Raises UnknownFilter."""
    assert by.account is not None  # noqa: S101 -- for the type checker
    now = timezone.now()
    total = matching(QUEUES[queue], chosen, now=now).count()
    with transaction.atomic():
        asked = BulkAct.objects.create(
            queue=queue, act=act, chosen=dict(chosen), requested_by=by.account, requested_at=now, total=total
        )
        dispatch_on_commit(task_work_off_bulk_act, bulk_act_id=str(asked.pk))
        after = {"queue": queue, "act": act, "chosen": dict(chosen), "total": total}
        record(AuditAction.BULK_BEGUN, by=by, target=Target.of(asked), after=after)
    return asked


def call_off_bulk_act(bulk_act: BulkAct, *, by: By) -> bool:
    """End it after the batch that is being worked on; what was done stays done. False when it is over already."""
    with transaction.atomic():
        return _end(bulk_act.pk, BulkState.CANCELLED, by=by)


def work_off_bulk_act(bulk_act_id: str) -> None:
    """Worker: claim → batch after batch, each one transaction, until no row is left or the shift is over.

    A task may come twice, late, or be killed at any line: a batch commits with the place where it ended, only the
    holder of the current lease goes on from there, and an act whose lease is over is claimed anew by the sweep.
    """
    lease, over = uuid4(), time.monotonic() + SHIFT_SECONDS
    if not claim_bulk_act(bulk_act_id, lease):
        return
    while time.monotonic() < over:
        if not work_off_batch(bulk_act_id, lease):
            return
    if BulkAct.objects.filter(pk=bulk_act_id, lease=lease).update(due_at=timezone.now()):
        dispatch(task_work_off_bulk_act, bulk_act_id=bulk_act_id)


def due_bulk_acts() -> list[str]:
    """Ids of those that no worker took, or whose worker's lease is over."""
    due = BulkAct.objects.filter(state__in=UNFINISHED, due_at__lte=timezone.now())
    return [str(pk) for pk in due.order_by("due_at").values_list("pk", flat=True)[:100]]


def claim_bulk_act(bulk_act_id: str, lease: UUID) -> bool:
    """Take it under this lease; False when it is over, or another worker's."""
    now = timezone.now()
    due = BulkAct.objects.filter(pk=bulk_act_id, state__in=UNFINISHED, due_at__lte=now)
    claimed = due.update(state=BulkState.RUNNING, lease=lease, due_at=now + LEASE, attempts=F("attempts") + 1)
    if BulkAct.objects.filter(pk=bulk_act_id, lease=lease, attempts__gt=MAX_ATTEMPTS).exists():
        with transaction.atomic():
            _end(UUID(bulk_act_id), BulkState.FAILED)
        return False
    return bool(claimed)


def work_off_batch(bulk_act_id: str, lease: UUID) -> bool:
    """The next rows, with what came of each; False when none is left, or the lease is another's."""
    with transaction.atomic():
        held = BulkAct.objects.filter(pk=bulk_act_id, state=BulkState.RUNNING, lease=lease)
        bulk_act = held.select_for_update(no_key=True).first()
        if bulk_act is None:
            return False
        keys = _next_keys(bulk_act)
        if not keys:
            _end(bulk_act.pk, BulkState.COMPLETED)
            return False
        outcomes = {key: _outcome(bulk_act, key) for key in keys}
        rows = [BulkActRow(bulk_act=bulk_act, key=key, outcome=outcome) for key, outcome in outcomes.items()]
        BulkActRow.objects.bulk_create(rows)
        came = Counter(outcomes.values())
        held.update(
            done=F("done") + came[RowOutcome.DONE],
            refused=F("refused") + came[RowOutcome.REFUSED],
            failed=F("failed") + came[RowOutcome.FAILED],
            after=keys[-1],
            attempts=0,
            due_at=timezone.now() + LEASE,
        )
    return True


def _next_keys(bulk_act: BulkAct) -> list[UUID]:
    rows = matching(QUEUES[bulk_act.queue], bulk_act.chosen, now=bulk_act.requested_at).order_by("pk")
    following = rows.filter(pk__gt=bulk_act.after) if bulk_act.after else rows
    return list(following.values_list("pk", flat=True)[:BATCH])


def _outcome(bulk_act: BulkAct, key: UUID) -> RowOutcome:
    """A row that the database refuses costs the others nothing."""
    try:
        with transaction.atomic():
            moved = act_on_row(QUEUES[bulk_act.queue], QueueAct(bulk_act.act), key)
    except DatabaseError:
        return RowOutcome.FAILED
    return RowOutcome.DONE if moved else RowOutcome.REFUSED


def _end(bulk_act_id: UUID, state: BulkState, *, by: By | None = None) -> bool:
    now = timezone.now()
    unfinished = BulkAct.objects.filter(pk=bulk_act_id, state__in=UNFINISHED)
    if not unfinished.update(state=state, lease=None, finished_at=now):
        return False
    ended = BulkAct.objects.select_related("requested_by").get(pk=bulk_act_id)
    counts = {"state": ended.state, "done": ended.done, "refused": ended.refused, "failed": ended.failed}
    record(AuditAction.BULK_ENDED, by=by or By(ended.requested_by), target=Target.of(ended), after=counts)
    return True
