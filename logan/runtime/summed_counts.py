"""Counts of parts added up as they come, in little more memory than the sums take.

Knows nothing of what is counted.
"""

import polars as pl


class SummedCounts:
    """Adds up the column `count` of rows that are alike in all others of the schema."""

    def __init__(self, schema: pl.Schema, count: str) -> None:
        self._count = count
        self._sums = pl.DataFrame(schema=schema)
        self._held: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, counts: pl.DataFrame) -> None:
        """Take the counts of a part. They are added up once they are as many rows as the sums."""
        self._held.append(counts)
        self._rows += counts.height
        if self._rows > self._sums.height:
            self.summed()

    @property
    def rows_held(self) -> int:
        """The rows that are in memory: no more than twice the sums."""
        return self._rows + self._sums.height

    def summed(self) -> pl.DataFrame:
        """The sums so far, each row once, in no order."""
        if self._held:
            rows = pl.concat([self._sums, *self._held])
            self._held, self._rows = [], 0
            self._sums = rows.group_by(pl.exclude(self._count)).agg(pl.col(self._count).sum())
        return self._sums
