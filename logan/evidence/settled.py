"""What settling takes of sources, and what it gives."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

from logan.result import Run
from logan.rules.seen import Seen
from logan.schema import LINE, REPEATED

#: The columns of findings and rejects that name sources.
_SOURCES: Final = "^(hit_)?source$"

#: Lines by place of the source and bin.
BinCounts = list[tuple[int, str, int]]


class SourceNames(NamedTuple):
    """The names of sources in order, and where the rows of each `source` belong.

    `places` gives for each its place among `names`: two of the rows may have one, as parts of one
    source. `lines_before` is added to the line numbers of its rows. `logs` numbers, by place, the
    logs that sources belong to: files that one gateway wrote one after the other; `gateways` the
    gateways, as far as names and formats tell. `copies` are the places of copies of others.
    `formats` are what sources were taken for, by place. `possible_gateways` differ where sources of
    one gateway may be of two.
    """

    names: Sequence[str]
    places: Sequence[int]
    lines_before: Sequence[int]
    logs: Sequence[int]
    gateways: Sequence[int]
    copies: frozenset[int] = frozenset()
    formats: Sequence[str | None] = ()
    possible_gateways: Sequence[int] = ()

    @property
    def may_be_of_several(self) -> bool:
        """Whether sources of one gateway may be of two."""
        return len(set(self.possible_gateways)) > len(set(self.gateways))

    def placed(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with the place of their source, those of copies left out.

        By place, equal times are settled in the order of names.
        """
        source = pl.col("source")
        if any(self.lines_before):
            before = pl.Series(self.lines_before, dtype=LINE["line"])
            shift = source.map_batches(before.gather, return_dtype=LINE["line"])
            rows = rows.with_columns(line=pl.col("line") + shift)
        if [*self.places] != [*range(len(self.places))]:
            places = pl.Series(self.places, dtype=LINE["source"])
            rows = rows.with_columns(source.map_batches(places.gather, return_dtype=LINE["source"]))
        return rows.filter(~source.is_in(sorted(self.copies))) if self.copies else rows

    def named(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows with places as they are read: by the names of their sources, and of their hits'."""
        names = pl.Series(self.names, dtype=pl.String)
        return rows.with_columns(pl.col(_SOURCES).map_batches(names.gather, return_dtype=pl.String))


class SettledFindings(NamedTuple):
    """Findings in their final bins, with the names of their sources.

    `parts` are the rows of `found`, cut so that no person (user, else address) is in two; on disk
    with the columns only that tables by person count, and of a query only that there is one.
    `runs` are them again, as they came.
    `counts` are lines by place of the source and bin; `respelt` are accounts whose spelling was
    changed, `seen` what of several gateways counts once.
    """

    found: pl.LazyFrame
    parts: tuple[pl.LazyFrame, ...]
    runs: tuple[Run, ...]
    counts: Mapping[int, Counter[str]]
    respelt: int
    seen: Seen


def in_order(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The columns of settled rows in one order, whichever way they were settled."""
    return rows.select(pl.exclude(*REPEATED), *REPEATED)


def count_bins(final: pl.DataFrame) -> BinCounts:
    """Rows by source and bin."""
    return final.group_by("source", "bin").len().rows()


def add_bins(counted: BinCounts, counts: dict[int, Counter[str]]) -> None:
    for source, name, count in counted:
        counts[source][name] += count
