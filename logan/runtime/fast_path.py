"""Most cells of a log are usual: cheap to read, or right as they are. The others go the long way.

A short cut gives what the long way gives, only sooner; properties in the tests hold them together.
"""

from collections.abc import Callable

import polars as pl


def mended(cell: pl.Expr, odd: str, mend: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`mend(cell)`, where `mend` leaves every value as it is in which `odd` is not found.

    `odd` is a regular expression. Each different odd value is mended once, however often it stands
    there; but all cells alike, where that is less work. Text in, text out; null stays null.
    """

    def done(cells: pl.Series) -> pl.Series:
        found = cells.str.contains(odd)
        if not found.any():
            return cells
        values = cells.filter(found).unique()
        if 2 * len(values) > len(cells):
            return cells.to_frame("cell").select(mend(pl.col("cell"))).to_series()
        fresh = values.to_frame("odd").select(mend(pl.col("odd"))).to_series()
        return cells.replace(values, fresh)

    return cell.map_batches(done, return_dtype=pl.String, is_elementwise=True)


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
        return with_odd(null, full, lambda: found.collect().to_series())

    return cell.map_batches(done, return_dtype=kind, is_elementwise=True)


def with_odd(usual: pl.Series, odd: pl.Series, read: Callable[[], pl.Series]) -> pl.Series:
    """`usual`, with what `read` gives (called only if need be) in the rows that `odd` marks.

    `read` gives one value for each marked row, in order.
    """
    if not odd.any():
        return usual
    values = read()
    if len(values) == len(usual):
        return values
    # Behind the usual ones, each marked row finds its own; gathering is cheaper than choosing.
    behind = len(usual) + odd.cast(pl.Int64).cum_sum() - 1
    places = pl.int_range(len(usual), dtype=pl.Int64, eager=True).zip_with(~odd, behind)
    return pl.concat([usual, values]).gather(places)
