"""Sessions: one person's hits on one service, cut where a gap is too long.

A person is a user, or a client address where the log names no user. How many sessions there are
depends on the gap, so the usual gaps are counted beside the chosen one.
"""

from typing import Final

import polars as pl

from logan.tables.measures import ADDRESS

#: Gaps in minutes that the sensitivity line shows.
USUAL_GAPS: Final = (5, 15, 30, 60)

_PERSON: Final = ("service", "user", "address")


def count_sessions(hits: pl.LazyFrame, *, gap_minutes: int) -> pl.LazyFrame:
    """Count sessions per service and person.

    Columns: service, user, address (null where user is given), `sessions` at the chosen gap and
    `sessions_N` at each of `USUAL_GAPS`. A gap of exactly N minutes does not end a session.
    """
    ordered = hits.select("service", "user", ADDRESS, "time").sort(*_PERSON, "time")
    same_person = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(name).shift(1)) for name in _PERSON
    )
    pause = pl.col("time") - pl.col("time").shift(1)
    gaps = {"sessions": gap_minutes} | {f"sessions_{gap}": gap for gap in USUAL_GAPS}
    # Nothing stands before the first row, and no hit is without a service: it starts a session.
    starts = ordered.with_columns(
        (~same_person | (pause > pl.duration(minutes=gap)).fill_null(value=False)).alias(name)
        for name, gap in gaps.items()
    )
    return starts.group_by(_PERSON).agg(pl.col(name).sum().cast(pl.Int64) for name in gaps)
