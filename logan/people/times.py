"""Columns of days and times of a register: each different text is read once."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Final, Literal, NamedTuple

import polars as pl

from logan.people.columns import RegisterCells
from logan.people.dates import (
    DayOrder,
    UnreadableTimeError,
    WrittenTime,
    day,
    expiry,
    first_day,
    first_moment,
    last_day,
    last_moment,
    order_signs,
    read_time,
)
from logan.people.remarks import FileRemarks, count_rows, quote
from logan.runtime.zones import offset_of
from logan.schema import TIME

#: What a column holds: a first or last day, the first moment or that which comes after the last
#: one (where these are days, whole ones), or a day as it is.
TimeKind = Literal["first_day", "last_day", "start", "end", "day"]

_MEANINGS: Final[Mapping[TimeKind, Callable[[WrittenTime, str], datetime | date | None]]] = {
    "first_day": first_day,
    "last_day": last_day,
    "start": first_moment,
    "end": last_moment,
    "day": day,
}
_MOMENTS: Final = ("start", "end")
#: `2024-03-12T09:30:00`, and perhaps a zone: such moments are read without Python.
_PLAIN: Final = (
    "^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?$"
)
_WITHOUT_ZONE: Final = 19
#: Columns of Active Directory whose value is a moment, and not the last day.
_EXPIRIES: Final = ("accountExpires", "AccountExpirationDate")
_WRITE_DAY: Final = "Write year, month and day: 2024-03-31."
_WRITE_MOMENT: Final = "Write 2024-03-31T17:30:00Z, or with an offset: 2024-03-31T18:30:00+01:00."


class _TimeColumn(NamedTuple):
    """A column that is being read, and what it is called in the file.

    `plain`: the moments that `plain_moments` reads, of which `local` name no zone. `texts`: each
    different text beside these (`value`), the first `line` it stands on, and how many rows have it
    (`len`).
    """

    heading: str
    kind: TimeKind
    plain: pl.Series
    local: int
    texts: pl.DataFrame


def read_times(
    cells: RegisterCells,
    kinds: Mapping[str, TimeKind],
    zone: str,
    order: DayOrder | None,
    remarks: FileRemarks,
) -> dict[str, pl.Series]:
    """The columns as instants (days, where they are of that kind); null where empty or open.

    What cannot be read is a problem. `order` answers what no date of the file decides, and nothing
    else.
    """
    columns = {name: _time_column(cells, name, kind, zone) for name, kind in kinds.items()}
    order = _decide([one.texts for one in columns.values()], order, remarks)
    found = {}
    for name, column in columns.items():
        meanings = _meanings(column, zone, order, remarks)
        others = cells.texts(name).replace_strict(
            list(meanings),
            list(meanings.values()),
            default=None,
            return_dtype=pl.Date() if column.kind == "day" else TIME,
        )
        found[name] = (
            others
            if column.kind == "day"
            else column.plain.zip_with(column.plain.is_not_null(), others)
        )
    _refuse_reversed(cells.line, found, remarks)
    return found


def _time_column(cells: RegisterCells, name: str, kind: TimeKind, zone: str) -> _TimeColumn:
    cell = cells.texts(name)
    nothing = pl.Series([None], dtype=TIME).new_from_index(0, len(cell))
    plain = plain_moments(cell, zone) if kind in _MOMENTS else nothing
    frame = pl.DataFrame([cell.alias("value"), cells.line.alias("line")])
    others = frame.filter(plain.is_null()).drop_nulls("value")
    texts = others.group_by("value", maintain_order=True).agg(pl.col("line").first(), pl.len())
    heading = cells.columns[name][0][0] if cells.columns[name] else name
    local = int((plain.is_not_null() & (cell.str.len_bytes() == _WITHOUT_ZONE)).sum())
    return _TimeColumn(heading, kind, plain, local, texts)


def plain_moments(cells: pl.Series, zone: str) -> pl.Series:
    """The moments among cells that are written as logs and scripts write them, UTC; others null.

    The fast path for lists of leases, of which hardly two have the same time. A time without an
    offset is one of the zone; null where it stood there twice, or never.
    """
    cell = pl.when(pl.col("cell").str.contains(_PLAIN)).then(pl.col("cell"))
    naive = cell.str.replace("T", " ", literal=True).str.slice(0, _WITHOUT_ZONE)
    naive = naive.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    behind = cell.str.slice(_WITHOUT_ZONE)
    ahead = behind.str.slice(1, 2).cast(pl.Int32, strict=False) * 60
    ahead += behind.str.slice(4, 2).cast(pl.Int32, strict=False)
    ahead = pl.when(behind.str.starts_with("-")).then(-ahead).otherwise(ahead).fill_null(0)
    offset = offset_of(zone)
    local = (
        naive.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
        if offset is None
        else (naive - offset).dt.replace_time_zone("UTC")
    )
    stated = naive.dt.replace_time_zone("UTC") - pl.duration(minutes=ahead)
    moment = pl.when(behind == "").then(local.dt.convert_time_zone("UTC")).otherwise(stated)
    return cells.to_frame("cell").select(moment.cast(TIME)).to_series()


def _decide(
    columns: list[pl.DataFrame], order: DayOrder | None, remarks: FileRemarks
) -> DayOrder | None:
    """The order of day and month in a file; a problem where nothing does, or two things."""
    signs = order_signs(
        cell for texts in columns for cell in texts.select("value", "line").iter_rows()
    )
    if signs.dmy and signs.mdy:
        one, two = signs.dmy, signs.mdy
        remarks.refuse(
            two.line,
            f"{two.text} is month/day, and {one.text} on line {one.line} is day/month",
            "Write all dates of a file in one order, best as 2024-03-31.",
        )
        return None
    decided: DayOrder | None = "dmy" if signs.dmy else "mdy" if signs.mdy else None
    if decided is None and order is None and signs.undecided:
        remarks.refuse(
            signs.undecided.line,
            f"{signs.undecided.text} may be day/month or month/day, and no date of the file"
            " decides it",
            "Say which: --date-order dmy (31/12/2024) or --date-order mdy (12/31/2024).",
        )
    return decided or order


def _meanings(
    column: _TimeColumn, zone: str, order: DayOrder | None, remarks: FileRemarks
) -> dict[str, datetime | date | None]:
    """What each different text of a column means; each that means nothing is a problem."""
    meanings: dict[str, datetime | date | None] = {}
    noted: list[tuple[WrittenTime, int]] = []
    faults: list[tuple[int, str]] = []
    for text, line, count in column.texts.iter_rows():
        try:
            if column.heading in _EXPIRIES:
                meanings[text] = expiry(text, order, zone)
                continue
            written = read_time(text, order)
            meanings[text] = _MEANINGS[column.kind](written, zone)
            noted.append((written, count))
        except UnreadableTimeError as error:
            faults.append((line, f"`{column.heading}` is {quote(text)}: {error}"))
    remarks.refuse_each(faults, _WRITE_MOMENT if column.kind in _MOMENTS else _WRITE_DAY)
    _say_what_was_taken(column, noted, zone, remarks)
    return meanings


def _say_what_was_taken(
    column: _TimeColumn, noted: list[tuple[WrittenTime, int]], zone: str, remarks: FileRemarks
) -> None:
    """Limits for what the cells say more, or less, than their column asks for."""
    clocks = [(one.clock, count) for one, count in noted if one.clock and one.offset is None]
    if column.kind in _MOMENTS:
        local = column.local + sum(count for _, count in clocks)
        what = f"times without a zone in `{column.heading}`", f"read as {zone}"
    else:
        local = sum(count for clock, count in clocks if clock != time())
        what = f"times of day in `{column.heading}`", "the whole day counts"
    if local:
        remarks.limit(f"has {what[0]} ({count_rows(local)}): {what[1]}")


def _refuse_reversed(line: pl.Series, found: Mapping[str, pl.Series], remarks: FileRemarks) -> None:
    """Problems with spans that are over before they begin."""
    if {"from", "until"} <= found.keys():
        reversed_ = (found["from"] >= found["until"]).fill_null(value=False)
        remarks.refuse_lines(line.filter(reversed_), "`until` is before `from`")
