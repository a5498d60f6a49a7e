"""When a request was logged: the forms that logs write it in, and whose clock each is.

What has no zone stays a wall clock; which zone it is in is said where a source is read.
"""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.layout import Expressions
from logan.formats.engine.values import Cells, Given, value

#: Whose clock a stamp is: "utc" (by definition), "offset" (each stamp carries its own), "local"
#: (needs a zone), "envelope" (a record has none: that of the syslog header around it).
Clock = Literal["utc", "offset", "local", "envelope"]

_ISO_WALLS: Final = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")


class Stamp(NamedTuple):
    """When a request was logged: whose clock that is, and what gives `time` or `local_time`.

    `columns` gives `time` where stamps fix an instant, `local_time` where they are wall clocks,
    both where lines differ, neither where lines of that layout have no stamp of their own.
    """

    clock: Clock
    columns: Callable[[Cells], Expressions]


def epoch(given: Given) -> Stamp:
    """Seconds, milli-, micro- or nanoseconds since 1970 UTC."""
    return Stamp("utc", lambda cell: {"time": clock.epoch(value(given, cell))})


def epoch_seconds(given: Given) -> Stamp:
    """Seconds since 1970 UTC, with any decimals."""
    return Stamp("utc", lambda cell: {"time": clock.epoch_seconds(value(given, cell))})


def utc(given: Given, form: str) -> Stamp:
    """A wall clock that is UTC by the vendor's definition, in a strptime format."""
    return Stamp(
        "utc",
        lambda cell: {"time": clock.naive(value(given, cell), form).dt.replace_time_zone("UTC")},
    )


def local(given: Given, form: str) -> Stamp:
    """A wall clock without a zone, in a strptime format."""
    return Stamp("local", lambda cell: {"local_time": clock.naive(value(given, cell), form)})


def zoned(given: Given, form: str, zone: Given, *, whose: Clock = "local") -> Stamp:
    """A wall clock, in a strptime format, with its zone in a cell of its own: an offset or a name.

    Where that holds nothing, or a name of several zones (`clock.SHARED_NAMES`), it stays a wall
    clock; in a zone that is not known it is not read. `whose` is "offset" where no line lacks it.
    """

    def columns(cell: Cells) -> Expressions:
        placed = clock.in_zone(clock.naive(value(given, cell), form), value(zone, cell))
        return placed if whose == "local" else {"time": placed["time"]}

    return Stamp(whose, columns)


def ordered_date(given: Given) -> Stamp:
    """A date and time of which the head, or a person, says in which order it is (`dates`)."""
    return Stamp(
        "local",
        lambda cell: {
            "local_time": dates.date_time(
                value(given, cell).str.replace("([0-9])T", "${1} "), cell.layout
            )
        },
    )


def iso(given: Given) -> Stamp:
    """ISO 8601 with `Z` or an offset."""
    return Stamp("offset", lambda cell: {"time": clock.iso_offset(value(given, cell))})


def iso_utc(given: Given) -> Stamp:
    """The same where the vendor writes UTC always."""
    return Stamp("utc", iso(given).columns)


def iso_or_local(given: Given) -> Stamp:
    """ISO 8601, with an offset or without."""

    def columns(cell: Cells) -> Expressions:
        stamp = value(given, cell)
        walls = pl.coalesce(clock.naive(stamp, wall) for wall in _ISO_WALLS)
        return {"time": clock.iso_offset(stamp), "local_time": walls}

    return Stamp("local", columns)


def with_offset(given: Given, form: str) -> Stamp:
    """A stamp with its offset (`%z`), in a strptime format."""

    def columns(cell: Cells) -> Expressions:
        stamp = value(given, cell)
        found = stamp.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
        return {"time": found}

    return Stamp("offset", columns)


def common_log_stamp(given: Given) -> Stamp:
    """`10/Oct/2000:13:55:36 -0700`, as in the common log format."""
    return Stamp("offset", lambda cell: {"time": clock.clf(value(given, cell))})


def any_stamp(given: Given, zone: Given | None = None) -> Stamp:
    """A stamp in any form that CEF and LEEF allow, its zone behind it or in a cell of its own."""

    def columns(cell: Cells) -> Expressions:
        return clock.any_stamp(value(given, cell), value(zone, cell) if zone is not None else None)

    return Stamp("local", columns)


def first(*stamps: Stamp) -> Stamp:
    """Several stamps that a line may have: the first that fixes an instant, else the first wall
    clock."""
    clocks = {one.clock for one in stamps}
    whose: Clock = "local" if "local" in clocks else "utc" if clocks == {"utc"} else "offset"

    def columns(cell: Cells) -> Expressions:
        made = [one.columns(cell) for one in stamps]
        instant = pl.coalesce(one["time"] for one in made if "time" in one)
        walls = [one["local_time"] for one in made if "local_time" in one]
        if not walls:
            return {"time": instant}
        return {"time": instant, "local_time": pl.when(instant.is_null()).then(pl.coalesce(walls))}

    return Stamp(whose, columns)
