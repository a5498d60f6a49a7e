"""Whole findings as they are in the end, past what memory holds: the rows as they came, with what
was decided about each.

Who reads them all, and more than once, has them stored so. Others, who ask for a few columns of
them, get these as they are read: to write all rows again takes as long as a third of settling them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from logan.evidence.outcomes import Outcomes
from logan.evidence.settled import SourceNames, in_order
from logan.evidence.stored_rows import StoredRows
from logan.result import Folder, Run
from logan.rules.across_lines import marks
from logan.rules.model import Rules
from logan.rules.repeated_hits import HIT_REPEATED, as_hits, with_repeated
from logan.rules.repeats import ROW
from logan.runtime.ordered_map import map_in_order

#: Rows that are read together where only a span of time is asked for.
_GROUP_ROWS: Final = 5_000
_ORDER: Final = ("time", "source", "line")
_SETTLED: Final = "settled-{}.parquet"


@dataclass(frozen=True, slots=True)
class WholeRows:
    """Findings chunk by chunk, what was decided about them, and the spellings that give way."""

    findings: StoredRows
    sources: SourceNames
    rules: Rules
    outcomes: Outcomes
    spellings: Mapping[str, str]

    def as_read(self) -> tuple[pl.LazyFrame, tuple[Run, ...]]:
        """All rows, and chunk by chunk, settled whenever they are read; without `schema.REPEATED`,
        and without `page` where no rule finds one."""
        settled = [
            self._with_marks(self._decided(start, came))
            for start, came in numbered_chunks(self.findings, self.sources)
        ]
        if not self.rules.finds_pages:  # else all rows are asked for theirs
            settled = [rows.drop("page") for rows in settled]
        runs = tuple(map(Run, settled))
        return _one_by_one([run.rows for run in runs]), runs

    def stored(self, folder: Folder) -> tuple[pl.LazyFrame, tuple[Run, ...]]:
        """All rows, and chunk by chunk in order of time, which they came in nearly: in files."""
        pairs = self.outcomes.pairs()

        def store(chunk: tuple[int, tuple[int, pl.LazyFrame]]) -> Run:
            number, (start, came) = chunk
            final = self._final(pairs, start, came)
            path = folder.path / _SETTLED.format(f"{number:06}")
            final.write_parquet(path, compression="lz4", row_group_size=_GROUP_ROWS)
            span = final.select(first=pl.col("time").min(), last=pl.col("time").max())
            return Run(pl.scan_parquet(path), *span.row(0))

        chunks = numbered_chunks(self.findings, self.sources)
        runs = tuple(map_in_order(store, enumerate(chunks)))
        return pl.scan_parquet(folder.path / _SETTLED.format("*")), runs

    def _final(self, pairs: pl.DataFrame, start: int, came: pl.LazyFrame) -> pl.DataFrame:
        """Rows number `start` and following as they are in the end, in order of time.

        A function of its own, so that of several copies on the way only one is left to be written.
        """
        rows = self._with_hits_repeated(self._decided(start, came).collect(), start, pairs)
        return _sorted(in_order(self._with_marks(rows.lazy())).collect())

    def _decided(self, start: int, came: pl.LazyFrame) -> pl.LazyFrame:
        """Rows number `start` and following with what was decided, of one account in one spelling.

        What nobody asks for is not read.
        """
        rows = self.outcomes.put_in(came, start)
        if self.spellings:
            rows = rows.with_columns(pl.col("user").replace(self.spellings))
        return rows

    def _with_marks(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return self.sources.named(rows).with_columns(**marks(self.rules))

    def _with_hits_repeated(
        self, rows: pl.DataFrame, start: int, pairs: pl.DataFrame
    ) -> pl.DataFrame:
        """Rows number `start` and following with the hits that some repeat, wherever these lie."""
        numbers = pl.int_range(start, start + rows.height, dtype=pl.UInt32).alias(ROW)
        first, end = (int(pairs[ROW].search_sorted(at)) for at in (start, start + rows.height))
        own = pairs[first:end]
        hits = self._hits_at(own["partner"].unique().sort())
        return with_repeated(rows.with_columns(numbers), own, hits).drop(ROW)

    def _hits_at(self, wanted: pl.Series) -> pl.DataFrame:
        """The hits (`as_hits`) among these rows, read from the few chunks that have them."""
        chunks = list(numbered_chunks(self.findings, self.sources)) if len(wanted) else []
        starts = np.array([start for start, _ in chunks])
        places = np.searchsorted(starts, wanted.to_numpy(), side="right") - 1
        found = [pl.DataFrame(schema=HIT_REPEATED)]
        for place in np.unique(places).tolist():
            start, came = chunks[place]
            numbers = pl.int_range(pl.len(), dtype=pl.UInt32) + start
            rows = came.select("source", "line", "line_sha256", "bin", numbers.alias(ROW)).filter(
                pl.col(ROW).is_in(wanted.implode())
            )
            found.append(as_hits(rows.collect()))
        return pl.concat(found)


def numbered_chunks(
    findings: StoredRows, sources: SourceNames
) -> Iterator[tuple[int, pl.LazyFrame]]:
    """The rows chunk by chunk, at the places of their sources, with the number of the first."""
    starts = accumulate((chunk.height for chunk in findings.chunks), initial=0)
    for start, chunk in zip(starts, findings.chunks, strict=False):
        yield start, sources.placed(chunk.lazy())


def _one_by_one(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """The rows of all frames (one at least), of which one is in memory at a time.

    Of frames put together by `concat` Polars' streaming engine begins to read all at once.
    """

    def read(
        columns: list[str] | None, wanted: pl.Expr | None, rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        for frame in frames:
            asked = frame if wanted is None else frame.filter(wanted)
            asked = asked if columns is None else asked.select(columns)
            found = asked.collect() if rows is None else asked.head(rows).collect()
            rows = None if rows is None else rows - found.height
            yield found

    return register_io_source(read, schema=frames[0].collect_schema())


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in their order; those of one log mostly are, and need no copy."""
    order = rows.select(pl.arg_sort_by(*_ORDER)).to_series()
    return rows if order.is_sorted() else rows[order]
