"""Hours with lines, hours without, and the gaps between them."""

from hypothesis import given
from hypothesis import strategies as st

from logan.runtime.hour_numbers import HourGap, begin_hour
from logan.schema import COVERAGE_CSV
from logan.tables.coverage import (
    list_hours,
    list_runs,
    measure_coverage,
    number_hours,
)
from logan.tables.period import Period
from tests.builders import at, hours, source

DAY = Period(at("2024-01-01 00:00"), at("2024-01-02 00:00"), "UTC")


def test_each_gateway_is_held_against_the_whole_period() -> None:
    sources = [
        source("a/1.log", hours=hours("2024-01-01 00:00", "2024-01-01 12:00")),
        source("a/2.log", hours=hours("2024-01-01 11:00", "2024-01-02 00:00")),
        source("b/1.log", hours=hours("2024-01-01 06:00", "2024-01-01 20:00")),
    ]
    first, second, union = measure_coverage(sources, DAY)
    assert (first.gateway, first.sources, first.hours, first.covered) == ("a", 2, 24, 24)
    assert first.gaps == ()
    assert (second.gateway, second.covered) == ("b", 14)
    assert second.gaps == (
        HourGap(at("2024-01-01 00:00"), at("2024-01-01 06:00")),
        HourGap(at("2024-01-01 20:00"), at("2024-01-02 00:00")),
    )
    assert [gap.hours for gap in second.gaps] == [6, 4]
    assert (union.gateway, union.sources, union.covered, union.gaps) == (None, 3, 24, ())


def test_lines_outside_the_period_cover_nothing() -> None:
    (part, union) = measure_coverage([source("a/1", hours=hours("2023-12-31", "2024-01-01"))], DAY)
    assert (part.covered, union.covered) == (0, 0)
    assert part.gaps == (HourGap(DAY.start, DAY.end),)


def test_a_period_within_an_hour_has_that_hour() -> None:
    period = Period(at("2024-01-01 09:59"), at("2024-01-01 10:01"), "UTC")
    assert [begin_hour(hour) for hour in number_hours(period)] == [
        at("2024-01-01 09:00"),
        at("2024-01-01 10:00"),
    ]


def test_without_sources_nothing_is_covered() -> None:
    (union,) = measure_coverage([], DAY)
    assert (union.covered, union.gaps) == (0, (HourGap(DAY.start, DAY.end),))


def test_an_hour_is_listed_once_for_each_gateway() -> None:
    nine = hours("2024-01-01 09:00", "2024-01-01 10:00")
    sources = [source("a/1", hours=nine), source("a/2", hours=nine), source("b/1", hours=nine)]
    assert list_hours(sources)["hour"].to_list() == [at("2024-01-01 09:00")] * 2


@given(st.frozensets(st.integers(0, 23)))
def test_hours_and_gaps_make_up_the_period(seen: frozenset[int]) -> None:
    start = number_hours(DAY).start
    part, _ = measure_coverage([source("a/1", hours=frozenset(start + h for h in seen))], DAY)
    assert part.covered == len(seen)
    assert part.covered + sum(gap.hours for gap in part.gaps) == part.hours == 24
    inside = [
        hour
        for hour in range(24)
        for gap in part.gaps
        if gap.start <= begin_hour(start + hour) < gap.end
    ]
    assert inside == sorted(set(range(24)) - seen)


def test_runs_fill_the_period_and_tell_no_data_from_what_could_not_be_read() -> None:
    sources = [
        source("a/1", gateway="a", hours=hours("2024-01-01 00:00", "2024-01-01 03:00")),
        source("a/2", gateway="a", hours=hours("2024-01-01 05:00", "2024-01-01 06:00")),
        source("b/1", gateway="b", hours=hours("2024-01-01 00:00", "2024-01-01 05:00")),
        source("b/2", gateway="b", complete=False),
    ]
    period = Period(at("2024-01-01 00:00"), at("2024-01-01 06:00"), "UTC")
    runs = list_runs(sources, period)
    assert runs.columns == list(COVERAGE_CSV)
    assert runs.select("gateway", "hours", "state").rows() == [
        ("a", 3, "lines"),
        ("a", 2, "no_data"),
        ("a", 1, "lines"),
        ("b", 5, "lines"),
        ("b", 1, "unread"),
    ]
    assert list_runs(sources, None).is_empty()
