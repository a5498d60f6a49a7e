"""Worksheets whose rows are written as they are read: any number of them in little memory.

XlsxWriter keeps every cell of a table in memory, or makes no tables. Here it makes the workbook
with sheets that are empty, and their rows are put in as the parts are packed: SpreadsheetML
(ECMA-376, part 1, section 18.3), made by Polars.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

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

    pieces: Callable[[], Iterable[str]] = staticmethod(lambda: ())
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
                    part.write(piece.encode())
                part.write(after)


def text_row(number: int, cells: Sequence[str], style: int) -> str:
    """One row of texts; `number` is from 1."""
    made = "".join(
        f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{_escape(cell)}</t></is></c>'
        for cell in cells
    )
    return f'<row r="{number}">{made}</row>'


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
) -> Iterator[str]:
    """The rows of a table given as batches of text; `first` is the number of the first one."""
    for batch in batches:
        for frame in batch.iter_slices(_ROWS):
            if frame.height:
                yield _rows(frame, types, first, time_style)
            first += frame.height


def _rows(frame: pl.DataFrame, types: Mapping[str, FieldType], first: int, time_style: int) -> str:
    """A few rows of a table, of which the number of the first is given."""
    parts = [pl.lit('<row r="'), pl.int_range(first, first + frame.height), pl.lit('">')]
    for name, kind in types.items():
        parts += _plain_cell(frame[name], kind) or [_cell(name, kind, time_style)]
    return str(frame.select(pl.concat_str(*parts, pl.lit("</row>")).str.join("")).item())


def _plain_cell(values: pl.Series, kind: FieldType) -> list[pl.Expr]:
    """The parts of a cell where all of a column's can be written alike; of most columns they can.

    Nothing where they cannot: then each value is looked at (`_cell`).
    """
    if values.null_count() == len(values):
        return [pl.lit("<c/>")]
    if values.has_nulls() or kind == "datetime":
        return []
    if kind == "integer":
        return [pl.lit("<c><v>"), pl.col(values.name), pl.lit("</v></c>")]
    longest = values.str.len_bytes().max()
    if longest > _LETTERS or values.str.contains(_DOUBTFUL).any():  # type: ignore[operator]
        return []
    start, end = '<c t="inlineStr"><is><t>', "</t></is></c>"
    return [pl.lit(start), pl.col(values.name), pl.lit(end)]


def _cell(name: str, kind: FieldType, time_style: int) -> pl.Expr:
    """A cell of SpreadsheetML; one that holds nothing stays empty."""
    value: pl.Expr = pl.col(name)
    if kind == "integer":
        made = pl.concat_str(pl.lit("<c><v>"), value, pl.lit("</v></c>"))
    elif kind == "datetime":
        made = pl.concat_str(
            pl.lit(f'<c s="{time_style}"><v>'), _days(value).cast(pl.String), pl.lit("</v></c>")
        )
    else:
        kept = pl.when(value.str.contains(r"^\s|\s$")).then(pl.lit(' xml:space="preserve"'))
        space = kept.otherwise(pl.lit(""))
        start = pl.lit('<c t="inlineStr"><is><t')
        made = pl.concat_str(start, space, pl.lit(">"), _text(value), pl.lit("</t></is></c>"))
    return pl.when(value.is_null()).then(pl.lit("<c/>")).otherwise(made.fill_null("<c/>"))


def _text(value: pl.Expr) -> pl.Expr:
    cut = value.str.slice(0, _LETTERS).str.replace_all(_ESCAPED, "_x005F_${1}")
    return cut.str.replace_many(list(_SIGNS), list(_SIGNS.values()))


def _days(value: pl.Expr) -> pl.Expr:
    form = "%Y-%m-%dT%H:%M:%S%.f"
    instant = value.str.strip_suffix("Z").str.to_datetime(form, time_unit="us", strict=False)
    return (instant - pl.lit(_DAY_ZERO)).dt.total_microseconds() / pl.lit(_DAY)
