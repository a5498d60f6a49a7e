"""Worksheets whose rows are written as they are read: any number of them in little memory.

XlsxWriter keeps every cell of a table in memory, or makes no tables. Here it makes the workbook
with sheets that are empty, and their rows are put in as the parts are packed: SpreadsheetML
(ECMA-376, part 1, section 18.3), made by Polars.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from logan.runtime.fast_path import with_fallback
from logan.runtime.ordered_map import map_in_order
from logan.tables.table_fields import FieldType

#: Rows that are made at once.
_ROWS: Final = 4_000
#: The most letters of a cell (Excel's limit is 32,767).
_LETTERS: Final = 32_000
#: What XML has no place for, beside the controls that no cell of a package has; and its own signs.
_SIGNS: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\ufffe": "\\ufffe",
    "\uffff": "\\uffff",
}
#: Spreadsheets read this as a character (section 22.9.2.19); so the sign is written as one.
_ESCAPED: Final = r"_(x[0-9A-Fa-f]{4}_)"
#: A text without these stands in a cell as it is, if it is no longer than a cell.
_DOUBTFUL: Final = r"[&<>\x{fffe}\x{ffff}]|_x[0-9A-Fa-f]{4}_|^\s|\s$"
#: Spreadsheets count days from here (as if 1900 were a leap year), in parts of a day.
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a clock without a zone
_DAY: Final = 86_400_000_000
_NUMBERS: Final = ("integer", "datetime")
#: How most stamps are written, and how many bytes they have.
_MILLISECONDS: Final = "%Y-%m-%dT%H:%M:%S.%3fZ"
_STAMP_BYTES: Final = 24
#: Where the rows of a sheet go.
_HERE: Final = b"<logan-rows/>"
#: Deflate's fastest: rows are much alike, so the next levels take twice the time for a tenth.
_LEVEL: Final = 1
#: The most bytes that a row takes beside its texts, and by how much each byte of text may grow.
_ROW_BYTES, _CELL_BYTES, _GROWTH = 30, 60, 6
#: What a part of a workbook may have without the larger form of ZIP, of which Excel complains.
_SMALL: Final = (1 << 31) - 1


class StreamedSheet(Worksheet):  # type: ignore[misc]
    """A worksheet that gets its rows from `pieces` of SpreadsheetML when the workbook is packed.

    They take `most_bytes` at most (`bound_bytes`).
    """

    pieces: Callable[[], Iterable[bytes]] = staticmethod(lambda: ())
    most_bytes: int = 0

    def add_long_table(self, head: int, rows: int, columns: int, options: dict[str, Any]) -> None:
        """Add a table with its header in row `head` (from 0) and so many rows and columns.

        XlsxWriter notes every cell of a table, gigabytes for a million rows; so it is told of the
        first row alone, and of the rest when that is done.
        """
        self.add_table(head, 0, head + 1, columns - 1, options)
        whole = xl_range(head, 0, head + max(rows, 1), columns - 1)
        self.tables[-1] |= {"range": whole, "a_range": whole, "autofilter": whole}
        self.dim_rowmin, self.dim_rowmax = 0, head + max(rows, 1)

    def _write_sheet_data(self) -> None:
        self._xml_start_tag("sheetData")
        self.fh.write(_HERE.decode())
        self._xml_end_tag("sheetData")


def bound_bytes(rows: int, columns: int, text_bytes: int) -> int:
    """The most that the rows of a table take whose texts have so many bytes."""
    return rows * (_ROW_BYTES + columns * _CELL_BYTES) + _GROWTH * text_bytes


def pack(made: BinaryIO, sheets: Iterable[Worksheet], file: BinaryIO) -> None:
    """Write a workbook that XlsxWriter made once more, with the rows of its streamed sheets.

    What the system refuses is raised as `OSError`.
    """
    streamed = {
        f"xl/worksheets/sheet{sheet.index + 1}.xml": sheet
        for sheet in sheets
        if isinstance(sheet, StreamedSheet)
    }
    with (
        ZipFile(made) as parts,
        ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as whole,
    ):
        for name in parts.namelist():
            before, _, after = parts.read(name).partition(_HERE)
            sheet = streamed.get(name)
            large = sheet is not None and sheet.most_bytes + len(before) + len(after) > _SMALL
            with whole.open(name, "w", force_zip64=large) as part:
                part.write(before)
                for piece in sheet.pieces() if sheet else ():
                    part.write(piece)
                part.write(after)


def text_row(number: int, cells: Sequence[str], style: int) -> bytes:
    """One row of texts; `number` is from 1."""
    made = "".join(
        f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{_escape(cell)}</t></is></c>'
        for cell in cells
    )
    return f'<row r="{number}">{made}</row>'.encode()


def _escape(text: str) -> str:
    for sign, written in _SIGNS.items():
        text = text.replace(sign, written)
    return text


def table_rows(
    batches: Iterable[pl.DataFrame],
    types: Mapping[str, FieldType],
    *,
    first: int,
    time_style: int,
) -> Iterator[bytes]:
    """The rows of a table given as batches of text; `first` is the number of the first one."""
    yield from map_in_order(partial(_rows, types, time_style), _numbered(batches, first))


def _numbered(batches: Iterable[pl.DataFrame], first: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """Rows in frames that are made at once, each behind the number of its first."""
    for batch in batches:
        for frame in batch.iter_slices(_ROWS):
            if frame.height:
                yield first, frame
            first += frame.height


def _rows(
    types: Mapping[str, FieldType], time_style: int, numbered: tuple[int, pl.DataFrame]
) -> bytes:
    """A few rows of a table, behind the number of the first."""
    first, cells = numbered
    frame = cells.with_columns(
        _days(cells[name]) for name, kind in types.items() if kind == "datetime"
    )
    parts: list[str | pl.Expr] = ['<row r="', pl.int_range(first, first + frame.height), '">']
    for name, kind in types.items():
        parts += _plain_cell(frame[name], kind, time_style) or [_cell(name, kind, time_style)]
    rows = pl.concat_str(_joined([*parts, "</row>"])).str.join("")
    return bytes(frame.select(rows.cast(pl.Binary)).item())


def _joined(parts: Iterable[str | pl.Expr]) -> Iterator[pl.Expr]:
    """The parts of a text, with one literal for those that follow each other: each takes time."""
    literal = ""
    for part in parts:
        if isinstance(part, str):
            literal += part
        else:
            yield from (pl.lit(literal), part)
            literal = ""
    yield pl.lit(literal)


def _plain_cell(values: pl.Series, kind: FieldType, time_style: int) -> list[str | pl.Expr]:
    """The parts of a cell where all of a column's can be written alike; of most columns they can.

    Nothing where they cannot: then each value is looked at (`_cell`).
    """
    if values.null_count() == len(values):
        return ["<c/>"]
    if values.has_nulls():
        return []
    if kind in _NUMBERS:
        return [_start_of_number(kind, time_style), pl.col(values.name), "</v></c>"]
    longest = values.str.len_bytes().max()
    if longest > _LETTERS or values.str.contains(_DOUBTFUL).any():  # type: ignore[operator]
        return []
    start, end = '<c t="inlineStr"><is><t>', "</t></is></c>"
    return [start, pl.col(values.name), end]


def _cell(name: str, kind: FieldType, time_style: int) -> pl.Expr:
    """A cell of SpreadsheetML; one that holds nothing stays empty."""
    value: pl.Expr = pl.col(name)
    if kind in _NUMBERS:
        made = pl.concat_str(pl.lit(_start_of_number(kind, time_style)), value, pl.lit("</v></c>"))
    else:
        kept = pl.when(value.str.contains(r"^\s|\s$")).then(pl.lit(' xml:space="preserve"'))
        space = kept.otherwise(pl.lit(""))
        start = pl.lit('<c t="inlineStr"><is><t')
        made = pl.concat_str(start, space, pl.lit(">"), _text(value), pl.lit("</t></is></c>"))
    return pl.when(value.is_null()).then(pl.lit("<c/>")).otherwise(made.fill_null("<c/>"))


def _text(value: pl.Expr) -> pl.Expr:
    cut = value.str.slice(0, _LETTERS).str.replace_all(_ESCAPED, "_x005F_${1}")
    return cut.str.replace_many(list(_SIGNS), list(_SIGNS.values()))


def _days(cells: pl.Series) -> pl.Series:
    """The instants that cells write, as numbers of days in text; null where they write none.

    Most are written to the millisecond, and Polars reads a form whose places are fixed five times
    sooner; so the others are read by themselves.
    """
    others = cells.str.len_bytes() != _STAMP_BYTES
    quick = cells.set(others, None).str.to_datetime(
        _MILLISECONDS, time_unit="us", strict=False, cache=False
    )
    left = quick.is_null() & cells.is_not_null()
    instants = with_fallback(quick, left, lambda: _read_instants(cells.filter(left)))
    days = (pl.col("instant") - pl.lit(_DAY_ZERO)).dt.total_microseconds() / pl.lit(_DAY)
    return instants.to_frame("instant").select(days.cast(pl.String)).to_series().alias(cells.name)


def _read_instants(cells: pl.Series) -> pl.Series:
    """The instants that cells write, to whatever fraction of a second."""
    plain = cells.str.strip_suffix("Z")
    return plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)


def _start_of_number(kind: FieldType, time_style: int) -> str:
    return f'<c s="{time_style}"><v>' if kind == "datetime" else "<c><v>"
