"""Tallies of parts add up to the tally of the whole, in any order."""

import random
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add

from hypothesis import given
from hypothesis import strategies as st

from logan.evidence.tally import SourceTally

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
TIMES = st.none() | st.integers(0, 9).map(lambda hours: EPOCH + timedelta(hours=hours))
TALLIES = st.builds(
    SourceTally,
    lines=st.integers(0, 9),
    bins=st.dictionaries(st.sampled_from(("blank", "rejected")), st.integers(1, 9)),
    hours=st.frozensets(st.integers(0, 9)),
    first_time=TIMES,
    last_time=TIMES,
    ambiguous=st.integers(0, 9),
)


@given(st.lists(TALLIES, max_size=5), st.randoms(use_true_random=False), st.integers(0, 5))
def test_neither_order_nor_grouping_matters(
    tallies: list[SourceTally], order: random.Random, cut: int
) -> None:
    whole = reduce(add, tallies, SourceTally())
    shuffled = order.sample(tallies, len(tallies))
    halves = (reduce(add, some, SourceTally()) for some in (shuffled[:cut], shuffled[cut:]))
    assert reduce(add, halves) == whole
    assert whole.lines == sum(tally.lines for tally in tallies)
    assert whole.hours == frozenset().union(*(tally.hours for tally in tallies))


@given(TALLIES)
def test_a_tally_of_nothing_adds_nothing(tally: SourceTally) -> None:
    assert tally + SourceTally() == SourceTally() + tally == tally
