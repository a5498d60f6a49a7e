"""Layers by their kind: what each takes off, and which of its text is a time."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.envelope import LAYERS
from logan.formats.engine.envelope_layers import (
    Layer,
    LayerColumn,
    LayerMember,
    Lead,
    Prefix,
    raw_column,
)
from logan.formats.engine.layout import TEXT

BSD = Prefix("syslog", "a header", "<[0-9]+>", "[A-Z][a-z]{2} [0-9]{2}", " ")
RAW = LayerColumn(2, 3, 0)
CASES: list[tuple[Layer, str, str, str | None]] = [
    (BSD, "<7>Jan 10 a line", "a line", "Jan 10"),
    (BSD, "a line", "a line", None),
    (Prefix("pri", "a priority", "<[0-9]+>"), "<7>a line", "a line", None),
    (LayerMember("log", ("time",)), '{"log":"a line\\r\\n","time":7}', "a line", "7"),
    (LayerMember("log", ("time",)), '{"other":1}', '{"other":1}', None),
    (LayerMember("log"), '{"log":{"a":1}}', '{"a":1}', None),
    (Lead("lead", "text"), 'note: {"a":1}', '{"a":1}', None),
    (Lead("lead", "text"), '{"a":1}', '{"a":1}', None),
    (LAYERS[-2], '[0] squid: [1704103200.1, {"log":"x"}]', '{"log":"x"}', None),
    (LAYERS[-2], '[{"log":"x"}]', '[{"log":"x"}]', None),
    (LAYERS[-1], '{"http":{"ts":1,"a":{"b":2}}}', '{"ts":1,"a":{"b":2}}', None),
    (LAYERS[-1], '{"http":{"ts":1},"b":2}', '{"http":{"ts":1},"b":2}', None),
    (RAW, '"2024","box","a ""quoted"" line"', 'a "quoted" line', "2024"),
    (RAW, "two,cells", "two,cells", None),
]


@pytest.mark.parametrize(("layer", "line", "inner", "time"), CASES)
def test_a_layer_is_taken_off_alike_in_python_and_in_tables(
    layer: Layer, line: str, inner: str, time: str | None
) -> None:
    assert layer.strip(line) == inner
    frame = pl.DataFrame({"text": [line]})
    assert frame.select(layer.opened(TEXT)).item() == inner
    stamp = layer.time(TEXT)
    assert (frame.select(stamp).item() if stamp is not None else None) == time


def test_names_and_titles_tell_layers_apart() -> None:
    layers = [layer for layer, *_ in CASES]
    assert all(layer.title for layer in layers)
    assert (RAW.name, LayerColumn(2, 3).name) == ("csv:2/3/0", "csv:2/3/")
    assert LayerMember("a.b").name == "json:a.b"


@pytest.mark.parametrize(
    ("header", "layer"),
    [
        ("_time,host,_raw", LayerColumn(2, 3, 0)),
        ("host,message", LayerColumn(1, 2)),
        ("_raw", LayerColumn(0, 1)),
        ("message", None),
        ("time,url", None),
    ],
)
def test_an_export_is_known_by_its_header(header: str, layer: LayerColumn | None) -> None:
    assert raw_column(header) == layer


@given(st.text(max_size=40).filter(lambda text: "\n" not in text))
def test_no_text_is_opened_differently_in_a_table(line: str) -> None:
    frame = pl.DataFrame({"text": [line]}, schema={"text": pl.String})
    for layer in (BSD, LayerMember("log"), Lead("lead", "text")):
        assert frame.select(layer.opened(TEXT)).item() == layer.strip(line)
