"""Text as a cell of a CSV file holds it: neither a terminal nor a spreadsheet obeys it.

Escapes are those of `logan.runtime.escapes`, for controls, format characters and line separators.
"""

import sys
import unicodedata
from typing import Final

import polars as pl

from logan.runtime.escapes import escape
from logan.runtime.fast_path import normalised

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
DOUBTFUL: Final = r"[^ -~]|^ *[=+\-@]"


def write_text(column: pl.Expr) -> pl.Expr:
    """Make a text safe, whatever it holds."""
    text = column.str.replace_many(_UNSAFE, _ESCAPES)
    runs = text.str.contains(_FORMULA)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)


def safe_text(column: pl.Expr) -> pl.Expr:
    """As `write_text`, sooner where few texts are unsafe."""
    return normalised(column, DOUBTFUL, write_text)
