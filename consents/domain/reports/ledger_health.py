"""Size of the ledger, and whether the live counters say the same as the ledger.

Definitions, as on the page:
- people: subjects, with or without an account. rows: the lengths of their chains added up.
- counted: the sum of the daily counts of the period. in the ledger: its rows recorded in the period. The difference
  should be 0. It compares numbers; only `verify_ledger` proves that no row was changed.
"""

from dataclasses import dataclass

from django.db.models import Count, Sum

from consents.domain.reports.part import Part
from consents.enums import Action
from consents.models import Subject


@dataclass(frozen=True)
class Compared:
    action: Action
    counted: int
    in_ledger: int

    @property
    def difference(self) -> int:
        return self.counted - self.in_ledger


@dataclass(frozen=True)
class LedgerHealth:
    people: int
    rows: int
    compared: list[Compared]

    @property
    def sound(self) -> bool:
        return not any(row.difference for row in self.compared)


def ledger_health(part: Part) -> LedgerHealth:
    """Three queries; the part's rows of the ledger are counted by the index of the moment."""
    counted = dict(part.counts().values_list("counted").annotate(sum=Sum("number")))
    in_ledger = dict(part.ledger().values_list("action").annotate(Count("pk")))
    size = Subject.objects.aggregate(people=Count("pk"), rows=Sum("epoch"))
    return LedgerHealth(
        people=size["people"],
        rows=size["rows"] or 0,
        compared=[Compared(action, counted.get(action, 0), in_ledger.get(action, 0)) for action in Action],
    )
