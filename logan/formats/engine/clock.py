"""Expressions that turn the stamps of logs into time. What has no zone stays without one.

Two-digit years, 12-hour clocks and day/month order belong to the family that writes them.
"""

from collections.abc import Callable
from typing import Final
from zoneinfo import available_timezones

import polars as pl

from logan.runtime.fast_path import with_fallback


def epoch_seconds(cell: pl.Expr) -> pl.Expr:
    """Seconds since 1970 UTC with any number of decimals, to the microsecond."""
    micros = (cell.cast(pl.Float64, strict=False) * 1_000_000).round()
    return micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC"))


def epoch(cell: pl.Expr) -> pl.Expr:
    """Seconds, milli-, micro- or nanoseconds since 1970 UTC, told apart by their size.

    11 digits of seconds end in the year 5138, so no unit overlaps another between 1973 and then.
    """
    number = cell.cast(pl.Float64, strict=False)
    whole = cell.cast(pl.Int64, strict=False)
    micros = (
        pl.when(number < 1e11)
        .then((number * 1e6).round())
        .when(number < 1e14)
        .then((number * 1e3).round())
        .when(number < 1e17)
        .then(number.round())
        .otherwise(whole // 1_000)
    )
    return micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC"))


def clf(cell: pl.Expr) -> pl.Expr:
    """`10/Oct/2000:13:55:36 -0700`, the stamp of the common log format."""
    return cell.str.to_datetime(
        "%d/%b/%Y:%H:%M:%S %z", strict=False, time_unit="us", time_zone="UTC"
    )


def naive(cell: pl.Expr, form: str) -> pl.Expr:
    """A wall clock without a zone, by a chrono format; null where it does not fit."""
    return cell.str.to_datetime(form, strict=False, time_unit="us")


def iso_offset(cell: pl.Expr) -> pl.Expr:
    """ISO 8601 with `Z`, `+01:00` or `+0100`, any decimals; null where it has no offset."""
    text = (
        cell.str.replace("^([0-9-]{10})[ t]", "${1}T")
        .str.replace(r"(?:Z|z)$", "+00:00")
        .str.replace(r"([+-][0-9]{2})([0-9]{2})$", "${1}:${2}")
        .str.replace(r"(\.[0-9]{6})[0-9]+", "${1}")
    )
    return text.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_unit="us", time_zone="UTC"
    )


#: Zone names that mean one offset, by the hours that they are ahead of UTC: those of RFC 5322,
#: section 4.3 (but for CST), and of the IANA database those that stand for one offset only.
_ZONES: Final[dict[int, str]] = {
    -10: "HST",
    -9: "AKST",
    -8: "PST AKDT",
    -7: "PDT MST",
    -6: "MDT",
    -5: "CDT EST",
    -4: "EDT",
    0: "UTC UT GMT Z WET",
    1: "CET WEST WAT",
    2: "CEST EET SAST CAT",
    3: "EEST MSK EAT",
    5: "PKT",
    8: "AWST HKT",
    9: "JST KST",
    10: "AEST",
    11: "AEDT",
    12: "NZST",
    13: "NZDT",
}
_ZONE_HOURS: Final = {name: ahead for ahead, names in _ZONES.items() for name in names.split()}
#: Names of several zones (IANA database): Britain's summer and Bangladesh, America's centre and
#: China, India, Israel and Ireland. Which one is meant, only people can say.
SHARED_NAMES: Final = ("BST", "CST", "IST")
#: A zone's name behind a stamp, for both engines.
ZONE_NAME: Final = f"(?:{'|'.join(sorted((*_ZONE_HOURS, *SHARED_NAMES), reverse=True))})"


def zone_offset(cell: pl.Expr) -> pl.Expr:
    """What a zone is ahead of UTC: `+0200`, `+5:30`, `-8`, `UTC+01:00`, `EST`; null for others."""
    bare = cell.str.strip_chars(' "()').str.to_uppercase()
    found = bare.str.extract_groups(r"^(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?$").struct
    minutes = found[1].cast(pl.Int64) * 60 + found[2].cast(pl.Int64).fill_null(0)
    signed = pl.when(found[0] == "-").then(-minutes).otherwise(minutes)
    hours = bare.replace_strict(_ZONE_HOURS, default=None, return_dtype=pl.Int64)
    return pl.duration(minutes=pl.coalesce(signed, hours * 60))


def at_zone(local: pl.Expr, zone: pl.Expr) -> pl.Expr:
    """A wall clock in the zone that its own record names (see `zone_offset`, or `Europe/London`).

    UTC; null where the zone is not known, and in the hour that stands twice in a named zone.
    """
    placed = (local - zone_offset(zone)).dt.replace_time_zone("UTC")
    named = pl.struct(local=local, zone=zone.str.strip_chars(' "'))
    return pl.coalesce(placed, named.map_batches(_in_named_zones, return_dtype=_INSTANT))


def in_zone(local: pl.Expr, zone: pl.Expr) -> dict[str, pl.Expr]:
    """`time` and `local_time` of a wall clock with the zone that its record names (null: none).

    The wall clock stays one where no zone is named, or a name of several (`SHARED_NAMES`): it is
    read in the zone that a person names. In a zone that is not known it is not read.
    """
    bare = zone.str.strip_chars(' "()').str.to_uppercase()
    unsaid = zone.is_null() | bare.is_in(list(SHARED_NAMES))
    return {"time": at_zone(local, zone), "local_time": pl.when(unsaid).then(local)}


