"""What the head of a log fixes about the lines below it, and the words that all readers share."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import polars as pl

#: Columns by name, each as an expression over a frame of lines.
Expressions = Mapping[str, pl.Expr]
Framing = Literal["line", "csv", "json"]

#: Text of which a head holds some: of every group at least one member.
Signs = tuple[tuple[str, ...], ...]

TEXT: Final = pl.col("text")
#: A sign of dates with dashes, `2024-01-10`, and of clocks, `9:46`.
DASHED: Final = tuple(f"{digit}-" for digit in range(10))
COLONED: Final = tuple(f"{hour}:{ten}" for hour in range(10) for ten in range(10))


class Layout(NamedTuple):
    """What the head of a file (or a `#Fields` line in its midst) fixes about the lines below it.

    `names` are the columns in order, `zone` the clock that the header names (None: not named),
    `options` whatever else a family needs to remember. `blind` says why this log, though readable,
    cannot show visits ("no column names the requested host"). Hashable: lines with equal layouts
    are read in one batch.
    """

    names: tuple[str, ...] = ()
    zone: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    blind: str | None = None

    def option(self, name: str) -> str | None:
        """The value of an option, None where it is not set."""
        for known, value in self.options:
            if known == name:
                return value
        return None

    def with_option(self, name: str, value: str) -> "Layout":
        """The same layout with one option set."""
        return self._replace(options=tuple(sorted({**dict(self.options), name: value}.items())))


class Head(NamedTuple):
    """The first lines of a source, as text, without line ends and without blank lines.

    `numbers` are their 1-based physical line numbers. `framing` says what of them was joined to
    records of one line each ("line": nothing).
    """

    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    framing: Framing = "line"


class Fault(NamedTuple):
    """Why a line is no record of a format: the field at which reading stops, and what is there.

    `read` is the number of fields that did fit, where the format reads them one after the other.
    """

    field: str
    found: str = ""
    read: int = 0

    def __str__(self) -> str:
        shown = self.found if len(self.found) <= 40 else self.found[:40] + "…"
        return (
            f"{self.field}: found {shown!r}" if shown else f"{self.field}: the line ends before it"
        )


def missing_to_null(cell: pl.Expr, missing: Sequence[str] = ("-", "")) -> pl.Expr:
    """Null where the log writes its own word for "nothing"."""
    return pl.when(cell.is_in(list(missing))).then(None).otherwise(cell)


def integer(cell: pl.Expr) -> pl.Expr:
    """The cell as a whole number, null where it is none."""
    return cell.str.strip_chars().cast(pl.Int64, strict=False)


def digits(cell: pl.Expr) -> pl.Expr:
    """The same of a cell that has no spaces around it, as its pattern says: three times faster."""
    return cell.cast(pl.Int64, strict=False)
