"""Raw tables of enveloped lines: the whole line stays; the envelope's clock is used with care."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from logan.formats.detect.detection import detect
from logan.formats.detect.head import head_of
from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.dates import YEAR, ZONE, answered, question
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.table import raw
from logan.formats.vendors.sophos import FIREWALL
from logan.formats.vendors.squid import NATIVE
from logan.pipeline.hours import stamps
from logan.pipeline.matcher import ParsingKey, read
from logan.schema import RAW

SQUID = "1704103200.123 5 10.1.2.3 TCP_MISS/200 9 GET http://www.example.com/ - HIER_NONE/- -"


#: A log without any time of its own.
TIMELESS = Format(
    name="timeless",
    title="",
    definition="",
    reader=LinePattern(pieces=(Piece(None, "looked up "), Piece("host", ".*"))),
    columns=Columns(
        time=None, user=None, client_ip=None, action=None, host="host", evidence=sees("dns")
    ),
    tunnels=NOT_LOGGED,
    samples=(),
    near_misses=(),
)


def layout_of(line: str, form: Format = TIMELESS) -> Layout:
    best = detect(head_of(line.encode(), whole=True), [form]).best
    assert best is not None, line
    return best.layout


def records(lines: Sequence[str], layout: Layout, zone: str | None = None) -> list[dict[str, Any]]:
    frame = pl.DataFrame({"source": ["log"] * len(lines), "line": range(len(lines)), "text": lines})
    return read(frame, ParsingKey(TIMELESS, layout, zone)).to_dicts()


@pytest.mark.parametrize(
    ("line", "clock", "wanted"),
    [
        ("2024-01-01T10:00:00.5Z box looked up a.example", "offset", (10, 500_000)),
        ("2024-01-01T10:00:00.5+0100 box looked up a.example", "offset", (9, 500_000)),
        ("2024-01-01 10:00:00,5 box looked up a.example", "local", (10, 500_000)),
        ("Jan  1 2024 10:00:00 box looked up a.example", "local", (10, 0)),
        ("Jan 01 10:00:00 2024 box looked up a.example", "local", (10, 0)),
        ("Jan  1 2024 05:00:00 EST box looked up a.example", "offset", (10, 0)),
        ("Jan 01 05:00:00 EST 2024 box looked up a.example", "offset", (10, 0)),
        ("Mon 2024-01-01 10:00:00 UTC box looked up a.example", "offset", (10, 0)),
        (json.dumps({"_raw": "looked up a.example", "_time": "1704103200"}), "offset", (10, 0)),
        (
            json.dumps(
                {"MESSAGE": "looked up a.example", "__REALTIME_TIMESTAMP": "1704103200500000"}
            ),
            "offset",
            (10, 500_000),
        ),
    ],
)
def test_the_envelope_lends_its_clock(line: str, clock: str, wanted: tuple[int, int]) -> None:
    layout = layout_of(line)
    assert layout.stamps.envelope_clock == clock
    (row,) = records([line], layout)
    assert row["reason"] is None
    assert row["host"] == "a.example"
    assert row["text"] == line
    assert row["time"] == datetime(2024, 1, 1, wanted[0], 0, 0, wanted[1], tzinfo=UTC)
    assert stamps(pl.Series("text", [line]), TIMELESS, layout, zone=None).collect()[
        "time"
    ].to_list() == [row["time"]]


@pytest.mark.parametrize("name", ["BST", "CST", "IST"])
def test_a_name_of_several_zones_is_asked_for(name: str) -> None:
    line = f"Jan  1 2024 10:00:00 {name} box looked up a.example"
    layout = layout_of(line)
    asked = question(layout)
    assert asked is not None
    assert "--tz" in asked.advice
    assert records([line], layout)[0]["reason"] == "time: cannot be read"
    (row,) = records([line], answered(layout, {ZONE: "-06:00"}), "-06:00")
    assert row["time"] == datetime(2024, 1, 1, 16, 0, tzinfo=UTC)
    assert question(layout_of(line.replace(name, "EST"))) is None


@pytest.mark.parametrize(
    ("zone", "reason"), [(None, "time: cannot be read"), ("Europe/London", None)]
)
def test_what_a_later_line_names_is_not_guessed_either(
    zone: str | None, reason: str | None
) -> None:
    line = FIREWALL.texts[0].replace("BST", "GMT")
    lines = [line, line.replace("GMT", "BST"), line.replace('timezone="GMT" ', "")]
    layout = layout_of(line, FIREWALL)
    assert question(layout) is None
    frame = pl.DataFrame({"source": ["log"] * 3, "line": range(3), "text": lines})
    rows = read(frame, ParsingKey(FIREWALL, layout, zone)).to_dicts()
    assert [row["reason"] for row in rows] == [None, reason, None]
    assert rows[0]["time"].hour == 14
    assert reason is not None or rows[1]["time"].hour == 13


def test_a_zone_behind_a_stamp_without_a_year() -> None:
    line = "Dec 19 10:48:57 EST 10.203.28.21 looked up a.example"
    layout = answered(layout_of(line), {YEAR: "2011"})
    (row,) = records([line], layout, "Europe/London")
    assert row["time"] == datetime(2011, 12, 19, 15, 48, 57, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outer", "year"),
    [
        ("2024-01-03T00:00:00Z", 2024),
        ("2024-07-20T00:00:00Z", 2024),
        ("2023-12-20T00:00:00Z", 2024),
    ],
)
def test_a_relay_may_be_months_late_and_a_clock_days_wrong(outer: str, year: int) -> None:
    line = f"{outer} relay looked up a.example".replace("relay", "relay Jan  1 00:00:01 box")
    layout = layout_of(line)
    assert layout.envelope == "syslog syslog"
    (row,) = records([line], layout)
    assert row["time"] == datetime(year, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_a_year_is_asked_for_where_no_stamp_has_one() -> None:
    lines = ["Dec 31 23:59:59 box looked up a.example", "Jan  1 00:00:00 box looked up b.example"]
    layout = layout_of(lines[0])
    assert question(layout) is not None
    assert [row["reason"] for row in records(lines, layout)] == ["time: cannot be read"] * 2
    rows = records(lines, answered(layout, {YEAR: "2023"}))
    assert [row["time"].year for row in rows] == [2023, 2024]


def test_a_stamp_further_out_gives_the_year_but_not_the_time() -> None:
    lines = [
        "2024-01-01T00:00:09Z stdout F Dec 31 23:59:59 box looked up a.example",
        "2024-01-01T00:00:09Z stdout F Jan  1 00:00:01 box looked up a.example",
    ]
    layout = layout_of(lines[0])
    assert question(layout) is None
    times = [row["time"] for row in records(lines, layout)]
    assert times == [
        datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC),
    ]


def test_without_any_stamp_a_timeless_log_is_not_recognised() -> None:
    verdict = detect(head_of(b"looked up a.example\n", whole=True), [TIMELESS])
    assert verdict.best is None
    assert verdict.explanation is not None
    assert "time: found 'neither in the line nor in front of it'" in verdict.explanation


def test_a_format_with_its_own_time_keeps_it() -> None:
    line = f"Dec 31 10:00:00 box squid[1]: {SQUID}"
    layout = layout_of(line, NATIVE)
    assert layout.envelope == "syslog tag"
    assert layout.stamps.envelope_clock is None
    row = raw(pl.DataFrame({"text": [line, SQUID]}), NATIVE, layout)
    assert row["time"].to_list() == [datetime(2024, 1, 1, 10, 0, 0, 123000, tzinfo=UTC)] * 2
    assert row["text"].to_list() == [line, SQUID]


def test_what_a_format_prepares_for_itself_is_not_handed_on() -> None:
    lines = pl.DataFrame({"line": [1], "text": [SQUID]})
    table = raw(lines, NATIVE, Layout())
    assert table.columns[:2] == ["line", "text"]
    assert set(table.columns[2:]) <= set(RAW)
