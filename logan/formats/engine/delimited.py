"""The shape of delimited lines: CSV, TSV, quoted words between spaces; with or without a header.

Knows no gateway. A family gives the names of its columns, says which of them a record cannot lack
and what those look like, and gets cells. Quoting is read as it is met (RFC 4180 and what strays
from it): spaces before the first quote, quotes that were not doubled, a quote inside an unquoted
cell. A line whose cells do not come out even is refused, never shifted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Final

import polars as pl

from logan.formats.engine.cell_count import counted
from logan.formats.engine.delimited_cells import (
    CUT_CELL,
    CUT_CELLS,
    EVEN,
    KEPT_CHARS,
    SEPARATORS,
    cell_pattern,
    cells_of,
    gap_pattern,
    least_cells,
    most_cells,
    split,
    split_once,
)
from logan.formats.engine.layout import (
    TEXT,
    CellLayout,
    Expressions,
    Fault,
    Framing,
    Head,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.reader import (
    CELL,
    Aliases,
    PlainReader,
    StampSpan,
    UnknownCellError,
    one_or_more,
)

Needs = Mapping[str, str]

#: For a column that must be there and hold something.
ANYTHING: Final = ".+"
#: A header stands at the top, at most below Excel's `sep=` line or a title.
_HEADER_WITHIN: Final = 5


def in_order(header: str) -> tuple[str, ...]:
    """The names of columns as a header of commas has them, for logs that come without it."""
    return tuple(header.split(","))


def positions(
    names: Sequence[str],
    *,
    least: int | None = None,
    separator: str = ",",
    quoted: bool = True,
    open_end: bool = False,
) -> Layout:
    """The layout of lines without a header: columns by their place.

    Older lines may end after `least` columns (None: never). `open_end` lets newer ones go on.
    `separator` " " means runs of spaces.
    """
    least = len(names) if least is None else least
    return Layout(tuple(names), cells=CellLayout(separator, least, quoted, open_end))


@lru_cache(maxsize=512)
def plain(name: str) -> str:
    """A column's name for comparison: `Client IP`, `client_ip` and `ClientIP` are one."""
    return re.sub("[^a-z0-9]", "", name.lower())


