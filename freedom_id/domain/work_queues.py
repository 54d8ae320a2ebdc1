"""The work queues, side by side: where a row of each stands, and what staff may do with it from there.

Every act is one compare-and-set on one row, by the conditions under which the row's own worker takes it: whoever is
first decides, and a second time does nothing. What began anew is judged by the worker as if it were new: consent is
asked again before a profile is released.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from freedom_id.domain import copy_requests, notices, profile_requests
from freedom_id.domain.dispatch import Task, dispatch_on_commit
from freedom_id.enums import (
    AccountErasureState,
    CallbackState,
    Channel,
    CodePurpose,
    CopyState,
    ErasureOrigin,
    NoticeKind,
    ProfileState,
    QueueAct,
    QueueState,
)
from freedom_id.models import (
    AccountErasure,
    BackchannelLogout,
    Notice,
    OneTimeCode,
    PersonalCopy,
    ProfileRequest,
    RevokeCallback,
)
from freedom_id.models.personal_copy import UNFINISHED
from freedom_id.tasks import (
    task_deliver_backchannel_logout,
    task_deliver_notice,
    task_deliver_one_time_code,
    task_deliver_revoke_callback,
    task_erase_account,
    task_fulfil_profile_request,
    task_write_personal_copy,
)

BY_STAFF = "called off by staff"
AGES = {
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
}
When = Callable[[datetime], Q]
Columns = Callable[[datetime], dict[str, Any]]


class UnknownFilter(ValueError):
    """A queue has no such filter, or the filter no such value."""


@dataclass(frozen=True)
class Queue:
    """`waiting`, `given_up` and `done` share out the rows; `cancelled` and `replayed` are what an act makes of one,
    None where there is no such act; `retriable` narrows what may be tried now, `replayable` what may begin anew. `task`
    takes the row's id as `argument`. `born` is the column of a row's age, `error` that of its last fault, `narrowed_by`
    the values of further columns that a filter may name."""

    model: type[Model]
    task: Task
    argument: str
    waiting: When
    given_up: When
    done: When
    cancelled: Columns | None
    replayed: Columns | None = None
    retriable: When = lambda _now: Q()
    replayable: Q = field(default_factory=Q)
    born: str = "created_at"
    error: str = "last_error"
    narrowed_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def in_state(self, state: str, now: datetime) -> Q:
        """Of rows that stand so; "" means all. Raises UnknownFilter."""
        match state:
            case "":
                return Q()
            case QueueState.OPEN:
                return self.waiting(now) | self.given_up(now)
            case QueueState.WAITING:
                return self.waiting(now)
            case QueueState.GIVEN_UP:
                return self.given_up(now)
            case QueueState.DONE:
                return self.done(now)
        raise UnknownFilter(state)

    def open_to(self, act: QueueAct, now: datetime) -> Q | None:
        """Of rows that the act is for; None when there is no such act here."""
        if act not in self.acts:
            return None
        if act == QueueAct.REPLAY:
            return (self.given_up(now) | self.done(now)) & self.replayable
        return self.waiting(now) & self.retriable(now) if act == QueueAct.RETRY else self.waiting(now)

    def becomes(self, act: QueueAct, now: datetime) -> dict[str, Any]:
        """The columns that one of `acts` gives a row."""
        if act == QueueAct.CANCEL and self.cancelled:
            return self.cancelled(now)
        again = self.replayed(now) if act == QueueAct.REPLAY and self.replayed else {}
        return {"due_at": now, **again}

    @property
    def acts(self) -> list[QueueAct]:
        there = {QueueAct.RETRY: True, QueueAct.CANCEL: self.cancelled, QueueAct.REPLAY: self.replayed}
        return [act for act in QueueAct if there[act]]


def act_on_row(queue: Queue, act: QueueAct, key: UUID) -> bool:
    """Do it to the row with this key; False when the state that the row is in does not allow it, or it is not there."""
    now = timezone.now()
    condition = queue.open_to(act, now)
    if condition is None:
        return False
    rows = queue.model._default_manager.filter(condition, pk=key)
    try:
        with transaction.atomic():
            moved = rows.update(**queue.becomes(act, now))
            if moved and act != QueueAct.CANCEL:
                dispatch_on_commit(queue.task, **{queue.argument: str(key)})
    except IntegrityError:  # a person has one copy in the making
        return False
    return bool(moved)


def may_act(queue: Queue, act: QueueAct, key: UUID) -> bool:
    """Whether the state that the row is in now allows it."""
    condition = queue.open_to(act, timezone.now())
    return condition is not None and queue.model._default_manager.filter(condition, pk=key).exists()


def matching(queue: Queue, chosen: Mapping[str, str], *, now: datetime) -> QuerySet[Any]:
    """The rows that a filter means, of those that were there at `now`: `state` (of QueueState), `age` (of AGES: older
    than that), and the names of `narrowed_by`. Raises UnknownFilter."""
    rows = queue.model._default_manager.filter(**{f"{queue.born}__lte": now})
    for name, value in chosen.items():
        if name == "state":
            rows = rows.filter(queue.in_state(value, now))
        elif name == "age" and value in AGES:
            rows = rows.filter(**{f"{queue.born}__lte": now - AGES[value]})
        elif value in queue.narrowed_by.get(name, ()):
            rows = rows.filter(**{name: value})
        else:
            raise UnknownFilter(name)
    return rows


def _callbacks(model: type[Model], task: Task) -> Queue:
    return Queue(
        model,
        task,
        "callback_id",
        waiting=lambda _now: Q(state=CallbackState.QUEUED),
        given_up=lambda _now: Q(state=CallbackState.DEAD),
        done=lambda _now: Q(state=CallbackState.DELIVERED),
        cancelled=lambda now: {"state": CallbackState.DEAD, "last_result": BY_STAFF, "finished_at": now},
        replayed=lambda _now: {"state": CallbackState.QUEUED, "attempts": 0, "finished_at": None},
        error="last_result",
    )


def _unsent_code(now: datetime) -> Q:
    return Q(sent_at=None, consumed_at=None, retired_at=None, expires_at__gt=now)


QUEUES: dict[str, Queue] = {
    "profilerequest": Queue(
        ProfileRequest,
        task_fulfil_profile_request,
        "profile_request_id",
        waiting=lambda _now: Q(state__in=[ProfileState.ACCEPTED, ProfileState.RUNNING]),
        given_up=lambda _now: Q(state=ProfileState.FAILED),
        done=lambda _now: Q(state=ProfileState.COMPLETED),
        cancelled=lambda now: {
            **{"state": ProfileState.FAILED, "reason": BY_STAFF, "lease": None, "finished_at": now},
            "expires_at": now + profile_requests.KEPT_AFTER_END,
        },
        replayed=lambda now: {
            **{"state": ProfileState.ACCEPTED, "reason": "", "last_error": "", "attempts": 0, "parcel": None},
            **{"finished_at": None, "expires_at": now + profile_requests.KEPT_WHILE_PENDING},
        },
        replayable=~Q(reason=profile_requests.CANCELLED_BY_THE_PERSON),
    ),
    "revokecallback": _callbacks(RevokeCallback, task_deliver_revoke_callback),
    "backchannellogout": _callbacks(BackchannelLogout, task_deliver_backchannel_logout),
    # The digits of a code are nowhere once it was sent, and it lives five minutes: whoever needs one asks for another.
    "onetimecode": Queue(
        OneTimeCode,
        task_deliver_one_time_code,
        "code_id",
        waiting=_unsent_code,
        given_up=lambda now: (
            Q(undelivered_at__isnull=False, consumed_at=None)
            | Q(sent_at=None, consumed_at=None) & (Q(retired_at__isnull=False) | Q(expires_at__lte=now))
        ),
        done=lambda _now: Q(consumed_at__isnull=False) | Q(sent_at__isnull=False, undelivered_at=None),
        cancelled=lambda now: {"retired_at": now, "updated_at": now, "last_error": BY_STAFF},
        narrowed_by={"channel": tuple(Channel.values), "purpose": tuple(CodePurpose.values)},
    ),
    "notice": Queue(
        Notice,
        task_deliver_notice,
        "notice_id",
        waiting=notices.still_to_send,
        given_up=lambda now: Q(sent_at=None) & ~notices.still_to_send(now),
        done=lambda _now: Q(sent_at__isnull=False),
        cancelled=lambda now: {"cancelled_at": now, "last_error": BY_STAFF},
        replayed=lambda now: {
            **{"replayed_at": now, "sent_at": None, "cancelled_at": None, "attempts": 0, "last_error": ""}
        },
        narrowed_by={"channel": tuple(Channel.values), "kind": tuple(NoticeKind.values)},
    ),
    "personalcopy": Queue(
        PersonalCopy,
        task_write_personal_copy,
        "copy_id",
        waiting=lambda _now: Q(state__in=UNFINISHED),
        given_up=lambda _now: Q(state=CopyState.FAILED),
        done=lambda _now: Q(state__in=[CopyState.READY, CopyState.EXPIRED]),
        cancelled=lambda _now: {"state": CopyState.FAILED, "lease": None, "last_error": BY_STAFF},
        replayed=lambda now: {
            **{"state": CopyState.WAITING, "attempts": 0, "step": 0, "last_error": ""},
            "expires_at": now + copy_requests.KEPT,
        },
        replayable=Q(state=CopyState.FAILED),  # what was ready she has had, and asks for another by herself
        born="asked_at",
    ),
    # Nobody calls off what a person was promised, and nobody brings it forward: it is tried now when its day is over.
    "accounterasure": Queue(
        AccountErasure,
        task_erase_account,
        "erasure_id",
        waiting=lambda _now: Q(state=AccountErasureState.WAITING),
        given_up=lambda _now: Q(state=AccountErasureState.GIVEN_UP),
        done=lambda _now: Q(state=AccountErasureState.DONE),
        cancelled=None,
        replayed=lambda _now: {
            "state": AccountErasureState.WAITING,
            "attempts": 0,
            "last_error": "",
            "finished_at": None,
        },
        retriable=lambda now: Q(not_before__lte=now),
        replayable=Q(state=AccountErasureState.GIVEN_UP),
        born="closed_at",
        narrowed_by={"origin": tuple(ErasureOrigin.values)},
    ),
}
