"""How much of what happened, by day, partner and outcome. Rows are counted where they lie; when they are purged, what
they said is added to `UsageCount` in the same transaction, so that a figure of 90 days needs no rows of 90 days. An
error has no row: it is added when it is answered. The one writer of that table."""

import logging
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any, TypeVar

import psycopg
from django.db import Error, connection, transaction
from django.db.models import Case, F, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate
from django.utils import timezone

from freedom_id.enums import ApiDoor, Delivery, RequestOutcome, RequestStage, Usage

logger = logging.getLogger(__name__)
M = TypeVar("M", bound=Model)
BATCH = 500
SHARDS = 8
LONGEST_CODE = 40
Cell = tuple[Any, ...]
CELL = ("day", "kind", "partner", "label", "outcome", "country", "locale")

ADD = """
INSERT INTO freedom_id_usagecount (day, kind, partner, label, outcome, country, locale, shard, number)
VALUES {rows}
ON CONFLICT (day, kind, partner, label, outcome, country, locale, shard)
DO UPDATE SET number = freedom_id_usagecount.number + EXCLUDED.number
"""
# Who is unknown is no row, and costs the same.
ADD_ERROR = """
INSERT INTO freedom_id_usagecount (day, kind, partner, label, outcome, country, locale, shard, number)
SELECT %s, 'error', c.client_id, %s, %s, '', '', %s, 1 FROM freedom_id_partnerclient c WHERE {whose}
ON CONFLICT (day, kind, partner, label, outcome, country, locale, shard)
DO UPDATE SET number = freedom_id_usagecount.number + 1
"""
NAMED = "c.client_id = %s"
HOLDING = """c.id IN (
    SELECT application_id FROM freedom_id_accesstoken WHERE token_checksum = %s
    UNION SELECT application_id FROM freedom_id_refreshtoken WHERE token_checksum = %s
)"""
_STAGE = Case(
    When(outcome__in=[RequestOutcome.ALLOWED, RequestOutcome.STOOD], then=Value(RequestStage.ALLOWED.value)),
    When(outcome=RequestOutcome.REFUSED, then=Value(RequestStage.REFUSED.value)),
    When(signed_in_at__isnull=False, then=Value(RequestStage.SIGNED_IN.value)),
    default=Value(RequestStage.OPENED.value),
)
NOTHING_TO_SEND = Q(account=None, sign_up=None, client__isnull=False) | Q(
    sent_at=None, delivered_at=None, undelivered_at=None, retired_at__isnull=False
)
"""Codes of which there was no message: asked for somebody who is nobody, or replaced before one went out."""


def _delivery() -> Case:
    return Case(
        When(delivered_at__isnull=False, then=Value(Delivery.DELIVERED.value)),
        When(undelivered_at__isnull=False, then=Value(Delivery.UNDELIVERED.value)),
        When(sent_at__isnull=False, then=Value(Delivery.SENT.value)),
        When(expires_at__lte=timezone.now(), then=Value(Delivery.UNSENT.value)),
        default=Value(Delivery.WAITING.value),
    )


def cell_of(kind: Usage) -> Mapping[str, Combinable]:
    """What a row of this kind is counted under, as expressions over its table."""
    none, day = Value(""), TruncDate("created_at", tzinfo=UTC)
    empty: dict[str, Combinable] = {"label": none, "outcome": none, "country": none, "locale": none}
    client = "authorization__client__client_id" if kind in {Usage.TOKENS, Usage.PROFILE} else "client__client_id"
    own: dict[Usage, dict[str, Combinable]] = {
        Usage.REQUEST: {"label": F("door"), "outcome": _STAGE, "locale": F("locale")},
        Usage.TOKENS: {},
        Usage.PROFILE: {"outcome": F("state")},
        Usage.CODE: {"label": F("channel"), "outcome": _delivery(), "country": F("country"), "locale": F("locale")},
    }
    return {"kind": Value(kind.value), "day": day, "partner": F(client), **empty, **own[kind]}


def delete_counted(rows: QuerySet[M], kind: Usage, *, but: Q | None = None) -> int:
    """Delete `rows`, keeping how many of which cell there were (of those that are not `but`); returns how many rows
    went. Two that purge at once never count a row twice."""
    deleted = 0
    while True:
        with transaction.atomic():
            chosen = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
            mine = rows.model._default_manager.filter(pk__in=chosen)
            counted = mine.exclude(but) if but is not None else mine
            _add(Counter(_cells(counted, kind)))
            deleted += mine.delete()[0]
        if len(chosen) < BATCH:
            return deleted


def _cells(rows: QuerySet[M], kind: Usage) -> Iterator[Cell]:
    cell = cell_of(kind)
    for found in rows.order_by().values_list(*(cell[name] for name in CELL)):
        yield tuple(value or "" for value in found)


def count_error(client_id: str, door: ApiDoor, code: object) -> None:
    """The client of this id was answered an error. One statement. Somebody unknown is not counted, and no answer fails
    because of this. Call it outside of the transaction that failed."""
    with answering_all_the_same():
        if client_id and client_id.isprintable():
            _add_error(door, code, NAMED, [client_id])


def count_error_at_token(access: str, refresh: str, door: ApiDoor, code: object) -> None:
    """As `count_error`, for the client that a token was given to, also one that is over; what was ended has no row. The
    digests are those under which it is stored if it is an access token, and if it is a refresh token."""
    with answering_all_the_same():
        _add_error(door, code, HOLDING, [access, refresh])


@contextmanager
def answering_all_the_same() -> Iterator[None]:
    """What cannot be counted is told in the log, and no more."""
    try:
        yield
    except (Error, psycopg.Error) as error:
        logger.warning("an error was not counted: %s", type(error).__name__)


def _add_error(door: ApiDoor, code: object, whose: str, params: Sequence[str]) -> None:
    today = timezone.now().astimezone(UTC).date()
    with connection.cursor() as cursor:
        sql = ADD_ERROR.format(whose=whose)
        cursor.execute(sql, [today, door.value, str(code)[:LONGEST_CODE], _shard(), *params])


def _add(cells: Mapping[Cell, int]) -> None:
    """In a fixed order, so that two who add to the same cells cannot deadlock."""
    shard = _shard()
    params: list[Any] = []
    for cell, number in sorted(cells.items()):
        params += [*cell, shard, number]
    if not params:
        return
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(cells))
    with connection.cursor() as cursor:
        cursor.execute(ADD.format(rows=rows), params)


def _shard() -> int:
    return random.randrange(SHARDS)  # noqa: S311 -- spreads load, guards nothing
