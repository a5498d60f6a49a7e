"""Sets a package as a workbook: one real table a sheet, text as text, the same bytes twice.

A cell holds what the cell of the CSV file holds: a collar number `004711` stays one, and nothing is
a formula. Cover, contents and notes go before, as the Analysis Function asks of releases.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

import polars as pl
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from logan.outputs.report.content import ReportContent
from logan.outputs.report.sheets import StreamedSheet, bound_bytes, pack, table_rows, text_row
from logan.outputs.text import printable
from logan.outputs.words import count
from logan.schema import tables_of
from logan.tables.table_fields import FieldType, field_of

#: Rows of a table, at most; a worksheet holds 1,048,576.
MOST_ROWS: Final = 1_000_000
#: Fixed, so that equal packages give equal workbooks.
_CREATED: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_HEAD: Final = 4  # the number of the header's row
_WIDTHS: Final[Mapping[FieldType, int]] = {
    "string": 22,
    "integer": 12,
    "boolean": 12,
    "datetime": 24,
}
_TITLES: Final = {
    name: name.removesuffix(".csv").replace("_", " ").capitalize()
    for name in tables_of(people=True)
} | {"lookalikes.csv": "Look-alikes"}


class PackageTable(NamedTuple):
    """A table of a package: how many rows and bytes its file has, and its rows in batches."""

    rows: int
    size: int
    read: Callable[[], Iterable[pl.DataFrame]]


def write_workbook(
    file: BinaryIO, content: ReportContent, tables: Mapping[str, PackageTable]
) -> None:
    """Write the workbook; `tables` are those of the package by name.

    What the system refuses is raised as `OSError`.
    """
    made = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(made, options)
    book.set_properties({"title": printable(content.title), "created": _CREATED})
    bold = book.add_format({"bold": True})
    stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
    large = book.add_format({"bold": True, "font_size": 16})
    for form in (large, bold, stamp):
        _style(form)  # Those without a number when the list of styles is made are left out of it.
    _write_lines(book.add_worksheet("Cover"), [*_cover(content)], large, bold)
    _write_contents(book.add_worksheet("Contents"), tables, large)
    _write_lines(book.add_worksheet("Notes"), [*_notes(content)], large, bold)
    for name, columns in _columns_of(tables).items():
        sheet = book.add_worksheet(_TITLES[name], StreamedSheet)
        _fill(sheet, name, columns, tables[name], _Styles(large, bold, stamp))
    book.close()
    pack(made, book.worksheets(), file)


def _columns_of(tables: Mapping[str, PackageTable]) -> Mapping[str, Sequence[str]]:
    """The columns of the tables that there are, in order."""
    known = tables_of(people="match.csv" in tables)
    return {name: columns for name, columns in known.items() if name in tables}


_Line = tuple[str, bool]


def _cover(content: ReportContent) -> Iterator[_Line]:
    yield content.title, True
    yield content.period, False
    if content.reference:
        yield f"Reference: {content.reference}", False
    for word, sentence in content.warnings:
        yield f"{word}. {sentence}", True
    yield content.answer, True
    yield from ((sentence, False) for sentence in content.more)
    for figure in content.figures:
        yield f"{figure.value:,} {figure.unit}: {figure.meaning} ({figure.query})", False
    for name, value in content.made_from:
        yield f"{name}: {value}", False
    yield f"SHA-256 of manifest.json: {content.manifest_sha256}", False
    yield "Read Notes before any number. Times are UTC unless a header says otherwise.", False


def _notes(content: ReportContent) -> Iterator[_Line]:
    yield "Notes", True
    yield "What these logs cannot show", True
    yield from ((limit, False) for limit in content.limits)
    yield "Words", True
    yield from ((f"{word}: {meaning}", False) for word, meaning in content.words)


def _write_lines(sheet: Worksheet, lines: Sequence[_Line], large: object, bold: object) -> None:
    sheet.set_column(0, 0, 110)
    for row, (text, strong) in enumerate(lines):
        style = large if row == 0 else bold if strong else None
        sheet.write_string(row, 0, printable(text), style)


def _write_contents(sheet: Worksheet, tables: Mapping[str, PackageTable], large: object) -> None:
    sheet.set_column(0, 1, 26)
    sheet.set_column(2, 2, 12)
    sheet.write_string(0, 0, "Contents", large)
    sheet.write_string(1, 0, "This worksheet contains one table.")
    listed = [[_TITLES[name], name, tables[name].rows] for name in _columns_of(tables)]
    columns = [{"header": header} for header in ("worksheet", "file", "rows")]
    options = {"data": listed, "columns": columns, "name": "contents", "autofilter": False}
    sheet.add_table(_HEAD - 1, 0, _HEAD - 1 + len(listed), 2, options)


class _Styles(NamedTuple):
    """Formats of the workbook; their numbers are settled when it is written."""

    large: object
    bold: object
    stamp: object


def _fill(
    sheet: StreamedSheet,
    name: str,
    columns: Sequence[str],
    table: PackageTable,
    styles: _Styles,
) -> None:
    """Prepare a sheet with the table of a file, or with a sentence where it is too long."""
    title = f"{_TITLES[name]} ({name})"
    if table.rows > MOST_ROWS:
        said = f"It has {count(table.rows, 'row')}, too many for a worksheet: see {name}."
        sheet.pieces = partial(_head, (title, said), styles)
        return
    types = {column: field_of(name, column).type for column in columns}
    headers = [f"{one} (UTC)" if types[one] == "datetime" else one for one in columns]
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS[types[column]])
    options = {
        "columns": [{"header": header} for header in headers],
        "name": f"table_{name.removesuffix('.csv')}",
        "style": "Table Style Light 1",
    }
    sheet.add_long_table(_HEAD - 1, table.rows, len(columns), options)
    sheet.freeze_panes(_HEAD, 0)
    sheet.pieces = partial(_pieces, title, headers, types, table.read, styles)
    sheet.most_bytes = bound_bytes(table.rows + _HEAD, len(columns), table.size)


def _pieces(
    title: str,
    headers: Sequence[str],
    types: Mapping[str, FieldType],
    read: Callable[[], Iterable[pl.DataFrame]],
    styles: _Styles,
) -> Iterator[bytes]:
    """The rows of a sheet, made when it is written."""
    yield from _head((title, "This worksheet contains one table."), styles)
    yield text_row(_HEAD, headers, _style(styles.bold))
    yield from table_rows(read(), types, first=_HEAD + 1, time_style=_style(styles.stamp))


def _head(lines: Sequence[str], styles: _Styles) -> Iterator[bytes]:
    for number, line in enumerate(lines, 1):
        yield text_row(number, [line], _style(styles.large) if number == 1 else 0)


def _style(form: object) -> int:
    return int(form._get_xf_index())  # type: ignore[attr-defined]
