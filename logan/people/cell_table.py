"""CSV as spreadsheets, PowerShell and HR systems write it: bytes to a table of texts with lines.

RFC 4180; a byte order mark, UTF-16, `;`, tabs and bars, `sep=;` (Excel) and `#TYPE` (Windows
PowerShell 5.1 unless told -NoTypeInformation) before the header. Every cell stays the text it is.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from logan.people.file_text import read_text
from logan.people.remarks import FileRemarks
from logan.runtime.fast_path import normalised

#: Nor of so many rows: three times the leases of a large force in a year.
MOST_ROWS: Final = 10_000_000
#: As much as a cell of Excel holds (Microsoft: Excel specifications and limits).
MOST_LETTERS: Final = 32_767
_SEPARATORS: Final = (",", ";", "\t", "|")
#: So many cells too many are noticed by the fast path.
_BEYOND: Final = 8
#: What makes a cell more than the text that it shows (`_text`).
_EXCEPTION: Final = r'^\s|\s$|^="'
#: A line that is drawn, below a header or above a total.
_RULE: Final = "[-=_+]{3,}"
#: Letters among which a header is looked for below a title, and what an empty line may have.
_LOOKED_AT: Final = 10_000
_NOTHING: Final = ' ,;|\t"'
_NO_HEADER: Final = ("is empty: not even a header", "Write the names of its columns first.")


@dataclass(frozen=True, slots=True)
class CellTable:
    """The rows of a file below its header, in order.

    `cells` has `line` (where the row begins, 1-based) and a column of texts for each name of the
    header, called by its place: "0", "1" ... A cell that is empty or not there is null.
    """

    header: tuple[str, ...]
    header_line: int
    cells: pl.DataFrame
    sha256: str


def read_cells(path: Path, known: frozenset[str], remarks: FileRemarks) -> CellTable | None:
    """The table in a file; None where it cannot be read, with the reason among the problems.

    `known`: the names that a header may have, folded (`fold_name`); they tell the separator.
    """
    read = read_text(path, remarks)
    if read is None:
        return None
    text, sha256 = read
    rows, separator = _cut_whole(text, known, remarks)
    if rows is None:
        return None
    filled = rows.filter(pl.any_horizontal(pl.exclude("line", "more").is_not_null()))
    if filled.is_empty():
        remarks.refuse(None, *_NO_HEADER)
        return None
    header = filled.drop("line", "more").row(0)
    _refuse_excess(filled[1:], separator, remarks)
    if pl.Series([text]).str.contains(_RULE).item():
        drawn = pl.exclude("line", "more")
        all_drawn = pl.all_horizontal(drawn.is_null() | drawn.str.contains(f"^{_RULE}$"))
        filled = filled.filter(~all_drawn)
    # A row with a cell too many has the wrong cells in its columns: nothing more is said of it.
    return CellTable(
        tuple(name or "" for name in header),
        filled["line"][0],
        filled[1:].filter(~pl.col("more")).drop("more"),
        sha256,
    )


def _find_title(text: str, known: frozenset[str]) -> tuple[int, int] | None:
    """The line of a title above a header, and that of the header; None where there is none.

    A title has no name of a column, a header below it two at least.
    """
    lines = text[:_LOOKED_AT].split("\n")
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip(_NOTHING)]
    if not filled or _count_known(filled[0][1], known):
        return None
    headers = (number for number, line in filled if _count_known(line, known) > 1)
    header = next(headers, None)
    return None if header is None else (filled[0][0], header)


def _count_known(line: str, known: frozenset[str]) -> int:
    """How many names of columns a line has, cut by the separator that gives most."""
    return max(
        sum(fold_name(name) in known for name in _cut_line(line, separator))
        for separator in _SEPARATORS
    )


def _cut_whole(
    text: str, known: frozenset[str], remarks: FileRemarks
) -> tuple[pl.DataFrame | None, str]:
    """All lines of a file as rows, see `_cut`, and what separates its cells."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MOST_ROWS:
        remarks.refuse(None, f"has more than {MOST_ROWS:,} lines: no such register", "Is it a log?")
        return None, ""
    text, skipped, separator = _without_preamble(text)
    found = re.search(r"(?m)^.*\S.*$", text)
    if found is None:
        remarks.refuse(None, *_NO_HEADER)
        return None, ""
    if (title := _find_title(text, known)) is not None:
        above, header = (line + skipped for line in title)
        remarks.refuse(
            above,
            "is no line of names of columns",
            f"These seem to stand on line {header}: take out the lines above.",
        )
        return None, ""
    separator = separator or _separator(found[0], known)
    rows = _cut(text, separator, len(_cut_line(found[0], separator)), remarks)
    if rows is not None:
        rows = rows.with_columns(pl.col("line") + skipped)
    return rows, separator