_INSTANT: Final = pl.Datetime("us", "UTC")


def _in_named_zones(rows: pl.Series) -> pl.Series:
    """Each `local` in its IANA `zone`; one pass for each different zone."""
    frame = rows.struct.unnest()
    out: pl.Expr = pl.lit(None, dtype=_INSTANT)
    for name in frame["zone"].drop_nulls().unique():
        if "/" in name and name in available_timezones():
            local = pl.col("local").dt.replace_time_zone(
                name, ambiguous="null", non_existent="null"
            )
            out = (
                pl.when(pl.col("zone") == name)
                .then(local.dt.convert_time_zone("UTC"))
                .otherwise(out)
            )
    return frame.select(at=out)["at"] if len(frame) else pl.Series([], dtype=_INSTANT)


_WALLS: Final = (
    "%b %d %Y %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d %b %Y %H:%M:%S%.f",
    # A spreadsheet of German (and of nearly all of Europe that parts dates by points): day first.
    # It leaves the seconds out where nobody asked for them.
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%Y %H:%M",
)
_OWN_ZONE: Final = (
    r"[0-9] ?((?:UTC|GMT)?[+-][0-9]{1,2}:?(?:[0-9]{2})?|[A-Z]{1,4}|[A-Z][a-z]+/[A-Za-z_/]+)$"
)


def any_stamp(cell: pl.Expr, zone: pl.Expr | None = None) -> dict[str, pl.Expr]:
    """`time` or `local_time` from a stamp in any form that CEF and LEEF allow.

    The epoch in any unit, ISO 8601, `Jan 31 2024 13:55:36.123`; a zone behind it, or in `zone`.
    A stamp without a year, or in a zone that is not known, is not read.
    """
    rows = pl.struct(stamp=cell, zone=pl.lit(None, dtype=pl.String) if zone is None else zone)
    return {
        "time": rows.map_batches(_instants, return_dtype=_INSTANT, is_elementwise=True),
        "local_time": rows.map_batches(_walls, return_dtype=_WALL, is_elementwise=True),
    }


#: Stamps that can be read in one way only, where no zone is beside them.
_PLAIN_WALL: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
_PLAIN_EPOCH: Final = "^[0-9]{10,18}$"
_WALL: Final = pl.Datetime("us")


def _instants(rows: pl.Series) -> pl.Series:
    """`time` of stamps and their zones: by a fast path where they are plain."""
    return _with_plain(rows, _PLAIN_EPOCH, _PLAIN_WALL, "time", epoch)


def _walls(rows: pl.Series) -> pl.Series:
    """`local_time`, likewise."""
    return _with_plain(
        rows, _PLAIN_WALL, _PLAIN_EPOCH, "local_time", lambda cell: naive(cell, _WALLS[1])
    )


def _with_plain(
    rows: pl.Series, plain: str, null: str, name: str, read: Callable[[pl.Expr], pl.Expr]
) -> pl.Series:
    """What `read` makes of stamps that fit `plain`; null where they fit `null`."""
    frame, stamp = rows.struct.unnest(), pl.col("stamp")
    fits = (stamp.str.contains(plain) & pl.col("zone").is_null()).fill_null(value=False)
    other = (stamp.str.contains(null) & pl.col("zone").is_null()).fill_null(value=False)
    fast = frame.select(
        found=pl.when(fits).then(read(stamp)), left=~fits & ~other & stamp.is_not_null()
    )
    left = fast["left"]
    return with_fallback(fast["found"], left, lambda: _read_any(frame.filter(left), name))


def _read_any(frame: pl.DataFrame, name: str) -> pl.Series:
    """Stamps of any form; each different one once, for they repeat within a second."""
    once = frame.unique(maintain_order=True)
    found = _any_stamp(pl.col("stamp"), pl.col("zone"))[name].alias(name)
    values = once.lazy().with_columns(found).collect(engine="in-memory")
    if len(once) == len(frame):
        return values[name]
    on = ["stamp", "zone"]
    return frame.join(values, on=on, how="left", nulls_equal=True, maintain_order="left")[name]


def _any_stamp(cell: pl.Expr, zone: pl.Expr) -> dict[str, pl.Expr]:
    """`any_stamp`: the fallback."""
    text = (
        cell.str.strip_chars(' "[]')
        .str.replace("^([0-9-]{10})T", "${1} ")
        .str.replace_all(" +", " ")
    )
    own = text.str.extract(_OWN_ZONE, 1)
    named = pl.coalesce(own, zone)
    bare = text.str.replace(
        r"([0-9]) ?(?:UTC|GMT)?[+-][0-9:]+$|([0-9]) ?[A-Z][A-Za-z_/]*$", "${1}${2}"
    )
    placed = in_zone(pl.coalesce(naive(bare, form) for form in _WALLS), named)
    # Fewer digits, in seconds before September 2001, are a duration or a number of something.
    number = pl.when(text.str.contains(r"^[0-9]{10,}(?:\.[0-9]+)?$")).then(text)
    return {**placed, "time": pl.coalesce(epoch(number), placed["time"])}


#: What `iso_offset` reads, for both engines.
ISO_OFFSET: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
