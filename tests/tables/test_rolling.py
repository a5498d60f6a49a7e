"""The busiest 90 days, against every run of 90 days there is."""

from collections import Counter
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.tables.period import Period
from logan.tables.rolling import BUSIEST, find_busiest
from tests.builders import Row, at, frame, hit

START = at("2024-01-01 00:00")


def busiest(rows: list[Row], days: int = 200, services: tuple[str, ...] = ()) -> pl.DataFrame:
    period = Period(START, START + timedelta(days=days), "UTC")
    return find_busiest([frame(rows)], period=period, services=services)


@pytest.mark.parametrize(("days", "rows"), [(90, 0), (91, 1)])
def test_only_a_period_of_more_than_ninety_days_has_a_busiest_part(days: int, rows: int) -> None:
    found = busiest([hit("2024-01-10 09:00")], days)
    assert found.height == rows
    assert found.schema == BUSIEST


def test_the_busiest_days_are_found_wherever_they_begin() -> None:
    rows = [hit(START + timedelta(days=day), f"u{day % 3}") for day in (0, 50, 51, 138, 139, 141)]
    assert busiest(rows).rows() == [(None, date(2024, 2, 20), date(2024, 5, 19), 4, 3)]


def test_services_have_busiest_days_of_their_own() -> None:
    rows = [hit("2024-01-05 09:00", "ann")] * 3
    rows += [hit("2024-06-05 09:00", "bob", service="clearview")] * 2
    found = busiest(rows, services=("clearview", "facecheck", "pimeyes"))
    assert found.select("service", "hits", "users").rows() == [
        (None, 3, 1),
        ("clearview", 2, 1),
        ("pimeyes", 3, 1),
    ]
    assert found["first_day"].to_list() == [
        date(2024, 1, 1),
        date(2024, 3, 8),
        date(2024, 1, 1),
    ]


def test_days_are_local_days() -> None:
    period = Period(at("2024-06-01 00:00"), at("2024-12-01 00:00"), "Europe/London")
    rows = [hit("2024-06-01 23:30"), hit("2024-08-30 12:00")]
    (run,) = find_busiest([frame(rows)], period=period, services=()).rows(named=True)
    assert (run["hits"], run["first_day"]) == (2, date(2024, 6, 2))


def test_without_hits_there_are_no_busiest_days() -> None:
    assert busiest([], services=("pimeyes",)).is_empty()


@settings(max_examples=50)
@given(st.lists(st.integers(0, 150), min_size=1, max_size=25))
def test_no_run_of_ninety_days_has_more_hits(days: list[int]) -> None:
    (run,) = busiest([hit(START + timedelta(days=day)) for day in days], 151).rows(named=True)
    per_day = Counter(days)
    sums = [sum(per_day[day] for day in range(first, first + 90)) for first in range(62)]
    first = (run["first_day"] - START.date()).days
    assert run["hits"] == max(sums)
    assert first == sums.index(max(sums))
