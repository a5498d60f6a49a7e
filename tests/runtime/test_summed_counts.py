"""Counts of parts come to what all of them come to at once."""

from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logan.runtime.summed_counts import SummedCounts

SCHEMA = pl.Schema({"key": pl.Int32, "other": pl.String, "times": pl.UInt32})


@given(
    st.lists(
        st.dictionaries(
            st.tuples(st.integers(0, 3), st.none() | st.sampled_from("ab")), st.integers(1, 9)
        )
    )
)
def test_the_sums_are_those_of_all_parts(parts: list[dict[tuple[int, str | None], int]]) -> None:
    sums, expected = SummedCounts(SCHEMA, "times"), Counter[tuple[int, str | None]]()
    for part in parts:
        rows = [(*key, times) for key, times in part.items()]
        sums.add(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
        expected.update(part)
    for _ in range(2):  # asking changes nothing
        assert {(key, other): n for key, other, n in sums.summed().rows()} == expected
    assert sums.summed().schema == SCHEMA


def test_as_many_rows_are_held_as_the_sums_have() -> None:
    """However many parts there are of the same few."""
    sums = SummedCounts(SCHEMA, "times")
    part = pl.DataFrame([(1, "a", 1), (2, None, 1)], schema=SCHEMA, orient="row")
    for _ in range(100):
        sums.add(part)
        assert sums.rows_held <= 4
    assert sorted(sums.summed()["times"]) == [100, 100]
