"""Single values: what is taken, what is refused."""

from datetime import date
from typing import Any

import pytest

from logan.config.shape import BAD, Report
from logan.config.values import (
    Choice,
    Day,
    Flag,
    HostPattern,
    PeriodValue,
    Regex,
    Status,
    Text,
    WholeNumber,
    fully_matches,
    regex_fault,
)
from logan.config.yaml_nodes import MapNode, parse_yaml


def read(shape: Any, written: str) -> Any:
    node = parse_yaml(f"a: {written}\n".encode(), path="a.yaml", problems=[])
    assert isinstance(node, MapNode)
    report = Report("a.yaml")
    found = shape.read(node.items[0][1], "a", report)
    assert (found is BAD) is (len(report.problems) == 1)
    return found


@pytest.mark.parametrize(
    ("shape", "written", "value"),
    [
        (Text(), "x y", "x y"),
        (Text(), "'7'", "7"),
        (Text(), "7", BAD),
        (Text(), "", BAD),
        (Text(), "[x]", BAD),
        (Text("[a-z]+"), "x", "x"),
        (Text("[a-z]+"), "xY", BAD),
        (Text("[a-z]+"), '"x\\n"', BAD),
        (Choice(("a", "b")), "a", "a"),
        (Choice(("a", "b")), "A", BAD),
        (Choice(("a", "b")), "1", BAD),
        (WholeNumber(1, 3), "3", 3),
        (WholeNumber(1, 3), "4", BAD),
        (WholeNumber(1, 3), "'3'", BAD),
        (WholeNumber(0, 3), "true", BAD),
        (WholeNumber(0, 3), "1.0", BAD),
        (Flag(), "true", True),
        (Flag(), "yes", BAD),
        (Day(), "2024-02-29", date(2024, 2, 29)),
        (Day(), "2023-02-29", BAD),
        (Day(), "29.2.2024", BAD),
        (PeriodValue(), "2024", "2024"),
        (PeriodValue(), "2024-05", "2024-05"),
        (PeriodValue(), "'2024-05-17'", "2024-05-17"),
        (PeriodValue(), "May 2024", BAD),
        (Status(), "404", "404"),
        (Status(), "4xx", "4xx"),
        (Status(), "999", BAD),
        (Regex(), "'/a.*'", "/a.*"),
        (Regex(), "'(a'", BAD),
        (Regex(), "7", BAD),
        (HostPattern(), r"'a\.b'", r"a\.b"),
        (HostPattern(), "'a.b'", BAD),
    ],
)
def test_what_is_read(shape: Any, written: str, value: object) -> None:
    assert read(shape, written) == value


def test_the_engine_judges_patterns() -> None:
    assert regex_fault("/a.*") is None
    assert "look-around" in (regex_fault("a(?=b)") or "")
    assert "\n" not in (regex_fault("(?:a{1000}){1000}") or "\n")


def test_a_whole_match() -> None:
    assert fully_matches("a|b", "b")
    assert not fully_matches("a|b", "ab")
    assert fully_matches("(?i)a", "A")


def test_no_pattern_takes_longer_than_its_text() -> None:
    """The classic that hangs engines which backtrack."""
    assert not fully_matches("(?:a+)+b", "a" * 50_000)
