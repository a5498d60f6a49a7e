"""Rows that outgrow memory, on disk: cut by the ranges that their values lie in.

Knows nothing of what the rows mean.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

#: So many rows are held before they are written: each file costs something, however few its rows.
_ROWS_HELD: Final = 80_000
_RANGE: Final = "_range"


class RangePartitions:
    """Rows cut by `key`: into a range up to each of `bounds` (ascending), one above, one of nulls.

    The rows of a range come back in no order.
    """

    def __init__(self, folder: Path, key: pl.Expr, bounds: pl.Series) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder
        self._key = key
        self._bounds = bounds
        self._heights: Counter[int] = Counter()
        self._files: dict[int, list[Path]] = defaultdict(list)
        self._held: dict[int, list[pl.DataFrame]] = defaultdict(list)
        self._held_rows = self._written = 0

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; their columns are always the same."""
        values = rows.select(self._key).to_series()
        above = self._bounds.search_sorted(values, side="left").cast(pl.UInt32)
        of_nulls = pl.lit(len(self._bounds) + 1, pl.UInt32)
        place = pl.when(pl.lit(values.is_null())).then(of_nulls).otherwise(pl.lit(above))
        numbered = rows.with_columns(place.alias(_RANGE))
        for (number,), some in numbered.partition_by(
            _RANGE, as_dict=True, include_key=False
        ).items():
            self._held[number].append(some)
            self._heights[number] += some.height
        self._held_rows += rows.height
        if self._held_rows >= _ROWS_HELD:
            self._write()

    def ranges(self, *, descending: bool = False) -> Iterator[tuple[list[pl.LazyFrame], int]]:
        """The rows of each range that has any, in pieces, and how many; those of nulls come last.

        They can be read until the next range is asked for.
        """
        self._write()
        numbers = range(len(self._bounds) + 1)
        for number in (*(reversed(numbers) if descending else numbers), len(self._bounds) + 1):
            if files := self._files.pop(number, []):
                yield [*map(pl.scan_parquet, files)], self._heights[number]
            for file in files:
                file.unlink()

    def _write(self) -> None:
        while self._held:
            number, some = self._held.popitem()
            path = self._folder / f"{number:06}-{self._written:06}.parquet"
            pl.concat(some).write_parquet(path, compression="lz4", statistics=False)
            self._files[number].append(path)
        self._held_rows = 0
        self._written += 1
