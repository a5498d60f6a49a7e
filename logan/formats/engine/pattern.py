"""A line as a sequence of fields: one regular expression, for one line and for many."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import polars as pl

from logan.formats.engine.layout import TEXT, Expressions, Fault, Layout, RequiredLiterals
from logan.runtime.fast_path import with_fallback

#: An expression that stands for itself, a mark in it escaped.
_LITERAL: Final = re.compile(r"(?:[^\\.^$*+?{}\[\]|()]|\\[^A-Za-z0-9])+")

#: How many of the first pieces are held against a line before all of them are.
_FIRST_COUNTS: Final = (1, 4)
#: What stands between fields that are words.
_BLANKS: Final = " +"
#: An expression that takes no blank: of classes that leave it out, and of other characters.
_BLANKLESS: Final = (
    r"(?:\[\^ [^\\\]]*\]|\[[^\\\] ^][^\\\] ]*\]|\\[^A-Za-z0-9 ]"
    r"|[A-Za-z0-9/:_=()|?*+{},-])+"
)


class Piece(NamedTuple):
    """One step of a line: a named field, or (name None) what stands between two fields.

    The regular expression must mean the same to Python and to Rust: ASCII classes, no look-around.
    `fast` takes what it nearly always meets, in the same way, and is written so that it has no
    choice (see `Pattern.fast`); None: `regex` is that already. What is not `read` has its name only
    for faults: cutting it out of every line would cost more than finding its end.
    """

    name: str | None
    regex: str
    fast: str | None = None
    read: bool = True


#: The column that `Pattern.prepare` adds.
_SPLIT: Final = "%fields"


@dataclass(frozen=True)
class Pattern:
    """A line as a sequence of pieces: one expression for both engines, a finger on the fault."""

    pieces: tuple[Piece, ...]

    @cached_property
    def regex(self) -> str:
        """The whole line; the fields that are read are groups named `f0`, `f1` ... in order."""
        return f"^{self._joined(len(self.pieces))}$"

    @cached_property
    def fast(self) -> str | None:
        """The same for plain lines, of which it takes what `regex` takes; None where not written.

        Where the next character alone decides each step, an expression finds its groups in one
        pass over the line, which is three times faster.
        """
        if all(piece.fast is None for piece in self.pieces):
            return None
        pieces = (piece._replace(regex=piece.fast or piece.regex) for piece in self.pieces)
        return Pattern(tuple(pieces)).regex

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that are read, in the order of their groups."""
        return tuple(piece.name for piece in self.pieces if piece.name is not None and piece.read)

    @cached_property
    def required_literals(self) -> RequiredLiterals:
        """What stands between the fields of every line."""
        between = dict.fromkeys(_literal(piece.regex) for piece in self.pieces if not piece.name)
        return tuple((text,) for text in between if text)

    @cached_property
    def _phrases(self) -> tuple[str, ...] | None:
        """The fields that may be several words, where all others are one and blanks are between
        them; None where that is not so of every line, or such a field is not read."""
        blanks = [at for at, piece in enumerate(self.pieces) if piece.regex == _BLANKS]
        fields = [piece for piece in self.pieces if piece.name is not None]
        phrases = [piece for piece in fields if not _is_word(piece)]
        sure = (
            blanks
            and self.pieces[0] in fields
            and self.pieces[0] not in phrases
            and all(piece.read for piece in phrases)
            and all(_may_be_between(piece) for piece in self.pieces if piece not in fields)
            and all(one in fields or other in fields for one, other in pairwise(self.pieces))
            and not any(map(_may_be_blank, (p for p in self.pieces[: blanks[-1]] if p in phrases)))
        )
        return tuple(piece.name for piece in phrases if piece.name) if sure else None

    def fewest_words(self) -> pl.Expr | None:
        """True, after `prepare`, where a line that fits is no more words than every such line is:
        what begins behind its first word is too few. None where that cannot be told."""
        if self._phrases is None:
            return None
        cells = self.cells()
        phrases = [cells[name].str.contains(" ", literal=True) for name in self._phrases]
        return ~pl.any_horizontal(pl.lit(value=False), *phrases)

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
        if self.is_of(line):
            return None
        fits, last = 0, len(self.pieces)
        for count in self._first_counts:
            if self._prefix(count).match(line) is None:
                last = count - 1
                break
            fits = count
        if not last:
            return Fault(self._first_field, line)
        while fits < last:
            middle = (fits + last + 1) // 2
            if self._prefix(middle).match(line):
                fits = middle
            else:
                last = middle - 1
        found = self._prefix(fits).match(line)
        rest = line[found.end() :] if found else line
        read = sum(piece.name is not None for piece in self.pieces[:fits])
        # What fits before the first field may be any text: it says no more than one.
        return Fault(self._field_at(fits), rest, max(1, read))

    def is_of(self, line: str) -> bool:
        """True where a line fits whole: `fault`, without finding out where another one stops.

        Detection asks this of every format: most refuse a line by its first pieces, before the
        whole expression has to be compiled.
        """
        if "_compiled" in self.__dict__:
            return self._compiled.match(line) is not None
        begins = (self._prefix(count).match(line) for count in self._first_counts)
        return all(begins) and self._compiled.match(line) is not None

    @cached_property
    def _first_counts(self) -> tuple[int, ...]:
        """How many of the first pieces are asked for before the whole line is."""
        return tuple(count for count in _FIRST_COUNTS if count <= len(self.pieces))

    def fits(self, lines: Sequence[str]) -> bool:
        """True where all lines fit whole."""
        return all(map(self._compiled.match, lines))

    def fits_any(self, lines: Iterable[str]) -> bool:
        """True where a line fits whole."""
        return any(map(self._compiled.match, lines))

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

    def prepare(self, _layout: Layout) -> Sequence[Expressions]:
        """The step that splits `text` once for all cells."""
        return ({_SPLIT: self._groups()},)

    def _groups(self) -> pl.Expr:
        if self.fast is None:
            return TEXT.str.extract_groups(self.regex)
        kind = pl.Struct({f"f{at}": pl.String for at in range(len(self.names))})
        return TEXT.map_batches(self._split, return_dtype=kind, is_elementwise=True)

    def _split(self, lines: pl.Series) -> pl.Series:
        """The fields of lines: by the fast expression, and by `regex` where that fails."""
        found = lines.str.extract_groups(self.fast)  # type: ignore[arg-type]
        left = found.struct.field("f0").is_null()
        return with_fallback(found, left, lambda: lines.filter(left).str.extract_groups(self.regex))

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
        return with_fallback(none, ~frame["fits"], lambda: unfit.select(self._stop()).to_series())

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


def _is_word(piece: Piece) -> bool:
    """True where a piece takes at least one character, and no blank."""
    word = re.fullmatch(_BLANKLESS, piece.regex) is not None
    return word and re.fullmatch(piece.regex, "") is None


def _may_be_between(piece: Piece) -> bool:
    """True for blanks, and for text without any."""
    return piece.regex == _BLANKS or " " not in (_literal(piece.regex) or " ")


def _may_be_blank(piece: Piece) -> bool:
    """True where a piece may take nothing, or blanks alone."""
    return any(re.fullmatch(piece.regex, " " * count) for count in range(3))


def separated(pieces: Iterable[Piece], separator: str) -> tuple[Piece, ...]:
    """The pieces with a separator between each two."""
    out: list[Piece] = []
    for piece in pieces:
        if out:
            out.append(Piece(None, separator))
        out.append(piece)
    return tuple(out)
