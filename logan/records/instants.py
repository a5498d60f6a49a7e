"""One form for times: wall clocks in their zone as UTC."""

from functools import lru_cache
from typing import Final

import polars as pl

from logan.runtime.zones import offset_of
from logan.schema import TIME

#: From 1970 up to the end of 9998, in microseconds: in any zone a date that Python knows.
_YEARS: Final = (0, 253_370_764_800_000_000)


def _instant(local: pl.Expr, zone: str, *, ambiguous: str) -> pl.Expr:
    """A wall clock in a zone as UTC. Times that the zone skips are read as an hour later."""
    offset = offset_of(zone)
    if offset is not None:
        return (local - offset).dt.replace_time_zone("UTC")
    placed = local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
    skipped = (local + pl.duration(hours=1)).dt.replace_time_zone(
        zone, ambiguous="latest", non_existent="null"
    )
    return pl.coalesce(placed, skipped).dt.convert_time_zone("UTC")


def ambiguous_time(zone: str | None) -> pl.Expr:
    """True where a wall clock stood twice in its zone (the hour after summer time ends)."""
    if zone is None or offset_of(zone) is not None:
        return pl.lit(value=False)
    early = _instant(pl.col("local_time"), zone, ambiguous="earliest")
    late = _instant(pl.col("local_time"), zone, ambiguous="latest")
    return (early != late).fill_null(value=False)


@lru_cache(maxsize=64)
def instant(zone: str | None) -> pl.Expr:
    """The UTC time of a raw record; a time without a zone is read in `zone` (None: UTC).

    An hour that stands twice is read as its first pass and flagged by `ambiguous_time`. Null
    outside `_YEARS`: such a stamp was misread or miswritten, and no calendar of ours holds it.
    """
    local = _instant(_within_years(pl.col("local_time")), zone or "UTC", ambiguous="earliest")
    return _within_years(pl.coalesce(pl.col("time"), local).cast(TIME))


def _within_years(moment: pl.Expr) -> pl.Expr:
    """The time, null where it is in none of `_YEARS`."""
    first, last = _YEARS
    micros = moment.dt.epoch("us")
    return pl.when(micros.is_between(first, last, closed="left")).then(moment)
