"""Zones by name and by offset."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from logan.errors import UsageError
from logan.runtime.zones import local_date, offset_of, require_zone, zone_info

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
