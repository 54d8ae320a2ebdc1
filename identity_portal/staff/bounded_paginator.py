from functools import cached_property
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet

MOST_ROWS = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to 10,000 and no further: nobody pages through more than that, one searches, and counting ten million rows
    takes seconds. `stopped_counting` says that there may be more."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:MOST_ROWS].count()

    @property
    def stopped_counting(self) -> bool:
        return self.count == MOST_ROWS
