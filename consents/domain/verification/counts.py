"""Daily counts against the ledger: a fold of it, and of the rows that were shredded."""

from collections import Counter
from datetime import UTC
from typing import Any

from django.db.models import CharField, Count, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, TruncDate

from consents.enums import Counted, ErasureKind
from consents.errors import LedgerFault
from consents.models import ConsentTransaction, DailyCount, Erasure

SHREDDED = "shredded"


def verify_counts() -> None:
    """Raises LedgerFault for a cell that counts less than the ledger has, or when all count more than it had.

    What a shredded row said is forgotten, so only their number can be compared. One statement reads all: one moment.
    """
    cells: Counter[tuple[str, ...]] = Counter()
    for *cell, number in _ledger().union(_counts(), _shredded(), all=True):
        cells[tuple(str(part).replace("-", "") for part in cell)] += number
    shredded = -sum(cells.pop(cell) for cell in list(cells) if cell[-1] == SHREDDED)
    for (day, version, _point, _scope, verb), surplus in sorted(cells.items()):
        if surplus < 0 or (surplus and not shredded):
            raise LedgerFault(f"daily count {day} of purpose version {version}, {verb}: {surplus:+} beside the ledger")
    if cells.total() != shredded:
        raise LedgerFault(f"daily counts: {cells.total():+} beside the ledger, but {shredded} rows were shredded")


def _ledger() -> "QuerySet[Any, tuple[Any, ...]]":
    """Minus one per row."""
    day = TruncDate("recorded_at", tzinfo=UTC)
    point = Coalesce(Cast("collection_point_id", CharField()), Value(""))
    rows = ConsentTransaction.objects.values_list(day, "purpose_version_id", point, "scope_key", "action")
    return rows.annotate(number=Count("pk") * -1)


def _counts() -> "QuerySet[Any, tuple[Any, ...]]":
    rows = DailyCount.objects.exclude(counted=Counted.ASKED)
    cell = rows.values_list("day", "purpose_version_id", "collection_point", "scope_key", "counted")
    return cell.annotate(sum=Sum("number"))


def _shredded() -> "QuerySet[Any, tuple[Any, ...]]":
    day = TruncDate("erased_at", tzinfo=UTC)
    rows = Erasure.objects.filter(kind=ErasureKind.SHRED)
    return rows.values_list(day, "subject_id", Value(""), Value(""), Value(SHREDDED)).annotate(rows=Sum("epoch") * -1)
