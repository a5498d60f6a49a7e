"""The reader of the extended log format: `#Fields` names the columns, other directives the clock.

Definition: w3.org/TR/WD-logfile. What fields mean is in `logan.formats.engine.elff`. `date time` is
UTC by that definition, unless the header says otherwise (`#GMT-Offset`, a zone behind `#Date`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Final

import polars as pl

from logan.formats.engine import elff
from logan.formats.engine.cutting import LineCut, cut
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Head,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.pattern import Pattern, Piece, separated
from logan.formats.engine.reader import CELL, PlainReader, StampSpan
from logan.runtime.fast_path import with_fallback

# A quote inside a quoted value is doubled; ProxySG also writes 'single quotes' where asked to, and
# [local time] in brackets. The first character decides how a cell ends, so no line is read in two
# ways: a user agent with quotes in it cannot push its words into the columns behind it.
_SPACED_CELL: Final = r"\"(?:[^\"]|\"\")*\"|'[^']*'|\[[^\]]*\][^ \t]*|[^ \t\"'\[][^ \t]*"
_TABBED_CELL: Final = "[^\t]*"
_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
_SHAPES: Final = {"date": _DATE, "date-local": _DATE, "time": _TIME, "time-local": _TIME}
_EXTRA: Final = "more values"
#: A column of the steps, and what it has beside the cells: whether the line comes out even.
_CELLS: Final = "%cells"
_FITS: Final = "fits"
_AMBIGUOUS: Final = "more values than #Fields has names, and quotes among them"
_SURPLUS: Final = "more values than #Fields has names"
#: The fact that lines have no more values than names.
_EVEN: Final = "even"
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_NAMES_NO_HOST: Final = (
    "its #Fields name no requested host (cs-host or cs-uri): it cannot show visits"
)


def _date_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`2024-01-01 09:` fixes the hour where date and time open the line."""
    opens = layout.names[:2] in (("date", "time"), ("date-local", "time-local"))
    fits = opens and re.match(f"{_DATE}[ \t][0-9]{{2}}:", line)
    return (0, 14) if fits else None


