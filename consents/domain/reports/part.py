"""Which part of the counts and of the ledger a report is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import CharField, F, Func, Model, QuerySet, Value
from django.db.models.functions import Concat, TruncDay, TruncMonth, TruncWeek

from consents.models import ConsentTransaction, DailyCount

M = TypeVar("M", bound=Model)
STEPS = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}
DAYS_BY_DAY = 31
DAYS_BY_WEEK = 190


@dataclass(frozen=True)
class Part:
    """Days in UTC, both ends included. `purpose` is a name, `version` a number, `point` the id of a collection point,
    `client` a scope key; None and "" mean all."""

    since: date
    until: date
    purpose: str = ""
    version: int | None = None
    point: UUID | None = None
    client: str = ""

    @property
    def step(self) -> str:
        """How finely time is drawn: `day`, `week` (from Monday) or `month`."""
        days = (self.until - self.since).days + 1
        return "day" if days <= DAYS_BY_DAY else "week" if days <= DAYS_BY_WEEK else "month"

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The half-open interval [first moment, moment after the last)."""
        return start_of(self.since), start_of(self.until + timedelta(days=1))

    def periods(self) -> list[date]:
        """The first day of every step, in order, empty ones too."""
        days = range((self.until - self.since).days + 1)
        return list(dict.fromkeys(self.step_of(self.since + timedelta(days=number)) for number in days))

    def step_of(self, day: date) -> date:
        """The first day of the step that `day` is in."""
        if self.step == "month":
            return day.replace(day=1)
        return day - timedelta(days=day.weekday()) if self.step == "week" else day

    def counts(self) -> QuerySet[DailyCount]:
        """The daily counts of this part, read by the index that starts with the day."""
        rows = DailyCount.objects.filter(day__gte=self.since, day__lte=self.until)
        return self._narrowed(rows, point="" if self.point is None else str(self.point))

    def ledger(self) -> QuerySet[ConsentTransaction]:
        """The ledger rows recorded in this part, read by the index of the moment."""
        start, end = self.moments
        rows = ConsentTransaction.objects.filter(recorded_at__gte=start, recorded_at__lt=end)
        return self._narrowed(rows, point=self.point)

    @property
    def step_start(self) -> Func:
        """Of a daily count, the first day of the step that it is in."""
        return STEPS[self.step]("day")

    def _narrowed(self, rows: QuerySet[M], *, point: object) -> QuerySet[M]:
        if self.purpose:
            rows = rows.filter(purpose_version__purpose__name=self.purpose)
        if self.version is not None:
            rows = rows.filter(purpose_version__number=self.version)
        if point:
            rows = rows.filter(collection_point=point)
        return rows.filter(scope_key=self.client) if self.client else rows


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def version_label() -> Concat:
    """`read.phone v2` of rows that name a version."""
    number = Concat(Value(" v"), F("purpose_version__number"), output_field=CharField())
    return Concat(F("purpose_version__purpose__name"), number, output_field=CharField())
