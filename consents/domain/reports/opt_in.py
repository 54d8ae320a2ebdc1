"""Opt-in rate over time: who was asked, and what they said.

Definitions, as on the page:
- given: answers yes, first or renewed. refused: answers no. Withdrawals are no answers and have a report of their own.
- asked: how often a page showed the question; a page shown again counts again. Never less than the answers, because
  nothing is answered unasked, also where no page counts (an API, an import).
- give rate = given / asked, with the Wilson score interval at 95 %. decision rate = (given + refused) / asked.
- A cell with fewer than 10 answers is suppressed: it would tell about single people.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from operator import itemgetter

from django.db.models import F, Sum
from django.db.models.expressions import Combinable

from consents.domain.reports.part import Part, version_label
from consents.enums import Counted
from consents.models import CollectionPoint, PurposeVersion

SMALLEST_CELL = 10
Z_95 = 1.959964
GIVEN = frozenset({Counted.ALLOW, Counted.RENEW})
# What the figures may be split by; each is one column of the counts.
SPLITS: dict[str, Combinable] = {
    "purpose": F("purpose_version__purpose__name"),
    "version": version_label(),
    "point": F("collection_point"),
    "client": F("scope_key"),
}


@dataclass(frozen=True)
class Cell:
    """The figures of one row of the table, or of one step of the time line."""

    asked: int = 0
    given: int = 0
    refused: int = 0

    @property
    def answers(self) -> int:
        return self.given + self.refused

    @property
    def suppressed(self) -> bool:
        return self.answers < SMALLEST_CELL

    @property
    def give_rate(self) -> float | None:
        """Between 0 and 1; None when the cell is suppressed."""
        return None if self.suppressed else self.given / self.asked

    @property
    def decision_rate(self) -> float | None:
        return None if self.suppressed else self.answers / self.asked

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the give rate lies with 95 % confidence."""
        return None if self.suppressed else wilson_interval(self.given, self.asked)


@dataclass(frozen=True)
class Published:
    """A mark on the time line: this version came into force on that day."""

    day: date
    label: str


@dataclass(frozen=True)
class OptIn:
    """`rows` by the label of the split, `over_time` by the first day of each step of the part, `versions` in order."""

    rows: Mapping[str, Cell]
    over_time: Mapping[date, Cell]
    versions: list[Published]


def opt_in_rate(part: Part, *, by: str = "purpose") -> OptIn:
    """The figures of `part`, its rows split by a key of SPLITS. Three queries (by point four), none of the ledger."""
    counts = part.counts().exclude(counted=Counted.WITHDRAW)
    rows = _cells(counts.annotate(label=SPLITS[by]).values_list("label", "counted").annotate(sum=Sum("number")))
    steps = _cells(counts.values_list(part.step_start, "counted").annotate(sum=Sum("number")))
    return OptIn(
        rows=_named_points(rows) if by == "point" else {str(key): rows[key] for key in sorted(rows, key=str)},
        over_time={day: steps.get(day, Cell()) for day in part.periods()},
        versions=published_in(part),
    )


def published_in(part: Part) -> list[Published]:
    """The versions of the part's purpose that were published in it; none when it covers all purposes."""
    if not part.purpose:
        return []
    start, end = part.moments
    found = PurposeVersion.objects.filter(
        purpose__name=part.purpose, published_at__gte=start, published_at__lt=end
    ).order_by("number")
    return [Published(row.published_at.date(), f"v{row.number}") for row in found if row.published_at]


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """The Wilson score interval at 95 %, without continuity correction; `trials` is at least 1.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), p. 209: unlike the normal approximation it stays within 0 and 1.
    """
    share, squared = successes / trials, Z_95**2
    middle = share + squared / (2 * trials)
    half = Z_95 * sqrt(share * (1 - share) / trials + squared / (4 * trials**2))
    scale = 1 + squared / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _cells(counted: Iterable[tuple[object, str, int]]) -> dict[object, Cell]:
    sums: dict[object, Counter[str]] = {}
    for key, what, number in counted:
        sums.setdefault(key, Counter())[what] += number
    return {key: _cell(found) for key, found in sums.items()}


def _cell(found: Counter[str]) -> Cell:
    given = sum(found[what] for what in GIVEN)
    refused = found[Counted.REFUSE]
    return Cell(asked=max(found[Counted.ASKED], given + refused), given=given, refused=refused)


def _named_points(rows: Mapping[object, Cell]) -> dict[str, Cell]:
    """By name and recipient, which are unique, instead of the point's id."""
    points = {
        str(point.pk): str(point) for point in CollectionPoint.objects.filter(pk__in=[key for key in rows if key])
    }
    return dict(sorted(((points.get(str(key), str(key)), cell) for key, cell in rows.items()), key=itemgetter(0)))
