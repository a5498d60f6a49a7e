"""What is found out about a line among others: that it repeats one, what was done with its request.

Both come of pairs of rows, found by several modules; here they become one decision for each row.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Literal

import polars as pl

from logan.schema import ACTION, REPEAT_REASON
from logan.vocabulary import RepeatReason

Strategy = Literal["nearest", "forward", "backward"]

ROW: Final = "_row"
#: Of which row a row is a repeat, and why.
REPEAT_OF: Final[dict[str, Any]] = {"partner": pl.UInt32, "why": REPEAT_REASON}
#: What is found out about a row: whether it is a repeat, what was done with its request.
DECIDED: Final[dict[str, Any]] = {
    ROW: pl.UInt32,
    "again": pl.Boolean,
    "verdict": ACTION,
    **REPEAT_OF,
}
#: Of rows at one time the first is that of the first source, and the first line in it.
ORDER: Final = ("time", "source", "line")


def folded(name: str) -> pl.Expr:
    """A user's name as names are compared: whatever the case of its letters."""
    return pl.col(name).str.to_lowercase()


def with_repeat_of(found: pl.DataFrame) -> pl.DataFrame:
    """Rows with `REPEAT_OF`, null where nothing of it was found out."""
    missing = REPEAT_OF.keys() - set(found.columns)
    return found.with_columns(pl.lit(None, REPEAT_OF[name]).alias(name) for name in sorted(missing))


def combined(decided: pl.DataFrame) -> pl.DataFrame:
    """One row each; of several verdicts, that the request was blocked; of pairs the first."""
    blocked = (pl.col("verdict") == "blocked").any()
    verdict = pl.when(blocked).then(pl.lit("blocked", ACTION)).otherwise(_first_verdict())
    repeated = pl.col(*REPEAT_OF).drop_nulls().first()
    return decided.group_by(ROW).agg(pl.col("again").any(), verdict.alias("verdict"), repeated)


def applied(rows: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Rows with what was decided about them (`combined`) in `bin`, `action` and `REPEAT_OF`."""
    known = rows.join(decided, on=ROW, how="left", maintain_order="left")
    return known.with_columns(
        bin=pl.when("again").then(pl.lit("repeat")).otherwise("bin"),
        action=pl.coalesce("verdict", "action"),
    ).drop("again", "verdict")


def _first_verdict() -> pl.Expr:
    return pl.col("verdict").drop_nulls().first()


#: What `find_nearest` finds.
_NEAREST: Final[dict[str, Any]] = {
    ROW: pl.UInt32,
    "action": ACTION,
    "partner": pl.UInt32,
    "theirs": ACTION,
    "apart": pl.Duration("us"),
}


def find_nearest(
    some: pl.DataFrame,
    others: pl.DataFrame,
    *,
    by: Sequence[str],
    within: int,
    strategy: Strategy,
) -> pl.DataFrame:
    """For each row (`ROW`, `action`) the nearest other (`partner`, `theirs`), how far `apart`."""
    if some.is_empty() or others.is_empty():
        return pl.DataFrame(schema=_NEAREST)
    keys = [pl.col(key).cast(pl.String).fill_null("") for key in by]
    left = some.sort(ORDER).select(ROW, "action", "time", *keys)
    right = others.sort(ORDER).select(
        "time", *keys, partner=ROW, theirs="action", their_time="time"
    )
    joined = left.join_asof(
        right,
        on="time",
        by=list(by),
        strategy=strategy,
        tolerance=timedelta(seconds=within),
        check_sortedness=False,
    ).filter(pl.col("partner").is_not_null())
    apart = (pl.col("time") - pl.col("their_time")).abs()
    return joined.select(ROW, "action", "partner", "theirs", apart=apart)


def repeats(pairs: pl.DataFrame, why: RepeatReason) -> pl.DataFrame:
    """What it means of rows that they are repeats, each of its `partner`: `DECIDED`."""
    return pairs.select(
        ROW,
        again=pl.lit(value=True),
        verdict=pl.lit(None, ACTION),
        partner="partner",
        why=pl.lit(why, REPEAT_REASON),
    )


def verdicts(pairs: pl.DataFrame, row: str, verdict: str) -> pl.DataFrame:
    """What is said about rows by another line, where it says something."""
    said = pairs.filter(pl.col(verdict).is_in(["allowed", "blocked"]))
    none = {name: pl.lit(None, dtype) for name, dtype in REPEAT_OF.items()}
    row_said = pl.col(row).alias(ROW)
    return said.select(row_said, again=pl.lit(value=False), verdict=pl.col(verdict), **none)
