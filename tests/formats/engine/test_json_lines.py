"""JSON by paths: Python and tables see the same values and refuse the same lines."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.json_lines import (
    JsonObject,
    RequiredValue,
    need,
    parsed,
    text_at,
    value,
)
from logan.formats.engine.json_stamps import stamp_span
from logan.formats.engine.layout import Head, Layout
from tests.formats.engine.reading import read

SHAPE = JsonObject(
    (need("id.orig_h"), need("q.list[0].name", "name", regex="^[a-z]+$")), ("event",)
)
UNDER = Layout(under="event")
GOOD = '{"id":{"orig_h":"10.1.2.3"},"q":{"list":[{"name":"ab"}]}}'
WRAPPED = '{"time":1,"event":{"id.orig_h":"10.1.2.3","name":"ab"}}'


def reasons(lines: list[str], layout: Layout) -> list[str | None]:
    return [row["reason"] for row in read(SHAPE, layout, lines)]


@pytest.mark.parametrize(
    ("line", "paths", "wanted"),
    [
        ('{"a":{"b":"x"}}', ("a.b",), "x"),
        ('{"a.b":"x"}', ("a.b",), "x"),
        ('{"a":{"b":null}, "c":"y"}', ("a.b", "c"), "y"),
        ('{"a":[{"b":1}]}', ("a[0].b",), "1"),
        ('{"a":[{"b":1}]}', ("a[1].b",), None),
        ('{"a":1.5}', ("a",), "1.5"),
        ('{"a":true}', ("a",), "true"),
        ('{"a":["x"]}', ("a",), '["x"]'),
        ('{"a":"\\u00e9\\ud83d\\ude00"}', ("a",), "é😀"),
        ('{"it\'s":{"b":3}}', ("it's.b",), "3"),
        ('{"a":1,"a":2}', ("a",), "2"),
        ("not json", ("a",), None),
    ],
)
def test_a_value_is_the_same_in_python_and_in_tables(
    line: str, paths: tuple[str, ...], wanted: str | None
) -> None:
    record = parsed(line)
    assert (text_at(record, *paths) if record is not None else None) == wanted
    assert pl.DataFrame({"text": [line]}).select(value(*paths)).item() == wanted


@pytest.mark.parametrize(
    "line",
    [
        "[1]",
        '"x"',
        '"{\\"a\\":1}"',
        '{"a":"\\ud800"}',
        '{"a":NaN}',
        '{"a":01}',
        '{"a":1}x',
        "",
        "{",
    ],
)
def test_what_is_no_object_is_refused(line: str) -> None:
    assert parsed(line) is None
    assert reasons([line], Layout()) == ["not a JSON object"]
    assert SHAPE.check(line, Layout()) is not None


def test_needs_are_named_where_they_are_not_met() -> None:
    lines = [GOOD, GOOD.replace("ab", "A1"), GOOD.replace("orig_h", "resp_h")]
    assert [str(SHAPE.check(line, Layout())) for line in lines[1:]] == [
        "q.list[0].name: found 'A1'",
        "id.orig_h: found 'no such value'",
    ]
    assert [reason is None for reason in reasons(lines, Layout())] == [True, False, False]


def test_the_wrapper_is_learnt_from_the_head() -> None:
    assert SHAPE.layout(Head((WRAPPED, WRAPPED, GOOD), (1, 2, 3))) == UNDER
    assert SHAPE.layout(Head((GOOD,), (1,))) == Layout()
    assert SHAPE.check(WRAPPED, UNDER) is None
    assert SHAPE.check(WRAPPED, Layout()) is not None
    (row,) = read(SHAPE, UNDER, [WRAPPED], "id.orig_h")
    assert row["id.orig_h"] == "10.1.2.3"


def test_words_for_nothing_are_null() -> None:
    shape = JsonObject((), aliases={"b": ("c", "a")})
    rows = read(shape, Layout(), ['{"a":"-"}', '{"a":""}', '{"a":"x"}'], "a", "b")
    assert [(row["a"], row["b"]) for row in rows] == [(None, None), (None, None), ("x", "x")]


@pytest.mark.parametrize(
    ("line", "key", "wanted"),
    [
        ('{"timestamp":"2024-01-07T19:54:41Z"}', "timestamp", 'estamp":"2024-01-07T19:'),
        ('{"a":1, "ts": 1704103200.5}', "ts", 'ts": 17041032'),
        ('{"t":"1704103200"}', "t", 't":"17041032'),
        ('{"t":1704103200123}', "t", 't":17041032'),
        ('{"t":"yesterday"}', "t", None),
        ('{"t":123}', "t", None),
    ],
)
def test_the_span_of_a_stamp_fixes_its_hour(line: str, key: str, wanted: str | None) -> None:
    span = stamp_span(line, key)
    assert (line[slice(*span)] if span else None) == wanted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {}, optional={"id": st.fixed_dictionaries({"orig_h": JSON}), "name": JSON, "event": JSON}
)


@given(st.lists(st.one_of(RECORDS.map(json.dumps), st.text(max_size=20)), min_size=1, max_size=5))
def test_check_and_reason_agree(lines: list[str]) -> None:
    for layout in (Layout(), UNDER):
        refused = [SHAPE.check(line, layout) is not None for line in lines]
        assert [reason is not None for reason in reasons(lines, layout)] == refused


def test_a_need_is_called_by_its_first_path() -> None:
    assert RequiredValue(("a.b", "c")).name == "a.b"


def test_a_line_too_deep_to_be_looked_into_is_no_record() -> None:
    """A key stands twice, and behind it more brackets than Python's decoder takes."""
    deep = "[" * 100_000 + "]" * 100_000
    line = GOOD.replace('{"id"', f'{{"id":1,"x":{deep},"id"', 1)
    assert [reason is None for reason in reasons([GOOD, line], Layout())] == [True, False]
