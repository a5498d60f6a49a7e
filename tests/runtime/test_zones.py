"""Zones by name and by offset."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.errors import UsageError
from logan.runtime.zones import day_start, local_date, offset_of, require_zone, zone_info

NAMES = ["Europe/London", "UTC", "+01:00", "-0530", "+5:30", "UTC+1", "GMT-03:00", "+14"]


@pytest.mark.parametrize("zone", NAMES)
def test_zones_that_exist_can_be_used_everywhere(zone: str) -> None:
    assert require_zone(zone) == zone
    instant = datetime(2024, 6, 3, 23, 45, tzinfo=UTC)
    by_polars = pl.select(local_date(pl.lit(instant), zone)).item()
    assert by_polars == instant.astimezone(zone_info(zone)).date()


@pytest.mark.parametrize(
    "zone", ["Europe/Londn", "", "../etc/passwd", "BST+1:xx", "localtime", "+99:00", "+01:00\n"]
)
def test_zones_that_do_not_are_refused_with_an_example(zone: str) -> None:
    with pytest.raises(UsageError, match="Europe/London"):
        require_zone(zone)


def test_an_offset_moves_the_day() -> None:
    assert offset_of("-0530") == timedelta(hours=-5, minutes=-30)
    assert offset_of("Europe/London") is None
    late = pl.lit(datetime(2024, 6, 3, 18, 45, tzinfo=UTC))
    assert pl.select(local_date(late, "+05:30")).item() == date(2024, 6, 4)


#: Clocks that change at midnight in spring, in autumn, twice a year elsewhere, not at all; a zone
#: that left a day out, one with half an hour, one that was off by seconds.
CLOCKS = [
    *("America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Europe/London"),
    *("Pacific/Apia", "Australia/Lord_Howe", "Africa/Monrovia", "America/Scoresbysund", "+05:30"),
]


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.sampled_from(CLOCKS))
def test_a_day_begins_with_its_first_instant(day: date, zone: str) -> None:
    start = day_start(day, zone)
    instants = pl.Series([start - timedelta(microseconds=1), start])
    before, first = pl.select(local_date(pl.lit(instants), zone)).to_series()
    assert before < day <= first


@pytest.mark.parametrize(
    ("day", "zone", "start"),
    [
        (date(2018, 11, 4), "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        (date(2018, 2, 18), "America/Sao_Paulo", datetime(2018, 2, 18, 3, tzinfo=UTC)),
        (date(2024, 11, 3), "America/Havana", datetime(2024, 11, 3, 4, tzinfo=UTC)),
        (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        (date(2011, 12, 31), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_a_day_whose_midnight_is_none_or_two(day: date, zone: str, start: datetime) -> None:
    assert day_start(day, zone) == start


@pytest.mark.parametrize(
    ("given", "meant"),
    [("London", "Europe/London"), ("Europe/Londn", "Europe/London"), ("paris", "Europe/Paris")],
)
def test_a_misspelt_zone_is_answered_with_the_one_meant(given: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean {meant}[?]$"):
        require_zone(given)
