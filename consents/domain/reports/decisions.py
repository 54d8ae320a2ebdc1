"""Decisions by day, from the live counts."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Sum

from consents.domain.reports.opt_in import GIVEN
from consents.domain.reports.part import Part
from consents.enums import Counted

GAVE, WITHDREW = "given", "withdrawn"


def decisions_by_day(part: Part) -> Mapping[str, Mapping[date, int]]:
    """Under GAVE the answers yes (first or renewed) and under WITHDREW the withdrawals, by the day (UTC) on which they
    were recorded; days without any are left out. One statement, none of the ledger."""
    found: dict[str, dict[date, int]] = {GAVE: {}, WITHDREW: {}}
    counts = part.counts().filter(counted__in=[*GIVEN, Counted.WITHDRAW])
    for day, counted, number in counts.order_by().values_list("day", "counted").annotate(Sum("number")):
        days = found[WITHDREW if counted == Counted.WITHDRAW else GAVE]
        days[day] = days.get(day, 0) + number
    return found
