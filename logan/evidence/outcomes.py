"""What was decided about each of many rows, in two bytes a row, and nine more for each repeat of
another: ten million take 20 MB.

So a row itself is written and read once, in the order in which it came, and only what settling
needs of it goes from hand to hand.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from logan.rules.repeated_hits import find_circles, last_of_chains
from logan.rules.repeats import REPEAT_OF, ROW
from logan.rules.seen import with_one_name
from logan.schema import ACTION, ACTIVITY, REPEAT_REASON
from logan.vocabulary import ACTIVITIES

Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)
Codes = npt.NDArray[np.uint16]
#: The number of a row that outcomes are kept of, from 0.
AT: Final = "_at"
_REPEAT: Final = 16
_BESIDE: Final = 32
_ALSO_SEARCH: Final = 64
_VERDICTS: Final = {"allowed": 128, "blocked": 256}
_ELSEWHERE: Final = 512
#: What stays of a row's code when it is settled.
_KEPT: Final = sum(_VERDICTS.values()) + _ELSEWHERE
#: Activities by their number in the low four bits; the last is none.
_ACTIVITIES: Final = pl.Series(
    [*ACTIVITIES, *[None] * (_REPEAT - len(ACTIVITIES))], dtype=ACTIVITY, strict=False
)
_NONE: Final = _REPEAT - 1
#: The column of codes while they are put in.
_PUT_IN: Final = "_code"

_CODE: Final = (
    pl.col("activity").to_physical().cast(pl.UInt16).fill_null(_NONE)
    + pl.when(pl.col("bin") == "repeat").then(pl.lit(_REPEAT, pl.UInt16)).otherwise(0)
    + pl.when("beside_opt_out").then(pl.lit(_BESIDE, pl.UInt16)).otherwise(0)
    + pl.when("also_search").then(pl.lit(_ALSO_SEARCH, pl.UInt16)).otherwise(0)
)


class Outcomes:
    """The final activity of so many rows, whether it is a repeat, and what others made of it."""

    def __init__(self, rows: int) -> None:
        self._codes = np.full(rows, _NONE, dtype=np.uint16)
        self._pairs = [pl.DataFrame(schema={ROW: pl.UInt32, **REPEAT_OF})]
        self._any_decided = False
        #: The verdicts that any row has from other lines.
        self._said: set[str] = set()
        #: Users whom other lines name, by the number of the row.
        self.names: dict[int, str] = {}
        #: For names in lower case the one to be used.
        self.one_name: Mapping[str, str] = {}

    def decide(self, decided: pl.DataFrame) -> None:
        """Take what other lines say about rows (`repeats.combined`), more than once of some.

        Threads may do so at once of different rows.
        """
        verdict = pl.col("verdict").cast(pl.String)
        code = verdict.replace_strict(_VERDICTS, default=0, return_dtype=pl.UInt16)
        again = pl.when("again").then(pl.lit(_REPEAT, pl.UInt16)).otherwise(0)
        elsewhere = pl.col("why").eq_missing(pl.lit("other_gateway", REPEAT_REASON))
        other = pl.when(elsewhere).then(pl.lit(_ELSEWHERE, pl.UInt16)).otherwise(0)
        codes = decided.select(code=code + again + other).to_series()
        self._codes[decided[ROW].to_numpy()] |= codes.to_numpy()
        self._any_decided = True
        self._pairs.append(decided.filter("again").select(ROW, *REPEAT_OF))
        self._said.update(decided["verdict"].drop_nulls().unique())
        if "named" in decided.columns:
            self.names.update(decided.select(ROW, "named").drop_nulls().rows())

    def break_circles(self) -> None:
        """Let one of the repeats that repeat each other count; when all is decided."""
        pairs = pl.concat(self._pairs)
        if circles := find_circles(pairs):
            self._codes[circles] &= ~np.uint16(_REPEAT | _ELSEWHERE)
            self._pairs = [pairs.filter(~pl.col(ROW).is_in(circles))]

    def as_decided(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with their number (`AT`), with what `decide` took about them."""
        if not self._any_decided:  # as of most logs
            return rows
        codes = pl.Series(self._codes[rows[AT].to_numpy()])
        return self.with_names(rows.with_columns(**self._decided(pl.lit(codes))))

    def not_elsewhere(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with their number (`AT`), without those that repeat a line of another gateway."""
        codes = self._codes[rows[AT].to_numpy()]
        return rows.filter(pl.Series((codes & _ELSEWHERE) == 0))

    def pairs(self) -> pl.DataFrame:
        """The repeats of other lines with the one that counts (`repeated_hits.last_of_chains`)."""
        return last_of_chains(pl.concat(self._pairs))

    def with_names(self, rows: Rows) -> Rows:
        """Rows with their number (`AT`), and with the users whom other lines name."""
        if self.names:
            named = pl.col(AT).replace_strict(self.names, default=None, return_dtype=pl.String)
            rows = rows.with_columns(user=pl.coalesce("user", named))
        return with_one_name(rows, self.one_name)

    @property
    def named_anew(self) -> bool:
        """Whether other lines change the user of any row."""
        return bool(self.names or self.one_name)

    def note(self, settled: pl.DataFrame) -> None:
        """Take rows with their number (`AT`) and final activity, bin and marks.

        The marks are those that a row does not show by itself. Threads may do so at once, for no
        row is in two parts.
        """
        at = settled[AT].to_numpy()
        codes = settled.select(_CODE.cast(pl.UInt16)).to_series()
        self._codes[at] = (self._codes[at] & _KEPT) | codes.to_numpy()

    def put_in(self, rows: pl.LazyFrame, first: int) -> pl.LazyFrame:
        """Rows number `first` and following, as they came, with what was decided about them."""
        numbered = self.with_names(rows.with_row_index(AT, offset=first))
        code = pl.col(_PUT_IN)
        activity = (code & _NONE).map_batches(_activities, ACTIVITY, is_elementwise=True)
        return (
            numbered.with_columns(_codes_of(self._codes).alias(_PUT_IN))
            .with_columns(
                **self._decided(code),
                activity=activity,
                beside_opt_out=(code & _BESIDE) != 0,
                also_search=(code & _ALSO_SEARCH) != 0,
            )
            .drop(AT, _PUT_IN)
        )

    def _decided(self, code: pl.Expr) -> dict[str, pl.Expr]:
        """The bin and the action of rows with these codes."""
        action: pl.Expr = pl.col("action")
        for word, bit in _VERDICTS.items():  # of two verdicts that it was blocked, which comes last
            if word in self._said:
                action = pl.when((code & bit) != 0).then(pl.lit(word, ACTION)).otherwise(action)
        repeat = (code & _REPEAT) != 0
        return {"bin": pl.when(repeat).then(pl.lit("repeat")).otherwise("bin"), "action": action}


def _codes_of(codes: Codes) -> pl.Expr:
    """The code of each row by its number (`AT`)."""

    def found(numbers: pl.Series) -> pl.Series:
        return pl.Series(codes[numbers.to_numpy()])

    return pl.col(AT).map_batches(found, pl.UInt16, is_elementwise=True)


def _activities(numbers: pl.Series) -> pl.Series:
    return _ACTIVITIES.gather(numbers.cast(pl.UInt32))
