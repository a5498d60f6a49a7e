"""Values of flat objects are found by their keys, and are what the JSON engine finds."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.json_flat import is_json, load_flat, path_of, value_at
from tests.formats.proof import few

PATHS: list[tuple[str | int, ...]] = [
    ("a",),
    ("b",),
    ("a.b",),
    ("a", "b"),
    ("a", 0),
    ("b", 1, "a"),
    ('"',),
    ("@t-s",),
]


def frame(lines: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"text": lines}, schema={"text": pl.String})


def assert_same(lines: list[str | None]) -> None:
    """Each path gives what the engine gives for it, and JSON is what is JSON to the engine."""
    texts = frame(lines)
    text = pl.col("text")
    for steps in PATHS:
        found = texts.lazy().select(value_at(text, steps)).collect().to_series()
        engine = texts.select(text.str.json_path_match(path_of(steps))).to_series()
        assert found.to_list() == engine.to_list(), steps
    wholes = texts.select(text.str.json_path_match("$")).to_series().to_list()
    for line, whole in zip(lines, wholes, strict=True):
        loaded = None if line is None else load_flat(line)
        assert loaded is None or repr(loaded) == repr(json.loads(whole))
    valid = texts.select(text.str.json_path_match("$").is_not_null()).to_series()
    assert texts.select(is_json(text)).to_series().to_list() == valid.to_list()


FLAT = '{"@t-s": 1.50, "a":"x","a.b":[1,"]",null], "b":true}'


@pytest.mark.parametrize(
    "line",
    [
        FLAT,
        "{}",
        '{"a":1}',
        '{"a":1.0}',
        '{"a":1704067200.123456}',
        '{"a":0.30000000000000004}',
        '{"a":1e20}',
        '{"a":-0}',
        '{"a":-0.0}',
        '{"a":01}',
        '{"a":12345678901234567890123}',
        '{"a":null,"b":false}',
        '{"a":1,"a":2}',
        '{"b":"a","a":2}',
        '{"b":"\\"a\\":1","a":2}',
        '{"x\\"a":3,"a":2}',
        '{"\\u0061":3}',
        '{"a":"\\"x\\""}',
        '{"a":"\\ud83d\\ude00","b":"\\ud800"}',
        '{"a":"x\\/y\\n"}',
        '{"a":{"b":1},"b":2}',
        '{"b":{"a":1}}',
        '{"a":[{"b":1}],"b":[1,{"a":2}]}',
        '{"a":["x","y"],"b":[]}',
        '{"a":"[x","b":".","a.b":"\\\\"}',
        '{"a" : 1}',
        '{"a":1} ',
        ' {"a":1}',
        '{"a":1}x',
        '{"a":1,}',
        '{"a":"\t"}',
        '{"a":nul}',
        '{"a":"null"}',
        '[{"a":1}]',
        '"a"',
        "x",
        "",
        None,
    ],
)
def test_a_value_is_what_the_engine_finds(line: str | None) -> None:
    assert_same([line])
    assert_same([FLAT, line, FLAT])


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["a", '"', "\\", "[", "]", "{", ",", ".", ":", '"a":1'])
)
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.sampled_from("ab"), scalars)
keys = st.sampled_from(["a", "b", "a.b", "@t-s", '"']) | st.text(max_size=3)
objects = st.dictionaries(keys, values, max_size=5)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """An object as JSON, compact or not, sometimes with a piece cut out or put in."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (",", " : ")]))
    written = json.dumps(draw(objects), ensure_ascii=draw(st.booleans()), separators=separators)
    begin = draw(st.integers(0, len(written)))
    end = draw(st.sampled_from([begin, begin, min(begin + 2, len(written))]))
    piece = draw(st.sampled_from(["", "", "", '"', "\\", ",", '"a":1,', "0", "}"]))
    return written[:begin] + piece + written[end:]


@few
@given(st.lists(lines(), min_size=20, max_size=20))
def test_values_of_any_objects_are_what_the_engine_finds(written: list[str | None]) -> None:
    assert_same(written)


@given(st.lists(st.tuples(st.text("abc", min_size=1), st.integers(0, 10**16)), max_size=4))
def test_decimals_are_the_engine_s(pairs: list[tuple[str, int]]) -> None:
    """Every reader comes to the same number, or the engine is asked."""
    cells = [f'"{key}":{number // 10**6}.{number % 10**6:06}' for key, number in pairs]
    assert_same(["{" + ",".join(cells) + "}"])


def test_plain_objects_need_no_engine() -> None:
    line = '{"ts":1704067200.123456,"host":"a.example","n":12,"l":["x","y"],"ok":true,"no":null}'
    assert load_flat(line) == json.loads(line)
    for odd in ('{"a":1,"a":2}', '{"a":{"b":1}}', '{"a":9007199254.740993}', '{"a":1e5}', "{"):
        assert load_flat(odd) is None
