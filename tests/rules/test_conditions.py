"""The conditions of a signature, each alone."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from logan.rules.conditions import has_parameter
from logan.rules.load import load_text
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.schema import RECORD
from tests.rules.packs_for_tests import SOUND


def matches(condition: str, request: str, **columns: Any) -> bool:
    """Whether a signature with this condition instead of its path decides a request."""
    text = SOUND.replace("        path: '/api/search'\n", condition).replace(
        "        methods: [POST]\n", ""
    )
    records = requests_as_records([request]).with_columns(
        pl.lit(value, RECORD[name]).alias(name) for name, value in columns.items()
    )
    return bool(tag(records, load_text(text))["rule"][0] == "alpha.search")


A = "GET https://alpha.example"

CASES = [
    ("path: '/a'", f"{A}/a", True),
    ("path: '/a'", f"{A}/ab", False),
    ("path: '/a'", f"{A}/x/a", False),
    ("path: '/a|/b'", f"{A}/b", True),
    ("path: '/a|/b'", f"{A}/ab", False),
    ("path: '(?i)/a'", f"{A}/A", True),
    ("path: '/a'", f"{A}/A", False),
    ("path: '/'", A, True),
    ("path: '/a'", f"{A}/%61", True),
    ("path: '/a/b'", f"{A}/a%2Fb", False),
    ("query: {id: '^[0-9]+$'}", f"{A}/?id=12", True),
    ("query: {id: '^[0-9]+$'}", f"{A}/?id=x", False),
    ("query: {id: '.'}", f"{A}/?x=1&id=2", True),
    ("query: {id: '.'}", f"{A}/?xid=2", False),
    ("query: {id: '.'}", f"{A}/?id=", False),
    ("query: {id: ''}", f"{A}/?id=", True),
    ("query: {id: ''}", f"{A}/?id", True),
    ("query: {id: ''}", f"{A}/?idx=1", False),
    ("query: {id: ''}", A, False),
    ("query: {url: '^https://'}", f"{A}/?url=https%3A%2F%2Fa", True),
    ("query: {'a.b': '1'}", f"{A}/?a.b=1", True),
    ("query: {'a.b': '1'}", f"{A}/?axb=1", False),
    ("query: {id: '1', x: '2'}", f"{A}/?x=2&id=1", True),
    ("query: {id: '1', x: '2'}", f"{A}/?id=1", False),
    ("host: www.alpha.example", "GET https://www.alpha.example/", True),
    ("host: www.alpha.example", f"{A}/", False),
    ("domain: b.alpha.example", "GET https://a.b.alpha.example/", True),
    ("domain: b.alpha.example", "GET https://ab.alpha.example/", False),
    (r"host_re: 'j\d+\.alpha\.example'", "GET https://j12.alpha.example/", True),
    (r"host_re: 'j\d+\.alpha\.example'", "GET https://j12.alpha.example.alpha.example/", False),
    ("methods: [PUT, POST]", "POST https://alpha.example/", True),
    ("methods: [PUT, POST]", f"{A}/", False),
    ("evidence: [connect]", "CONNECT alpha.example:443", True),
    ("evidence: [connect]", f"{A}/", False),
    ("evidence: [url]\n        path: '/'", "CONNECT alpha.example:443", False),
    ("evidence: [url, connect]\n        path: '/'", f"{A}/", True),
]


@pytest.mark.parametrize(("condition", "request_", "expected"), CASES)
def test_a_condition(condition: str, request_: str, *, expected: bool) -> None:
    assert matches(f"        {condition}\n", request_) is expected


@pytest.mark.parametrize(
    ("day", "when", "expected"),
    [
        ("240603", (2024, 6, 3, 12), True),
        ("240602", (2024, 6, 3, 12), False),
        ("240604", (2024, 6, 3, 12), False),
        ("240602", (2024, 6, 3, 4), True),
        ("240604", (2024, 6, 3, 20), True),
        ("249999", (2024, 6, 3, 12), False),
        ("24060", (2024, 6, 3, 12), False),
        ("240603", None, False),
    ],
)
def test_the_day_in_a_path(day: str, when: tuple[int, ...] | None, *, expected: bool) -> None:
    time = datetime(*when, tzinfo=UTC) if when else None
    condition = "        day_in_path: '_[0-9]{6}'\n"
    assert matches(condition, f"{A}/ab_{day}x", time=time) is expected


@pytest.mark.parametrize(
    ("condition", "columns", "expected"),
    [
        ("status: [200]", {"status": 200}, True),
        ("status: [200]", {"status": 404}, False),
        ("status: [2xx]", {"status": 204}, True),
        ("status: [404, 2xx]", {"status": 404}, True),
        ("status: [200]", {}, False),
        ("bytes_sent: {min: 1000}", {"bytes_sent": 1000}, True),
        ("bytes_sent: {min: 1000}", {"bytes_sent": 999}, False),
        ("bytes_sent: {min: 1000}", {}, False),
    ],
)
def test_a_condition_on_the_answer(
    condition: str, columns: dict[str, int], *, expected: bool
) -> None:
    """What the log does not say is no match."""
    assert matches(f"        {condition}\n", f"{A}/", **columns) is expected


def test_the_query_with_its_question_mark() -> None:
    """Some gateways keep it."""
    frame = pl.DataFrame({"query": ["?id=1", "id=1", None]})
    found = frame.select(has_parameter("id", "1")).to_series().to_list()
    assert [bool(one) for one in found] == [True, True, False]
