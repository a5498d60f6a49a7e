"""Which findings count, and which do not."""

import polars as pl
import pytest

from logan.result import Selection
from logan.tables.selection import select
from tests.builders import MARKS, at, frame, hit

ROWS = [
    hit("2024-01-01 09:00", "ann"),
    hit("2024-01-02 09:00", "bob", service="clearview"),
    hit("2024-01-03 09:00", None),
    hit("2024-01-03 09:00", "ann", bin="mention"),
    hit("2024-01-03 09:00", "ann", bin="repeat"),
    hit("2024-01-03 09:00", "ann", bin="cleared"),
]


def lines(selection: Selection, **others: object) -> list[int]:
    return select(frame(ROWS), selection, **others).collect()["line"].to_list()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), [1, 2, 3]),
        (Selection(since=at("2024-01-02 09:00")), [2, 3]),
        (Selection(until=at("2024-01-02 09:00")), [1]),
        (Selection(since=at("2024-01-01 09:00"), until=at("2024-01-03 09:00")), [1, 2]),
        (Selection(services=("clearview",)), [2]),
        (Selection(services=("clearview", "pimeyes")), [1, 2, 3]),
        (Selection(services=("nobody",)), []),
        (Selection(users=("ann",)), [1]),
        (Selection(users=("ANN",)), [1]),
        (Selection(users=("an",)), []),
        (Selection(users=("ann",), services=("clearview",)), []),
    ],
)
def test_only_hits_inside_the_selection_count(selection: Selection, expected: list[int]) -> None:
    assert lines(selection) == expected


def test_mentions_are_selected_alike() -> None:
    assert lines(Selection(users=("ann",)), outcome="mention") == [4]


def test_a_hit_without_a_time_cannot_be_shown_to_lie_in_a_period() -> None:
    found = frame([hit("2024-01-01 09:00") | {"time": None}])
    assert select(found, Selection()).collect().height == 1
    assert select(found, Selection(since=at("1970-01-01"))).collect().height == 0


def test_marks_that_the_scan_did_not_set_are_false() -> None:
    rows = select(frame(ROWS).drop(MARKS), Selection()).collect()
    assert rows["also_upload"].to_list() == [False] * 3
    unset = frame(ROWS).with_columns(possible_upload=pl.lit(None, dtype=pl.Boolean))
    assert select(unset, Selection()).collect()["possible_upload"].to_list() == [False] * 3
