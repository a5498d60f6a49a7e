"""What a gateway format is: plain data and a few pure functions, the same for all of them.

A format says how to tell its lines (`check`, on one line, in Python, for detection and for
explaining) and how to read them (`columns`, Polars expressions over many lines). It decides nothing
about services, and it does not clean what it reads: that is `logan.records.canonical`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, NamedTuple

import polars as pl

from logan.runtime.fast_path import with_odd

Columns = Mapping[str, pl.Expr]
ByteCounts = Literal["none", "sent", "received", "both"]
Clock = Literal["utc", "offset", "local", "envelope"]
Framing = Literal["line", "csv", "json"]

#: Text of which a head holds some: of every group at least one member.
Signs = tuple[tuple[str, ...], ...]

TEXT: Final = pl.col("text")
#: A sign of dates with dashes, `2024-01-10`, and of clocks, `9:46`.
DASHED: Final = tuple(f"{digit}-" for digit in range(10))
COLONED: Final = tuple(f"{hour}:{ten}" for hour in range(10) for ten in range(10))
#: An expression that stands for itself, a mark in it escaped.
_LITERAL: Final = re.compile(r"(?:[^\\.^$*+?{}\[\]|()]|\\[^A-Za-z0-9])+")


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


@dataclass(frozen=True, slots=True)
class Shows:
    """What logs of this format can and cannot show, for `logan formats` and for the caveats.

    `clock`: "utc" (by definition), "offset" (each stamp carries its own), "local" (needs a zone),
    "envelope" (none of its own: that of the syslog header or collector around it).
    """

    user: bool
    evidence: tuple[Literal["url", "connect", "dns"], ...]
    bytes: ByteCounts
    clock: Clock
    note: str = ""


def no_steps(layout: Layout) -> Sequence[Columns]:
    """For formats whose columns are read from the text at once."""
    del layout
    return ()


def no_layout(head: Head) -> Layout:
    """For formats without a header: nothing to learn from the head."""
    del head
    return Layout()


@dataclass(frozen=True, kw_only=True, eq=False)
class Format:
    """One gateway's log, as its vendor defines it. Each is itself: none equals another.

    `name` is what `--format` takes; formats of one family share the part before the first `-`.
    `definition` names the vendor's document. `layout` reads the head (None: not this format, and
    `missing` may say why). `check` says why a line is no record (None: it is one).
    `columns` gives the expressions of `schema.RAW` over a frame with the column `text`; among them
    `reason`, null where the line is a record. `prepare` gives steps before them, each a set of
    named columns that later steps and `columns` may use: what many columns share is then computed
    once (names start with a character that no column of `schema.RAW` has).
    `directive` is the prefix of lines that belong to the file and not to the traffic; `follow`
    turns such a line into the layout from there on.
    `stamp_span` gives the bytes of a line (start, end) that fix the hour of its time, the key or
    punctuation before them included: two lines with the same bytes there are of the same hour.
    It makes exact coverage cheap (None: every stamp is read).
    `preamble` is a regular expression of lines at the head that say what the file is (a printed
    key to its columns): they are not held against the format.
    `signs` are what every head has of which this format reads anything at all: of each group at
    least one text, anywhere in it. They spare detection the other formats' checks and change no
    verdict; none are given where nothing is sure. `pattern` is given where `check` asks for it and
    nothing else, whatever the layout: many lines are then asked at once.
    `rank` breaks ties: of two formats that read a head equally well the higher one wins, because it
    asks for more. `samples` are real-looking lines that must be accepted, `near_misses` lines of
    something else that must be refused.
    """

    name: str
    title: str
    definition: str
    shows: Shows
    check: Callable[[str, Layout], Fault | None]
    columns: Callable[[Layout], Columns]
    samples: tuple[str, ...]
    near_misses: tuple[str, ...]
    prepare: Callable[[Layout], Sequence[Columns]] = no_steps
    layout: Callable[[Head], Layout | None] = no_layout
    directive: str | None = None
    follow: Callable[[Layout, str], Layout] | None = None
    stamp_span: Callable[[str, Layout], tuple[int, int] | None] | None = None
    framing: Framing = "line"
    preamble: str | None = None
    signs: Signs = ()
    pattern: "Pattern | None" = None
    rank: int = 0
    missing: Callable[[Head], str | None] = field(default=lambda _: None)


def raw_columns(lines: pl.LazyFrame, form: Format, layout: Layout) -> pl.LazyFrame:
    """The lines (a column `text`, others kept) with the raw columns that a format reads."""
    for step in form.prepare(layout):
        lines = lines.with_columns(**step)
    return lines.with_columns(**form.columns(layout))


class Piece(NamedTuple):
    """One step of a line: a named field, or (name None) what stands between two fields.

    The regular expression must mean the same to Python and to Rust: ASCII classes, no look-around.
    `usual` is what it nearly always meets and then takes, written so that it has no choice
    (see `Pattern.usual`); None: `regex` is that already. What is not `read` has its name only for
    faults: cutting it out of every line would cost more than finding its end.
    """

    name: str | None
    regex: str
    usual: str | None = None
    read: bool = True


#: The column that `Pattern.prepare` adds.
_SPLIT: Final = "=fields"


@dataclass(frozen=True)
class Pattern:
    """A line as a sequence of pieces: one expression for both engines, a finger on the fault."""

    pieces: tuple[Piece, ...]

    @cached_property
    def regex(self) -> str:
        """The whole line; the fields that are read are groups named `f0`, `f1` ... in order."""
        return f"^{self._joined(len(self.pieces))}$"

    @cached_property
    def usual(self) -> str | None:
        """The same for usual lines, of which it takes what `regex` takes; None where not written.

        Where the next character alone decides each step, an expression finds its groups in one
        pass over the line, which is three times faster.
        """
        if all(piece.usual is None for piece in self.pieces):
            return None
        pieces = (piece._replace(regex=piece.usual or piece.regex) for piece in self.pieces)
        return Pattern(tuple(pieces)).regex

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that are read, in the order of their groups."""
        return tuple(piece.name for piece in self.pieces if piece.name is not None and piece.read)

    @cached_property
    def signs(self) -> Signs:
        """What stands between the fields of every line, for `Format.signs`."""
        between = dict.fromkeys(_literal(piece.regex) for piece in self.pieces if not piece.name)
        return tuple((text,) for text in between if text)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.regex)

    @cached_property
    def _first_field(self) -> str:
        return self._field_at(0)

    @cached_property
    def _prefixes(self) -> dict[int, re.Pattern[str]]:
        return {}

    def _prefix(self, count: int) -> re.Pattern[str]:
        """The first pieces as an expression, compiled once."""
        if count not in self._prefixes:
            self._prefixes[count] = re.compile(self._joined(count))
        return self._prefixes[count]

    def _joined(self, count: int) -> str:
        parts = []
        group = 0
        for piece in self.pieces[:count]:
            if piece.name is None:
                parts.append(piece.regex)
            elif not piece.read:
                parts.append(f"(?:{piece.regex})")
            else:
                parts.append(f"(?P<f{group}>{piece.regex})")
                group += 1
        return "".join(parts)

    def fault(self, line: str) -> Fault | None:
        """The first field at which `line` stops fitting; None where it fits whole."""
        if "_compiled" in vars(self) and self._compiled.match(line):
            return None
        # Detection asks this of every format: most refuse a line by its first piece, before the
        # whole expression has to be compiled.
        if self._prefix(1).match(line) is None:
            return Fault(self._first_field, line)
        if self._compiled.match(line):
            return None
        fits, last = 1, len(self.pieces)
        while fits < last:
            middle = (fits + last + 1) // 2
            if self._prefix(middle).match(line):
                fits = middle
            else:
                last = middle - 1
        found = self._prefix(fits).match(line)
        rest = line[found.end() :] if found else line
        read = sum(piece.name is not None for piece in self.pieces[:fits])
        return Fault(self._field_at(fits), rest, read)

    def fits(self, lines: Sequence[str]) -> bool:
        """True where all lines fit whole."""
        return all(map(self._compiled.match, lines))

    def match(self, line: str) -> dict[str, str]:
        """The named fields of one line; empty where it does not fit."""
        found = self._compiled.match(line)
        return dict(zip(self.names, found.groups(), strict=True)) if found else {}

    def _field_at(self, index: int) -> str:
        """The field a failing piece belongs to: its own, or the one that should follow it."""
        for piece in self.pieces[index:]:
            if piece.name is not None:
                return piece.name
        return "end of line"

    def prepare(self, layout: Layout) -> Sequence[Columns]:
        """The step that splits `text` once for all cells: give it to the `Format`."""
        del layout
        return ({_SPLIT: self._groups()},)

    def _groups(self) -> pl.Expr:
        if self.usual is None:
            return TEXT.str.extract_groups(self.regex)
        kind = pl.Struct({f"f{at}": pl.String for at in range(len(self.names))})
        return TEXT.map_batches(self._split, return_dtype=kind, is_elementwise=True)

    def _split(self, lines: pl.Series) -> pl.Series:
        """The fields of lines: by the usual expression, and by the whole one where that fails."""
        found = lines.str.extract_groups(self.usual)  # type: ignore[arg-type]
        odd = found.struct.field("f0").is_null()
        return with_odd(found, odd, lambda: lines.filter(odd).str.extract_groups(self.regex))

    def cells(self) -> dict[str, pl.Expr]:
        """The named fields of `text` (after `prepare`); all null where the line does not fit."""
        groups = pl.col(_SPLIT)
        return {name: groups.struct.field(f"f{at}") for at, name in enumerate(self.names)}

    def reason(self, fits: pl.Expr | None = None) -> pl.Expr:
        """Null where `text` fits, else the field at which it stops fitting.

        `fits` is true where it does; by default, as `prepare` found.
        """
        if fits is None:
            fits = pl.col(_SPLIT).struct.field("f0").is_not_null()
        rows = pl.struct(TEXT.alias("text"), fits.alias("fits"))
        return rows.map_batches(self._reasons, return_dtype=pl.String, is_elementwise=True)

    def _reasons(self, rows: pl.Series) -> pl.Series:
        """Looks for the field only in lines that do not fit."""
        frame = rows.struct.unnest()
        none = pl.Series("reason", [None], dtype=pl.String).new_from_index(0, len(frame))
        unfit = frame.filter(~pl.col("fits"))
        return with_odd(none, ~frame["fits"], lambda: unfit.select(self._stop()).to_series())

    def _stop(self) -> pl.Expr:
        """The field at which a line that does not fit stops fitting."""
        unfit = [
            pl.when(~TEXT.str.contains("^" + self._joined(count))).then(
                pl.lit(f"{self._field_at(count - 1)}: not as this format writes it")
            )
            for count in range(1, len(self.pieces) + 1)
        ]
        return pl.coalesce(*unfit, pl.lit("end of line: more than this format writes"))


def _literal(regex: str) -> str:
    """The text that an expression stands for, `" +"` for a space; empty where it is not one."""
    if len(regex) == 2 and regex[1] == "+" and _LITERAL.fullmatch(regex[0]):
        return regex[0]
    return re.sub(r"\\(.)", r"\1", regex) if _LITERAL.fullmatch(regex) else ""


def separated(pieces: Iterable[Piece], separator: str) -> tuple[Piece, ...]:
    """The pieces with a separator between each two."""
    out: list[Piece] = []
    for piece in pieces:
        if out:
            out.append(Piece(None, separator))
        out.append(piece)
    return tuple(out)


def missing_to_null(cell: pl.Expr, missing: Sequence[str] = ("-", "")) -> pl.Expr:
    """Null where the log writes its own word for "nothing"."""
    return pl.when(cell.is_in(list(missing))).then(None).otherwise(cell)


def integer(cell: pl.Expr) -> pl.Expr:
    """The cell as a whole number, null where it is none."""
    return cell.str.strip_chars().cast(pl.Int64, strict=False)


def digits(cell: pl.Expr) -> pl.Expr:
    """The same of a cell that has no spaces around it, as its pattern says: three times faster."""
    return cell.cast(pl.Int64, strict=False)
