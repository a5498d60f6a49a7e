"""Window lengths (`90d`, `1w`, `1mo` ...) and the spans of local time they cut a period into."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final, Literal, NamedTuple, get_args

import polars as pl

from logan.errors import UsageError
from logan.schema import TIME
from logan.tables.period import Period, begin_day

Unit = Literal["h", "d", "w", "mo", "q", "y"]

_WINDOW: Final = re.compile(r"\s*([0-9]{1,4})\s*([a-z]+)\s*", re.IGNORECASE)
_MONTHS: Final = {"mo": 1, "q": 3, "y": 12}
#: More windows than anybody reads, and enough for an hour each over a hundred years.
_MOST_WINDOWS: Final = 1_000_000


class Window(NamedTuple):
    """A length of local time: `length` hours, days, weeks, months, quarters or years."""

    length: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.length}{self.unit}"


def parse_window(text: str) -> Window:
    """Read a window length as a person writes it: `1h`, `1d`, `90d`, `1w`, `1mo`, `1q`, `1y`."""
    match = _WINDOW.fullmatch(text)
    if match:
        length = int(match[1])
        for unit in get_args(Unit):
            if unit == match[2].lower() and length > 0:
                return Window(length, unit)
    raise UsageError(
        f"{text!r} is no window: write a number and a unit, such as 1h (hours), 1d, 7d or 90d "
        "(days), 1w (weeks from Monday), 1mo (months), 1q (quarters), 1y (years)"
    )


def pick_window(period: Period) -> Window:
    """Choose the window whose chart fits a screen, for a reader who did not name one."""
    if period.days <= 2:
        return Window(1, "h")
    if period.days <= 31:
        return Window(1, "d")
    if period.days <= 190:
        return Window(1, "w")
    return Window(1, "mo") if period.days <= 5 * 366 else Window(1, "y")


def cut(period: Period, window: Window) -> pl.DataFrame:
    """Cut a period into windows of local time: `window_start` inclusive, `window_end` exclusive.

    Both are UTC instants. Windows follow one another without a gap, and the first and the last may
    reach beyond the period. Days are counted from the period's first local day, weeks start on
    Monday, months, quarters and years with the calendar; hours start anew at each local midnight,
    so a day with a clock change has one more, one fewer, or one shorter.
    """
    estimate = (period.end - period.start) / _shortest(window)
    if estimate > _MOST_WINDOWS:
        raise UsageError(
            f"windows of {window} would cut {period.first_day} to {period.last_day} into "
            f"{estimate:,.0f} pieces: choose a longer --window, or a shorter time with "
            "--since and --until"
        )
    if window.unit == "h":
        bounds = _cut_hours(period, window.length)
    else:
        bounds = [begin_day(day, period.zone) for day in _list_days(period, window)]
    frame = pl.DataFrame(
        {"window_start": bounds[:-1], "window_end": bounds[1:]},
        schema={"window_start": TIME, "window_end": TIME},
    )
    return frame.filter(
        # A local day that never was (Samoa, 30 December 2011) leaves an empty span.
        pl.col("window_start") < pl.col("window_end"),
        pl.col("window_end") > period.start,
        pl.col("window_start") < period.end,
    )


def _shortest(window: Window) -> timedelta:
    hours = {"h": 1, "d": 24, "w": 24 * 7, "mo": 24 * 28, "q": 24 * 90, "y": 24 * 365}
    return timedelta(hours=window.length * hours[window.unit])


def _list_days(period: Period, window: Window) -> list[date]:
    """List the local days at which windows begin, and the day on which the last one ends."""
    first, last = period.first_day, period.last_day
    if window.unit in ("d", "w"):
        if window.unit == "w":
            first = _nth_day(first.toordinal() - first.weekday())
        step = window.length * (7 if window.unit == "w" else 1)
        count = (last - first).days // step + 1
        return [_nth_day(first.toordinal() + step * index) for index in range(count + 1)]
    size = _MONTHS[window.unit]
    anchor = first.year * 12 + (first.month - 1) // size * size
    step = size * window.length
    count = (last.year * 12 + last.month - 1 - anchor) // step + 1
    return [_nth_month(anchor + step * index) for index in range(count + 1)]


def _nth_day(ordinal: int) -> date:
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def _nth_month(months: int) -> date:
    year, month = divmod(months, 12)
    return date(year, month + 1, 1) if year <= date.max.year else date.max


def _cut_hours(period: Period, length: int) -> list[datetime]:
    days = [begin_day(day, period.zone) for day in _list_days(period, Window(1, "d"))]
    bounds = []
    for start, end in pairwise(days):
        step = timedelta(hours=length)
        bounds += [start + step * index for index in range(-((start - end) // step))]
    return [*bounds, days[-1]]
