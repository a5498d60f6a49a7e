"""Most cells of a log are usual: cheap to read, or right as they are. The others go the long way.

A short cut gives what the long way gives, only sooner; properties in the tests hold them together.
"""

from collections.abc import Callable

import polars as pl


def mended(cell: pl.Expr, odd: str, mend: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`mend(cell)`, where `mend` leaves every value as it is in which `odd` is not found.

    `odd` is a regular expression. Each different odd value is mended once, however often it stands
    there. Text in, text out; null stays null.
    """

    def done(cells: pl.Series) -> pl.Series:
        values = cells.filter(cells.str.contains(odd)).unique()
        if values.is_empty():
            return cells
        fresh = values.to_frame("odd").select(mend(pl.col("odd"))).to_series()
        return cells.replace(values, fresh)

    return cell.map_batches(done, return_dtype=pl.String, is_elementwise=True)


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
