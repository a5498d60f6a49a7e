"""`--fail-on`: how a condition is written, and what it is held against."""

import pytest

from logan.cli.conditions import MEASURES, Condition, find_held, read_condition
from logan.errors import UsageError
from tests import builders


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hits>0", ("hits", ">", 0)),
        (" users >= 10 ", ("users", ">=", 10)),
        ("blocked=3", ("blocked", "==", 3)),
        ("searches!=0", ("searches", "!=", 0)),
        ("possible_uploads>0", ("possible_uploads", ">", 0)),
    ],
)
def test_conditions(text: str, expected: tuple[str, str, int]) -> None:
    assert read_condition(text) == expected


@pytest.mark.parametrize("text", ["", "hits", "hits>", "hits>-1", "visits>0", "hits>0 and users>0"])
def test_conditions_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="hits>0"):
        read_condition(text)


def test_every_measure_counts_what_its_name_says() -> None:
    mention = builders.hit("2024-01-01T10:30") | {"bin": "mention", "user": "else"}
    rows = [
        builders.hit("2024-01-01T10:00", activity="search"),
        builders.hit("2024-01-01T12:00", activity="upload"),
        builders.hit("2024-01-01T12:10", activity="contact") | {"possible_upload": True},
        builders.hit("2024-01-01T12:20", action="blocked"),
        mention,
    ]
    hours = frozenset(range(473_362, 473_365)) - {473_363}
    times = (rows[0]["time"], rows[3]["time"])
    source = builders.source(
        bins={"rejected": 4}, hours=hours, first_time=times[0], last_time=times[1]
    )
    result = builders.result(rows, sources=(source,))
    held = find_held(result, [Condition(name, ">=", 0) for name in MEASURES])
    assert {condition.measure: value for condition, value in held} == {
        "hits": 4,
        "users": 1,
        "searches": 1,
        "uploads": 1,
        "possible_uploads": 1,
        "blocked": 1,
        "allowed": 3,
        "mentions": 1,
        "rejected": 4,
        "uncovered": 1,
    }
    assert find_held(result, [Condition("hits", ">", 4), Condition("hits", "<", 5)]) == [
        (Condition("hits", "<", 5), 4)
    ]
