"""The lines of Palo Alto's CSV feed: what they open with, and where the cells of URL logs stand.

Definition: see `logan.formats.vendors.paloalto`. Cells with a comma or a quote are quoted, quotes
in them doubled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logan.formats.engine.cutting import LineCut, cut
from logan.formats.engine.delimited_cells import split
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Head,
    Layout,
    RequiredLiterals,
)
from logan.formats.engine.pattern import Pattern, Piece
from logan.formats.engine.reader import CELL, PlainReader, UnknownCellError
from logan.runtime.fast_path import normalised, with_fallback

_HOUR: Final = "[0-9]{4}[/-][0-9]{2}[/-][0-9]{2}[ T][0-9]{2}"
_STAMP: Final = (
    r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
    # Prisma Access writes the instant
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9:]{4,6})"
)
#: A quote ends a cell only where a comma or the end follows; collectors may escape the outer two.
_CELL: Final = r'(?:\\?"[^"]*"(?:[^,][^"]*")*|[^",\\][^,]*|\\(?:[^",][^,]*)?)?'
_WORD: Final = "[^,]*"
_COMMA: Final = Piece(None, ",")


def _skip(count: int) -> Piece:
    return Piece(None, f"(?:{_CELL},){{{count}}}")


#: What every line of the feed begins with; a relay's header may stand before the first comma.
_ANY: Final = (
    Piece(None, "[^,]*,"),
    Piece("receive time", _STAMP),
    Piece(None, ",[^,]*,"),
    Piece("type", "[A-Z][A-Z_-]+"),
    _COMMA,
    Piece("subtype", "[A-Za-z0-9_-]*"),
    Piece(None, ",[^,]*,"),
    Piece("generated time", _STAMP),
    _COMMA,
)
_LINE: Final = Pattern((*_ANY, Piece("rest", ".*")))
_THREAT: Final = Pattern(
    (
        *_ANY[:3],
        Piece("type", "THREAT"),
        *_ANY[4:],
        Piece("source address", _WORD),
        _COMMA,
        _skip(4),
        Piece("source user", _CELL),
        _COMMA,
        _skip(1),
        Piece("application", _WORD),
        _COMMA,
        _skip(10),
        Piece("destination port", "[0-9]*"),
        _COMMA,
        _skip(2),
        Piece("flags", "(?:0x[0-9A-Fa-f]+)?"),
        _COMMA,
        _skip(1),
        Piece("action", "[a-z-]*"),
        _COMMA,
        Piece("url", _CELL),
        Piece("rest", "(?:,.*)?"),
    )
)
#: The cells behind the URL that are read, by their place; old versions and cut lines have fewer.
_REST: Final = (
    f"^(?:,{_CELL}){{14}},(?P<agent>{_CELL})(?:,{_CELL}){{2}},(?P<referrer>{_CELL})"
    f"(?:(?:,{_CELL}){{13}},(?P<method>{_CELL})(?:(?:,{_CELL}){{43}},(?P<exact>{_CELL}))?)?(?:,|$)"
)
_IN_REST: Final = ("agent", "referrer", "method", "exact")
#: Where cells stand in lines of one make: what every line of the feed opens with, what is read of
#: URL logs, and the words that no quote may begin.
_OPENING: Final = {"receive time": 1, "type": 3, "subtype": 4, "generated time": 6}
_PLACES: Final = {
    "source address": 7,
    "source user": 12,
    "application": 14,
    "destination port": 25,
    "flags": 28,
    "action": 30,
    "url": 31,
    "agent": 46,
    "referrer": 49,
    "method": 63,
    "exact": 107,
}
_WORDS: Final = (0, 2, 5, 7, 14)
#: What the others must look like, as the expressions above have it.
_SHAPES: Final = {
    1: f"^(?:{_STAMP})$",
    3: "^THREAT$",
    4: "^[A-Za-z0-9_-]*$",
    6: f"^(?:{_STAMP})$",
    25: "^[0-9]*$",
    28: "^(?:0x[0-9A-Fa-f]+)?$",
    30: "^[a-z-]*$",
}
#: The column of the steps, and what it has beside the cells: whether the line is a URL log.
_SPLIT: Final = "%cells"
_THREATENED: Final = "threat"
_SPLIT_KIND: Final = pl.Struct(
    {_THREATENED: pl.Boolean, **dict.fromkeys((*_OPENING, *_PLACES), pl.String)}
)
NAMES_NO_HOST: Final = (
    "its first lines hold no URL log (THREAT,url): a log of sessions or events cannot show visits"
)


@dataclass(frozen=True)
class UrlLog(PlainReader):
    """Lines of the feed. Cells are those that all lines open with, and of THREAT lines more."""

    directive = "Domain,Receive Time"
    required_literals: RequiredLiterals = ((",",),)
    learns = True

    @staticmethod
    def stamp_span(line: str, _layout: Layout) -> tuple[int, int] | None:
        """The receive time down to its hour: it has one place in lines of every type and device.

        The management plane receives a line seconds after it was generated, and in that order; so
        the first and the last line received in an hour have the hours of all that were generated.
        """
        found = re.match(f"[^,]*(,{_HOUR}:)", line)
        return found.span(1) if found else None

    def layout(self, head: Head) -> Layout:
        """Says so where no line of the head is a URL log."""
        urls = any(_THREAT.is_of(line) for line in head.lines if ",THREAT,url," in line)
        read = any(self.check(line, Layout()) is None for line in head.lines)
        return Layout(names_no_host=NAMES_NO_HOST if read and not urls else None)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """Why a line is none of the feed, or no whole line of the threat log."""
        found = re.match(_LINE.regex, line)
        if found is not None and found.group(_LINE.names.index("type") + 1) != "THREAT":
            return None
        return _THREAT.fault(line)

    def reason(self, _layout: Layout) -> pl.Expr:
        """`check`, as an expression."""
        kind, whole = (pl.col(_SPLIT).struct.field(name) for name in ("type", _THREATENED))
        return pl.when((kind == "THREAT").fill_null(value=True)).then(_THREAT.reason(whole))

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The step that splits the line, and the cells."""
        known = (*_OPENING, *_PLACES)
        for name in names:
            if name not in known:
                raise UnknownCellError(name, known)
        split = TEXT.map_batches(_split, return_dtype=_SPLIT_KIND, is_elementwise=True)
        found = pl.col(_SPLIT).struct
        return {_SPLIT: split}, {CELL + name: found.field(name) for name in sorted(names)}


