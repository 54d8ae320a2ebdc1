"""Figures that are never late: daily counts, added in the transaction of what they count."""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from consents.enums import Counted
from consents.models import CollectionPoint, ConsentTransaction, PurposeVersion

PK = PurposeVersion._meta.pk
SHARDS = 16
Cell = tuple[date, UUID, str, str, str]

# The one statement of this app that Django's ORM cannot say: add to a row, or make it.
ADD = """
INSERT INTO consents_dailycount (day, purpose_version_id, collection_point, scope_key, counted, shard, number)
VALUES {rows}
ON CONFLICT (day, purpose_version_id, collection_point, scope_key, counted, shard)
DO UPDATE SET number = consents_dailycount.number + EXCLUDED.number
"""


def count_decisions(rows: Iterable[ConsentTransaction]) -> None:
    """Add rows of the ledger to the counts of the day on which they were recorded."""
    _add(
        (
            row.recorded_at.astimezone(UTC).date(),
            row.purpose_version_id,
            str(row.collection_point_id or ""),
            row.scope_key,
            row.action,
        )
        for row in rows
    )


def count_asked(
    version_ids: Iterable[UUID], *, point: CollectionPoint, scope_key: str, day: date | None = None
) -> None:
    """Count that a page showed these versions to somebody; today, unless a page of the past is told of (UTC)."""
    day = day or timezone.now().astimezone(UTC).date()
    _add((day, version_id, str(point.pk), scope_key, Counted.ASKED) for version_id in version_ids)


def _add(cells: Iterable[Cell]) -> None:
    """In a fixed order, so that two submissions that count the same cells cannot deadlock."""
    shard = random.randrange(SHARDS)  # noqa: S311 -- spreads load, guards nothing
    params: list[Any] = []
    for cell, number in sorted(Counter(cells).items(), key=str):
        day, version_id, *rest = cell
        params += [day, PK.get_db_prep_value(version_id, connection), *rest, shard, number]
    if not params:
        return
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * (len(params) // 7))
    with connection.cursor() as cursor:
        cursor.execute(ADD.format(rows=rows), params)
