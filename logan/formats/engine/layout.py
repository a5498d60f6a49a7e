"""What the head of a log fixes about the lines below it, and the words that all readers share."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import polars as pl

#: Columns by name, each as an expression over a frame of lines.
Expressions = Mapping[str, pl.Expr]
Framing = Literal["line", "csv", "json"]

#: Text of which a head holds some: of every group at least one member.
RequiredLiterals = tuple[tuple[str, ...], ...]

TEXT: Final = pl.col("text")
#: A sign of dates with dashes, `2024-01-10`, and of clocks, `9:46`.
DASHED: Final = tuple(f"{digit}-" for digit in range(10))
COLONED: Final = tuple(f"{hour}:{ten}" for hour in range(10) for ten in range(10))


class CellLayout(NamedTuple):
    """How cells stand in lines, as far as a header or the order of a log's columns says.

    `separator` " " means runs of spaces; None: not said. Lines may end after `least` cells (None:
    never before the last), and go on behind it where `open_end`, but not beyond `most` cells (None:
    not known), empty ones included. Where not `quoted`, a quote is a character like others.
    `header` is how a header begins, so that its repetitions are known. `unset` and `empty` are the
    words for nothing that a header names.
    """

    separator: str | None = None
    least: int | None = None
    quoted: bool = True
    open_end: bool = False
    most: int | None = None
    header: str | None = None
    unset: str | None = None
    empty: str | None = None


class StampLayout(NamedTuple):
    """What is known of the stamps of a log; "?" where it is asked (`logan.formats.engine.dates`).

    `order` is that of day and month, `year` that of the first stamp (`first`, text without a year),
    `zone_name` what stands for a name of several zones, `day` the date that a header gives. `own`
    says which lines have a time themselves, `envelope_clock` whether the envelope's clock is used
    for the others and whether its stamps fix an instant ("offset") or are wall clocks ("local").
    """

    order: str | None = None
    year: str | None = None
    first: str | None = None
    zone_name: str | None = None
    day: str | None = None
    own: Literal["all", "some", "none"] = "all"
    envelope_clock: Literal["local", "offset"] | None = None


class RecordLists(NamedTuple):
    """Where the records of a JSON text stand: objects in a list that is one of `depth` brackets
    around them (0: in none, one behind the other on a line). `line_by_line`: every line of the text
    is a text of its own. `pairs`: they are no objects but lists of a time and a line. Defined in
    `logan.formats.engine.json_lists`.
    """

    depth: int
    line_by_line: bool
    pairs: bool = False


#: What records may be packed in within a text: lists of JSON, syslog frames behind their lengths,
#: a document of Windows events.
Packing = RecordLists | Literal["frames", "events"]


class Layout(NamedTuple):
    """What the head of a file (or a `#Fields` line in its midst) fixes about the lines below it.

    `names` are the columns in order, `zone` the clock that the header names (None: not named).
    `names_no_host` says why this log, though readable, cannot show visits ("no column names the
    requested host"). `under` is the key whose object holds the record, `facts` what else a family
    has learnt from the head, in its own words. `envelope` names what stands around each line,
    `framing` how lines join to records, where the head shows it, `packing` what records are
    unpacked from before lines are cut (`logan.formats.engine.packing`; None: nothing). Hashable:
    lines with equal layouts are read in one batch.
    """

    names: tuple[str, ...] = ()
    zone: str | None = None
    names_no_host: str | None = None
    cells: CellLayout = CellLayout()
    stamps: StampLayout = StampLayout()
    under: str | None = None
    facts: frozenset[str] = frozenset()
    envelope: str | None = None
    framing: Framing | None = None
    packing: Packing | None = None

    def with_cells(self, **changes: Any) -> "Layout":
        """The same layout with other fields of `cells`."""
        return self._replace(cells=self.cells._replace(**changes))

    def with_stamps(self, **changes: Any) -> "Layout":
        """The same layout with other fields of `stamps`."""
        return self._replace(stamps=self.stamps._replace(**changes))

    def with_fact(self, fact: str) -> "Layout":
        """The same layout with one fact more."""
        return self._replace(facts=self.facts | {fact})


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
