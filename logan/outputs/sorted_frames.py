"""Rows in order, in frames that are small enough to be sorted, whatever there is in all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl

from logan.result import Folder, Run
from logan.runtime.range_partitions import RangePartitions

#: Rows that are sorted and written at once: what bounds the memory of an export.
_CHUNK: Final = 12_000
#: More rows than these are cut by their order first; fewer are looked through for every frame.
_FEW: Final = 8 * _CHUNK
#: Rows of a range that are sorted in memory, and the ranges that rows are cut into, at most.
_IN_MEMORY: Final = 4 * _CHUNK
_RANGES: Final = 64
#: One text in so many, by its hash, says where rows of equal numbers are parted.
_SAMPLED: Final = 16


def in_sorted_frames(
    runs: Sequence[Run],
    order: Sequence[str | pl.Expr],
    *,
    by: str,
    step: timedelta | None = None,
    ties: str | None = None,
    descending: bool = False,
    folder: Folder | None = None,
) -> Iterator[pl.LazyFrame]:
    """Give all rows in order, in frames of about `_CHUNK` rows, so that none must hold them all.

    `by` is the column that the order begins with; rows of equal `by` (of times: within one `step`)
    come together, unless a column of text that follows in the order parts `ties`. Nulls come last.
    For many rows, of which none are equal in their order, a `folder` spares that all are looked
    through for every frame.
    """
    column = pl.col(by)
    part = column if step is None else column.dt.truncate(step)
    rows = pl.concat([run.rows for run in runs])
    sizes = _count(rows, part)
    if folder is not None and sizes["rows"].sum() > _FEW:
        sorting = _SortingOnDisk(order, part, ties, descending=descending)
        pieces = [run.rows for run in runs]
        yield from sorting.frames(pieces, int(sizes["rows"].sum()), folder.path)
        return
    for group in _group(sizes.sort("part", descending=descending, nulls_last=True), _CHUNK):
        if group[0] is None:
            rows = _near(runs).filter(column.is_null())
        else:
            low, high = min(group), max(group)
            rows = _near(runs, low, high, step).filter(_within(column, low, high, step))
        for within in _part(rows, ties) if ties and len(group) == 1 else [True]:
            yield rows.filter(within).sort(order, nulls_last=True)


def _count(rows: pl.LazyFrame, part: pl.Expr) -> pl.DataFrame:
    """How many `rows` there are of each `part`, in order, nulls last."""
    counted = rows.group_by(part.alias("part")).agg(rows=pl.len().cast(pl.Int64))
    return counted.sort("part", nulls_last=True).collect(engine="streaming")


def _group(sizes: pl.DataFrame, most: int) -> Iterator[list[Any]]:
    """Give values that follow each other, with so many rows; one with more, and null, alone."""
    group: list[Any] = []
    held = 0
    for value, size in sizes.rows():
        if group and (held + size > most or value is None):
            yield group
            group, held = [], 0
        group.append(value)
        held += size
    if group:
        yield group


@dataclass(frozen=True)
class _SortingOnDisk:
    """Sorts rows that outgrow memory: cut by ranges, those again where they are too large.

    Every row is written once for a level, and there are rarely more than two.
    """

    order: Sequence[str | pl.Expr]
    part: pl.Expr
    ties: str | None
    descending: bool

    def frames(
        self, pieces: Sequence[pl.LazyFrame], height: int, folder: Path
    ) -> Iterator[pl.LazyFrame]:
        """The rows in order; what is put into `folder` goes again.

        They are taken piece by piece: Polars reads ahead of who takes its batches without bound.
        """
        rows = pl.concat(pieces)
        if height <= _IN_MEMORY:
            yield from self._at_once(rows)
            return
        sizes = _count(rows, self.part)
        most = max(_IN_MEMORY // 2, height // _RANGES)
        key, descending = self.part, self.descending
        if sizes.height > 1:
            ends = [group[-1] for group in _group(sizes, most)][:-1]
            bounds = pl.Series(ends, dtype=sizes.schema["part"]).drop_nulls()
        elif self.ties:
            key, descending = pl.col(self.ties), False
            bounds = _bounds(rows, self.ties, most)
        else:
            yield from self._at_once(rows)
            return
        with TemporaryDirectory(dir=folder, prefix="sorted-") as scratch:
            cut = RangePartitions(Path(scratch) / "ranges", key, bounds)
            for piece in pieces:
                for batch in piece.collect_batches(maintain_order=False):
                    cut.add(batch)
            for some, count in cut.ranges(descending=descending):
                smaller = count < height
                yield from (
                    self.frames(some, count, Path(scratch))
                    if smaller
                    else self._at_once(pl.concat(some))
                )

    def _at_once(self, rows: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
        ordered = rows.sort(self.order, nulls_last=True).collect(engine="streaming")
        for some in ordered.iter_slices(_CHUNK):
            yield some.lazy()


def _near(
    runs: Sequence[Run], low: Any = None, high: Any = None, step: timedelta | None = None
) -> pl.LazyFrame:
    """The runs that may have rows from `low` to the end of what `high` begins; None: all."""
    near = [
        run.rows
        for run in runs
        if None in (run.first, run.last, low, step) or (run.first < high + step and low <= run.last)
    ]
    return pl.concat(near)


def _part(rows: pl.LazyFrame, text: str) -> Iterator[pl.Expr]:
    """Give conditions that part rows into about `_CHUNK` each, in order of a column; nulls last."""
    column = pl.col(text)
    for low, high in pairwise([None, *_bounds(rows, text, _CHUNK), None]):
        above = pl.lit(value=True) if low is None else column > low
        to_high = pl.lit(value=True) if high is None else column <= high
        within = above & to_high
        yield within | column.is_null() if high is None else within


def _bounds(rows: pl.LazyFrame, text: str, most: int) -> pl.Series:
    """Texts that part rows into about so many each, in order.

    Found among some of the texts: all of them may be more than memory should hold.
    """
    column = pl.col(text)
    some = rows.select(column).filter(column.hash() % _SAMPLED == 0).collect(engine="streaming")
    step = max(most // _SAMPLED, 1)
    ordered = some.to_series().drop_nulls().sort()
    return ordered.gather_every(step, offset=step).unique(maintain_order=True)


def _within(column: pl.Expr, low: Any, high: Any, step: timedelta | None) -> pl.Expr:
    """True from `low` to the end of what `high` begins; plain bounds, so that files can skip."""
    if step is None:
        return column.is_between(pl.lit(low), pl.lit(high))
    return column.is_between(pl.lit(low), pl.lit(high + step), closed="left")
