"""Every session: one person's hits on one service, cut where a pause is too long."""

from functools import partial
from typing import Final

import polars as pl

from logan.result import ScanResult
from logan.runtime.ordered_map import map_in_order
from logan.tables.parts import KeptRows, select_parts
from logan.tables.selection import MARKS
from logan.tables.usage import cut_sessions, order_hits

SESSIONS_ORDER: Final = ("start", "user", "address", "service")
_NEEDED: Final = (
    *("time", "user", "client_ip", "service", "activity", "action"),
    *MARKS,
)


def list_sessions(result: ScanResult) -> tuple[pl.LazyFrame, ...]:
    """List the sessions of the selected hits, in pieces, in no order; on disk where there are many.

    The columns are those of `usage.cut_sessions`.
    """
    parts = select_parts(result)
    folder = result.folder.path if result.folder and len(parts) > 1 else None
    sessions = KeptRows(folder, "sessions")
    for part in map_in_order(partial(_cut_part, result), parts):
        sessions.append(part)
    return sessions.pieces()


def _cut_part(result: ScanResult, hits: pl.LazyFrame) -> pl.DataFrame:
    """The sessions of some people."""
    gap, zone = result.session_gap_minutes, result.zone
    ordered = order_hits(hits.select(_NEEDED), gap_minutes=gap, zone=zone)
    return cut_sessions(ordered).collect()
