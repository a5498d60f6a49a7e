"""What settling decided about each of many rows, in one byte a row: ten million take 10 MB.

So a row itself is written and read once, in the order in which it came, and only what settling
needs of it goes from hand to hand.
"""

from typing import Final

import numpy as np
import polars as pl

from logan.schema import ACTIVITY
from logan.vocabulary import ACTIVITIES

#: The number of a row that outcomes are kept of, from 0.
AT: Final = "_at"
_REPEAT: Final = 16
_BESIDE: Final = 32
_ALSO_SEARCH: Final = 64
#: Activities by their number in the low four bits; the last is none.
_ACTIVITIES: Final = pl.Series(
    [*ACTIVITIES, *[None] * (_REPEAT - len(ACTIVITIES))], dtype=ACTIVITY, strict=False
)
_NONE: Final = _REPEAT - 1

_CODE: Final = (
    pl.col("activity").to_physical().cast(pl.UInt8).fill_null(_NONE)
    + pl.when(pl.col("bin") == "repeat").then(pl.lit(_REPEAT, pl.UInt8)).otherwise(0)
    + pl.when("beside_opt_out").then(pl.lit(_BESIDE, pl.UInt8)).otherwise(0)
    + pl.when("also_search").then(pl.lit(_ALSO_SEARCH, pl.UInt8)).otherwise(0)
)


class Outcomes:
    """The final activity of so many rows, whether it is a repeat, and what others made of it."""

    def __init__(self, rows: int) -> None:
        self._codes = np.full(rows, _NONE, dtype=np.uint8)

    def note(self, settled: pl.DataFrame) -> None:
        """Take rows with their number (`AT`) and final activity, bin and marks.

        The marks are those that a row does not show by itself. Threads may do so at once, for no
        row is in two parts.
        """
        codes = settled.select(_CODE.cast(pl.UInt8)).to_series()
        self._codes[settled[AT].to_numpy()] = codes.to_numpy()

    def put_in(self, rows: pl.DataFrame, first: int) -> pl.DataFrame:
        """Rows number `first` and following, as they came, with what was decided about them."""
        codes = pl.Series(self._codes[first : first + rows.height])
        repeat = pl.lit((codes & _REPEAT) != 0)
        return rows.with_columns(
            activity=_ACTIVITIES.gather((codes & _NONE).cast(pl.UInt32)),
            bin=pl.when(repeat).then(pl.lit("repeat")).otherwise("bin"),
            beside_opt_out=(codes & _BESIDE) != 0,
            also_search=(codes & _ALSO_SEARCH) != 0,
        )
