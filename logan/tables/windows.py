"""Hits by window of local time, with windows that have no hits, and windows that have no data."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from logan.schema import TIME, WINDOWS_CSV
from logan.tables.coverage import number_hours
from logan.tables.measures import ADDRESS, SUMS
from logan.tables.period import Period

_SUMS: Final = ("hits", "searches", "uploads", "blocked")
#: Of rows of different people.
_PEOPLE: Final = {
    "users": pl.col("user").is_not_null().sum().cast(pl.Int64),
    "addresses": pl.col("address").is_not_null().sum().cast(pl.Int64),
}
_COUNTS: Final = ("hits", "users", "searches", "uploads", "blocked", "addresses")
_COVERED: Final = ("hours", "covered_hours")
_HOUR: Final = 3_600_000_000  # microseconds
_BOUNDS: Final = {"window_start": TIME, "window_end": TIME}

#: The columns of `list_windows`, with those of `add_hours`, and of `list_all_windows`.
PER_SERVICE: Final = (
    _BOUNDS | {"service": pl.String} | dict.fromkeys((*_COUNTS, *_COVERED), pl.Int64)
)
OVER_ALL: Final = _BOUNDS | dict.fromkeys((*_COUNTS, "hours", "covered"), pl.Int64)


def place(hits: pl.LazyFrame, spans: pl.DataFrame) -> pl.LazyFrame:
    """Say for each hit in which window it lies (`window_start`, null before the first)."""
    starts = spans["window_start"]

    def find(times: pl.Series) -> pl.Series:
        after = starts.search_sorted(times, side="right")
        within = pl.select(pl.when(times.is_not_null() & (after > 0)).then(after - 1)).to_series()
        return starts.gather(within)

    return hits.with_columns(window_start=pl.col("time").map_batches(find, return_dtype=TIME))


class WindowCounts(NamedTuple):
    """Counts of windows that have hits: by `window_start` and `service`, and over all services.

    Those of hits that are cut by person add up.
    """

    per_service: pl.DataFrame
    over_all: pl.DataFrame


def count_in_windows(hits: pl.LazyFrame, spans: pl.DataFrame) -> WindowCounts:
    """Count hits by window: the columns of `_COUNTS`, in no order."""
    window, counts = "window_start", pl.col(_SUMS).sum()
    # Whose hits are in a window is found once, for both.
    keys = (window, "service", "user", ADDRESS)
    by_person = place(hits, spans).group_by(keys).agg(**{name: SUMS[name] for name in _SUMS})
    found = by_person.collect().lazy()
    over_services = found.group_by(window, "user", "address").agg(counts)
    tables = [
        found.group_by(window, "service").agg(counts, **_PEOPLE),
        over_services.group_by(window).agg(counts, **_PEOPLE),
    ]
    return WindowCounts(*pl.collect_all(tables))


def list_windows(
    counted: pl.DataFrame, spans: pl.DataFrame, *, services: Sequence[str]
) -> pl.DataFrame:
    """The counts of windows and services, by time, then service; see `WindowCounts`.

    The columns are those of `schema.WINDOWS_CSV` but for the hours, which `add_hours` gives.

    Every window is listed for each of `services`, with 0 where it has no hits, whether or not it
    has data. Without services there is one row per window, its service null.
    """
    listed: list[str | None] = [*services] or [None]
    names = pl.LazyFrame({"service": listed}, schema={"service": pl.String})
    keys = ["window_start", "service"]
    return (
        spans.lazy()
        .join(names, how="cross")
        .join(counted.lazy(), on=keys, how="left")
        .with_columns(pl.col(_COUNTS).fill_null(0))
        .select(name for name in WINDOWS_CSV if name not in _COVERED)
        .sort(keys)
        .collect()
    )


def add_hours(per_service: pl.DataFrame, over_all: pl.DataFrame) -> pl.DataFrame:
    """Lay beside each window and service how much of the window has lines, of any service."""
    hours = over_all.select(*_BOUNDS, "hours", covered_hours="covered")
    return per_service.join(hours, on=[*_BOUNDS], how="left", maintain_order="left")


def list_all_windows(
    counted: pl.DataFrame,
    spans: pl.DataFrame,
    *,
    period: Period,
    hours: pl.DataFrame,
    gateways: int,
) -> pl.DataFrame:
    """The counts of windows over all services, beside how much of the window has lines.

    Columns: window_start, window_end, hits, users, addresses, searches, uploads, blocked; `hours`
    are gateway-hours of the window within the period, `covered` those of them with lines
    (`hours` frame of `logan.tables.coverage`). No data at all is hits 0 and covered 0.
    An hour that straddles two windows counts to the one in which it begins.
    """
    covered = _count_hours(hours, spans, name="covered")
    numbers = pl.Series("hour", number_hours(period), dtype=pl.Int64)
    whole = (numbers * _HOUR).cast(TIME).to_frame()
    expected = _count_hours(whole, spans, name="hours")
    return (
        spans.lazy()
        .join(counted.lazy(), on="window_start", how="left")
        .join(expected, on="window_start", how="left")
        .join(covered, on="window_start", how="left")
        .select(
            "window_start",
            "window_end",
            pl.col(_COUNTS).fill_null(0),
            hours=pl.col("hours").fill_null(0) * gateways,
            covered=pl.col("covered").fill_null(0),
        )
        .sort("window_start")
        .collect()
    )


def _count_hours(hours: pl.DataFrame, spans: pl.DataFrame, *, name: str) -> pl.LazyFrame:
    """Count hours per window; the hour in which the first window begins belongs to it."""
    begin, end = spans["window_start"].min(), spans["window_end"].max()
    inside = (
        hours.lazy()
        .filter(pl.col("hour").dt.offset_by("1h") > begin, pl.col("hour") < end)
        .select(time=pl.max_horizontal("hour", pl.lit(begin)))
    )
    return place(inside, spans).group_by("window_start").agg(pl.len().cast(pl.Int64).alias(name))
