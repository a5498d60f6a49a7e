"""Hits over time in a report: windows of all services together, their chart and their table."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from logan.outputs.report.charts import WindowSpan, draw_columns
from logan.outputs.report.content import ReportTable
from logan.outputs.words import count, name_day
from logan.outputs.words import name_span as write_span
from logan.package.blocking import ServiceBlock
from logan.package.reading import Package
from logan.tables.period import Period, localise
from logan.tables.spans import Window, parse_window

#: Columns of the chart, at most: more windows are drawn several at a time.
_COLUMNS: Final = 56
_DARK: Final = "no data"
Row = Mapping[str, Any]


class _WindowRows(list[dict[str, Any]]):
    """Windows of all services together, in order, each with its `label`."""


def read_windows(package: Package, period: Period | None) -> _WindowRows:
    """The windows over all services; where there are many, several in a row as one."""
    asked = package.manifest["asked"]["window"]
    if period is None or asked is None:
        return _WindowRows()
    sums = ("hits", "blocked", "searches", "uploads")
    rows = (
        package.table("windows.csv")
        .group_by("window_start", "window_end")
        .agg(pl.col(sums).sum(), pl.col("hours", "covered_hours").max())
        .sort("window_start")
        .collect(engine="streaming")
    )
    together = -(-rows.height // _COLUMNS) or 1
    merged = (
        rows.with_row_index("at")
        .group_by(pl.col("at") // together, maintain_order=True)
        .agg(
            pl.col("window_start").first(),
            pl.col("window_end").last(),
            pl.col(*sums, "hours", "covered_hours").sum(),
        )
    )
    window = parse_window(asked)
    window = Window(window.length * together, window.unit)
    return _WindowRows(
        row
        | {"label": _name_window(row, period, window), "short": _name_start(row, period, window)}
        for row in merged.iter_rows(named=True)
    )


def _clip(row: Row, period: Period) -> tuple[datetime, datetime]:
    return max(row["window_start"], period.start), min(row["window_end"], period.end)


def _name_window(row: Row, period: Period, window: Window) -> str:
    whole = window.unit not in ("d", "w")
    start, end = (row["window_start"], row["window_end"]) if whole else _clip(row, period)
    return write_span(start, end, window=window, zone=period.zone)


def _name_start(row: Row, period: Period, window: Window) -> str:
    """What stands below a column: as short as it can be."""
    start = localise(row["window_start"], period.zone)
    if window.unit == "h":
        return f"{start:%H:%M}"
    if window.unit in ("d", "w"):
        return name_day(localise(_clip(row, period)[0], period.zone).date()).rsplit(" ", 1)[0]
    day = name_day(start.date()).split(" ")
    return day[2] if window.unit == "y" else f"{day[1]} {day[2]}"


def _is_dark(row: Row) -> bool:
    return bool(row["hours"]) and not row["covered_hours"] and not row["hits"]


def draw_windows(
    windows: Sequence[Row],
    blocks: Sequence[ServiceBlock],
    names: Mapping[str, str],
    period: Period | None,
) -> Any:
    """The chart of hits by window, with blocks marked; None where there is no hit."""
    if not windows or not sum(row["hits"] for row in windows):
        return None
    spans = [
        WindowSpan(row["short"], row["hits"], row["blocked"], _is_dark(row)) for row in windows
    ]
    marks = [*_place_marks(windows, blocks[:1], names, period)]
    most = max(windows, key=lambda row: row["hits"])
    said = [
        f"{count(len(windows), 'column')}.",
        f"The highest is {most['label']} with {count(most['hits'], 'hit')}.",
        *(f"{mark[1]}." for mark in marks),
        "All numbers stand in the table below.",
    ]
    return draw_columns(spans, marks, " ".join(said))


def _place_marks(
    windows: Sequence[Row],
    blocks: Sequence[ServiceBlock],
    names: Mapping[str, str],
    period: Period | None,
) -> Iterator[tuple[float, str]]:
    """Where blocks begin, in windows from the start, with their words."""
    for block in blocks:
        for place, row in enumerate(windows):
            start, end = row["window_start"], row["window_end"]
            if period and start <= block.start < end:
                share = (block.start - start) / (end - start)
                day = name_day(localise(block.start, period.zone).date())
                yield place + share, f"{names.get(block.service)} blocked from {day}"


def list_windows(windows: Sequence[Row]) -> ReportTable:
    """The numbers of the chart, window by window, with the share of hours that have lines."""
    columns = [("from, to", False), *((name, True) for name in _WINDOW_COUNTS), ("covered", True)]
    rows = [
        [
            row["label"],
            *(_DARK if _is_dark(row) else f"{row[name]:,}" for name in _WINDOW_COUNTS),
            f"{100 * row['covered_hours'] // max(row['hours'], 1)}%",
        ]
        for row in windows
    ]
    query = "windows.csv: sum over services, by window_start; covered_hours of hours"
    return ReportTable("The same in numbers", columns, rows, query)


_WINDOW_COUNTS: Final = ("hits", "blocked", "searches", "uploads")
