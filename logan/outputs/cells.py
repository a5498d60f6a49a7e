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


#: Only a text with one of these can be unsafe or run as a formula; few columns have any.
_DOUBTFUL: Final = r"[^ -~]|^ *[=+\-@]"


def write_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn every column into what is written: safe text, times in ISO 8601 with `Z`.

    Times have no fraction if it is zero, else 3 or 6 digits as needed. Numbers, booleans and nulls
    (empty cells) stay. Texts that could run as a formula get a `'` in front.
    """
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    doubts = frame.select(pl.col(texts).str.contains(_DOUBTFUL).any())
    times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    return frame.with_columns(
        *(_write_time(pl.col(name)) for name in times),
        *(write_text(pl.col(name)).alias(name) for name in texts if doubts[name].item()),
    )


def _write_time(column: pl.Expr) -> pl.Expr:
    return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")


def write_text(column: pl.Expr) -> pl.Expr:
    """Make a text safe, whatever it holds."""
    text = column.str.replace_many(_UNSAFE, _ESCAPES)
    runs = text.str.contains(_FORMULA)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)
