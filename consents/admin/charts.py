"""Charts as SVG, drawn on the server: no script, no inline style, colours by the classes of `reports.css`.

Each is an image with a title and a description; the figures stand in a table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 24, 28
MOST_LABELS = 7
BAR_HEIGHT, BAR_LABEL = 28, 220
BAR_VALUE = 64


@dataclass(frozen=True)
class Point:
    """One step of a time line; `value` None leaves a gap. `low` and `high` draw a band around the line."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    markers: Sequence[str] = field(default_factory=list)
    """What happened in this step, such as a version that came into force."""


@dataclass(frozen=True)
class Chart:
    """`title` in words for a heading beside it, and the drawing, which says it too."""

    title: str
    drawn: SafeString


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    text: str


def line_chart(name: str, title: str, description: str, points: Sequence[Point]) -> Chart:
    """Shares between 0 and 1 over time, with their bands and the markers. `name` is unique on the page."""
    ticks = [(share / 4, f"{share * 25} %") for share in range(5)]
    runs = _runs(points)
    bands = format_html_join("", '<polygon class="band" points="{}"/>', ((_band(run, points),) for run in runs))
    lines = format_html_join(
        "",
        '<polyline class="line" points="{}"/>',
        ((" ".join(f"{_x(at, points):.1f},{_y(points[at].value or 0, 1):.1f}" for at in run),) for run in runs),
    )
    dots = format_html_join(
        "",
        '<circle class="dot" cx="{}" cy="{}" r="3"/>',
        (
            (f"{_x(at, points):.1f}", f"{_y(point.value, 1):.1f}")
            for at, point in enumerate(points)
            if point.value is not None
        ),
    )
    drawn = format_html("{}{}{}{}{}{}", _grid(ticks, 1), _time_axis(points), _marks(points), bands, lines, dots)
    return _image(name, title, description, drawn, HEIGHT)


def column_chart(name: str, title: str, description: str, points: Sequence[Point]) -> Chart:
    """Numbers over time, with the markers."""
    top = _round_up(max((point.value or 0 for point in points), default=0))
    ticks = [(top * quarter / 4, f"{top * quarter / 4:g}") for quarter in (0, 2, 4)]
    width = max(1.0, (WIDTH - LEFT - RIGHT) / max(1, len(points)) * 0.7)
    columns = format_html_join(
        "",
        '<rect class="column" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                f"{_x(at, points) - width / 2:.1f}",
                f"{_y(point.value, top):.1f}",
                f"{width:.1f}",
                f"{_y(0, top) - _y(point.value, top):.1f}",
            )
            for at, point in enumerate(points)
            if point.value
        ),
    )
    drawn = format_html("{}{}{}{}", _grid(ticks, top), _time_axis(points), _marks(points), columns)
    return _image(name, title, description, drawn, HEIGHT)


def bar_chart(name: str, title: str, description: str, bars: Sequence[Bar]) -> Chart:
    """Numbers by category, one line each, in the order given."""
    most = max((bar.value for bar in bars), default=0) or 1
    room = WIDTH - BAR_LABEL - BAR_VALUE
    drawn = format_html_join(
        "",
        '<text class="name" x="{}" y="{}">{}</text><rect class="column" x="{}" y="{}" width="{}" height="16"/>'
        '<text class="value" x="{}" y="{}">{}</text>',
        (
            (
                BAR_LABEL - 8,
                at * BAR_HEIGHT + 18,
                bar.label if len(bar.label) <= 32 else f"{bar.label[:31]}…",
                BAR_LABEL,
                at * BAR_HEIGHT + 6,
                f"{room * bar.value / most:.1f}",
                f"{BAR_LABEL + room * bar.value / most + 6:.1f}",
                at * BAR_HEIGHT + 18,
                bar.text,
            )
            for at, bar in enumerate(bars)
        ),
    )
    return _image(name, title, description, drawn, len(bars) * BAR_HEIGHT)


def _image(name: str, title: str, description: str, drawn: SafeString, height: int) -> Chart:
    image = format_html(
        '<svg class="chart" role="img" aria-labelledby="{0}-title {0}-description" viewBox="0 0 {1} {2}">'
        '<title id="{0}-title">{3}</title><desc id="{0}-description">{4}</desc>{5}</svg>',
        name,
        WIDTH,
        height,
        title,
        description,
        drawn,
    )
    return Chart(title, image)


def _grid(ticks: Sequence[tuple[float, str]], top: float) -> SafeString:
    return format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, f"{_y(at, top):.1f}", f"{_y(at, top):.1f}", LEFT - 6, f"{_y(at, top) + 4:.1f}", label)
            for at, label in ticks
        ),
    )


def _time_axis(points: Sequence[Point]) -> SafeString:
    """At most MOST_LABELS labels, evenly apart."""
    every = max(1, -(-len(points) // MOST_LABELS))
    return format_html_join(
        "",
        '<text class="step" x="{}" y="{}">{}</text>',
        ((f"{_x(at, points):.1f}", HEIGHT - 8, points[at].label) for at in range(0, len(points), every)),
    )


def _marks(points: Sequence[Point]) -> SafeString:
    marked = [(at, point) for at, point in enumerate(points) if point.markers]
    return format_html_join(
        "",
        '<line class="mark" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text class="mark-label" x="{0}" y="{3}">{4}</text>',
        (
            (f"{_x(at, points):.1f}", TOP - 6, HEIGHT - BOTTOM, TOP - 10, ", ".join(point.markers))
            for at, point in marked
        ),
    )


def _runs(points: Sequence[Point]) -> list[list[int]]:
    """The places of neighbouring points that have a value."""
    runs: list[list[int]] = [[]]
    for at, point in enumerate(points):
        if point.value is not None:
            runs[-1].append(at)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _band(run: Sequence[int], points: Sequence[Point]) -> str:
    upper = [f"{_x(at, points):.1f},{_y(points[at].high or 0, 1):.1f}" for at in run]
    lower = [f"{_x(at, points):.1f},{_y(points[at].low or 0, 1):.1f}" for at in reversed(run)]
    return " ".join(upper + lower)


def _x(at: int, points: Sequence[Point]) -> float:
    return LEFT + (at + 0.5) * (WIDTH - LEFT - RIGHT) / len(points)


def _y(value: float | None, top: float) -> float:
    return HEIGHT - BOTTOM - (value or 0) / top * (HEIGHT - TOP - BOTTOM)


def _round_up(value: float) -> int:
    """The end of the axis: 4, 8 or 20 times a power of ten, so that halves are whole."""
    power = 1
    while True:
        for step in (4, 8, 20):
            if value <= step * power:
                return step * power
        power *= 10
