"""What may be said of a cell: the values that the columns of a format are given by.

A column is given by the name of a cell; by a tuple of names, of which the first that holds
something counts; or by a function from cells to an expression, of which the usual ones are made
here (`words`, `joined`, `always` ...). Functions are called when a log is read, never at import:
making expressions takes time that every start would pay.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from logan.formats.engine import verdicts
from logan.formats.engine.layout import Layout, integer
from logan.formats.engine.reader import CELL, cell_column, first_of, one_or_more
from logan.schema import ACTION
from logan.vocabulary import Action


class Cells:
    """The cells of one log's lines as expressions: null where a line has nothing there."""

    __slots__ = ("_has", "layout")

    def __init__(self, layout: Layout, has: Callable[[Layout, str], bool]) -> None:
        self.layout = layout
        self._has = has

    def __getitem__(self, name: str) -> pl.Expr:
        """A cell by its name."""
        return cell_column(name)

    def __contains__(self, name: str) -> bool:
        """False where no line of this log can have such a cell."""
        return self._has(self.layout, name)

    def first(self, *names: str) -> pl.Expr:
        """The first of several cells that holds something."""
        there = [name for name in names if name in self]
        return first_of(there) if there else pl.lit(None, dtype=pl.String)


Derivation = Callable[[Cells], pl.Expr]
#: What a column may be given by.
Given = str | tuple[str, ...] | Derivation


def value(given: Given, cell: Cells) -> pl.Expr:
    """The expression that a column is given by."""
    if isinstance(given, str):
        return cell[given]
    return cell.first(*given) if isinstance(given, tuple) else given(cell)


def number(given: Given, cell: Cells) -> pl.Expr:
    """The same as a whole number, null where it is none; as it is where it is an expression."""
    found = value(given, cell)
    return found if callable(given) else integer(found)


def cells_in(found: pl.Expr) -> frozenset[str]:
    """The cells that an expression uses."""
    names = found.meta.root_names()
    return frozenset(name.removeprefix(CELL) for name in names if name.startswith(CELL))


def always(constant: str) -> Derivation:
    """The same value on every line."""
    return lambda _: pl.lit(constant)


def first_filled(*names: str) -> Derivation:
    """The first of several cells that holds something."""
    return lambda cell: cell.first(*names)


def joined(*names: str, separator: str = " ") -> Derivation:
    """Several cells, one behind the other; null where one of them lacks."""
    return lambda cell: pl.concat_str([cell[name] for name in names], separator=separator)


def beside(other: str, name: str) -> Derivation:
    """A cell, in lines where another one holds nothing."""
    return lambda cell: pl.when(cell[other].is_null()).then(cell[name])


#: The cell that `whole_address` derives, and `unless_whole` asks for.
WHOLE: Final = "whole"


def whole_address(name: str) -> Derivation:
    """Whether a cell holds an address with its scheme: to be derived as the cell `WHOLE`."""
    return lambda cell: cell[name].str.contains("://", literal=True).fill_null(value=False)


def unless_whole(given: Given) -> Derivation:
    """A part of the request, in lines that do not give its address whole: then it says no more."""
    return lambda cell: pl.when(~cell[WHOLE]).then(value(given, cell))


def positive(name: str) -> Derivation:
    """A number that is written as 0 where there is none, such as the status of no answer."""

    def number(cell: Cells) -> pl.Expr:
        found = integer(cell[name])
        return pl.when(found > 0).then(found)

    return number


def words(
    given: Given,
    *,
    allowed: str | Sequence[str],
    blocked: str | Sequence[str],
    challenged: str | Sequence[str] = (),
    status: Given | None = None,
) -> Derivation:
    """What the gateway decided, by its own words for it, in any case; another word is unknown.

    `allowed` and `blocked` have no default, as what is forgotten would be unknown in every record:
    say () where the log has no such word.
    `status` is what the gateway itself answered with, where that is logged: 407 is its challenge.
    """
    lists = {"allowed": allowed, "blocked": blocked, "challenged": challenged}
    patterns = {name: "|".join(map(re.escape, one_or_more(found))) for name, found in lists.items()}
    return matched(given, **patterns, status=status)


def matched(
    given: Given,
    *,
    allowed: str,
    blocked: str,
    challenged: str = "",
    status: Given | None = None,
) -> Derivation:
    """As `words`, by expressions that a word must fit whole ("": there is no such word)."""

    def decide(cell: Cells) -> pl.Expr:
        word = value(given, cell)
        found = verdicts.decided(word, allowed=allowed, blocked=blocked, challenged=challenged)
        return found if status is None else verdicts.challenged(number(status, cell), found)

    return decide


def by_challenge(status: Given, otherwise: Action = "unknown") -> Derivation:
    """The action of a log that has no word for it: a proxy's challenge shows in the status, 407."""

    def decide(cell: Cells) -> pl.Expr:
        return verdicts.challenged(number(status, cell), pl.lit(otherwise, dtype=ACTION))

    return decide


def unless(request: Derivation, why: str) -> Derivation:
    """A `repeat` with these words wherever a line is not surely a request."""
    return lambda cell: pl.when(~request(cell).fill_null(value=False)).then(pl.lit(why))


def where(holds: Derivation, why: str) -> Derivation:
    """A `repeat` with these words, or a `companion` of this kind, where this holds of a line."""
    return lambda cell: pl.when(holds(cell)).then(pl.lit(why))