def _split(lines: pl.Series) -> pl.Series:
    """The cells of lines (`_SPLIT_KIND`): of URL logs as firewalls write them with one look."""
    count = _count(lines)
    there = {name: at for name, at in _PLACES.items() if at < count}
    places = sorted({*_WORDS, *_OPENING.values(), *there.values()})
    columns, left = cut(lines, LineCut(",", count, quoted=True, refused="\\", kept=True), places)
    cells = pl.DataFrame([cell.alias(f"{at}") for at, cell in zip(places, columns, strict=True)])
    misfits = [~pl.col(f"{at}").str.contains(shape) for at, shape in _SHAPES.items()]
    words = [pl.col(f"{at}").str.starts_with('"') for at in _WORDS]
    left |= cells.select(pl.any_horizontal(*misfits, *words)).to_series()
    null = pl.lit(None, dtype=pl.String)
    fast = cells.select(
        pl.lit(value=True).alias(_THREATENED),
        *(pl.col(f"{at}").alias(name) for name, at in _OPENING.items()),
        *(
            (normalised(pl.col(f"{at}"), '^"|^$', _bare) if name in there else null).alias(name)
            for name, at in _PLACES.items()
        ),
    )
    return with_fallback(fast.to_struct(), left, lambda: _split_any(lines.filter(left)))


def _count(lines: pl.Series) -> int:
    """How many cells the first URL log among lines has, or what it has at least."""
    threats = lines.filter(lines.str.contains(",THREAT,", literal=True).fill_null(value=False))
    found = split(threats[0]) if len(threats) else None
    count = len(found or ())
    # Behind the address, cells are read together or not at all.
    return max(count, _PLACES["url"] + 1) if count > _PLACES["referrer"] else _PLACES["url"] + 1


def _split_any(lines: pl.Series) -> pl.Series:
    """The same of any lines: the fallback."""
    frame = lines.to_frame("text").select(
        line=TEXT.str.extract_groups(_LINE.regex), threat=TEXT.str.extract_groups(_THREAT.regex)
    )
    line, threat, rest = (pl.col(name).struct for name in ("line", "threat", "rest"))
    frame = frame.with_columns(rest=threat[-1].str.extract_groups(_REST))
    names = enumerate(_THREAT.names)
    return frame.select(
        threat[0].is_not_null().alias(_THREATENED),
        *(line[at].alias(name) for at, name in enumerate(_OPENING)),
        *(_bare(threat[at]).alias(name) for at, name in names if name in _PLACES),
        *(_bare(rest.field(name)).alias(name) for name in _IN_REST),
    ).to_struct()


def _bare(cell: pl.Expr) -> pl.Expr:
    """A cell without its quotes; null where it is empty."""
    inner = cell.str.replace(r'^\\?"(.*?)\\?"$', "${1}").str.replace_all('""', '"', literal=True)
    return pl.when(inner != "").then(inner)
