"""What both outboxes of messages to partners share: who may try, how long to wait, when to give up."""

from collections.abc import Callable, Container, Sequence
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, TypeVar

import requests
from django.db.models import QuerySet
from django.utils import timezone

from freedom_id.enums import CallbackState
from freedom_id.models.partner_callback import PartnerCallback
from freedom_id.outbound import AddressRefused

RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 120, 720)]
LEASE = timedelta(seconds=60)
# Slow receivers hold at most two of a worker's threads, so that codes and profiles never wait for them.
SLOTS = BoundedSemaphore(2)
Row = TypeVar("Row", bound=PartnerCallback)


def deliver_callback(
    rows: QuerySet[Row],
    callback_id: str,
    send: Callable[[Row], int],
    *,
    taken: Container[int],
    waits: Callable[[int | str], Sequence[timedelta]] = lambda _result: RETRY_AFTER,
) -> None:
    """Make the due try of one row of `rows`, by `send`, which answers the status or raises as `outbound.post`.

    A status in `taken` is success; `waits` says after which pauses to try again, by the status or the error's name. An
    address that must not be reached is given up at once. A row that somebody else took, or that is done, is left alone;
    so is one for which this process has no slot free: the sweep brings it again.
    """
    if not SLOTS.acquire(blocking=False):
        return
    try:
        now = timezone.now()
        lease = now + LEASE
        if not _due(rows, now).filter(pk=callback_id).update(due_at=lease):
            return
        callback = rows.get(pk=callback_id)
        result = _result(send, callback)
        # Its lease over, the row is another worker's, or has begun anew: what this try brought is of no interest.
        held = rows.filter(pk=callback_id, state=CallbackState.QUEUED, due_at=lease)
        held.update(**_settled(callback.attempts + 1, result, taken, waits(result)))
    finally:
        SLOTS.release()


def due_callbacks(rows: QuerySet[Row]) -> list[str]:
    """Ids of what no worker took."""
    due = _due(rows, timezone.now())
    return [str(pk) for pk in due.order_by("due_at").values_list("pk", flat=True)[:500]]


def _due(rows: QuerySet[Row], now: datetime) -> QuerySet[Row]:
    return rows.filter(state=CallbackState.QUEUED, due_at__lte=now)


def _result(send: Callable[[Row], int], callback: Row) -> int | str:
    try:
        return send(callback)
    except (requests.RequestException, AddressRefused) as error:
        return type(error).__name__


def _settled(attempts: int, result: int | str, taken: Container[int], waits: Sequence[timedelta]) -> dict[str, Any]:
    now = timezone.now()
    tried = {"attempts": attempts, "last_result": str(result)}
    if result in taken:
        return {**tried, "state": CallbackState.DELIVERED, "finished_at": now}
    if attempts > len(waits) or result == AddressRefused.__name__:
        return {**tried, "state": CallbackState.DEAD, "finished_at": now}
    return {**tried, "due_at": now + waits[attempts - 1]}
