"""What settling decided comes back to the rows it was decided about."""

import random
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logan.evidence.outcomes import AT, Outcomes
from logan.rules.repeats import DECIDED
from logan.schema import ACTION, ACTIVITY
from logan.vocabulary import ACTIONS, ACTIVITIES

MARKS = ("beside_opt_out", "also_search")
SETTLED = st.tuples(
    st.sampled_from([None, *ACTIVITIES]),
    st.sampled_from(["hit", "repeat", "mention", "cleared"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(ACTIONS),
)


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    types = {"activity": ACTIVITY, "bin": pl.String} | dict.fromkeys(MARKS, pl.Boolean)
    types["action"] = ACTION
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
    ).drop(MARKS, AT)
    for first in range(0, len(rows), size):
        found = outcomes.put_in(came.slice(first, size).lazy(), first).collect()
        assert found.select(came.columns + list(MARKS)).equals(
            settled.select(came.columns + list(MARKS)).slice(first, size)
        )


DECISIONS = st.lists(
    st.tuples(st.integers(0, 5), st.booleans(), st.sampled_from([None, "allowed", "blocked"])),
    max_size=8,
)


@given(DECISIONS, st.lists(st.sampled_from(ACTIONS), min_size=6, max_size=6))
def test_what_other_lines_say_of_a_row_outlives_its_settling(
    decisions: list[tuple[int, bool, str | None]], actions: list[str]
) -> None:
    rows = frame([("page", "hit", False, False, action) for action in actions])
    rows = rows.with_columns(pl.int_range(6, dtype=pl.UInt32).alias(AT))
    outcomes = Outcomes(6)
    for decision in decisions:
        paired = (*decision, *((6, "answer_or_remark") if decision[1] else (None, None)))
        outcomes.decide(pl.DataFrame([paired], schema=DECIDED, orient="row"))
    settled = outcomes.as_decided(rows)
    outcomes.note(settled)
    found = outcomes.put_in(rows.drop(AT).lazy(), 0).collect()
    for row, action in enumerate(actions):
        said = {verdict for at, _, verdict in decisions if at == row}
        again = any(again for at, again, _ in decisions if at == row)
        verdict = "blocked" if "blocked" in said else "allowed" if "allowed" in said else action
        expected = ("repeat" if again else "hit", verdict)
        assert settled.row(row, named=True)["bin"] == expected[0]
        assert found.select("bin", "action").row(row) == expected
