"""Rows written by columns against Python's encoder."""

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.outputs.json_rows import JsonRows
from logan.outputs.json_summary import write_value
from logan.schema import TIME

TYPES: dict[str, Any] = {
    "user": pl.String,
    'a "key"': pl.Int64,
    "late": pl.Boolean,
    "seen": TIME,
    "services": pl.List(pl.String),
}
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(['a"b\\c', "é", "\x7f", "😀\n"]),
)
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(  # noqa: DTZ001 - gets its zone
    lambda time: time.replace(tzinfo=UTC)
)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.booleans(),
        st.none() | TIMES | TIMES.map(lambda time: time.replace(microsecond=0)),
        st.none() | st.lists(st.none() | TEXTS, max_size=3),
    ),
    max_size=5,
)


@given(ROWS, st.integers(0, 2))
def test_rows_are_what_the_encoder_writes(rows: list[tuple[Any, ...]], level: int) -> None:
    frame = pl.DataFrame(rows, schema=TYPES, orient="row")
    halves = [frame[: len(rows) // 2], frame[len(rows) // 2 :]]
    expected = json.dumps(frame.to_dicts(), indent=2, default=write_value)
    made = "".join(JsonRows(halves, level=level).pieces())
    assert made == expected.replace("\n", "\n" + "  " * level)


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no form in JSON"):
        "".join(JsonRows([pl.DataFrame({"share": [0.5]})]).pieces())
