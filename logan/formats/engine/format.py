"""What a gateway format is: plain data, the same for all of them.

A format names a reader, which tells its lines and cuts them into cells, and says what the cells
mean (`logan.formats.engine.columns`). It decides nothing about services, and it does not clean what
it reads: that is `logan.records.canonical`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import polars as pl

from logan.formats.engine.columns import ByteCounts, Columns, EvidenceKind, Tunnels
from logan.formats.engine.layout import Expressions, Head, Layout
from logan.formats.engine.lessons import Lesson
from logan.formats.engine.reader import CELL, Reader, UnknownCellError
from logan.formats.engine.stamps import Clock
from logan.formats.engine.values import Cells, Derivation, cells_in


class FormatVisibility(NamedTuple):
    """What logs of this format can and cannot show, for `logan formats` and for the caveats."""

    user: bool
    evidence: tuple[EvidenceKind, ...]
    bytes: ByteCounts
    clock: Clock
    note: str = ""


class Sample:
    """Lines of a log, its header above them, and the records that must come out of them, in order.

    A record is written as pairs: `time=2024-01-01T10:00:00Z user=jdoe url=https://a.example/b?c`,
    with every column of `schema.RECORD` that has a value, in that order, but for `source` and
    `line`; `url` stands for scheme, host, port, path and query. Behind them come `repeat`, in
    words, `companion`, and `setup=yes` where a tunnel is set up. Stamps without a zone are read in
    UTC, those without a year in 2024, dates that leave it open with the month first. `also` are
    other ways of writing the same lines, out of which the same records must come.
    """

    __slots__ = ("records", "texts")

    def __init__(self, text: str, *records: str, also: tuple[str, ...] = ()) -> None:
        self.texts = (text, *also)
        self.records = records


@dataclass(frozen=True, kw_only=True, eq=False)
class Format:
    """One gateway's log, as its vendor defines it. Each is itself: none equals another.

    `name` is what `--format` takes; formats of one family share the part before the first `-`.
    `definition` names the vendor's document. `reader` tells the lines and cuts them into cells,
    `columns` says what these mean, `tunnels` whether what is inside a tunnel is logged too (from
    the vendor's documents). `samples` are real-looking lines with the records that must come out
    of them, `near_misses` lines of something else that must be refused. `note` says what the log
    cannot show. `learns` adds to the layout what the records of a head tell together.
    `preamble` is a regular expression of lines at the head that say what the file is (a printed
    key to its columns): they are not held against the format.
    `rank` breaks ties: of two formats that read a head equally well the higher one wins, because it
    asks for more."""

    name: str
    title: str
    definition: str
    reader: Reader
    columns: Columns
    tunnels: Tunnels
    samples: tuple[Sample, ...]
    near_misses: tuple[str, ...]
    note: str = ""
    learns: Lesson | None = None
    preamble: str | None = None
    rank: int = 0

    def __post_init__(self) -> None:
        if self.columns.url is None and self.columns.host is None:
            raise TypeError(f"{self.name}: `columns` give neither `url` nor `host`: no visit shows")
        for part in ("samples", "near_misses"):
            if not isinstance(getattr(self, part), tuple):
                advice = "write a comma behind the only one"
                raise TypeError(f"{self.name}: `{part}` must be a tuple: {advice}")

    @cached_property
    def shows(self) -> FormatVisibility:
        """What follows from the columns."""
        columns = self.columns
        return FormatVisibility(
            columns.user is not None,
            columns.kinds,
            columns.byte_counts,
            columns.clock,
            self.note,
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines of the samples."""
        return tuple(text for sample in self.samples for text in sample.texts)

    @property
    def learns_from_head(self) -> bool:
        """True where a layout depends on the head."""
        return self.learns is not None or self.reader.learns

    def layout(self, head: Head) -> Layout | None:
        """The layout that a head fixes; None where it rules this format out."""
        found, check = self.reader.layout(head), self.reader.check
        if found is None or self.learns is None:
            return found
        return self.learns(found, [line for line in head.lines if check(line, found) is None])

    def steps(self, layout: Layout) -> Sequence[Expressions]:
        """What is added to a frame with the column `text`, step by step, before `expressions`."""
        return _plan(self, layout).steps

    def expressions(self, layout: Layout) -> Expressions:
        """The columns of `schema.RAW` that this format gives, over a frame after `steps`.

        Among them `reason`, null where a line is a record.
        """
        return _plan(self, layout).columns


class _Plan(NamedTuple):
    """How the lines of one layout are read."""

    steps: tuple[Expressions, ...]
    columns: Expressions


@lru_cache(maxsize=512)
def _plan(form: Format, layout: Layout) -> _Plan:
    """The steps and columns that a declaration makes. Kept: that costs more than a few lines do."""
    cell = Cells(layout, form.reader.has)
    found = form.columns.expressions(cell)
    setup = form.tunnels.opens(cell, form.columns)
    found |= {"setup": setup} if setup is not None else {}
    names, derived = _derived(form.columns.derived, found, cell)
    try:
        steps = form.reader.steps(layout, names)
    except UnknownCellError as error:
        raise TypeError(f"{form.name}: {error}") from None
    return _Plan((*steps, *derived), {"reason": form.reader.reason(layout), **found})


def _derived(
    derivations: dict[str, Derivation], columns: Expressions, cell: Cells
) -> tuple[frozenset[str], list[Expressions]]:
    """The cells that a reader must give for columns, and the steps that derive others from them."""
    names = frozenset(name for one in columns.values() for name in cells_in(one))
    steps: list[Expressions] = []
    for name in reversed(derivations):
        if name in names:
            made = derivations[name](cell)
            steps.insert(0, {CELL + name: made})
            names = (names - {name}) | cells_in(made)
    return names, steps


def raw_columns(lines: pl.LazyFrame, form: Format, layout: Layout) -> pl.LazyFrame:
    """The lines (a column `text`, others kept) with the raw columns that a format reads."""
    for step in form.steps(layout):
        lines = lines.with_columns(**step)
    return lines.with_columns(**form.expressions(layout))
