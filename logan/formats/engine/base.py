"""What a gateway format is: plain data, the same for all of them.

A format names a reader, which tells its lines and cuts them into cells, and says what the cells
mean (`logan.formats.engine.columns`). It decides nothing about services, and it does not clean what
it reads: that is `logan.records.canonical`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import polars as pl

from logan.formats.engine import columns as declared
from logan.formats.engine.columns import ByteCounts, Cells, Clock, Tunnels, cells_in
from logan.formats.engine.layout import (
    COLONED,
    DASHED,
    TEXT,
    Expressions,
    Fault,
    Framing,
    Head,
    Layout,
    Signs,
    digits,
    integer,
    missing_to_null,
)
from logan.formats.engine.lessons import Lesson
from logan.formats.engine.pattern import Pattern, Piece, separated
from logan.formats.engine.reader import CELL, Reader, UnknownCellError

__all__ = [
    "COLONED",
    "DASHED",
    "TEXT",
    "ByteCounts",
    "Clock",
    "Columns",
    "Fault",
    "Format",
    "Framing",
    "Head",
    "Layout",
    "Pattern",
    "Piece",
    "Sample",
    "Shows",
    "Signs",
    "digits",
    "integer",
    "missing_to_null",
    "no_layout",
    "no_steps",
    "raw_columns",
    "separated",
]

#: The columns of a format that is not yet a declaration.
Columns = Expressions


@dataclass(frozen=True, slots=True)
class Shows:
    """What logs of this format can and cannot show, for `logan formats` and for the caveats."""

    user: bool
    evidence: tuple[Literal["url", "connect", "dns"], ...]
    bytes: ByteCounts
    clock: Clock
    note: str = ""


class Sample:
    """Lines of a log, its header above them, and the records that must come out of them, in order.

    A record is written as pairs: `time=2024-01-01T10:00:00Z user=jdoe url=https://a.example/b?c`,
    with every column of `schema.RECORD` that has a value, in that order, but for `source` and
    `line`; `url` stands for scheme, host, port, path and query. Behind them come `repeat`, in
    words, `companion`, and `setup=yes` where a tunnel is set up. Stamps without a zone are read in
    UTC, those without a year in 2024, dates that leave it open with the month first.
    """

    __slots__ = ("records", "text")

    def __init__(self, text: str, *records: str) -> None:
        self.text = text
        self.records = records


def no_steps(_layout: Layout) -> Sequence[Expressions]:
    """For formats whose columns are read from the text at once."""
    return ()


def no_layout(_head: Head) -> Layout:
    """For formats without a header: nothing to learn from the head."""
    return Layout()


def _unread(_line: str, _layout: Layout) -> Fault | None:
    return Fault("reader")


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
    asks for more.

    The fields below `rank` belong to formats that have no `reader` yet; with one, they follow.
    """

    name: str
    title: str
    definition: str
    samples: tuple[Sample | str, ...]
    near_misses: tuple[str, ...]
    columns: declared.Columns | Callable[[Layout], Expressions]
    reader: Reader | None = None
    tunnels: Tunnels | None = None
    note: str = ""
    learns: Lesson | None = None
    preamble: str | None = None
    rank: int = 0

    shows: Shows = Shows(user=False, evidence=(), bytes="none", clock="local")
    check: Callable[[str, Layout], Fault | None] = _unread
    prepare: Callable[[Layout], Sequence[Expressions]] = no_steps
    layout: Callable[[Head], Layout | None] = no_layout
    directive: str | None = None
    follow: Callable[[Layout, str], Layout] | None = None
    stamp_span: Callable[[str, Layout], tuple[int, int] | None] | None = None
    framing: Framing = "line"
    signs: Signs = ()
    pattern: Pattern | None = None
    missing: Callable[[Head], str | None] = field(default=lambda _: None)

    def __post_init__(self) -> None:
        columns = self.columns
        if self.reader is None:
            if isinstance(columns, declared.Columns):
                raise TypeError(f"{self.name}: `reader` is missing: what cuts lines into cells")
            return
        if not isinstance(columns, declared.Columns):
            raise TypeError(f"{self.name}: `columns` must be `Columns(...)`, as it has a `reader`")
        if self.tunnels is None:
            raise TypeError(
                f"{self.name}: `tunnels` is missing. Say whether the vendor logs what is inside a "
                "tunnel as lines of their own (logan.formats.engine.columns names the answers)"
            )
        if columns.url is None and columns.host is None:
            raise TypeError(f"{self.name}: `columns` give neither `url` nor `host`: no visit shows")
        for name, found in self._of_reader(self.reader, columns).items():
            object.__setattr__(self, name, found)

    def _of_reader(self, reader: Reader, columns: declared.Columns) -> dict[str, Any]:
        return {
            "shows": Shows(
                columns.user is not None,
                columns.kinds,
                columns.byte_counts,
                columns.clock,
                self.note,
            ),
            "check": reader.check,
            "prepare": self.steps,
            "layout": self.learnt if reader.learns or self.learns else no_layout,
            "directive": reader.directive,
            "follow": reader.follow,
            "stamp_span": reader.stamp_span,
            "framing": reader.framing,
            "signs": reader.required_literals,
            "pattern": getattr(reader, "pattern", None),
            "missing": reader.refusal,
        }

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines of the samples."""
        return tuple(one if isinstance(one, str) else one.text for one in self.samples)

    def learnt(self, head: Head) -> Layout | None:
        """The layout that a head fixes; None where it rules this format out."""
        found = self.reader.layout(head) if self.reader is not None else self.layout(head)
        if found is None or self.learns is None:
            return found
        return self.learns(found, [line for line in head.lines if not self.check(line, found)])

    def steps(self, layout: Layout) -> Sequence[Expressions]:
        """What is added to a frame with the column `text`, step by step, before `expressions`."""
        return _plan(self, layout).steps if self.reader is not None else self.prepare(layout)

    def expressions(self, layout: Layout) -> Expressions:
        """The columns of `schema.RAW` that this format gives, over a frame after `steps`.

        Among them `reason`, null where a line is a record.
        """
        if isinstance(self.columns, declared.Columns):
            return _plan(self, layout).columns
        return self.columns(layout)

    def _plan(self, layout: Layout) -> "_Plan":
        """The steps and columns that a declaration makes for a layout."""
        columns, reader, tunnels = self.columns, self.reader, self.tunnels
        if not isinstance(columns, declared.Columns) or reader is None or tunnels is None:
            raise TypeError(f"{self.name} is no declaration")
        cell = Cells(layout, reader.has)
        found = columns.expressions(cell)
        setup = tunnels.opens(cell, columns)
        found |= {"setup": setup} if setup is not None else {}
        names, derived = _derived(columns.derived, found, cell)
        try:
            steps = reader.steps(layout, names)
        except UnknownCellError as error:
            raise TypeError(f"{self.name}: {error}") from None
        return _Plan((*steps, *derived), {"reason": reader.reason(layout), **found})


class _Plan(NamedTuple):
    """How the lines of one layout are read."""

    steps: tuple[Expressions, ...]
    columns: Expressions


@lru_cache(maxsize=512)
def _plan(form: Format, layout: Layout) -> _Plan:
    """Kept: making expressions costs more than reading a few lines."""
    return form._plan(layout)


def _derived(
    derivations: dict[str, declared.Derivation], columns: Expressions, cell: Cells
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
