"""What settling decided comes back to the rows it was decided about."""

import random
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logan.evidence.outcomes import AT, Outcomes
from logan.schema import ACTIVITY
from logan.vocabulary import ACTIVITIES

MARKS = ("beside_opt_out", "also_search")
SETTLED = st.tuples(
    st.sampled_from([None, *ACTIVITIES]),
    st.sampled_from(["hit", "repeat", "mention", "cleared"]),
    st.booleans(),
    st.booleans(),
)


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    types = {"activity": ACTIVITY, "bin": pl.String} | dict.fromkeys(MARKS, pl.Boolean)
    return pl.DataFrame(rows, schema=types, orient="row")


@given(st.lists(SETTLED, max_size=30), st.integers(1, 7), st.randoms(use_true_random=False))
def test_each_row_gets_back_what_was_noted_of_it(
    rows: list[tuple[Any, ...]], size: int, chance: random.Random
) -> None:
    settled = frame(rows).with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias(AT))
    order = list(range(len(rows)))
    chance.shuffle(order)
    outcomes = Outcomes(len(rows))
    for first in range(0, len(rows), size):
        outcomes.note(settled[order[first : first + size]])
    came = settled.with_columns(
        activity=pl.lit(None, dtype=ACTIVITY),
        bin=pl.when(pl.col("bin") == "repeat").then(pl.lit("hit")).otherwise("bin"),
    ).drop(MARKS)
    for first in range(0, len(rows), size):
        found = outcomes.put_in(came.slice(first, size), first)
        assert found.select(settled.columns).equals(settled.slice(first, size))
