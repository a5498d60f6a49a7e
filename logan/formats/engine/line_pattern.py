"""The reader of lines that are a sequence of fields, and of logs with a few such shapes of line."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import polars as pl

from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.pattern import Pattern, Piece
from logan.formats.engine.reader import (
    CELL,
    Aliases,
    PlainReader,
    StampSpan,
    UnknownCellError,
    under_aliases,
)
from logan.formats.engine.variants import Variants

#: Why a line that fits is no record.
TWO_READINGS: Final = "may be read in two ways: what a user wrote may end a field"
#: The cell of `LineVariants` that names the shape of a line.
SHAPE: Final = "shape of the line"


@dataclass(frozen=True, kw_only=True)
class LinePattern(PlainReader):
    """Lines of fields in a fixed order, told by a regular expression for each (`Piece`).

    Cells are the named pieces. `missing` are the log's words for nothing, read as null. `literals`
    are further groups of texts of which every line holds one each. `doubtful` is found in lines
    that fit and may be read in another way, for a user wrote a quote of his own, or in his name
    what ends a field: they are rejects.
    """

    pieces: tuple[Piece, ...]
    missing: tuple[str, ...] = ()
    aliases: Aliases = field(default_factory=dict)
    stamp_span: StampSpan | None = None
    literals: RequiredLiterals = ()
    doubtful: str | None = None

    @cached_property
    def _doubtful(self) -> re.Pattern[str] | None:
        return None if self.doubtful is None else re.compile(self.doubtful)

    @cached_property
    def pattern(self) -> Pattern:
        """The whole line as one expression."""
        return Pattern(self.pieces)

    @property
    def required_literals(self) -> RequiredLiterals:
        """What stands between the fields of every line."""
        return (*self.pattern.required_literals, *self.literals)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """The first field at which a line stops fitting, or why it may be read in two ways."""
        fault = self.pattern.fault(line)
        if fault is None and self._doubtful is not None and self._doubtful.search(line):
            return Fault(TWO_READINGS, line)
        return fault

    def fits(self, lines: Sequence[str]) -> bool | None:
        """Whether all lines fit whole."""
        if self._doubtful is None:
            return self.pattern.fits(lines)
        return self.pattern.fits(lines) and not any(map(self._doubtful.search, lines))

    def fits_any(self, lines: Iterable[str]) -> bool | None:
        """Whether any line fits whole."""
        if self._doubtful is None:
            return self.pattern.fits_any(lines)
        return self.pattern.fits_any(line for line in lines if not self._doubtful.search(line))

    def reason(self, _layout: Layout) -> pl.Expr:
        """Null where a line fits, else at which field it does not, or that it has two readings."""
        return _or_doubtful(self.pattern.reason(), self.doubtful)

    def single(self, _layout: Layout) -> pl.Expr | None:
        """True where a line is no more words than every record is."""
        return self.pattern.fewest_words()

    def has(self, _layout: Layout, name: str) -> bool:
        """True where there is such a piece."""
        return name in self.aliases or name in self.pattern.names

    def steps(self, layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The step that splits the line, and the steps that name its cells."""
        return (*self.pattern.prepare(layout), *under_aliases(self.aliases, names, self._cells))

    def _cells(self, names: Sequence[str]) -> Expressions:
        return _named(self.pattern.cells(), names, self.missing)


class LayoutPattern(PlainReader):
    """Lines of fields of which the layout in force says which they are, as a header names them or
    the head shows. Cells have their names."""

    learns = True

    def pattern_of(self, layout: Layout) -> Pattern:
        """The whole line as one expression; asked often, so it should be kept."""
        raise NotImplementedError

    def cell(self, found: pl.Expr, _layout: Layout) -> pl.Expr:
        """The value of a field that is there."""
        return missing_to_null(found)

    def check(self, line: str, layout: Layout) -> Fault | None:
        """The first field at which a line stops fitting."""
        return self.pattern_of(layout).fault(line)

    def reason(self, layout: Layout) -> pl.Expr:
        """Null where a line fits, else the field at which it stops fitting."""
        return self.pattern_of(layout).reason()

    def has(self, layout: Layout, name: str) -> bool:
        """True where the header has the name."""
        return name in layout.names

    def steps(self, layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The step that splits the line, and the cells."""
        pattern = self.pattern_of(layout)
        found, null = pattern.cells(), pl.lit(None, dtype=pl.String)
        cells = {
            CELL + name: self.cell(found[name], layout) if name in found else null
            for name in sorted(names)
        }
        return (*pattern.prepare(layout), cells)


@dataclass(frozen=True, kw_only=True)
class LineVariants(PlainReader):
    """Lines in one of a few shapes, in the order in which they are tried.

    Cells are the named pieces of all shapes: null in a line whose shape has no such piece. The cell
    `SHAPE` holds the name of a line's shape. `doubtful` as in `LinePattern`.
    """

    shapes: dict[str, tuple[Piece, ...]]
    missing: tuple[str, ...] = ()
    aliases: Aliases = field(default_factory=dict)
    stamp_span: StampSpan | None = None
    literals: RequiredLiterals = ()
    doubtful: str | None = None

    @cached_property
    def _doubtful(self) -> re.Pattern[str] | None:
        return None if self.doubtful is None else re.compile(self.doubtful)

    @cached_property
    def variants(self) -> Variants:
        """The shapes as expressions."""
        return Variants(tuple((name, Pattern(pieces)) for name, pieces in self.shapes.items()))

    def match(self, line: str, shape: str) -> dict[str, str]:
        """The fields of a line in a shape; empty where it has another one."""
        return dict(self.variants.patterns)[shape].match(line)

    @property
    def required_literals(self) -> RequiredLiterals:
        """The longest text between the fields of each shape."""
        return (*self.variants.required_literals, *self.literals)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """The fault of the shape that came furthest, or why a line may be read in two ways."""
        fault = self.variants.fault(line)
        if fault is None and self._doubtful is not None and self._doubtful.search(line):
            return Fault(TWO_READINGS, line)
        return fault

    def reason(self, _layout: Layout) -> pl.Expr:
        """Null where a shape fits, else why the first one does not, or the two readings."""
        return _or_doubtful(self.variants.reason(), self.doubtful)

    def steps(self, layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The step that splits the line by each shape, and the steps that name its cells."""
        return (*self.variants.prepare(layout), *under_aliases(self.aliases, names, self._cells))

    def _cells(self, names: Sequence[str]) -> Expressions:
        cells = self.variants.cells() | {SHAPE: self.variants.name()}
        return _named(cells, names, self.missing)


def _or_doubtful(unfit: pl.Expr, doubtful: str | None) -> pl.Expr:
    """Why a line does not fit, else that it has two readings."""
    if doubtful is None:
        return unfit
    found = TEXT.str.contains(doubtful)
    return pl.coalesce(unfit, pl.when(found).then(pl.lit(TWO_READINGS)))


def _named(cells: dict[str, pl.Expr], names: Sequence[str], missing: Sequence[str]) -> Expressions:
    for name in names:
        if name not in cells:
            raise UnknownCellError(name, cells)
    found = {name: cells[name] for name in names}
    if missing:
        found = {name: missing_to_null(cell, missing) for name, cell in found.items()}
    return {CELL + name: cell for name, cell in found.items()}
