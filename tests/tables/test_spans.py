"""Window lengths as people write them, and the local time they cut out, across clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.errors import UsageError
from logan.tables.period import Period
from logan.tables.spans import Window, cut, parse_window, pick_window
from tests.builders import at

WINDOWS = ("1h", "5h", "1d", "7d", "90d", "1w", "2w", "1mo", "2mo", "1q", "1y")
ZONES = ("UTC", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "America/Havana")


def bounds(start: str, end: str, window: str, zone: str = "Europe/London") -> list[str]:
    """Cut, and give the starts in local time, then the last end."""
    spans = cut(Period(at(start), at(end), zone), parse_window(window))
    moments = [*spans["window_start"], spans["window_end"][-1]]
    return [moment.astimezone(ZoneInfo(zone)).strftime("%d %b %H:%M") for moment in moments]


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("1h", Window(1, "h")),
        ("90d", Window(90, "d")),
        (" 1W ", Window(1, "w")),
        ("1mo", Window(1, "mo")),
        ("2 q", Window(2, "q")),
        ("1y", Window(1, "y")),
    ],
)
def test_windows_are_read_as_people_write_them(text: str, window: Window) -> None:
    assert parse_window(text) == window
    assert parse_window(str(window)) == window


@pytest.mark.parametrize("text", ["", "d", "90", "0d", "-1d", "1m", "1.5d", "1dd", "9d 9d", "१d"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no window: .* 1h .* 90d .* 1mo"):
        parse_window(text)


@pytest.mark.parametrize(
    ("days", "window"), [(1, "1h"), (2, "1h"), (3, "1d"), (31, "1d"), (90, "1w"), (366, "1mo")]
)
def test_the_window_that_nobody_named_suits_the_period(days: int, window: str) -> None:
    start = at("2024-01-01 00:00")
    assert str(pick_window(Period(start, start + timedelta(days=days), "UTC"))) == window


def test_days_are_counted_from_the_first_local_day() -> None:
    assert bounds("2024-01-03 09:00", "2024-01-20 00:00", "7d") == [
        "03 Jan 00:00",
        "10 Jan 00:00",
        "17 Jan 00:00",
        "24 Jan 00:00",
    ]


def test_a_quarter_of_ninety_days_is_one_window() -> None:
    assert bounds("2024-01-01 00:00", "2024-03-30 23:59", "90d") == ["01 Jan 00:00", "31 Mar 00:00"]


def test_weeks_start_on_monday_before_the_period() -> None:
    assert bounds("2024-01-03 09:00", "2024-01-10 00:00", "1w") == [
        "01 Jan 00:00",
        "08 Jan 00:00",
        "15 Jan 00:00",
    ]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("1mo", ["01 Feb 00:00", "01 Mar 00:00", "01 Apr 00:00"]),
        ("2mo", ["01 Feb 00:00", "01 Apr 00:00"]),
        ("1q", ["01 Jan 00:00", "01 Apr 00:00"]),
        ("1y", ["01 Jan 00:00", "01 Jan 00:00"]),
    ],
)
def test_longer_windows_follow_the_calendar(window: str, expected: list[str]) -> None:
    assert bounds("2024-02-10 00:00", "2024-03-31 12:00", window) == expected


@pytest.mark.parametrize(
    ("zone", "first", "days"),
    [
        ("Europe/London", "2024-03-30 00:00", [24, 23, 24]),
        ("Europe/London", "2024-10-25 23:00", [24, 25, 24]),
        ("Australia/Lord_Howe", "2024-04-05 13:00", [24, 24.5, 24]),
        ("Australia/Lord_Howe", "2024-10-04 13:30", [24, 23.5, 24]),
        ("America/Havana", "2024-03-09 05:00", [24, 23, 24]),
    ],
)
def test_days_are_as_long_as_the_clocks_make_them(zone: str, first: str, days: list[float]) -> None:
    start = at(first)
    spans = cut(Period(start, start + timedelta(hours=sum(days)), zone), parse_window("1d"))
    lengths = (spans["window_end"] - spans["window_start"]).dt.total_seconds() / 3600
    assert lengths.to_list() == days


@pytest.mark.parametrize(
    ("zone", "start", "end", "count", "last"),
    [
        ("Europe/London", "2024-03-31 00:00", "2024-03-31 23:00", 23, 1.0),
        ("Europe/London", "2024-10-26 23:00", "2024-10-28 00:00", 25, 1.0),
        ("Australia/Lord_Howe", "2024-04-06 13:00", "2024-04-07 13:30", 25, 0.5),
    ],
)
def test_hours_start_anew_at_local_midnight(
    zone: str, start: str, end: str, count: int, last: float
) -> None:
    spans = cut(Period(at(start), at(end), zone), parse_window("1h"))
    assert spans.height == count
    length = spans["window_end"][-1] - spans["window_start"][-1]
    assert length == timedelta(hours=last)


def test_hours_outside_the_period_are_no_windows() -> None:
    assert bounds("2024-01-01 09:30", "2024-01-01 11:10", "1h") == [
        "01 Jan 09:00",
        "01 Jan 10:00",
        "01 Jan 11:00",
        "01 Jan 12:00",
    ]


@given(
    st.integers(0, 60 * 24 * 365 * 15),
    st.integers(1, 60 * 24 * 40),
    st.sampled_from(WINDOWS),
    st.sampled_from(ZONES),
)
def test_windows_cover_the_period_without_gap_or_overlap(
    since: int, minutes: int, window: str, zone: str
) -> None:
    start = at("2015-01-01 00:00") + timedelta(minutes=since)
    period = Period(start, start + timedelta(minutes=minutes), zone)
    spans = cut(period, parse_window(window))
    starts, ends = spans["window_start"].to_list(), spans["window_end"].to_list()
    assert starts[0] <= period.start
    assert ends[-1] >= period.end
    assert starts[1:] == ends[:-1]
    assert all(begin < end for begin, end in zip(starts, ends, strict=True))
    assert ends[0] > period.start
    assert starts[-1] < period.end


def test_a_day_that_never_was_is_no_window() -> None:
    period = Period(at("2011-12-29 10:00"), at("2011-12-31 09:59"), "Pacific/Apia")
    assert cut(period, parse_window("1d")).height == 2


def test_windows_beyond_all_reason_are_refused() -> None:
    period = Period(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC), "UTC")
    with pytest.raises(UsageError, match="choose a longer --window"):
        cut(period, parse_window("1h"))
    assert cut(period, parse_window("1y")).height == 9999
