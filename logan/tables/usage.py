"""What each person did at each service: the one pass over hits that tables by person are sums of.

A person is a user, or a client address where the log names no user. A session is one person's hits
on one service, cut where a gap is too long. How many there are depends on the gap, so the usual
gaps are counted beside the chosen one.
"""

from typing import Final

import polars as pl

from logan.runtime.zones import local_date
from logan.tables.measures import ADDRESS, SPAN, SUMS

#: Gaps in minutes that the sensitivity line shows.
USUAL_GAPS: Final = (5, 15, 30, 60)

_PERSON: Final = ("user", "address")
#: Whose hits a session is cut from.
KEY: Final = (*_PERSON, "service")
_DAYS: Final = ("active_days", "person_days")


def count_usage(hits: pl.LazyFrame, *, gap_minutes: int, zone: str) -> pl.LazyFrame:
    """Count per person and service, in order of both.

    Columns: user, address (null where user is given), service; everything in `measures.SUMS` and
    `measures.SPAN`; `active_days`, local days of `zone` with a hit; `person_days`, those of them
    that no row above has of the same person, so that they add up; `sessions` at the chosen gap and
    `sessions_N` at each of `USUAL_GAPS`. A gap of exactly N minutes does not end a session.
    """
    gaps = {"sessions": gap_minutes} | {f"sessions_{gap}": gap for gap in USUAL_GAPS}
    ordered = hits.with_columns(ADDRESS, day=local_date(pl.col("time"), zone)).sort(*KEY, "time")
    pause = pl.col("time") - pl.col("time").shift(1)
    new_day = pl.col("day").is_not_null() & (
        pl.col("first") | pl.col("day").ne_missing(pl.col("day").shift(1))
    )
    counted = (
        ordered.with_columns(person=begins(_PERSON).cum_sum(), first=begins(KEY))
        .with_columns(
            # No gap is before the first row of all, nor where a time is not known.
            *(
                (pl.col("first") | (pause > pl.duration(minutes=gap)).fill_null(value=False)).alias(
                    name
                )
                for name, gap in gaps.items()
            ),
            row=pl.col("first").cum_sum(),
            active_days=new_day,
        )
        .with_columns(person_days=pl.col("active_days") & _person_day().is_first_distinct())
    )
    flags = {name: pl.col(name).sum().cast(pl.Int64) for name in (*_DAYS, *gaps)}
    usage = counted.group_by("row", maintain_order=True).agg(
        pl.col(*KEY).first(), **SUMS, **SPAN, **flags
    )
    return usage.drop("row")


def begins(key: tuple[str, ...]) -> pl.Expr:
    """True where a row differs from the one before it; there is none before the first."""
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in key)
    return differs | (pl.int_range(pl.len()) == 0)


def _person_day() -> pl.Expr:
    """One number for a person's day, null in rows that are not the first of a service's day."""
    day = pl.col("day").cast(pl.Int32).cast(pl.Int64)
    number = pl.col("person").cast(pl.Int64) * 2**32 + day
    return pl.when(pl.col("active_days")).then(number)
