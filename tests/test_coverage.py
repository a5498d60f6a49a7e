"""Coverage against reading every stamp."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.coverage import Coverage, stamps
from logan.formats import FORMATS
from logan.formats.base import Layout
from logan.formats.squid import NATIVE
from logan.rules.packs import load_rules
from logan.scan import Settings, scan

RULES = load_rules()
START = datetime(2024, 3, 31, tzinfo=UTC)


def test_adds_hours_and_both_ends() -> None:
    coverage = Coverage()
    coverage.add(pl.Series([START, None, START + timedelta(hours=2, minutes=59)]))
    coverage.add(pl.Series([None], dtype=pl.Datetime("us", "UTC")))
    hour = int(START.timestamp()) // 3600
    assert coverage.hours == {hour, hour + 2}
    assert (coverage.first, coverage.last) == (START, START + timedelta(hours=2, minutes=59))


def test_stamps_are_null_where_a_line_has_none() -> None:
    lines = pl.Series(
        ["1711843200.500 1 10.1.2.3 TCP_HIT/200 1 GET http://a.example/ - NONE/- -", "x"]
    )
    assert stamps(lines, NATIVE, Layout(), zone=None).to_list() == [
        datetime(2024, 3, 31, 0, 0, 0, 500_000, tzinfo=UTC),
        None,
    ]


def squid(stamp: float) -> str:
    return f"{stamp:.3f} 1 10.1.2.3 TCP_HIT/200 1 GET http://a.example/ - NONE/- -"


def w3c(stamp: float) -> str:
    return f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d %H:%M:%S} 10.1.2.3 GET a.example"


MINUTES = st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("header", "line"), [("", squid), ("#Fields: date time c-ip cs-method cs-host\n", w3c)]
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(MINUTES)
def test_a_scan_knows_exactly_the_hours_that_have_lines(
    tmp_path: Path, header: str, line: object, minutes: list[int]
) -> None:
    times = [START + timedelta(minutes=minute) for minute in minutes]
    text = header + "".join(f"{line(time.timestamp())}\n" for time in times)  # type: ignore[operator]
    (tmp_path / "a.log").write_text(text)
    source = scan(Settings((str(tmp_path / "a.log"),), RULES)).sources[0]
    assert source.hours == {int(time.timestamp()) // 3600 for time in times}
    assert (source.first_time, source.last_time) == (min(times), max(times))


@pytest.mark.parametrize("form", [f for f in FORMATS if f.stamp_span], ids=lambda f: f.name)
def test_the_span_of_a_stamp_ends_before_its_minutes(form: object) -> None:
    """Two samples of one hour must agree in the span, else coverage would cost what parsing does."""
    for sample in form.samples:  # type: ignore[attr-defined]
        line = sample.split("\n")[-1]
        layout = Layout()
        for directive in sample.split("\n")[:-1]:
            layout = form.follow(layout, directive) if form.follow else layout  # type: ignore[attr-defined]
        span = form.stamp_span(line, layout)  # type: ignore[attr-defined]
        if span is not None:
            begin, end = span
            assert 0 <= begin < end <= len(line)
