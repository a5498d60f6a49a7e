"""How the lines of a log are cut into cells: one face for every kind of line.

A reader knows a way of writing (cells between separators, pairs, CEF, JSON, a pattern) and what a
line of one log cannot lack. It knows nothing of what cells mean: that is said in the `Columns` of a
format (`logan.formats.engine.columns`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

import polars as pl

from logan.formats.engine.layout import Expressions, Fault, Framing, Head, Layout, RequiredLiterals

#: For the name that a family uses, the names that its lines may have for it, the best first.
Aliases = Mapping[str, str | Sequence[str]]
#: What a cell's column begins with in a frame. No column of `schema.RAW` begins so.
CELL: Final = "="
#: The bytes of a line (start, end) that fix the hour of its time; None where they cannot be told.
StampSpan = Callable[[str, Layout], tuple[int, int] | None]


class Reader(Protocol):
    """The face of all readers. Whatever a line holds, no method raises.

    `required_literals` are texts of which every head that this reader accepts anything of has
    one of each group. `directive` is the prefix of lines that belong to the file and not to the
    traffic. `stamp_span` gives the bytes that fix the hour, key or punctuation before them
    included: two lines with the same bytes there are of the same hour (None: every stamp is read).
    """

    @property
    def framing(self) -> Framing:
        """How lines join to records: "csv" and "json" records may run over several lines."""

    @property
    def directive(self) -> str | None:
        """How lines begin that are no traffic; None where the layout says it, or none are."""

    @property
    def required_literals(self) -> RequiredLiterals:
        """Of each group, every head of this log holds one text."""

    @property
    def stamp_span(self) -> StampSpan | None:
        """Where the hour of a line stands; None where it has no fixed place."""

    @property
    def learns(self) -> bool:
        """True where a layout depends on the head."""

    def layout(self, head: Head, /) -> Layout | None:
        """What the head fixes; None where it rules this log out."""

    def refusal(self, head: Head, /) -> str | None:
        """Why a log that is nearly this one cannot be read; None where there is nothing to say."""

    def follow(self, layout: Layout, line: str, /) -> Layout:
        """The layout below a directive in the midst of a file."""

    def check(self, line: str, layout: Layout, /) -> Fault | None:
        """Why a line is no record; None where it is one."""

    def fits(self, lines: Sequence[str], /) -> bool | None:
        """True or False where one question shows at once whether all lines are records, whatever
        the layout; None where each must be checked."""

    def fits_any(self, lines: Iterable[str], /) -> bool | None:
        """The same of whether any line is a record."""

    def reason(self, layout: Layout, /) -> pl.Expr:
        """`check` as an expression, after `steps`: null where a line is a record."""

    def single(self, layout: Layout, /) -> pl.Expr | None:
        """True where the cells of a line, after `steps`, show that no record begins behind its
        first word, as in a line that was cut and goes on with another; None where none do."""

    def has(self, layout: Layout, name: str, /) -> bool:
        """False where no line of this log can have a cell of that name."""

    def steps(self, layout: Layout, names: frozenset[str], /) -> Sequence[Expressions]:
        """What is added to a frame with the column `text`, step by step: a column `=name` for each
        of the names (text, null where a line has nothing there), and what `reason` needs.

        Raises UnknownCellError for a name that no line of this log can have.
        """


class UnknownCellError(ValueError):
    """A declaration asks for a cell that its reader does not know."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no cell {name!r}; there are: {', '.join(known)}")


class PlainReader:
    """What most readers have in common: nothing to learn from a head, one record a line."""

    framing: Framing = "line"
    directive: str | None = None
    stamp_span: StampSpan | None = None
    learns = False

    def layout(self, _head: Head) -> Layout | None:
        """Nothing is learnt."""
        return Layout()

    def refusal(self, _head: Head) -> str | None:
        """Nothing to say."""
        return None

    def follow(self, layout: Layout, _line: str) -> Layout:
        """Nothing changes."""
        return layout

    def fits(self, _lines: Sequence[str]) -> bool | None:
        """Each must be checked."""
        return None

    def fits_any(self, _lines: Iterable[str]) -> bool | None:
        """Each must be checked."""
        return None

    def single(self, _layout: Layout) -> pl.Expr | None:
        """Nothing shows it."""
        return None

    def has(self, _layout: Layout, _name: str) -> bool:
        """A line may have any."""
        return True


def one_or_more(texts: str | Sequence[str]) -> tuple[str, ...]:
    """A text, or several. In a declaration a text is meant whole, never letter by letter."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def cell_column(name: str) -> pl.Expr:
    """The column of a cell, after the steps of a reader."""
    return pl.col(CELL + name)


def first_of(names: Sequence[str]) -> pl.Expr:
    """The first of several cells that is not null, after the steps that made them."""
    found = [cell_column(name) for name in names]
    return pl.coalesce(found) if len(found) > 1 else found[0]


def under_aliases(
    aliases: Aliases, names: frozenset[str], own: Callable[[Sequence[str]], Expressions]
) -> Sequence[Expressions]:
    """The steps that give names their cells, where a name may stand for several of the log's own.

    `own` gives the columns of the log's own names.
    """
    asked = {name: one_or_more(aliases.get(name, name)) for name in sorted(names)}
    plain = tuple(dict.fromkeys(name for group in asked.values() for name in group))
    made = {CELL + name: first_of(group) for name, group in asked.items() if group != (name,)}
    return (own(plain), made) if made else (own(plain),)