@dataclass(frozen=True, kw_only=True)
class Delimited(PlainReader):
    """Lines of cells between separators. Cells have the names of the header, or those of `order`.

    `needs` are the columns without which a header is not this log's; for each of them an expression
    that its whole value must match in a record (a list of names: anything but nothing). `aliases`
    gives, by the name the family uses, further names that headers use for it; names of headers are
    compared as by `plain`. `missing` are the log's words for nothing, read as null.

    Of the columns `one_of` a header must name one, if there are any. `headed`: a line names the
    columns. `order` are the columns where no line does; older lines may
    end after `least` of them (None: never), newer ones go on where `open_end`. A separator " "
    means runs of spaces. Where not `quoted`, a quote is a character like others.
    """

    needs: Needs | tuple[str, ...]
    aliases: Aliases = field(default_factory=dict)
    missing: tuple[str, ...] = ("", "-")
    separators: Sequence[str] = SEPARATORS
    headed: bool = True
    order: tuple[str, ...] = ()
    least: int | None = None
    quoted: bool = True
    open_end: bool = False
    one_of: tuple[str, ...] = ()
    framing: Framing = "csv"
    stamp_span: StampSpan | None = None
    learns = True

    @cached_property
    def _needs(self) -> Needs:
        if isinstance(self.needs, tuple):
            return dict.fromkeys(self.needs, ANYTHING)
        return self.needs

    @property
    def required_literals(self) -> RequiredLiterals:
        """A separator, as there is more than one column."""
        return (tuple(self.separators),)

    def layout(self, head: Head) -> Layout | None:
        """By the header, or by `order` where none is there; None where neither is given."""
        found = self.header(head) if self.headed else None
        if found is not None and self.one_of and not set(self.one_of) & set(found.names):
            return None
        if found is None and not self.order:
            return None
        return self.counted(self._ordered if found is None else found, head)

    def counted(self, layout: Layout, head: Head) -> Layout:
        """The layout with as many cells as most lines of the head have (`cell_count`)."""
        opening = layout.cells.header
        lines = [line for line in head.lines if opening is None or not line.startswith(opening)]
        return counted(layout, lines)

    @cached_property
    def _ordered(self) -> Layout:
        return positions(
            self.order,
            least=self.least,
            separator=self.separators[0],
            quoted=self.quoted,
            open_end=self.open_end,
        )

    def header(self, head: Head) -> Layout | None:
        """The layout that a header at the top fixes; None where no line there names all `needs`.

        Columns without an alias keep the header's name. `CellLayout.header` holds how the header
        begins, so that the scan knows it (and its repetitions) for a directive.
        """
        for line in head.lines[:_HEADER_WITHIN]:
            if not self._may_name_all(plain(line)):
                continue
            for separator in self.separators:
                layout = self._named(line, separator)
                if layout is not None:
                    return layout
        return None

    def follow(self, layout: Layout, line: str) -> Layout:
        """What a further header in the midst of a file changes: the columns from there on."""
        found = self._named(line, layout.cells.separator or ",")
        if found is None or found.names == layout.names:
            return layout
        return layout._replace(names=found.names, cells=found.cells)

    def check(self, line: str, layout: Layout) -> Fault | None:
        """Why a line is no record: cells that do not come out even, or a needed column's value."""
        quoted = layout.cells.quoted
        read = split_once if len(line) <= KEPT_CHARS else split
        values = read(line, layout.cells.separator or ",", quoted=quoted)
        if values is None:
            return Fault("quotes", line)
        if len(values) < least_cells(layout):
            return Fault(layout.names[len(values)])
        extra, most = values[len(layout.names) :], most_cells(layout)
        if most is not None and len(values) > most:
            return Fault("end of line", " ".join(values[most:]) or "an empty cell too many", 1)
        if any(extra) and not layout.cells.open_end:
            return Fault("end of line", " ".join(extra), 1)
        for met, (name, regex) in enumerate(self._needs.items()):
            at = layout.names.index(name)
            value = values[at] if at < len(values) else ""
            if re.fullmatch(regex, value) is None:
                # A need that is met says as much as two cells of a line.
                return Fault(name, value, max(1, 2 * met))
        return None

    def steps(self, layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The steps that cut the text, give each place a column, and each cell its name."""
        found = {name: self._place(layout, name) for name in sorted(names)}
        places = {place for place in found.values() if place is not None}
        cut_up = self._cut(layout, tuple(dict.fromkeys((*self._needs, *sorted(places)))))
        null = pl.lit(None, dtype=pl.String)
        cells = {
            CELL + name: null if place is None else self._something(self._cell(layout, place))
            for name, place in found.items()
        }
        return (*cut_up, cells)

    def _place(self, layout: Layout, name: str) -> str | None:
        """The column of a log that a name means; None where its header has none."""
        if name in layout.names:
            return name
        wanted = plain(name)
        alike = next((there for there in layout.names if plain(there) == wanted), None)
        known = (*self.order, *self._needs, *self.aliases)
        if alike is None and not self.headed and name not in known:
            raise UnknownCellError(name, known)
        return alike

    def has(self, layout: Layout, name: str) -> bool:
        """True where the log has such a column."""
        return self._place(layout, name) is not None

    def _something(self, cell: pl.Expr) -> pl.Expr:
        return missing_to_null(cell, self.missing)

    def _cut(self, layout: Layout, read: tuple[str, ...]) -> Sequence[Expressions]:
        places = [f"f{at}" for at in sorted(map(layout.names.index, read))]
        cells = TEXT.map_batches(
            partial(cells_of, layout, read),
            return_dtype=pl.Struct({EVEN: pl.Boolean, **dict.fromkeys(places, pl.String)}),
            is_elementwise=True,
        )
        found = pl.col(CUT_CELLS).struct
        return ({CUT_CELLS: cells}, {f"{CUT_CELL}{at[1:]}": found.field(at) for at in places})

    def reason(self, layout: Layout) -> pl.Expr:
        """`check`, as an expression: null where `text` is a record."""
        uneven = pl.when(~pl.col(CUT_CELLS).struct.field(EVEN)).then(
            pl.lit(f"cells: not the {len(layout.names)} columns of this log")
        )
        checks = [
            pl.when(~self._cell(layout, name).fill_null("").str.contains(f"^(?:{regex})$")).then(
                pl.lit(f"{name}: not as this format writes it")
            )
            for name, regex in self._needs.items()
        ]
        return pl.coalesce(uneven, *checks, pl.lit(None, dtype=pl.String))

    def _cell(self, layout: Layout, name: str) -> pl.Expr:
        return pl.col(f"{CUT_CELL}{layout.names.index(name)}")

    @cached_property
    def _family(self) -> dict[str, str]:
        """Headers' names, plain, with the family's own for each."""
        own = {plain(name): name for name in (*self._needs, *self.aliases)}
        return own | {
            plain(name): own for own, known in self.aliases.items() for name in one_or_more(known)
        }

    @cached_property
    def _spellings(self) -> tuple[tuple[str, ...], ...]:
        """For each need the plain names that a header may use for it."""
        return tuple(
            tuple(name for name, own in self._family.items() if own == need) for need in self._needs
        )

    def _may_name_all(self, header: str) -> bool:
        """False where a plain line lacks a need by every name: most lines are no header."""
        return all(any(name in header for name in names) for names in self._spellings)

    def _named(self, line: str, separator: str) -> Layout | None:
        raw = split(line, separator)
        if raw is None:
            return None
        names: list[str] = []
        for cell in raw:
            name = self._family.get(plain(cell), cell)
            names.append(name if name not in names else f"{name}.{len(names)}")
        if not set(self._needs) <= set(names):
            return None
        layout = positions(names, separator=separator)
        known = next((at for at, cell in enumerate(raw, 1) if plain(cell) in self._family), 0)
        return layout.with_cells(header=_opening(line, separator, max(2, known)))


def _opening(line: str, separator: str, cells: int) -> str:
    """The first cells as they stand: no record begins with the names of its columns.

    What a relay writes before them stands before records too, so a known name is among them.
    """
    cell, gap = cell_pattern(separator, quoted=True), gap_pattern(separator)
    found = re.match(f"{cell}(?:{gap}{cell}){{0,{cells - 1}}}(?:{gap})?", line)
    return found.group(0) if found else line
