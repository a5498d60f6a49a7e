"""Coverage against reading every stamp."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.vendors.squid import NATIVE
from logan.intake.blocks import BLOCK_SIZE
from logan.pipeline.hours import HourCoverage, StampTimes, stamps
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

RULES = load_rules()
START = datetime(2024, 3, 31, tzinfo=UTC)


def test_adds_hours_and_both_ends() -> None:
    coverage = HourCoverage()
    coverage.add(pl.Series([START, None, START + timedelta(hours=2, minutes=59)]))
    coverage.add(pl.Series([None], dtype=pl.Datetime("us", "UTC")))
    hour = int(START.timestamp()) // 3600
    assert coverage.hours == {hour, hour + 2}
    assert (coverage.first, coverage.last) == (START, START + timedelta(hours=2, minutes=59))


def test_stamps_are_null_where_a_line_has_none() -> None:
    lines = pl.Series(
        ["1711843200.500 1 10.1.2.3 TCP_HIT/200 1 GET http://a.example/ - NONE/- -", "x"]
    )
    assert stamps(lines, NATIVE, Layout(), zone=None).collect()["time"].to_list() == [
        datetime(2024, 3, 31, 0, 0, 0, 500_000, tzinfo=UTC),
        None,
    ]


def squid(stamp: float) -> str:
    return f"{stamp:.3f} 1 10.1.2.3 TCP_HIT/200 1 GET http://a.example/ - NONE/- -"


def w3c(stamp: float) -> str:
    return f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d %H:%M:%S} 10.1.2.3 GET a.example"


LINES = st.lists(st.integers(0, 3 * 24 * 60) | st.sampled_from(["", "junk", "9" * 40]), max_size=60)


@pytest.mark.parametrize(
    ("header", "line"), [("", squid), ("#Fields: date time c-ip cs-method cs-host\n", w3c)]
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(LINES)
def test_a_scan_knows_exactly_the_hours_that_have_lines(
    tmp_path: Path, header: str, line: Callable[[float], str], lines: list[int | str]
) -> None:
    records = [START + timedelta(minutes=one) for one in (0, *lines) if isinstance(one, int)]
    shown = [
        line((START + timedelta(minutes=one)).timestamp()) if isinstance(one, int) else one
        for one in (*[0] * 60, *lines)
    ]
    (tmp_path / "a.log").write_text(header + "\n".join(shown))
    source = scan(Settings((str(tmp_path / "a.log"),), RULES)).sources[0]
    assert source.hours == {int(time.timestamp()) // 3600 for time in records}
    assert (source.first_time, source.last_time) == (min(records), max(records))


def test_a_local_hour_that_lies_in_two_hours_of_utc_counts_as_both(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    stamps = ["09:10:00", "09:29:59", "09:59:00", "11:45:00"]
    header = "#Fields: date-local time-local c-ip cs-method cs-host\n"
    path.write_text(header + "".join(f"2024-01-01 {at} 10.1.2.3 GET a.example\n" for at in stamps))
    source = scan(Settings((str(path),), RULES, zones=(("*", "Asia/Kolkata"),))).sources[0]
    day = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) // 3600
    assert source.hours == {day + 3, day + 4, day + 6}


@pytest.mark.parametrize("form", [f for f in FORMATS if f.reader.stamp_span], ids=lambda f: f.name)
def test_the_span_of_a_stamp_ends_before_its_minutes(form: Format) -> None:
    """Two samples of one hour must agree in the span, else coverage would cost what parsing does."""
    for sample in form.texts:
        line = sample.split("\n")[-1]
        layout = Layout()
        for directive in sample.split("\n")[:-1]:
            layout = form.reader.follow(layout, directive)
        assert form.reader.stamp_span is not None
        span = form.reader.stamp_span(line, layout)
        if span is not None:
            begin, end = span
            assert 0 <= begin < end <= len(line)


def test_stamps_taken_as_numbers_are_those_of_the_series() -> None:
    times = pl.Series([None, START + timedelta(hours=3), START, None, START + timedelta(hours=9)])
    for at, stop in ((0, 5), (0, 1), (1, 3), (3, 3)):
        whole, cut = HourCoverage(), HourCoverage()
        whole.add(times[at:stop])
        cut.take(StampTimes.of(times).cut(at, stop))
        assert whole == cut
    nothing = StampTimes.of(pl.Series([None, None]))
    assert (nothing.micros.tolist(), nothing.null.tolist()) == ([0, 0], [True, True])


@pytest.mark.parametrize("turned", ["c-ip date time", "date time c-ip"])
def test_below_a_header_that_moves_the_stamp_no_hour_is_lost(tmp_path: Path, turned: str) -> None:
    """The place of the stamp is that of the columns in force, in every block below the header."""
    lines = [
        "#Fields: date time c-ip cs-host cs-uri-path\n",
        f"{START:%Y-%m-%d %H:%M:%S} 10.1.2.3 a.example /\n",
        f"#Fields: {turned} cs-host cs-uri-path\n",
    ]
    for hour in range(2_000):
        at = START + timedelta(minutes=30 * hour)
        cells = {"date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M:%S}", "c-ip": "10.1.2.3"}
        row = " ".join(cells[name] for name in turned.split())
        lines += [f"{row} a.example /{'a' * 600}\n"] * 4
    path = tmp_path / "a.log"
    path.write_text("".join(lines))
    assert path.stat().st_size > 2 * BLOCK_SIZE
    source = scan(Settings((str(path),), RULES)).sources[0]
    assert len(source.hours) == 1_000
    assert source.last_time == START + timedelta(minutes=30 * 1_999)


@pytest.mark.parametrize("together", [2, 60, 300])
def test_records_whose_keys_stand_in_another_order_lose_no_hour(
    tmp_path: Path, together: int
) -> None:
    """What such lines have at the place of the stamp may be the same in all of them."""
    lines = []
    for number in range(400):
        at = (START + timedelta(hours=number)).timestamp()
        request = '"uid":"C1","id.orig_h":"10.1.2.3","method":"GET","host":"a.example","uri":"/"'
        turned = number % (2 * together) >= together
        lines.append(f'{{{request},"ts":{at}}}' if turned else f'{{"ts":{at},{request}}}')
    path = tmp_path / "http.log"
    path.write_text("\n".join(lines) + "\n")
    source = scan(Settings((str(path),), RULES)).sources[0]
    first = int(START.timestamp()) // 3600
    assert source.hours == frozenset(range(first, first + 400))
