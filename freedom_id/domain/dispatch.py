"""Send a task when the transaction is committed. Losing the broker delays work and never loses it: the row stays due
and the sweep sends it again."""

import logging
from functools import partial
from typing import Any, Protocol

from django.db import transaction

logger = logging.getLogger(__name__)


class Task(Protocol):
    name: str

    def apply_async(self, *, kwargs: dict[str, Any]) -> Any: ...


def dispatch_on_commit(task: Task, **ids: str) -> None:
    transaction.on_commit(partial(dispatch, task, **ids))


def dispatch(task: Task, **ids: str) -> None:
    try:
        task.apply_async(kwargs=ids)
    except Exception as error:  # noqa: BLE001 -- whatever the transport raises, the row is due and the sweep takes it
        logger.warning("broker away, %s waits for the sweep: %s", task.name, type(error).__name__)