def fold_name(name: str) -> str:
    """A column's name without what writers do differently: case, blanks, `_` and `-`."""
    return "".join(letter for letter in name.lower() if letter not in " \u00a0_-")


def _without_preamble(text: str) -> tuple[str, int, str | None]:
    """The text from its header on, how many lines stood before, the separator one of them named."""
    skipped, separator = 0, None
    while text.startswith(("#TYPE ", "sep=")):
        line, _, text = text.partition("\n")
        skipped += 1
        if line.startswith("sep=") and len(line) == len("sep=") + 1:
            separator = line[-1]
    return text, skipped, separator


def _separator(header: str, known: frozenset[str]) -> str:
    """The separator that cuts a header into most names, known ones first."""

    def rank(separator: str) -> tuple[int, int]:
        names = _cut_line(header, separator)
        return sum(fold_name(name) in known for name in names), len(names)

    return max(_SEPARATORS, key=rank)


def _cut_line(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return [line]


def _cut(text: str, separator: str, width: int, remarks: FileRemarks) -> pl.DataFrame | None:
    """All lines as rows: `line`, a text column for each of `width` cells, and `more`.

    `more` is true where a row has something in further cells. Polars cuts what RFC 4180 allows,
    Python's csv (strict) the rest, or says where it ends.
    """
    if separator * _BEYOND in text or not _is_plain(text, separator):
        return _cut_slowly(text, separator, width, remarks)
    names = [str(at) for at in range(width + _BEYOND)]
    head = separator.join(names) + "\n"
    rows = pl.read_csv(
        (head + text).encode(), separator=separator, infer_schema=False, truncate_ragged_lines=True
    )
    return _as_rows(rows, _begins(rows, len(rows) != _count_lines(text)), width)


def _is_plain(text: str, separator: str) -> bool:
    """True where no cell has a quote but around it, with those inside doubled."""
    if '"' not in text:
        return True
    one = "\\t" if separator == "\t" else f"\\x{ord(separator):02x}"
    cell = rf'(?:[^"{one}\n]*|"(?:[^"]|"")*")'
    plain = rf"\A(?:{cell}[{one}\n])*{cell}\z"
    return bool(pl.Series([text]).str.contains(plain).item())


def _count_lines(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n"))


def _begins(rows: pl.DataFrame, broken: bool) -> pl.Series:
    """The lines on which rows begin; `broken`: cells have line ends in them."""
    if not broken:
        return pl.int_range(1, len(rows) + 1, eager=True, dtype=pl.Int64)
    ends = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True)).cast(pl.Int64) + 1
    return rows.select(ends.cum_sum().shift(1, fill_value=0) + 1).to_series()


def _cut_slowly(text: str, separator: str, width: int, remarks: FileRemarks) -> pl.DataFrame | None:
    """The same for any text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    begins: list[int] = []
    line = 1
    try:
        for row in reader:
            rows.append(row)
            begins.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        long = "limit" in str(error)
        what = "a cell of it is too long" if long else 'its quotes (`"`) do not come out even'
        remarks.refuse(line, what, 'Write "" for a quote within quotes.' if not long else None)
        return None
    most = max(width + 1, *map(len, rows))
    padded = [row + [""] * (most - len(row)) for row in rows]
    schema = {str(at): pl.String for at in range(most)}
    cells = pl.DataFrame(padded, schema=schema, orient="row")
    return _as_rows(cells, pl.Series(begins, dtype=pl.Int64), width)


def _as_rows(cells: pl.DataFrame, begins: pl.Series, width: int) -> pl.DataFrame:
    full = cells.select(pl.when(pl.all() != "").then(pl.all()))
    own, beyond = full[:, :width], full[:, width:]
    texts = own.select(normalised(pl.col(name), _EXCEPTION, _text) for name in own.columns)
    more = beyond.select(more=pl.any_horizontal(pl.all().is_not_null()))
    return texts.insert_column(0, begins.alias("line")).hstack(more)


def _text(cell: pl.Expr) -> pl.Expr:
    """A cell without blanks around it, null where empty.

    `="004711"`, with which Excel keeps a text from becoming a number, is unwrapped.
    """
    bare = cell.str.strip_chars().str.replace(r'^="([^"]*)"$', "$1").str.strip_chars()
    return pl.when(bare != "").then(bare)


def _refuse_excess(rows: pl.DataFrame, separator: str, remarks: FileRemarks) -> None:
    """Problems with rows that are wider than their header, or have a cell that no sheet has."""
    shown = "tab" if separator == "\t" else separator
    remarks.refuse_lines(
        rows.filter("more")["line"],
        "has more cells than the header has names",
        f'Put quotes (`"`) around a cell with a `{shown}` in it.',
    )
    long = pl.any_horizontal(pl.exclude("line", "more").str.len_chars() > MOST_LETTERS)
    remarks.refuse_lines(
        rows.filter(long)["line"], f"has a cell of more than {MOST_LETTERS:,} letters"
    )
