"""The busiest run of 90 local days, exact by day, wherever it begins."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from logan.runtime.zones import local_date
from logan.tables.parts import add_up
from logan.tables.period import Period

#: The length in days that forces have been asked about, so that figures can be compared.
ROLLING_DAYS: Final = 90

#: The columns of `find_busiest`.
BUSIEST: Final = {
    "service": pl.String,
    "first_day": pl.Date,
    "last_day": pl.Date,
    "hits": pl.Int64,
    "users": pl.Int64,
}


def find_busiest(
    parts: Sequence[pl.LazyFrame], *, period: Period, services: Sequence[str]
) -> pl.DataFrame:
    """Find the 90 local days with most hits, for all services (`service` null) and for each.

    Columns of `BUSIEST`; `last_day` is inclusive. Of several equally busy runs the earliest counts.
    Empty unless the period has more than 90 local days and there are hits. `parts` are the hits,
    cut so that no person is in two.
    """
    if period.days <= ROLLING_DAYS:
        return pl.DataFrame(schema=BUSIEST)
    day = local_date(pl.col("time"), period.zone).alias("day")
    days = [
        part.group_by("service", day).agg(hits=pl.len().cast(pl.Int64)).collect(engine="streaming")
        for part in parts
    ]
    by_day = add_up(days, ["service", "day"])
    groups: list[str | None] = [None, *services]
    busiest = [run for run in (_find_run(by_day, group, period=period) for group in groups) if run]
    runs = pl.DataFrame(busiest, schema=BUSIEST, orient="row").drop("users")
    if runs.is_empty():
        return pl.DataFrame(schema=BUSIEST)
    seen = [part.select("service", "user", day).unique() for part in parts]
    people = add_up([_count_users(users, runs) for users in seen], ["service"])
    return runs.join(people, on="service", how="left", nulls_equal=True).select(BUSIEST.keys())


def _count_users(seen: pl.LazyFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Count the users of each run, 0 where it has none."""
    within = (
        runs.lazy()
        .join(seen, how="cross")
        .filter(
            pl.col("day").is_between("first_day", "last_day"),
            pl.col("service").is_null() | (pl.col("service") == pl.col("service_right")),
        )
        .group_by("service")
        .agg(users=pl.col("user").drop_nulls().n_unique().cast(pl.Int64))
    )
    listed = runs.lazy().select("service").join(within, on="service", how="left", nulls_equal=True)
    return listed.with_columns(pl.col("users").fill_null(0)).collect(engine="streaming")


def _find_run(
    by_day: pl.DataFrame, service: str | None, *, period: Period
) -> tuple[object, ...] | None:
    days = pl.date_range(period.first_day, period.last_day, eager=True).alias("day").to_frame()
    rows = by_day if service is None else by_day.filter(pl.col("service") == service)
    totals = days.join(rows, on="day", how="left").group_by("day").agg(pl.col("hits").sum())
    sums = totals.sort("day").with_columns(
        pl.col("hits").rolling_sum(ROLLING_DAYS, min_samples=ROLLING_DAYS)
    )
    best = sums.select(pl.col("hits").arg_max()).item()
    if best is None or not sums["hits"][best]:
        return None
    last = sums["day"][best]
    return (service, last - timedelta(days=ROLLING_DAYS - 1), last, sums["hits"][best], 0)
