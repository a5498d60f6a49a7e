"""Where the marks of a chart lie: geometry for the templates, in units of their view boxes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

WIDTH: Final = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 30, 36
_HEIGHT: Final = 250
_TICKS: Final = 4
#: Names below the columns, at most.
_NAMES: Final = 7
_GAP: Final = 0.22
_STRIP, _STRIP_GAP, _STRIP_NAME = 20, 10, 20


class ChartColumn(NamedTuple):
    """One column: hits let through below, blocked ones on top; or no data at all."""

    x: float
    width: float
    allowed_y: float
    allowed_height: float
    blocked_y: float
    blocked_height: float
    dark: bool
    label: str
    named: bool
    center: float


class ScaleTick(NamedTuple):
    """A line of the scale, with its number."""

    y: float
    label: str


class ChartMark(NamedTuple):
    """A line across the columns, with its words, which end or begin there."""

    x: float
    label: str
    anchor: str


class ColumnChart(NamedTuple):
    """Hits over time: columns, scale and marks. `summary` says in words what it shows."""

    width: int
    height: int
    left: float
    right: float
    top: float
    base: float
    columns: Sequence[ChartColumn]
    ticks: Sequence[ScaleTick]
    marks: Sequence[ChartMark]
    summary: str


class WindowSpan(NamedTuple):
    """A window as it is drawn. `share` of a mark is the part of the window before it."""

    label: str
    hits: int
    blocked: int
    dark: bool


def draw_columns(
    spans: Sequence[WindowSpan], marks: Sequence[tuple[float, str]], summary: str
) -> ColumnChart:
    """Lay out a chart of windows; each of `marks` lies so many windows from the start."""
    top = nice_ceiling(max((span.hits for span in spans), default=0))
    base, height = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    step = (WIDTH - _LEFT - _RIGHT) / max(len(spans), 1)
    every = -(-len(spans) // _NAMES)
    columns = [
        _draw_column(span, _LEFT + step * place, step, height / top, named=place % every == 0)
        for place, span in enumerate(spans)
    ]
    ticks = [
        ScaleTick(base - height * number / _TICKS, f"{top * number // _TICKS:,}")
        for number in range(_TICKS + 1)
    ]
    drawn = [_draw_mark(_LEFT + step * place, label) for place, label in marks]
    return ColumnChart(
        WIDTH, _HEIGHT, _LEFT, WIDTH - _RIGHT, _TOP, base, columns, ticks, drawn, summary
    )


def _draw_column(
    span: WindowSpan, x: float, step: float, scale: float, *, named: bool
) -> ChartColumn:
    base = _HEIGHT - _BOTTOM
    allowed, blocked = (span.hits - span.blocked) * scale, span.blocked * scale
    gap = step * _GAP
    return ChartColumn(
        x=round(x + gap / 2, 2),
        width=round(step - gap, 2),
        allowed_y=round(base - allowed, 2),
        allowed_height=round(allowed, 2),
        blocked_y=round(base - allowed - blocked, 2),
        blocked_height=round(blocked, 2),
        dark=span.dark,
        label=span.label,
        named=named,
        center=round(x + step / 2, 2),
    )


def _draw_mark(x: float, label: str) -> ChartMark:
    return ChartMark(round(x, 2), label, "end" if x > WIDTH / 2 else "start")


def nice_ceiling(most: int) -> int:
    """The round number at or above the highest one, that the scale can be cut by."""
    scales = (digit * int(10**power) for power in range(16) for digit in (4, 8, 12, 16, 20, 28))
    return next((number for number in scales if number >= most), most)


class CoverageRun(NamedTuple):
    """A span of a strip: `lines`, `no_data` or `unread`."""

    x: float
    width: float
    state: str


class CoverageStrip(NamedTuple):
    """The coverage of one gateway."""

    name: str
    y: float
    name_y: float
    runs: Sequence[CoverageRun]


class CoverageChart(NamedTuple):
    """When each gateway has lines: strips over one span of time, named at both ends."""

    width: int
    height: int
    strip_height: int
    strips: Sequence[CoverageStrip]
    start: str
    end: str
    summary: str


def draw_coverage(
    gateways: Sequence[tuple[str, Sequence[tuple[datetime, datetime, str]]]],
    *,
    start: str,
    end: str,
    summary: str,
) -> CoverageChart:
    """Lay out the coverage of gateways, each with its runs from the same start to the same end."""
    row = _STRIP_NAME + _STRIP + _STRIP_GAP
    strips = []
    for place, (name, runs) in enumerate(gateways):
        first, last = runs[0][0], runs[-1][1]
        scale = WIDTH / max((last - first).total_seconds(), 1)
        drawn = [
            CoverageRun(
                round((begin - first).total_seconds() * scale, 2),
                round(max((stop - begin).total_seconds() * scale, 1), 2),
                state,
            )
            for begin, stop, state in runs
        ]
        y = place * row + _STRIP_NAME
        strips.append(CoverageStrip(name, y, y - 6, drawn))
    height = len(strips) * row + 18
    return CoverageChart(WIDTH, height, _STRIP, strips, start, end, summary)
