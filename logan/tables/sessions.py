"""Every session: one person's hits on one service, cut where a pause is too long."""

from functools import partial
from typing import Final

import polars as pl

from logan.result import ScanResult
from logan.runtime.ordered_map import map_in_order
from logan.tables.measures import ADDRESS, SUMS
from logan.tables.parts import KeptRows, select_parts
from logan.tables.selection import MARKS
from logan.tables.usage import KEY, begins

SESSIONS_ORDER: Final = ("start", "user", "address", "service")
_NEEDED: Final = (
    *("time", "user", "client_ip", "service", "activity", "action"),
    *MARKS,
)


def list_sessions(result: ScanResult) -> tuple[pl.LazyFrame, ...]:
    """List the sessions of the selected hits, in pieces, in no order; on disk where there are many.

    Columns: user, address (null where user is given), service, start and end (the times of the
    first and the last hit, UTC), hits, searches, uploads. A hit without a time goes with those of
    its person that have none.
    """
    parts = select_parts(result)
    folder = result.folder.path if result.folder and len(parts) > 1 else None
    sessions = KeptRows(folder, "sessions")
    cut = partial(_cut_part, result.session_gap_minutes)
    for part in map_in_order(cut, parts):
        sessions.append(part)
    return sessions.pieces()


def _cut_part(gap_minutes: int, hits: pl.LazyFrame) -> pl.DataFrame:
    """The sessions of some people. A pause of exactly the gap does not end one."""
    rows = hits.select(*_NEEDED, ADDRESS).sort(*KEY, "time")
    pause = pl.col("time") - pl.col("time").shift(1)
    too_long = (pause > pl.duration(minutes=gap_minutes)).fill_null(value=False)
    counts = {name: SUMS[name] for name in ("hits", "searches", "uploads")}
    return (
        rows.with_columns(session=(begins(KEY) | too_long).cum_sum())
        .group_by("session", maintain_order=True)
        .agg(
            pl.col(*KEY).first(),
            start=pl.col("time").min(),
            end=pl.col("time").max(),
            **counts,
        )
        .drop("session")
        .collect()
    )
