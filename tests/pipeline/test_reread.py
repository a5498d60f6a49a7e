"""Hours stay exact where lines that were to tell them have no time, though their format reads them."""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.intake.sources import Source
from logan.pipeline.recognition import recognise
from logan.pipeline.reread import HOURS_UNKNOWN, make_sure
from logan.pipeline.scan import Settings, scan
from logan.pipeline.source import SourceReading
from logan.pipeline.source_options import RequestedSource
from logan.rules.packs import load_rules

RULES = load_rules()
HEADER = "#Fields: date time c-ip cs-method cs-host\n"
#: Hours and minutes as W3C writes them; the format reads the second kind too, but it is no time.
TIMES = st.tuples(st.integers(0, 23), st.integers(0, 59) | st.integers(60, 99))


def line(hour: int, minute: int) -> str:
    return f"2024-03-31 {hour:02}:{minute:02}:00 10.1.2.3 GET a.example\n"


def at(hour: int, minute: int) -> datetime:
    return datetime(2024, 3, 31, hour, minute, tzinfo=UTC)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(TIMES, max_size=60))
def test_hours_and_ends_are_those_of_the_lines_that_have_a_time(
    tmp_path: Path, times: list[tuple[int, int]]
) -> None:
    good = [at(8, 0), *(at(hour, minute) for hour, minute in times if minute < 60)]
    shown = [line(8, 0)] * 40 + [line(*one) for one in times]
    (tmp_path / "a.log").write_text(HEADER + "".join(shown))
    source = scan(Settings((str(tmp_path / "a.log"),), RULES)).sources[0]
    assert source.hours == {int(time.timestamp()) // 3600 for time in good}
    assert (source.first_time, source.last_time) == (min(good), max(good))
    assert source.complete


def test_a_change_of_layout_is_followed_again(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    turned = "#Fields: time date c-ip cs-method cs-host\n"
    path.write_text(
        HEADER
        + line(8, 0) * 40
        + line(8, 99)
        + turned
        + "11:30:00 2024-03-31 10.1.2.3 GET a.example\n" * 40
    )
    source = scan(Settings((str(path),), RULES)).sources[0]
    assert (source.first_time, source.last_time) == (at(8, 0), at(11, 30))


@pytest.mark.parametrize(("bad", "complete"), [("", True), (line(8, 99), False)])
def test_what_cannot_be_read_again_is_incomplete(
    monkeypatch: pytest.MonkeyPatch, bad: str, complete: bool
) -> None:
    text = (HEADER + line(8, 0) * 40 + bad).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    source = scan(Settings(("-",), RULES)).sources[0]
    assert source.complete is complete
    assert source.failure == (None if complete else HOURS_UNKNOWN)


def test_a_source_that_has_gone_keeps_its_hours_and_is_incomplete(tmp_path: Path) -> None:
    requested = RequestedSource(Source("a.log", tmp_path / "a.log", 10), 0)
    reading = SourceReading(recognise(requested, b"", FORMATS))
    reading.coverage.hours = {474_000}
    make_sure(reading, FORMATS)
    assert reading.coverage.hours == {474_000}
    failure = reading.why_incomplete
    assert failure is not None
    assert failure.reason.startswith("on the second reading: vanished")
    assert failure.advice
