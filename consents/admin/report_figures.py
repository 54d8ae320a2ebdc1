"""The figures of each report as charts and tables. Each function reads one report from a valid filter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from consents.admin.charts import Bar, Chart, Point, bar_chart, column_chart, line_chart
from consents.domain.export import Row
from consents.domain.reports.active_at import active_at
from consents.domain.reports.evidence_health import evidence_health
from consents.domain.reports.expiring import DAYS, expiring
from consents.domain.reports.ledger_health import ledger_health
from consents.domain.reports.opt_in import SMALLEST_CELL, Cell, Published, opt_in_rate
from consents.domain.reports.part import Part
from consents.domain.reports.superseded import superseded
from consents.domain.reports.withdrawals import AGES, withdrawals
from consents.domain.verification.recorded import last_verification
from consents.enums import Channel
from consents.forms.report_filter import SPLITS, ReportFilter

FEW = f"<{SMALLEST_CELL}"
MOST_BARS = 12
Label = str | Promise


@dataclass(frozen=True)
class Table:
    """Exports take a report's first table. `columns` are the names in an export and the heads on the page; in `rows`, a
    float is a share of 1."""

    caption: Label
    columns: Mapping[str, Label]
    rows: Sequence[Row]

    @property
    def shown(self) -> list[list[tuple[str, bool]]]:
        """The cells as text, and whether each is a figure."""
        return [[_shown(value) for value in row] for row in self.rows]


@dataclass(frozen=True)
class Figures:
    tables: Sequence[Table]
    charts: Sequence[Chart] = ()
    verdict: str = ""

    @property
    def empty(self) -> bool:
        return not any(table.rows for table in self.tables)


def _shown(value: object) -> tuple[str, bool]:
    if isinstance(value, float):
        return f"{value * 100:.1f} %", True
    if value is None:
        return "–", True
    return (f"{value}", True) if isinstance(value, int) or value == FEW else (f"{value}" or "–", False)


def opt_in_figures(form: ReportFilter) -> Figures:
    part, by = form.part(), form.cleaned_data["by"]
    found = opt_in_rate(part, by=by)
    split = dict(SPLITS)[by]
    rates = {
        "asked": _("Asked"),
        "given": _("Given"),
        "refused": _("Refused"),
        "give_rate": _("Give rate"),
        # A sign, no placeholder; xgettext:no-python-format
        "give_rate_low": _("95 % from"),
        # A sign, no placeholder; xgettext:no-python-format
        "give_rate_high": _("95 % to"),
        "decision_rate": _("Decision rate"),
    }
    rows = [[label, *_rates(cell)] for label, cell in found.rows.items()]
    steps = [[str(day), *_rates(cell)] for day, cell in found.over_time.items() if cell.answers or cell.asked]
    points = [_rate_point(day, cell, part, found.versions) for day, cell in found.over_time.items()]
    # A sign, no placeholder; xgettext:no-python-format
    about = _("Share of yes among the questions asked, with the range that holds it with 95 % certainty.")
    chart = line_chart("opt-in-chart", _("Give rate over time"), about, points)
    return Figures(
        tables=[
            Table(_("Rates by %s") % split, {by: split, **rates}, rows),
            Table(_("Rates over time"), {"from": _("From"), **rates}, steps),
        ],
        charts=[chart] if any(point.value is not None for point in points) else [],
    )


def _rates(cell: Cell) -> list[object]:
    if cell.suppressed:
        return [cell.asked if cell.asked >= SMALLEST_CELL else FEW, FEW, FEW, None, None, None, None]
    low, high = cell.interval or (0.0, 0.0)
    shares = [round(share, 4) for share in (cell.give_rate or 0.0, low, high, cell.decision_rate or 0.0)]
    return [cell.asked, cell.given, cell.refused, *shares]


def _rate_point(day: date, cell: Cell, part: Part, versions: Iterable[Published]) -> Point:
    low, high = cell.interval or (None, None)
    return Point(_step(day, part), cell.give_rate, low, high, _markers(day, part, versions))


def _markers(day: date, part: Part, versions: Iterable[Published]) -> list[str]:
    return [mark.label for mark in versions if part.step_of(mark.day) == day]


def _step(day: date, part: Part) -> str:
    return date_format(day, "YEAR_MONTH_FORMAT" if part.step == "month" else "MONTH_DAY_FORMAT")


def withdrawals_figures(form: ReportFilter) -> Figures:
    part = form.part()
    found = withdrawals(part)
    points = [
        Point(_step(day, part), number, markers=_markers(day, part, found.versions))
        for day, number in found.over_time.items()
    ]
    number = {"withdrawals": _("Withdrawals")}
    steps = [[str(day), count] for day, count in found.over_time.items() if count]
    if not steps:
        return Figures([Table(_("Withdrawals over time"), {"from": _("From"), **number}, [])])
    ages = list(zip(_age_names(), found.ages, strict=True))
    if found.without_age:
        ages.append((_("nothing stood"), found.without_age))
    return Figures(
        tables=[
            Table(_("Withdrawals over time"), {"from": _("From"), **number}, steps),
            Table(_("By age of the consent"), {"age_in_days": _("Age in days"), **number}, ages),
            Table(_("By purpose"), {"purpose": _("Purpose"), **number}, list(found.by_purpose.items())),
            Table(_("By client"), {"client": _("Client"), **number}, list(found.by_client.items())),
        ],
        charts=[
            column_chart(
                "withdrawals-chart", _("Withdrawals over time"), _("Number of withdrawals in each step."), points
            ),
            _bars("ages-chart", _("Age of the consent when it was withdrawn, in days"), ages),
        ],
    )


def _age_names() -> list[str]:
    """`0`, `1–6`, …, `365–`: full days."""
    ends = [0, *(end.days for end in AGES)]
    ranges = [str(low) if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise(ends)]
    return [*ranges, f"{ends[-1]}–"]


def expiring_figures(form: ReportFilter) -> Figures:
    found = expiring(purpose=form.cleaned_data["purpose"], client=form.cleaned_data["client"])
    within = {f"within_{days}_days": _("In %s days") % days for days in DAYS}
    rows = [[row.purpose, row.client, *row.within] for row in found]
    totals = [sum(row.within[at] for row in found) for at in range(len(DAYS))]
    bars = list(zip(within.values(), totals, strict=True))
    return Figures(
        tables=[Table(_("Consents that end"), {"purpose": _("Purpose"), "client": _("Client"), **within}, rows)],
        charts=[_bars("expiring-chart", _("Consents that end by themselves"), bars)] if rows else [],
    )


def superseded_figures(form: ReportFilter) -> Figures:
    found = superseded(purpose=form.cleaned_data["purpose"])
    columns = {
        "purpose": _("Purpose"),
        "version": _("Version"),
        "awaiting": _("Awaiting"),
        "carried": _("Carried"),
        "came_back": _("Came back"),
        "return_rate": _("Return rate"),
    }
    rows = [[row.purpose, row.version, row.awaiting, row.carried, row.came_back, row.return_rate] for row in found]
    bars = [(f"{row.purpose} v{row.version}", row.awaiting) for row in found if row.awaiting]
    return Figures(
        tables=[Table(_("Versions that count no more"), columns, rows)],
        charts=[_bars("superseded-chart", _("People awaiting a new question"), bars)] if bars else [],
    )


def active_figures(form: ReportFilter) -> Figures:
    given = form.cleaned_data
    found = active_at(given["day"], purpose=given["purpose"], client=given["client"])
    columns = {"purpose": _("Purpose"), "version": _("Version"), "client": _("Client"), "active": _("Active")}
    sums: dict[str, int] = {}
    for row in found:
        sums[row.purpose] = sums.get(row.purpose, 0) + row.number
    return Figures(
        tables=[
            Table(_("Active consents"), columns, [[row.purpose, row.version, row.client, row.number] for row in found])
        ],
        charts=[_bars("active-chart", _("Active consents by purpose"), list(sums.items()))] if found else [],
    )


def evidence_figures(form: ReportFilter) -> Figures:
    columns = {
        "channel": _("Channel"),
        "rows": _("Rows"),
        "no_notice_token": _("No notice token"),
        "no_evidence": _("No evidence"),
        "evidence_destroyed": _("Evidence destroyed"),
        "text_missing": _("Text missing"),
    }
    rows = [
        [
            Channel(row.channel).label if row.channel else _("withdrawals"),
            row.rows,
            row.no_notice_token,
            row.no_evidence,
            row.evidence_destroyed,
            row.text_missing,
        ]
        for row in evidence_health(form.part())
    ]
    return Figures([Table(_("What the rows can prove"), columns, rows)])


def ledger_figures(form: ReportFilter) -> Figures:
    found = ledger_health(form.part())
    compared = {
        "action": _("Action"),
        "counted": _("Counted"),
        "in_ledger": _("In the ledger"),
        "difference": _("Difference"),
    }
    rows = [[row.action.label, row.counted, row.in_ledger, row.difference] for row in found.compared]
    sizes: list[Row] = [[_("People"), found.people], [_("Rows"), found.rows]]
    verified = last_verification()
    if verified:
        sizes.append([_("Verified whole"), date_format(localtime(verified.ended_at), "DATETIME_FORMAT")])
        sizes.append([_("First fault"), verified.fault or "–"])
    return Figures(
        tables=[
            Table(_("Live counters and the ledger"), compared, rows),
            Table(_("Size of the whole ledger"), {"what": _("What"), "number": _("Number")}, sizes),
        ],
        verdict=_("✓ The counters say the same as the ledger.")
        if found.sound
        else _("✗ The counters differ from the ledger. Run verify_ledger."),
    )


def _bars(name: str, title: str, numbers: Sequence[tuple[Any, int]]) -> Chart:
    bars = [Bar(str(label) or "–", number, str(number)) for label, number in numbers[:MOST_BARS]]
    return bar_chart(name, title, _("The figures are in the table below."), bars)
