"""Text as a cell of a CSV file holds it: neither a terminal nor a spreadsheet obeys it.

Escapes are those of `logan.runtime.escapes`, for controls, format characters and line separators.
"""

import unicodedata
from functools import cache
from itertools import chain
from typing import Final

import polars as pl

from logan.runtime.escapes import escape
from logan.runtime.fast_path import normalised

#: Where Unicode has characters that move, hide or break: its planes 0 and 1, and the tags.
_PLACES: Final = (range(0x20000), range(0xE0000, 0xE1000))
#: Spreadsheets run a cell that begins so, also in full-width letters (OWASP ASVS 1.2.10, CWE-1236);
#: some drop blanks before it. A leading TAB, CR or LF is an escape by then, and harmless.
_FORMULA: Final = r"^\s*[=+\-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}]"
#: Only a text with one of these can be unsafe or run as a formula; few columns have any.
DOUBTFUL: Final = r"[^ -~]|^ *[=+\-@]"


@cache
def unsafe_characters() -> dict[str, str]:
    """The characters of the categories Cc, Cf, Zl and Zp, each with its escape.

    Surrogates (Cs) cannot be in a column. Found when first asked for: it takes 30 ms.
    """
    characters = map(chr, chain(*_PLACES))
    found = (one for one in characters if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp"))
    return {character: escape(character) for character in found}


def write_text(column: pl.Expr) -> pl.Expr:
    """Make a text safe, whatever it holds."""
    escapes = unsafe_characters()
    text = column.str.replace_many(list(escapes), list(escapes.values()))
    runs = text.str.contains(_FORMULA)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text)


def safe_text(column: pl.Expr) -> pl.Expr:
    """As `write_text`, sooner where few texts are unsafe."""
    return normalised(column, DOUBTFUL, write_text)
