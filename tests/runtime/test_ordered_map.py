"""Work done by threads: results in the order of the work, never more than a few pieces at once."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.runtime.ordered_map import THREADS, map_in_order


@given(st.lists(st.integers(), max_size=30))
def test_results_come_in_the_order_of_the_work(numbers: list[int]) -> None:
    assert list(map_in_order(lambda number: number * 2, numbers)) == [
        number * 2 for number in numbers
    ]


def test_few_pieces_are_under_way() -> None:
    begun = 0

    def items() -> Iterator[int]:
        nonlocal begun
        for number in range(20):
            begun += 1
            yield number

    for taken, number in enumerate(map_in_order(lambda number: number, items())):
        assert number == taken
        assert begun <= taken + THREADS + 1


def test_what_fails_is_raised_where_its_result_would_come() -> None:
    def invert(number: int) -> float:
        return 1 / number

    results = map_in_order(invert, [1, 2, 0, 4])
    assert [next(results), next(results)] == [1.0, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_no_thread_is_left_where_nobody_wants_the_rest() -> None:
    before = {*threading.enumerate()}
    results = map_in_order(str, range(100))
    assert next(results) == "0"
    results.close()  # type: ignore[attr-defined]
    assert {*threading.enumerate()} <= before


def test_a_single_item_needs_no_thread() -> None:
    def thread(_: str) -> threading.Thread:
        return threading.current_thread()

    assert list(map_in_order(thread, ["one"])) == [threading.current_thread()]
    assert threading.current_thread() not in map_in_order(thread, ["one", "two"])
