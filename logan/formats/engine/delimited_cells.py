"""Cells of delimited lines: where each begins and ends, quoted or not."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine.cutting import LineCut, cut
from logan.formats.engine.layout import (
    TEXT,
    Layout,
)
from logan.runtime.fast_path import with_fallback

SEPARATORS: Final = (",", "\t", ";", "|")
#: Columns of the steps: what was cut out of a line, and its cells by place.
CUT_CELLS, CUT_CELL = "%cells", "%cell "
#: A group of the expression for lines, and what is cut out of them beside their cells: whether
#: they come out even.
WHOLE, EVEN = "whole", "even"
#: The values of longer lines are not kept.
KEPT_CHARS: Final = 4_000


def cell_pattern(separator: str, *, quoted: bool) -> str:
    """One cell with its quotes; the next character decides each step, so both engines are fast.

    A quote within a quoted cell is doubled (RFC 4180). Where a gateway leaves one as it came, it
    ends the cell only before a separator or the end of the line; whether such a cell ended at a
    separator, only the gateway knows, so it may hold none: a user could write cells of his own.
    """
    mark = re.escape(separator)
    if not quoted:
        return f"[^{mark}]*"
    astray = f'"(?:[^"{mark}]|"")*"[^"{mark}][^{mark}]*"'
    in_quotes = f'{astray}|"(?:[^"]|"")*"'
    if separator == " ":
        return f'(?:{in_quotes}|[^" ][^ ]*)'
    return f' *(?:{in_quotes}|[^{mark}" ][^{mark}]*)?'


def gap_pattern(separator: str) -> str:
    return " +" if separator == " " else re.escape(separator)


@lru_cache(maxsize=16)
def _cell_and_gap(separator: str, *, quoted: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(cell_pattern(separator, quoted=quoted)), re.compile(gap_pattern(separator))


def least_cells(layout: Layout) -> int:
    return len(layout.names) if layout.cells.least is None else layout.cells.least


def unquoted(cell: str) -> str:
    """The value of a cell: without its quotes, doubled quotes single."""
    bare = cell.strip(" ")
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        return bare[1:-1].replace('""', '"')
    return bare


def split(line: str, separator: str = ",", *, quoted: bool = True) -> list[str] | None:
    """The values of a line; None where a quoted cell does not end."""
    if not (quoted and '"' in line):
        if separator in SEPARATORS:
            return [unquoted(cell) for cell in line.split(separator)]
        if separator == " " and quoted:
            return (
                [word for word in line.split(" ") if word]
                if line.strip(" ") and line[0] != " "
                else None
            )
    cell, gap = _cell_and_gap(separator, quoted=quoted)
    values: list[str] = []
    at = 0
    while True:
        found = cell.match(line, at)
        if found is None:
            return None
        values.append(unquoted(found.group(0)))
        between = gap.match(line, found.end())
        if between is None:
            return values if found.end() == len(line) else None
        at = between.end()
        if separator == " " and at == len(line):
            return values


@lru_cache(maxsize=1024)
def split_once(line: str, separator: str, *, quoted: bool) -> Sequence[str] | None:
    """`split`, kept: detection asks format after format about the same few lines."""
    return split(line, separator, quoted=quoted)


def _skipped(gap: str, cell: str, most: int) -> str:
    return f"(?:{gap}{cell}){{0,{most}}}" if most else ""


def most_cells(layout: Layout) -> int | None:
    """How many cells a line may have at most, those past the names included; None: any number."""
    return None if layout.cells.most is None else max(layout.cells.most, len(layout.names))


def _past_the_names(layout: Layout, gap: str, cell: str) -> str:
    """What may stand behind the last column that has a name."""
    most = most_cells(layout)
    past = cell if layout.cells.open_end else ' *(?:"")?'
    if most is not None:
        return _skipped(gap, past, most - len(layout.names))
    return f"(?:{gap}{past})*"


@lru_cache(maxsize=256)
def _regex(layout: Layout, read: tuple[str, ...]) -> str:
    """The whole line, every cell that is read a group `f0`, `f1` ... by its place; cells beyond the
    least may lack."""
    separator = layout.cells.separator or ","
    cell = cell_pattern(separator, quoted=layout.cells.quoted)
    gap = gap_pattern(separator)
    any_cell = f"(?:{cell})"
    groups = [
        f"(?P<f{at}>{cell})" if name in read else any_cell for at, name in enumerate(layout.names)
    ]
    least = least_cells(layout)
    spare = _past_the_names(layout, gap, cell)
    run = 0
    for group in reversed(groups[least:]):
        if group == any_cell:
            run += 1
            continue
        # Runs of columns that are not read are counted: Rust nests no deeper than 250.
        spare = f"(?:{gap}{group}{_skipped(gap, cell, run)}{spare})?"
        run = 0
    spare = _skipped(gap, cell, run) + spare
    late = " *" if separator == " " else ""
    return f"^(?P<{WHOLE}>{gap.join(groups[:least])}){spare}{late}$"


def cells_of(layout: Layout, read: Sequence[str], lines: pl.Series) -> pl.Series:
    """The cells of lines that are read, `f0`, `f1` ... by their places, and whether it is even.

    Nearly always all lines have as many cells as the first, plainly written.
    """
    places = sorted(map(layout.names.index, read))
    separator, quoted = layout.cells.separator or ",", layout.cells.quoted
    count = _count(layout, lines)
    there = [at for at in places if at < count]
    runs, refused = separator == " ", "" if quoted else '"'
    columns, left = cut(lines, LineCut(separator, count, runs, quoted, refused), there)
    null = pl.Series([None], dtype=pl.String).new_from_index(0, len(lines))
    cells = dict.fromkeys(places, null) | dict(zip(there, columns, strict=True))
    even = {EVEN: pl.Series([True]).new_from_index(0, len(lines))}
    fast = pl.DataFrame(even | {f"f{at}": cells[at] for at in places})
    return with_fallback(
        fast.to_struct(), left, lambda: _any_cells(layout, read, lines.filter(left))
    )


def _count(layout: Layout, lines: pl.Series) -> int:
    """How many cells the first line has, if as many as a line may have."""
    separator, quoted = layout.cells.separator or ",", layout.cells.quoted
    first = split(lines[0] or "", separator, quoted=quoted) if len(lines) else None
    count, most = len(first or ()), len(layout.names)
    fits = least_cells(layout) <= count and (count <= most or layout.cells.open_end)
    few = count <= (most_cells(layout) or count)
    return count if fits and few else most


def _any_cells(layout: Layout, read: Sequence[str], lines: pl.Series) -> pl.Series:
    """The same of any lines: the fallback."""
    groups = lines.str.extract_groups(_regex(layout, tuple(read))).struct.unnest()
    cells = [_bare(pl.col(f"f{at}")) for at in sorted(map(layout.names.index, read))]
    return groups.select(pl.col(WHOLE).is_not_null().alias(EVEN), *cells).to_struct()


def cell_at(layout: Layout, at: int, text: pl.Expr = TEXT) -> pl.Expr:
    """The value at one place of lines; null where their cells do not come out even."""
    groups = text.str.extract_groups(_regex(layout, (layout.names[at],)))
    return _bare(groups.struct.field(f"f{at}"))


def _bare(cell: pl.Expr) -> pl.Expr:
    """`unquoted`, as an expression."""
    bare = cell.str.strip_chars(" ")
    inner = bare.str.strip_prefix('"').str.strip_suffix('"')
    quoted = bare.str.starts_with('"') & bare.str.ends_with('"') & (bare.str.len_bytes() > 1)
    doubled = inner.str.replace_all('""', '"', literal=True)
    return pl.when(quoted).then(doubled).otherwise(bare)
