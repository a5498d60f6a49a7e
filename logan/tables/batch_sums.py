"""Sums over a table that comes in batches, in little more memory than the sums take."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

#: Rows of sums that are held before they are added up.
_HELD: Final = 50_000
#: Counts of batches that are held so: a few rows can hold the memory of all texts of their batch.
_BATCHES: Final = 16


class SumQuery(NamedTuple):
    """What is counted, and by which keys; none: over all rows.

    Expressions see the columns as text; each of `counts` must be one that adds up.
    """

    keys: Sequence[str | pl.Expr]
    counts: Mapping[str, pl.Expr]

    def counted(self, batch: pl.DataFrame) -> pl.DataFrame:
        """The counts of a batch, which `BatchSums` add up. Threads may ask at once."""
        return (
            batch.group_by(self.keys).agg(**self.counts)
            if self.keys
            else batch.select(**self.counts)
        )


class BatchSums:
    """The sums of a query so far.

    They are added up in a stream, which takes less memory, and of texts keeps the sums' alone.
    """

    def __init__(self, query: SumQuery) -> None:
        self._counts = query.counts
        self._names: list[str] = []
        self._held: list[pl.DataFrame] = []
        self._rows = 0
        self._most = _HELD

    def add(self, counted: pl.DataFrame) -> None:
        """Take the counts of a batch."""
        self._names = [name for name in counted.columns if name not in self._counts]
        self._held.append(counted)
        self._rows += counted.height
        if self._rows > self._most or len(self._held) > _BATCHES:
            self._held = [self._added_up()]
            self._rows = self._held[0].height
            # As many again as there are by then: else many keys are added up for every batch.
            self._most = max(_HELD, 2 * self._rows)

    def total(self) -> pl.DataFrame:
        """The sums, in order of their keys, nulls last."""
        rows = self._added_up()
        return rows.sort(self._names, nulls_last=True) if self._names else rows

    def _added_up(self) -> pl.DataFrame:
        rows = pl.concat(self._held)
        if not self._names:
            return rows.sum()
        added = rows.lazy().group_by(self._names).agg(pl.exclude(self._names).sum())
        return added.collect(engine="streaming" if len(self._held) > 1 else "in-memory")
