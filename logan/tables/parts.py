"""Counting part by part, so that tables of many findings need the memory of a part only.

No person is in two parts (see `ScanResult.parts`), so counts of people add up like all others.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from logan.result import ScanResult
from logan.tables.selection import select
from logan.vocabulary import Bin

#: So many rows of a table are held before they go to disk: whoever reads it opens fewer files.
_ROWS_HELD: Final = 30_000
_EXTREMES: Final = {"first_seen": pl.Expr.min, "last_seen": pl.Expr.max}


def select_parts(result: ScanResult, *, outcome: Bin = "hit") -> list[pl.LazyFrame]:
    """The selected findings of one bin, part by part; at least one part."""
    parts = result.parts or (result.found,)
    return [select(part, result.selection, outcome=outcome) for part in parts]


def add_up(frames: Sequence[pl.DataFrame], keys: Sequence[str] = ()) -> pl.DataFrame:
    """Sum the counts of parts by `keys` (none: one row), in the order in which keys first appear.

    First and last times are the earliest and the latest.
    """
    if len(frames) == 1:
        return frames[0]
    columns = [name for name in frames[0].columns if name not in keys]
    counts = [_EXTREMES.get(name, pl.Expr.sum)(pl.col(name)) for name in columns]
    rows = pl.concat(frames)
    if not keys:
        return rows.select(counts)
    return rows.group_by(keys, maintain_order=True).agg(counts).select(frames[0].columns)


class KeptRows:
    """The rows of a table, part by part: in memory, or in a folder where there are many."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._folder = folder
        self._name = name
        self._held: list[pl.DataFrame] = []
        self._files: list[pl.LazyFrame] = []

    def append(self, rows: pl.DataFrame) -> None:
        """Take the rows of one more part."""
        self._held.append(rows)
        if self._folder is not None and sum(some.height for some in self._held) >= _ROWS_HELD:
            path = self._folder / f"{self._name}-{len(self._files):06}.parquet"
            pl.concat(self._held).write_parquet(path, compression="lz4", statistics=False)
            self._files.append(pl.scan_parquet(path))
            self._held = []

    def pieces(self) -> tuple[pl.LazyFrame, ...]:
        """All rows, in no order, in pieces that are small enough to be collected."""
        return (*self._files, *(rows.lazy() for rows in self._held))
