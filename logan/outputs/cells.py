"""What stands in a cell of a CSV file: text that neither a terminal nor a spreadsheet obeys.

Escapes are those of `logan.outputs.text`, for controls, format characters and line separators. So
every row is one line of the file. As logged, a value stands in the log, at its `source` and `line`.
"""

import sys
import unicodedata
from typing import Final

import polars as pl

from logan.outputs.text import escape

#: Cc, Cf, Zl and Zp: what moves, hides or breaks. Surrogates (Cs) cannot be in a column.
_UNSAFE: Final = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
]
_ESCAPES: Final = [escape(character) for character in _UNSAFE]
#: Spreadsheets run a cell that begins so, also in full-width letters (OWASP ASVS 1.2.10, CWE-1236);
#: some drop blanks before it. A leading TAB, CR or LF is an escape by then, and harmless.
_FORMULA: Final = r"^\s*[=+\-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}]"


def write_cells(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Turn every column into what is written: safe text, times in ISO 8601 with `Z`.

    Times have no fraction if it is zero, else 3 or 6 digits as needed. Numbers, booleans and nulls
    (empty cells) stay. Texts that could run as a formula get a `'` in front.
    """
    schema = frame.collect_schema()
    return frame.with_columns(
        _write_cell(pl.col(name), dtype).alias(name)
        for name, dtype in schema.items()
        if dtype in (pl.String, pl.Datetime)
    )


def _write_cell(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Datetime:
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
    text = column.str.replace_many(_UNSAFE, _ESCAPES)
    runs = text.str.contains(_FORMULA)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)
