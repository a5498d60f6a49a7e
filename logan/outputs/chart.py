"""Hits over time as a chart of bars, with what has no data told apart from what has no hits."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from rich.text import Text

from logan.outputs.grid import GUTTER, Column, draw_bar, fit, lay_out, measure
from logan.outputs.page import Page
from logan.outputs.words import name_span, name_window
from logan.tables.period import Period
from logan.tables.spans import Window
from logan.tables.summary import Summary

#: A chart of more rows than `_FOLD` draws runs of windows without hits as one row, and any chart
#: runs of more than `_RUN` without data; it shows no more rows than `_MOST`.
_FOLD: Final = 31
_RUN: Final = 3
_MOST: Final = 62
#: The bars get at least one in so many cells of the width; longer ones than this say no more.
_SHARE: Final = 6
_LONGEST: Final = 60

Row = dict[str, Any]


def show_windows(summary: Summary, page: Page) -> list[Text]:
    """Show hits over time as a chart; windows without any line are no data, not zero."""
    window, period, zone = summary.window, summary.period, summary.result.zone
    if window is None or period is None or not summary.totals.hits:
        return []
    rows = _fold(list(_clip(summary.all_windows.to_dicts(), period, window)))
    shown = rows if page.top is None else rows[:_MOST]
    people = "users" if summary.totals.users else "addresses"
    columns = _window_columns(shown, people, window=window, zone=zone)
    least = page.width // _SHARE
    columns = fit(columns, width=page.width - least - GUTTER, marks=page.marks)
    room = page.width - measure(columns) - GUTTER
    if room >= least:
        bars = _draw_bars(shown, min(room, _LONGEST), page=page)
        columns.insert(1, Column("", bars, right=False, style="cyan"))
    clock = zone if zone == "UTC" else f"local time of {zone}"
    weeks = ", weeks from Monday" if window.unit == "w" else ""
    lines = [
        *page.title(f"By {name_window(window)}", f"{clock}{weeks}"),
        *lay_out(columns, width=page.width, marks=page.marks),
        *page.more(len(rows) - len(shown), "rows", "--top 0 shows all"),
    ]
    if any(column.title == "covered" for column in columns):
        note = "covered: share of the window's hours within the period that have lines"
        lines += page.wrap(note, first="  ", style="dim")
    return lines


def _clip(rows: list[Row], period: Period, window: Window) -> Iterator[Row]:
    """Name days only as far as the period reaches: there is nothing to be known of the others."""
    for row in rows:
        if window.unit not in ("d", "w"):
            yield row
        else:
            start = max(row["window_start"], period.start)
            end = min(row["window_end"], period.end)
            yield row | {"window_start": start, "window_end": end}


def _fold(rows: list[Row]) -> list[Row]:
    """Draw long runs of windows without data together, and if there are many windows, idle ones."""
    folded: list[Row] = []
    for (hits, dark), group in groupby(rows, lambda row: (row["hits"] > 0, _is_dark(row))):
        run = list(group)
        together = not hits and (len(rows) > _FOLD or (dark and len(run) > _RUN))
        folded += [_join(run)] if together else run
    return folded


def _join(run: list[Row]) -> Row:
    return run[0] | {
        "window_end": run[-1]["window_end"],
        "hours": sum(row["hours"] for row in run),
        "covered": sum(row["covered"] for row in run),
    }


def _is_dark(row: Row) -> bool:
    """Say whether a window has no line at all."""
    return bool(row["hours"]) and not row["covered"] and not row["hits"]


def _window_columns(rows: list[Row], people: str, *, window: Window, zone: str) -> list[Column]:
    names = [
        name_span(row["window_start"], row["window_end"], window=window, zone=zone) for row in rows
    ]
    columns = [Column("", names, right=False)]
    for name, rank in (("hits", 0), (people, 4), ("searches", 1), ("uploads", 2), ("blocked", 3)):
        cells = ["" if _is_dark(row) else f"{row[name]:,}" for row in rows]
        columns.append(Column(name, cells, rank=rank))
    if any(row["covered"] < row["hours"] for row in rows):
        cells = [f"{100 * row['covered'] // max(row['hours'], 1)}%" for row in rows]
        columns.append(Column("covered", cells))
    return columns


def _draw_bars(rows: list[Row], width: int, *, page: Page) -> list[str]:
    most = max(row["hits"] for row in rows)
    return [
        "no data" if _is_dark(row) else draw_bar(row["hits"] / most, width, marks=page.marks)
        for row in rows
    ]
