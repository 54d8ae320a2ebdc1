"""Charts as SVG, drawn by the server: no script and no style of their own; colours come from `figures.css`.

Each is an image with a title and a description, and its figures stand in a table beside it. What is told apart by a
colour is told apart by a pattern too, and named in the legend.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 480, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 16, 28
MOST_LABELS = 4
LEGEND_COLUMNS, LEGEND_ROW = 2, 24
BAR_HEIGHT, BAR_LABEL, BAR_VALUE = 28, 184, 100
LONGEST_NAME = 22
MARKS = ("", "M-2 2L2 -2M0 8L8 0M6 10L10 6", "M0 4H8", "M2 2H6V6H2Z", "M0 0L8 8M0 8L8 0", "M4 0V8")
"""What a series has on its colour; the seventh series looks like the first."""


@dataclass(frozen=True)
class Series:
    """One number for each step of a time line."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True)
class Bar:
    """`text` is what stands at its end."""

    name: str
    value: int
    text: str


def stacked_columns(name: str, title: str, about: str, steps: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Numbers over time, what is first among `series` at the bottom. `name` is unique on the page, `steps` are the
    labels of the time line; a step without anything stays empty."""
    down = TOP + -(-len(series) // LEGEND_COLUMNS) * LEGEND_ROW
    top = _round_up(max((sum(column) for column in zip(*(one.values for one in series), strict=True)), default=0))
    drawn = format_html(
        "{}{}{}{}{}",
        _patterns(name, len(series)),
        _legend(name, [one.name for one in series]),
        _grid(top, down),
        _time_axis(steps, down),
        _columns(name, series, len(steps), top, down),
    )
    return _image(name, title, about, drawn, down + HEIGHT)


def bars(name: str, title: str, about: str, lines: Sequence[Bar]) -> SafeString:
    """Numbers by category, one line each, in the order given."""
    most = max((line.value for line in lines), default=0) or 1
    room = WIDTH - BAR_LABEL - BAR_VALUE
    drawn = format_html_join(
        "",
        '<text class="name" x="{}" y="{}">{}</text><rect class="fill-0" x="{}" y="{}" width="{}" height="16"/>'
        '<text class="value" x="{}" y="{}">{}</text>',
        (
            (
                *(BAR_LABEL - 8, at * BAR_HEIGHT + 18, _short(line.name)),
                *(BAR_LABEL, at * BAR_HEIGHT + 6, f"{room * line.value / most:.1f}"),
                *(f"{BAR_LABEL + room * line.value / most + 6:.1f}", at * BAR_HEIGHT + 18, line.text),
            )
            for at, line in enumerate(lines)
        ),
    )
    return _image(name, title, about, drawn, max(1, len(lines)) * BAR_HEIGHT)


def _image(name: str, title: str, about: str, drawn: SafeString, height: int) -> SafeString:
    return format_html(
        '<svg class="figure-chart" role="img" aria-labelledby="{0}-title {0}-about" viewBox="0 0 {1} {2}">'
        '<title id="{0}-title">{3}</title><desc id="{0}-about">{4}</desc>{5}</svg>',
        *(name, WIDTH, height, title, about, drawn),
    )


def _patterns(name: str, number: int) -> SafeString:
    drawn = format_html_join(
        "",
        '<pattern id="{0}-{1}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect class="fill-{2}" width="8" height="8"/><path class="mark" d="{3}"/></pattern>',
        ((name, at, at % len(MARKS), MARKS[at % len(MARKS)]) for at in range(number)),
    )
    return format_html("<defs>{}</defs>", drawn)


def _legend(name: str, names: Sequence[str]) -> SafeString:
    width = (WIDTH - LEFT) // LEGEND_COLUMNS
    places = [(LEFT + at % LEGEND_COLUMNS * width, at // LEGEND_COLUMNS * LEGEND_ROW) for at in range(len(names))]
    return format_html_join(
        "",
        '<rect fill="url(#{}-{})" x="{}" y="{}" width="14" height="14"/><text class="legend" x="{}" y="{}">{}</text>',
        (
            (name, at, x, y + 2, x + 20, y + 14, _short(label))
            for at, (label, (x, y)) in enumerate(zip(names, places, strict=True))
        ),
    )


def _grid(top: int, down: int) -> SafeString:
    marks = [top * quarter // 4 for quarter in (0, 2, 4)]
    return format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, f"{_y(at, top, down):.1f}", f"{_y(at, top, down):.1f}", LEFT - 6, y, at)
            for at, y in ((at, f"{_y(at, top, down) + 4:.1f}") for at in marks)
        ),
    )


def _time_axis(steps: Sequence[str], down: int) -> SafeString:
    """At most MOST_LABELS labels, evenly apart."""
    every = max(1, -(-len(steps) // MOST_LABELS))
    return format_html_join(
        "",
        '<text class="step" x="{}" y="{}">{}</text>',
        ((f"{_x(at, len(steps)):.1f}", down + HEIGHT - 8, steps[at]) for at in range(0, len(steps), every)),
    )


def _columns(name: str, series: Sequence[Series], number: int, top: int, down: int) -> SafeString:
    width = max(1.0, (WIDTH - LEFT - RIGHT) / max(1, number) * 0.7)
    stacked, drawn = [0] * number, []
    for place, one in enumerate(series):
        for at, value in enumerate(one.values):
            if value:
                upper, lower = _y(stacked[at] + value, top, down), _y(stacked[at], top, down)
                x = f"{_x(at, number) - width / 2:.1f}"
                drawn.append((name, place, x, f"{upper:.1f}", f"{width:.1f}", f"{lower - upper:.1f}"))
                stacked[at] += value
    return format_html_join("", '<rect fill="url(#{}-{})" x="{}" y="{}" width="{}" height="{}"/>', drawn)


def _x(at: int, number: int) -> float:
    return LEFT + (at + 0.5) * (WIDTH - LEFT - RIGHT) / number


def _y(value: float, top: int, down: int) -> float:
    return down + HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _round_up(value: float) -> int:
    """The end of the axis: 4, 8 or 20 times a power of ten, so that halves are whole."""
    power = 1
    while True:
        for step in (4, 8, 20):
            if value <= step * power:
                return step * power
        power *= 10