@dataclass(frozen=True, kw_only=True)
class ExtendedLog(PlainReader):
    """Lines under `#Fields`. Cells are the fields, in lower case.

    `needs` are fields of which one must be there: those that only one product writes.
    """

    needs: tuple[str, ...] = ()
    stamp_span: StampSpan | None = field(default=_date_span)
    directive = "#"
    required_literals: RequiredLiterals = (("#",),)
    learns = True

    def layout(self, head: Head) -> Layout | None:
        """The layout at the first record; None without a `#Fields` line that names a time.

        Where most lines have as many values as names, none has more: it would be one of a value
        with a blank in it, and what stands behind it in a wrong column.
        """
        layout = Layout()
        for line in head.lines:
            if line.startswith("#"):
                layout = self.follow(layout, line)
            elif layout.names:
                break
        fits = layout.names and _clock_missing(layout) is None
        if not fits or (self.needs and not set(self.needs) & set(layout.names)):
            return None
        return layout if _have_more_values(head.lines, layout) else layout.with_fact(_EVEN)

    def refusal(self, head: Head) -> str | None:
        """What a `#Fields` line lacks, where there is one."""
        layout = Layout()
        for line in head.lines:
            if line.startswith("#"):
                layout = self.follow(layout, line)
        return _clock_missing(layout) if layout.names else None

    def follow(self, layout: Layout, line: str) -> Layout:
        """The layout from a directive on: names of columns, the date, the zone."""
        name, _, value = line.partition(":")
        directive = name.lower().replace(" ", "")
        if directive == "#fields":
            return _named(layout, value)
        if directive == "#date":
            date = re.search(_DATE, value)
            layout = layout.with_stamps(day=date.group(0)) if date else layout
            offset = _OFFSET.search(value[10:].split("(", 1)[-1]) if "(" in value else None
            return _in_zone(layout, offset)
        if directive == "#gmt-offset":
            return _in_zone(layout, _OFFSET.search(value))
        return layout

    def check(self, line: str, layout: Layout) -> Fault | None:
        """The field at which a line stops fitting; of values past the names those with quotes."""
        shape = _pattern(layout)
        found = shape.fault(line)
        even, quoted = _EVEN in layout.facts, '"' in line
        if found is not None or not (even or quoted):
            return found
        extra = _more(shape.match(line))
        if quoted and extra not in ("", "-"):
            return Fault(_AMBIGUOUS, extra)
        return Fault(_SURPLUS, extra) if even and extra else None

    def reason(self, layout: Layout) -> pl.Expr:
        """Null where a line is a record; past the names, values pass only without quotes."""
        extra = pl.col(CELL + _EXTRA)
        quoted = TEXT.str.contains('"', literal=True) & (extra != "-")
        even = pl.lit(_SURPLUS if _EVEN in layout.facts else None)
        fits = pl.col(_CELLS).struct.field(_FITS)
        surplus = pl.when(quoted).then(pl.lit(_AMBIGUOUS)).when(extra.is_not_null()).then(even)
        return pl.coalesce(_pattern(layout).reason(fits), surplus)

    def has(self, layout: Layout, name: str) -> bool:
        """True where `#Fields` has the name."""
        return name in layout.names

    def steps(self, layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The line split, then a column for each cell."""
        there = _pattern(layout).names
        wanted = {*names, *_SHAPES, _EXTRA}
        places = tuple(at for at, name in enumerate(there) if name in wanted)
        split = TEXT.map_batches(
            partial(_split, layout, places),
            return_dtype=pl.Struct(
                [pl.Field(_FITS, pl.Boolean), *(pl.Field(f"c{at}", pl.String) for at in places)]
            ),
            is_elementwise=True,
        )
        found = pl.col(_CELLS).struct
        null = pl.lit(None, dtype=pl.String)
        return (
            {_CELLS: split},
            {CELL + name: null for name in sorted(names) if name not in there}
            | {CELL + there[at]: found.field(f"c{at}") for at in places},
        )


def _in_zone(layout: Layout, offset: re.Match[str] | None) -> Layout:
    if offset is None:
        return layout
    zone = f"{offset.group(1)}{offset.group(2)}:{offset.group(3)}"
    return layout._replace(zone=zone)


def _named(layout: Layout, fields: str) -> Layout:
    """A `#Fields` line read: names in lower case, made unique, and what the log cannot show.

    TMG parts them by tabs, and one of its names (`GMT Time`) has a space in it.
    """
    tabbed = "\t" in fields.strip()
    names: list[str] = []
    for name in fields.lower().strip().split("\t" if tabbed else None):
        names.append(name if name not in names else f"{name}.{len(names)}")
    there = set(names)
    zone = layout.zone
    if zone is None and {"date", "time"} & there:
        zone = "UTC"
    elif zone == "UTC" and "date-local" in there:
        zone = None
    hostless = None if there & {*elff.HOST_FIELDS, *elff.URL_FIELDS} else _NAMES_NO_HOST
    found = layout.with_cells(separator="\t" if tabbed else " ")
    return found._replace(names=tuple(names), zone=zone, names_no_host=hostless)


def _clock_missing(layout: Layout) -> str | None:
    """What the fields lack to tell a time; None where they do."""
    there = set(layout.names)
    if {"date", "time"} <= there or {"date-local", "time-local"} <= there:
        return None
    if there & set(elff.TIME_FIELDS) or ("time" in there and layout.stamps.day):
        return None
    return "its #Fields name no time (date and time, localtime or timestamp)"


def _have_more_values(lines: Sequence[str], layout: Layout) -> bool:
    """True where most of the lines that fit have more values than names."""
    shape = _pattern(layout)
    matched = [found for line in lines if (found := shape.match(line))]
    return bool(matched) and 2 * sum(_more(found) != "" for found in matched) > len(matched)


def _more(cells: Mapping[str, str]) -> str:
    """The values past the names. A dash is one: where a log has none elsewhere, a blank in a value
    has moved it there."""
    return cells[_EXTRA].strip(" ")


@lru_cache(maxsize=32)
def _pattern(layout: Layout) -> Pattern:
    """The layout as one expression, with room for more values behind: IIS modules append theirs."""
    tabbed = layout.cells.separator == "\t"
    cell, gap = (_TABBED_CELL, "\t") if tabbed else (_SPACED_CELL, "[ \t]+")
    pieces = [
        Piece(name, f'{_SHAPES[name]}|"{_SHAPES[name]}"' if name in _SHAPES else cell)
        for name in layout.names
    ]
    return Pattern((*separated(pieces, gap), Piece(None, "[ \t]*"), Piece(_EXTRA, ".*")))


def _unquoted(cell: pl.Expr) -> pl.Expr:
    """The value without its quotes; null where the log writes its word for nothing."""
    bare = (
        pl.when(cell.str.starts_with('"') & cell.str.ends_with('"'))
        .then(cell.str.strip_prefix('"').str.strip_suffix('"').str.replace_all('""', '"'))
        .when(cell.str.starts_with("'") & cell.str.ends_with("'"))
        .then(cell.str.strip_chars("'"))
        .otherwise(cell)
    )
    return missing_to_null(bare.str.strip_chars(" "))


def _split(layout: Layout, places: Sequence[int], lines: pl.Series) -> pl.Series:
    """The cells of lines at `places`, and whether a line comes out even.

    The last place is that of the values behind those that have a name.
    """
    count = len(layout.names)
    if layout.cells.separator == "\t":
        how = LineCut("\t", count, refused="\"'")
    else:
        how = LineCut(" \t", count, runs=True, quoted=True, refused="'[")
    columns, left = cut(lines, how, places[:-1])
    named = zip(places[:-1], columns, strict=True)
    cells = pl.DataFrame([cell.alias(f"c{at}") for at, cell in named])
    misshapen = [
        ~pl.col(f"c{at}").str.contains(f"^(?:{_SHAPES[name]})$")
        for at, name in enumerate(layout.names)
        if name in _SHAPES
    ]
    if misshapen:
        left |= cells.select(pl.any_horizontal(misshapen)).to_series()
    fast = cells.select(
        pl.lit(value=True).alias(_FITS),
        *(missing_to_null(pl.col(at)).alias(at) for at in cells.columns),
        pl.lit(None, dtype=pl.String).alias(f"c{count}"),
    )
    return with_fallback(
        fast.to_struct(), left, lambda: _split_any(layout, places, lines.filter(left))
    )


def _split_any(layout: Layout, places: Sequence[int], lines: pl.Series) -> pl.Series:
    """The same of any lines: the fallback."""
    groups = lines.str.extract_groups(_pattern(layout).regex).struct.unnest()
    cells = [_unquoted(pl.col(f"f{at}")).alias(f"c{at}") for at in places[:-1]]
    extra = pl.col(f"f{places[-1]}").str.strip_chars(" ")
    cells.append(pl.when(extra != "").then(extra).alias(f"c{places[-1]}"))
    return groups.select(pl.col("f0").is_not_null().alias(_FITS), *cells).to_struct()
