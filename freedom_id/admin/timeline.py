"""A person's consents over time as SVG, drawn by the server in the manner of `charts`. Places are shares of the width,
so that words keep their size on a narrow screen; colours come from `person_page.css`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.domain.queries.timeline import Lane, Stretch

MOST_LANES = 60
HOW_TO_READ = _(
    "A bar reaches from a yes to its end. What stands goes on after today, dashed: to a tick where it ends by itself, "
    "else to an arrow. An empty bar is of words that count no more."
)
HEAD, LANE, BAR = 44, 42, 10
LONGEST_NAME = 44
LEAST_FUTURE = 0.1  # of the width: room for what goes on
SHORTEST = timedelta(days=30)


@dataclass(frozen=True)
class Axis:
    """The time that is drawn, with `now` in it."""

    start: datetime
    now: datetime
    end: datetime

    def place(self, moment: datetime) -> float:
        """Where a moment stands, in percent; what is outside is at the edge."""
        share = (moment - self.start) / (self.end - self.start)
        return round(100 * min(1.0, max(0.0, share)), 2)


def timeline(
    name: str, title: str | Promise, lanes: Sequence[Lane], recipients: Mapping[str, str], now: datetime
) -> SafeString:
    """A figure with a lane for each purpose and recipient, at most MOST_LANES, or nothing for none. `name` is unique on
    the page; `recipients` are names by scope key, which stands for itself where it has none."""
    if not lanes:
        return SafeString()
    shown, left_out = lanes[:MOST_LANES], len(lanes) - MOST_LANES
    axis, height = _axis(shown, now), HEAD + len(shown) * LANE
    named = [(lane, recipients.get(lane.scope_key, lane.scope_key)) for lane in shown]
    rows = [(_lane(axis, lane, recipient, HEAD + at * LANE),) for at, (lane, recipient) in enumerate(named)]
    drawn = format_html_join("", "{}", rows)
    more = format_html("<p>{}</p>", gettext("and %(n)d more") % {"n": left_out}) if left_out > 0 else ""
    return format_html(
        '<figure class="timeline-figure"><svg class="timeline" role="img" aria-labelledby="{0}-title {0}-about"'
        ' width="100%" height="{1}" overflow="visible"><title id="{0}-title">{2}</title>{3}{4}</svg>'
        '<figcaption id="{0}-about">{5}{6}</figcaption></figure>',
        *(name, height, title, _grid(axis, height), drawn, more, HOW_TO_READ),
    )


def _axis(lanes: Sequence[Lane], now: datetime) -> Axis:
    """From the first yes to the last end, but no further ahead than back: an end in ten years would leave no room."""
    stretches = [stretch for lane in lanes for stretch in lane.stretches]
    start = min([*(stretch.start for stretch in stretches), now - SHORTEST])
    past = now - start
    last = max([stretch.end for stretch in stretches if stretch.end is not None], default=now)
    return Axis(start, now, min(max(last, now + past * LEAST_FUTURE), now + past))


def _grid(axis: Axis, height: int) -> SafeString:
    """Three days, and today on a line of its own."""
    middle = axis.start + (axis.end - axis.start) / 2
    days = [(0, "start", axis.start), (50, "middle", middle), (100, "end", axis.end)]
    lines = format_html_join(
        "",
        '<line class="grid" x1="{0}%" x2="{0}%" y1="{1}" y2="{2}"/>'
        '<text class="day" x="{0}%" y="13" text-anchor="{3}">{4}</text>',
        ((at, 18, height, anchor, _day(moment)) for at, anchor, moment in days),
    )
    return format_html(
        '{0}<line class="today" x1="{1}%" x2="{1}%" y1="22" y2="{2}"/>'
        '<text class="today-word" x="{1}%" dx="-5" y="34" text-anchor="end">{3}</text>',
        *(lines, axis.place(axis.now), height, gettext("Today")),
    )


def _lane(axis: Axis, lane: Lane, recipient: str, top: int) -> SafeString:
    words = f"{lane.purpose} · {recipient}" if recipient else lane.purpose
    bars = format_html_join("", "{}", ((_bar(axis, stretch, top + 20),) for stretch in lane.stretches))
    return format_html('<text class="lane" y="{}">{}</text>{}', top + 14, _short(words), bars)


def _bar(axis: Axis, stretch: Stretch, top: int) -> SafeString:
    """A mark at its yes, so that what was over at once is seen, and its past as a bar; the future of one that stands as
    a dashed line, with a tick at its end or an arrow at none."""
    kind = "stands" if stretch.stands else "ended" if stretch.end else "outdated"
    left, right = axis.place(stretch.start), axis.place(min(stretch.end or axis.now, axis.now))
    bar = format_html(
        '<g class="{0}"><line x1="{1}%" x2="{1}%" y1="{2}" y2="{3}"/>'
        '<rect x="{1}%" width="{4}%" y="{2}" height="{5}"/></g>',
        *(kind, left, top, top + BAR, f"{right - left:.2f}", BAR),
    )
    return format_html("{}{}", bar, _future(axis, stretch, top)) if stretch.stands else bar


def _future(axis: Axis, stretch: Stretch, top: int) -> SafeString:
    ends = stretch.end is not None and stretch.end <= axis.end
    until = axis.place(stretch.end) if stretch.end else 100
    mark = "M0 0V10" if ends else "M-7 0L-1 5L-7 10"
    return format_html(
        '<line class="future" x1="{0}%" x2="{1}%" y1="{2}" y2="{2}"/>'
        '<svg x="{1}%" y="{3}" overflow="visible"><path class="future-end" d="{4}"/></svg>',
        *(axis.place(max(stretch.start, axis.now)), until, top + BAR // 2, top, mark),
    )


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATE_FORMAT")


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1]}…"
