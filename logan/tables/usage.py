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


def order_hits(hits: pl.LazyFrame, *, gap_minutes: int, zone: str) -> pl.LazyFrame:
    """Hits in order of person, service and time, with what begins at each; it is all false or true.

    `first`: the hits of this person on this service; `sessions` and `sessions_N`: a session, by the
    chosen gap and by each of `USUAL_GAPS`; `active_days`: a local day of `zone`; `person_days`:
    such a day, on which no hit above is of the same person. `address` is there, too.
    """
    gaps = {"sessions": gap_minutes} | {f"sessions_{gap}": gap for gap in USUAL_GAPS}
    dated = hits.with_columns(ADDRESS, day=local_date(pl.col("time"), zone))
    ordered = dated.sort(pl.struct(*KEY, "time"))  # as by each of them, in half the time
    pause = pl.col("time") - pl.col("time").shift(1)
    new_day = pl.col("day").is_not_null() & (
        pl.col("first") | pl.col("day").ne_missing(pl.col("day").shift(1))
    )
    return (
        ordered.with_columns(person=begins(_PERSON).cum_sum(), first=begins(KEY))
        .with_columns(
            # No gap is before the first row of all, nor where a time is not known.
            *(
                (pl.col("first") | (pause > pl.duration(minutes=gap)).fill_null(value=False)).alias(
                    name
                )
                for name, gap in gaps.items()
            ),
            active_days=new_day,
        )
        .with_columns(person_days=pl.col("active_days") & _person_day().is_first_distinct())
        .drop("day", "person")
    )


def count_usage(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """Count per person and service, in order of both; `ordered` are hits as `order_hits` has them.

    Columns: user, address (null where user is given), service; everything in `measures.SUMS` and
    `measures.SPAN`; `active_days`, local days with a hit; `person_days`, those of them that no row
    above has of the same person, so that they add up; `sessions` at the chosen gap and `sessions_N`
    at each of `USUAL_GAPS`. A gap of exactly N minutes does not end a session.
    """
    marks = (*_DAYS, "sessions", *(f"sessions_{gap}" for gap in USUAL_GAPS))
    flags = {name: pl.col(name).sum().cast(pl.Int64) for name in marks}
    return _count_runs(ordered, "first", **SUMS, **SPAN, **flags)


def cut_sessions(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """The sessions at the chosen gap, of hits as `order_hits` has them.

    Columns: user, address (null where user is given), service, start and end (the times of the
    first and the last hit, UTC), hits, searches, uploads. A hit without a time goes with those of
    its person that have none.
    """
    counts = {name: SUMS[name] for name in ("hits", "searches", "uploads")}
    span = {"start": pl.col("time").min(), "end": pl.col("time").max()}
    return _count_runs(ordered, "sessions", **span, **counts)


def _count_runs(ordered: pl.LazyFrame, begins: str, **counts: pl.Expr) -> pl.LazyFrame:
    """Count rows from one that begins a run to the next, behind the keys that they have in common.

    The keys are those of the first rows: to take them within the groups would cost as much as all
    counts do.
    """
    number = pl.col(begins).cum_sum().alias("run")
    keys = ordered.filter(begins).select(KEY)
    counted = ordered.group_by(number, maintain_order=True).agg(**counts).drop("run")
    return pl.concat([keys, counted], how="horizontal")


def begins(key: tuple[str, ...]) -> pl.Expr:
    """True where a row differs from the one before it; there is none before the first."""
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in key)
    return differs | (pl.int_range(pl.len()) == 0)


def _person_day() -> pl.Expr:
    """One number for a person's day, null in rows that are not the first of a service's day."""
    day = pl.col("day").cast(pl.Int32).cast(pl.Int64)
    number = pl.col("person").cast(pl.Int64) * 2**32 + day
    return pl.when(pl.col("active_days")).then(number)
