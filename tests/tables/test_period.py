"""The period, and the first instant of a local day in zones that make it hard."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.result import Selection
from logan.tables.period import Period, begin_day, find_period, localise
from tests.builders import at, hit, result, source

ZONES = (
    *("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("America/Havana", "Asia/Beirut", "Africa/Casablanca", "Pacific/Apia", "America/Asuncion"),
)


@given(st.dates(date(2012, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
def test_a_day_begins_at_its_first_instant(day: date, zone: str) -> None:
    start = begin_day(day, zone)
    assert start.astimezone(ZoneInfo(zone)).date() == day
    assert (start - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() < day


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        (date(2024, 3, 31), "Europe/London", "2024-03-31 00:00"),
        (date(2024, 4, 1), "Europe/London", "2024-03-31 23:00"),
        (date(2024, 3, 10), "America/Havana", "2024-03-10 05:00"),  # midnight is skipped
        (date(2024, 11, 3), "America/Havana", "2024-11-03 04:00"),  # midnight comes twice
        (date(2024, 4, 7), "Australia/Lord_Howe", "2024-04-06 13:00"),
        (date(2024, 4, 8), "Australia/Lord_Howe", "2024-04-07 13:30"),
        (date(1919, 3, 31), "America/Toronto", "1919-03-31 04:30"),  # from 23:30 to 00:30
        (date(2011, 12, 30), "Pacific/Apia", "2011-12-30 10:00"),  # a day that never was
        (date(2011, 12, 31), "Pacific/Apia", "2011-12-30 10:00"),
    ],
)
def test_days_begin_where_the_clock_says(day: date, zone: str, expected: str) -> None:
    assert begin_day(day, zone) == at(expected)


def test_the_period_runs_from_the_first_line_to_the_last() -> None:
    sources = [
        source("a", first_time=at("2024-01-01 00:00"), last_time=at("2024-02-01 00:00")),
        source("b", first_time=at("2024-01-05 00:00"), last_time=at("2024-03-30 23:59")),
        source("c"),
    ]
    period = find_period(result([], sources=sources))
    assert period is not None
    assert (period.first_day, period.last_day, period.days) == (
        date(2024, 1, 1),
        date(2024, 3, 30),
        90,
    )
    assert period.end - at("2024-03-30 23:59") == timedelta(microseconds=1)


def test_hits_outside_the_sampled_stamps_widen_the_period() -> None:
    sources = [source("a", first_time=at("2024-01-02 00:00"), last_time=at("2024-01-03 00:00"))]
    period = find_period(result([], sources=sources), [at("2024-01-01 00:00"), None])
    assert period is not None
    assert period.first_day == date(2024, 1, 1)


def test_what_was_asked_for_is_the_period_even_where_there_are_no_lines() -> None:
    asked = Selection(since=at("2024-01-01 00:00"), until=at("2024-04-01 00:00"))
    period = find_period(result([], selection=asked, zone="UTC"))
    assert period == Period(at("2024-01-01 00:00"), at("2024-04-01 00:00"), "UTC")
    assert (period.last_day, period.days) == (date(2024, 3, 31), 91)


def test_a_since_after_the_last_line_leaves_a_period_and_no_negative_one() -> None:
    sources = [source("a", first_time=at("2024-01-02 00:00"), last_time=at("2024-01-03 00:00"))]
    asked = Selection(since=at("2025-01-01 00:00"))
    period = find_period(result([], sources=sources, selection=asked))
    assert period is not None
    assert period.start < period.end
    assert period.days == 1


def test_without_any_time_there_is_no_period() -> None:
    assert find_period(result([], sources=[source()])) is None
    assert find_period(result([], sources=[])) is None


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "UTC"])
@pytest.mark.parametrize("year", [1, 9999])
def test_stamps_at_the_ends_of_the_calendar_harm_nobody(year: int, zone: str) -> None:
    stamps = [datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)]
    sources = [source("a", first_time=stamps[0], last_time=stamps[1])]
    period = find_period(result([], sources=sources, zone=zone))
    assert period is not None
    assert period.days in (364, 365, 366)
    assert localise(stamps[1], zone).year in (year, year + 1)
    assert begin_day(date(year, 12, 31), zone).year == year


def test_a_period_asked_for_beside_the_logs_is_not_moved_into_them() -> None:
    for asked in ({"until": at("2023-12-02")}, {"since": at("2024-05-01")}):
        period = find_period(result([hit("2024-01-01 09:00")], selection=Selection(**asked)))
        assert period is not None
        assert period.start < period.end
        assert not period.start <= at("2024-01-01 09:00") < period.end
