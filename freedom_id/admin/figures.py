"""The figures of the admin's home and of a partner's page, in words, as a chart and as a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from consents.domain.reports.decisions import GAVE, WITHDREW, decisions_by_day
from consents.domain.reports.part import Part
from freedom_id.admin.charts import Bar, Series, bars, stacked_columns
from freedom_id.domain.queries import figures
from freedom_id.domain.queries.figures import PartnerUsage, Span
from freedom_id.enums import ApiDoor, Channel, Delivery, ProfileState, RequestStage, SignInMethod

KEPT_SECONDS = 60
MOST_BARS = 12
T = TypeVar("T")
Label = str | Promise


class Counted(NamedTuple):
    """`value` as it was `at` that moment."""

    value: object
    at: datetime


@dataclass(frozen=True)
class Figure:
    """`about` is the definition. Each row of the table begins with what it is about; without rows there is no chart."""

    name: str
    title: str
    about: str
    columns: Sequence[Label]
    rows: Sequence[Sequence[object]]
    counted_at: datetime
    chart: SafeString | str = ""
    words: int = 1
    """How many columns of the table hold words; the others are numbers."""

    @property
    def cells(self) -> list[list[tuple[object, bool]]]:
        """Each cell with whether it is a number."""
        return [[(cell, at >= self.words) for at, cell in enumerate(row)] for row in self.rows]


def sign_in_figure(span: Span) -> Figure:
    found, at = counted("sign-ins", span, figures.sign_ins)
    names: dict[str, Label] = {**{method.value: method.label for method in SignInMethod}, "": _("Not recorded")}
    about = _("Sign-ins on our pages, by what was shown first. They belong to no partner and have no language.")
    return _over_time("sign-ins", _("Sign-ins by method"), about, span, _named(names, found), at)


def consent_figure(span: Span) -> Figure:
    part = Part(span.since, span.until, client=span.partner)
    found, at = counted("consents", span, lambda _span: decisions_by_day(part))
    about = _("Answers yes, first or renewed, and withdrawals, as the ledger recorded them; one per purpose.")
    series = {_("Given"): found[GAVE], _("Withdrawn"): found[WITHDREW]}
    return _over_time("consents", _("Consents given and withdrawn"), about, span, series, at)


def profile_figure(span: Span) -> Figure:
    found, at = counted("profiles", span, figures.profile_requests_now)
    ages = [_("under 1 min"), _("under 10 min"), _("under 1 hour"), _("older")]
    places = range(len(ages))
    series = [Series(str(state.label), [found.get((state, age), 0) for age in places]) for state in ProfileState]
    title = _("Profile requests now, by state and age")
    about = _("Those that there are at this moment, whatever the period; a row is gone an hour after its end.")
    rows = [[age, *(one.values[place] for one in series)] for place, age in enumerate(ages)] if found else []
    chart = stacked_columns("profiles", title, about, ages, series) if found else ""
    return Figure("profiles", title, about, [_("Age"), *(one.name for one in series)], rows, at, chart)


def code_figure(span: Span) -> Figure:
    found, at = counted("codes", span, figures.code_deliveries)
    title = _("One-time codes by channel and country")
    about = _("What became of each message; a code that was sent again counts once, by its last message.")
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for (channel, country, state), number in found.items():
        sums.setdefault((channel, country), {})[state] = number
    lines = sorted(sums.items(), key=lambda line: -sum(line[1].values()))
    rows = [
        [Channel(channel).label, country or "–", *(states.get(state, 0) for state in Delivery)]
        for (channel, country), states in lines
    ]
    drawn = [
        Bar(f"{Channel(channel).label} {country}".strip(), sum(states.values()), _delivered(states))
        for (channel, country), states in lines[:MOST_BARS]
    ]
    described = _("At the end of each line: how many, and which share of them was delivered.")
    chart = bars("codes", title, described, drawn) if drawn else ""
    columns: list[Label] = [_("Channel"), _("Country"), *(str(state.label) for state in Delivery)]
    return Figure("codes", title, about, columns, rows, at, chart, words=2)


def error_figure(span: Span, names: Mapping[str, str]) -> Figure:
    """`names` of partners by client id."""
    found, at = counted("errors", span, figures.errors_of_partners)
    sums = {(names.get(client, client), door, code): number for (client, door, code), number in found.items()}
    title = _("Errors by partner")
    about = _("Errors that our interfaces answered to a client that they know, by the code of the error.")
    lines = sorted(sums.items(), key=lambda line: -line[1])
    drawn = [Bar(f"{name} · {code}", number, str(number)) for (name, _door, code), number in lines[:MOST_BARS]]
    rows = [[name, ApiDoor(door).label, code, number] for (name, door, code), number in lines]
    chart = bars("errors", title, about, drawn) if drawn else ""
    return Figure("errors", title, about, _error_columns(_("Partner")), rows, at, chart, words=3)


def partner_figures(span: Span) -> list[Figure]:
    """Of the partner of `span`: the way of its requests, its days, its consents and its errors."""
    usage, at = counted("usage", span, figures.usage_of)
    return [
        _funnel_figure(usage, span, at),
        _request_figure(usage, span, at),
        consent_figure(span),
        _usage_figure(usage, span, at),
        _own_errors_figure(usage, at),
    ]


def counted(name: str, span: Span, count: Callable[[Span], T]) -> tuple[T, datetime]:
    """What `count` says of the span, at most a minute old, and of when it is."""
    key = f"figures-{name}-{span.since}-{span.until}-{span.partner}-{span.locale}"
    found: tuple[T, datetime] | None = cache.get(key)
    if found is None:
        found = count(span), timezone.now()
        cache.set(key, found, KEPT_SECONDS)
    return found


def share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _delivered(states: Mapping[str, int]) -> str:
    whole = sum(states.values())
    return f"{whole} · {share(states.get(Delivery.DELIVERED, 0), whole)}"


def _funnel_figure(usage: PartnerUsage, span: Span, at: datetime) -> Figure:
    title = _("From the link to the token")
    about = _(
        "Requests to sign in; those at which somebody signed in or, being signed in, answered; those agreed to; and "
        "codes that were exchanged for tokens. Each counts on its own day."
    )
    names = [_("Links"), _("Signed in"), _("Agreed"), _("Tokens")]
    lines = list(zip(names, usage.funnel, strict=True))[: 3 if span.locale else 4]  # tokens know no language
    begun = usage.funnel[0]
    drawn = [Bar(name, number, f"{number} · {share(number, begun)}") for name, number in lines]
    before = [begun, *usage.funnel]
    rows = [
        [name, number, share(number, begun), share(number, former)]
        for (name, number), former in zip(lines, before, strict=False)
    ]
    columns = [_("Step"), _("Number"), _("Of all links"), _("Of the step before")]
    has_any = any(usage.funnel)
    chart = bars("funnel", title, _("At the end of each line: how many, and their share of all links."), drawn)
    return Figure("funnel", title, about, columns, rows if has_any else [], at, chart if has_any else "")


def _request_figure(usage: PartnerUsage, span: Span, at: datetime) -> Figure:
    names: dict[str, Label] = {stage.value: stage.label for stage in RequestStage}
    about = _("Requests to sign in by the day on which they began, and how far each came.")
    return _over_time("requests", _("Requests by day"), about, span, _named(names, usage.requests), at)


def _usage_figure(usage: PartnerUsage, span: Span, at: datetime) -> Figure:
    about = _(
        "Days without any are left out. It read data of %(number)s connections in this time; of each, the last read "
        "counts."
    ) % {"number": usage.connections_read}
    days = [day for day in reversed(span.days) if usage.tokens.get(day) or usage.profiles.get(day)]
    rows = [[_day(day), usage.tokens.get(day, 0), usage.profiles.get(day, 0)] for day in days]
    columns = [_("Day"), _("Tokens"), _("Profile requests")]
    return Figure("usage", _("Tokens and profiles by day"), about, columns, rows, at)


def _own_errors_figure(usage: PartnerUsage, at: datetime) -> Figure:
    title = _("Errors by code")
    about = _("Errors that our interfaces answered to it, by the code of the error.")
    lines = sorted(usage.errors.items(), key=lambda line: -line[1])
    drawn = [Bar(f"{ApiDoor(door).label} · {code}", number, str(number)) for (door, code), number in lines[:MOST_BARS]]
    rows = [[ApiDoor(door).label, code, number] for (door, code), number in lines]
    chart = bars("errors", title, about, drawn) if drawn else ""
    return Figure("errors", title, about, _error_columns(), rows, at, chart, words=2)


def _error_columns(*first: Label) -> list[Label]:
    return [*first, _("Interface"), _("Code"), _("Number")]


def _named(names: Mapping[str, Label], found: Mapping[str, Mapping[date, int]]) -> dict[str, Mapping[date, int]]:
    """In the order of `names`, and without those of which there is nothing."""
    return {str(label): found[name] for name, label in names.items() if name in found}


def _over_time(
    name: str, title: str, about: str, span: Span, series: Mapping[str, Mapping[date, int]], at: datetime
) -> Figure:
    """Days without any are in the chart, and left out of the table."""
    there = {label: days for label, days in series.items() if any(days.values())}
    drawn = [Series(label, [days.get(day, 0) for day in span.days]) for label, days in there.items()]
    rows = [
        [_day(day), *(days.get(day, 0) for days in there.values())]
        for day in reversed(span.days)
        if any(days.get(day) for days in there.values())
    ]
    steps = [date_format(day, "MONTH_DAY_FORMAT") for day in span.days]
    chart = stacked_columns(name, title, about, steps, drawn) if drawn else ""
    return Figure(name, title, about, [_("Day"), *there], rows, at, chart)


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
