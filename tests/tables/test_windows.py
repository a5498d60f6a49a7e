"""Hits by window: nothing lost, nothing counted twice, no data told from no hits."""

from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logan.schema import WINDOWS_CSV
from logan.tables.coverage import list_hours
from logan.tables.period import Period
from logan.tables.spans import cut, parse_window
from logan.tables.windows import (
    OVER_ALL,
    PER_SERVICE,
    count_in_windows,
    list_all_windows,
    list_windows,
)
from tests.builders import Row, at, frame, hit, hours, source

WEEK = Period(at("2024-01-01 00:00"), at("2024-01-08 00:00"), "Europe/London")


def count_all(rows: list[Row], sources: list[object], period: Period, window: str) -> pl.DataFrame:
    spans = cut(period, parse_window(window))
    return list_all_windows(
        count_in_windows(frame(rows), spans).over_all,
        spans,
        period=period,
        hours=list_hours(sources),  # type: ignore[arg-type]
        gateways=len({source.gateway for source in sources}),  # type: ignore[attr-defined]
    )


def test_every_window_is_listed_for_every_service() -> None:
    rows = [
        hit("2024-01-01 00:00", "ann", activity="search"),
        hit("2024-01-01 23:59", "ann"),
        hit("2024-01-03 00:00", "bob", action="blocked"),
    ]
    spans = cut(WEEK, parse_window("1d"))
    counted = count_in_windows(frame(rows), spans).per_service
    windows = list_windows(counted, spans, services=["clearview", "pimeyes"])
    assert [*windows.columns, "hours", "covered_hours"] == list(WINDOWS_CSV) == list(PER_SERVICE)
    assert windows.height == 7 * 2
    pimeyes = windows.filter(pl.col("service") == "pimeyes")
    assert pimeyes["hits"].to_list() == [2, 0, 1, 0, 0, 0, 0]
    assert pimeyes["users"].to_list() == [1, 0, 1, 0, 0, 0, 0]
    assert pimeyes["searches"].to_list() == [1, 0, 0, 0, 0, 0, 0]
    assert pimeyes["blocked"].to_list() == [0, 0, 1, 0, 0, 0, 0]
    assert windows.filter(pl.col("service") == "clearview")["hits"].sum() == 0


def test_without_services_every_window_is_listed_once() -> None:
    spans = cut(WEEK, parse_window("1d"))
    windows = list_windows(count_in_windows(frame([]), spans).per_service, spans, services=[])
    assert (windows.height, windows["service"].to_list(), windows["hits"].sum()) == (
        7,
        [None] * 7,
        0,
    )


def test_a_user_of_two_services_is_one_user_of_the_window() -> None:
    rows = [hit("2024-01-01 09:00", "ann"), hit("2024-01-01 09:00", "ann", service="clearview")]
    sources = [source("a/1", hours=hours("2024-01-01", "2024-01-08"))]
    first = count_all(rows, sources, WEEK, "1d").row(0, named=True)
    assert (first["hits"], first["users"]) == (2, 1)


def test_a_window_says_how_much_of_it_has_lines() -> None:
    sources = [
        source("a/1", hours=hours("2024-01-01 00:00", "2024-01-03 12:00")),
        source("b/1", hours=hours("2024-01-02 00:00", "2024-01-03 00:00")),
    ]
    windows = count_all([], sources, WEEK, "1d")
    assert windows.columns == list(OVER_ALL)
    assert windows["hours"].to_list() == [48] * 7
    assert windows["covered"].to_list() == [24, 48, 12, 0, 0, 0, 0]


def test_hours_beyond_the_period_are_not_expected() -> None:
    period = Period(at("2024-01-03 09:30"), at("2024-01-03 12:00"), "UTC")
    covered = [source("a/1", hours=hours("2024-01-03 09:00", "2024-01-03 12:00"))]
    (window,) = count_all([], covered, period, "1w").to_dicts()
    assert (window["hours"], window["covered"]) == (3, 3)


def test_hours_of_a_zone_with_half_hours_belong_to_one_window_each() -> None:
    period = Period(at("2024-01-01 18:30"), at("2024-01-03 18:30"), "Asia/Kolkata")
    covered = [source("a/1", hours=hours("2024-01-01 18:00", "2024-01-03 19:00"))]
    windows = count_all([], covered, period, "1d")
    assert windows["hours"].to_list() == windows["covered"].to_list() == [25, 24]


@given(
    st.lists(st.integers(0, 40 * 24 * 60), max_size=30),
    st.sampled_from(["1h", "1d", "7d", "1w", "1mo", "1q"]),
    st.sampled_from(["Europe/London", "Australia/Lord_Howe"]),
)
def test_windows_sum_to_the_hits(minutes: list[int], window: str, zone: str) -> None:
    start = at("2024-03-20 00:00")
    rows = [hit(start + timedelta(minutes=minute)) for minute in minutes]
    period = Period(start, start + timedelta(days=41), zone)
    counted = count_all(rows, [source("a/1")], period, window)
    assert counted["hits"].sum() == len(rows)
    for begin, end, hits in counted.select("window_start", "window_end", "hits").rows():
        assert hits == sum(begin <= row["time"] < end for row in rows)
