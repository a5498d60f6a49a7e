"""Marks between the pairs of a line, and pairs that stand within another's quoted value.

`logan.formats.engine.keyvalue` marks where each pair begins, so that the cells of a line are found
without its quotes being read again.
"""

import re
from collections.abc import Collection
from typing import Final

import polars as pl

#: Control characters that no log writes as text: before a key, after it, after a quoted value.
KEY, VALUE, CLOSED = "\x1f", "\x1d", "\x1e"
MARKS: Final = f"[{VALUE}{CLOSED}{KEY}]"
#: A key in marked text, and its value: in quotes, or bare.
MARKED_KEY: Final = f"{KEY}[^{VALUE}]*{VALUE}"
PAIR: Final = re.compile(f"{KEY}([^{VALUE}]*){VALUE}([^{CLOSED}]*){CLOSED}([^{KEY}]*)")
#: How the reason of a line begins where a value in quotes holds a quote and behind it another pair:
#: where it ends, only the gateway knows, for a user may write a quote or a backslash of his own.
STANDS_WITHIN: Final = "stands within another's value, behind a quote: "
_UNENDED: Final = rf'(?:[^"\\{CLOSED}]|\\[^{CLOSED}]|"")*'


def within(
    marked: pl.Expr, before: str, assign: str, known: Collection[str], any_key: str
) -> pl.Expr:
    """Null, or why marked text is no record: a quoted value holds a quote, and behind it what would
    be another pair of a `known` key; or its last words are a key, so that the quote behind them may
    open the value of that; or it has no end, and a pair in it.

    `before`, `assign` and `any_key` are regular expressions, as in `Pairs`.
    """
    one_of = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    pair, any_pair = (f"(?:{before})({key}){assign}" for key in (one_of, any_key))
    shapes = (
        f'[^{CLOSED}]*"{pair}',
        f'[^{CLOSED}]*{any_pair}"{CLOSED}',
        f"{_UNENDED}{pair}{_UNENDED}\\\\?{CLOSED}",
    )
    found = [marked.str.extract(f'{VALUE}"{shape}', 1) for shape in shapes]
    return pl.lit(STANDS_WITHIN) + pl.coalesce(found)
