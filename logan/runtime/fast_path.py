"""Fast paths: most cells of a log are cheap to read, or right as they are; the others take a
fallback.

A fast path gives what the fallback gives, only sooner; properties in the tests hold them together.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

#: Cells that tell whether a column has few different values.
_SAMPLE: Final = 4096


def normalised(cell: pl.Expr, exception: str, normalise: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`normalise(cell)`, which leaves every value as it is in which `exception` is not found.

    `exception` is a regular expression. Each different value that it is found in is normalised
    once, however often it stands there; but all cells alike, where that is less work. Text in, text
    out; null stays null.
    """

    def done(cells: pl.Series) -> pl.Series:
        looked_at = _each_once(cells)
        found = looked_at.str.contains(exception)
        if not found.any():
            return cells
        values = looked_at.filter(found).unique()
        if 2 * len(values) > len(cells):
            return cells.to_frame("cell").select(normalise(pl.col("cell"))).to_series()
        fresh = values.to_frame("value").select(normalise(pl.col("value"))).to_series()
        return cells.replace(values, fresh)

    return cell.map_batches(done, return_dtype=pl.String, is_elementwise=True)


def found_in_any(cells: pl.Series, pattern: str) -> bool:
    """True where a regular expression is found in any of the cells."""
    return bool(_each_once(cells).str.contains(pattern).any())


def _each_once(cells: pl.Series) -> pl.Series:
    """The different values of cells of which few are different; else the cells as they are.

    To find these takes a third of the time that an expression takes to look at all cells.
    """
    some = cells.head(_SAMPLE)
    return cells.unique() if 2 * some.n_unique() < len(some) else cells


def where_full(
    cell: pl.Expr, read: Callable[[pl.Expr], pl.Expr], kind: pl.DataType | type[pl.DataType]
) -> pl.Expr:
    """`read(cell)`, and null where the cell is empty: for cells that mostly are.

    Gives the type `kind`.
    """

    def done(cells: pl.Series) -> pl.Series:
        full = (cells != "").fill_null(value=False)
        null = pl.Series(cells.name, [None], dtype=kind).new_from_index(0, len(cells))
        if not full.any():
            return null
        # Lazy: what `read` asks for twice is then found once.
        found = cells.filter(full).to_frame("full").lazy().select(read(pl.col("full")).cast(kind))
        return with_fallback(null, full, lambda: found.collect().to_series())

    return cell.map_batches(done, return_dtype=kind, is_elementwise=True)


def with_fallback(fast: pl.Series, left: pl.Series, read: Callable[[], pl.Series]) -> pl.Series:
    """`fast`, with what `read` gives (called only if need be) in the rows that `left` marks.

    `read` gives one value for each marked row, in order.
    """
    if not left.any():
        return fast
    values = read()
    if len(values) == len(fast):
        return values
    # Behind the fast ones, each marked row finds its own; gathering is cheaper than choosing.
    behind = len(fast) + left.cast(pl.Int64).cum_sum() - 1
    places = pl.int_range(len(fast), dtype=pl.Int64, eager=True).zip_with(~left, behind)
    return pl.concat([fast, values]).gather(places)
