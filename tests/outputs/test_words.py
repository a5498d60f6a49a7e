"""Numbers, days and hours in words."""

from datetime import date

import pytest

from logan.outputs.words import (
    count,
    join,
    name_change,
    name_days,
    name_hours,
    name_moment,
    name_period,
    name_span,
    name_window,
)
from logan.tables.period import Period
from logan.tables.spans import Window, cut, parse_window
from tests.builders import at

LONDON = "Europe/London"


@pytest.mark.parametrize(
    ("number", "noun", "written"),
    [
        (0, "hit", "0 hits"),
        (1, "hit", "1 hit"),
        (2337, "hit", "2,337 hits"),
        (1, "unnamed address", "1 unnamed address"),
        (2, "unnamed address", "2 unnamed addresses"),
        (3, "search", "3 searches"),
    ],
)
def test_a_number_has_its_unit(number: int, noun: str, written: str) -> None:
    assert count(number, noun) == written


@pytest.mark.parametrize(
    ("change", "written"), [(1, "1 more hit"), (-1, "1 fewer hit"), (-2337, "2,337 fewer hits")]
)
def test_fewer_things_are_not_less(change: int, written: str) -> None:
    assert name_change(change, "hit") == written


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        (date(2024, 1, 1), date(2024, 3, 30), "1 Jan to 30 Mar 2024"),
        (date(2024, 1, 1), date(2024, 1, 7), "1 to 7 Jan 2024"),
        (date(2024, 1, 7), date(2024, 1, 7), "7 Jan 2024"),
        (date(2023, 11, 1), date(2024, 1, 3), "1 Nov 2023 to 3 Jan 2024"),
        (date(2023, 1, 7), date(2024, 1, 7), "7 Jan 2023 to 7 Jan 2024"),
        (date(2024, 1, 7), date(2024, 2, 7), "7 Jan to 7 Feb 2024"),
    ],
)
def test_days_say_no_more_than_they_must(first: date, last: date, written: str) -> None:
    assert name_days(first, last) == written


def test_a_period_is_counted_in_local_days() -> None:
    period = Period(at("2024-03-30 23:30"), at("2024-04-30 23:00"), LONDON)
    assert name_period(period) == "32 days, 30 Mar to 30 Apr 2024"
    assert name_period(Period(period.start, period.end, "UTC")) == "32 days, 30 Mar to 30 Apr 2024"
    one = Period(at("2024-06-30 23:00"), at("2024-07-01 23:00"), LONDON)
    assert name_period(one) == "1 day, 1 Jul 2024"


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        ("2024-02-12 02:00", "2024-02-12 07:00", "12 Feb 2024 02:00 to 07:00"),
        ("2024-02-12 22:00", "2024-02-13 02:00", "12 Feb 2024 22:00 to 13 Feb 2024 02:00"),
        ("2024-06-12 02:00", "2024-06-12 07:00", "12 Jun 2024 03:00 to 08:00"),
        ("2024-10-27 00:00", "2024-10-27 01:00", "27 Oct 2024 01:00 BST to 01:00 GMT"),
        ("2024-03-31 00:00", "2024-03-31 03:00", "31 Mar 2024 00:00 GMT to 04:00 BST"),
    ],
)
def test_hours_name_the_offset_only_if_it_matters(start: str, end: str, written: str) -> None:
    assert name_hours(at(start), at(end), LONDON) == written


def test_a_moment_that_comes_twice_names_its_offset() -> None:
    moments = [name_moment(at(f"2024-10-27 0{hour}:30"), LONDON) for hour in (0, 1, 2)]
    assert moments == ["27 Oct 2024 01:30 BST", "27 Oct 2024 01:30 GMT", "27 Oct 2024 02:30"]


@pytest.mark.parametrize(
    ("window", "unit", "first"),
    [
        ("1h", "hour", "7 Feb 2024 09:00"),
        ("1d", "day", "Wed 7 Feb 2024"),
        ("7d", "7 days", "7 to 13 Feb 2024"),
        ("1w", "week", "5 to 11 Feb 2024"),
        ("1mo", "month", "Feb 2024"),
        ("2mo", "2 months", "Feb to Mar 2024"),
        ("1q", "quarter", "Jan to Mar 2024"),
        ("1y", "year", "2024"),
        ("2y", "2 years", "2024 to 2025"),
    ],
)
def test_a_window_is_named_after_its_kind(window: str, unit: str, first: str) -> None:
    length: Window = parse_window(window)
    spans = cut(Period(at("2024-02-07 09:30"), at("2024-02-07 12:00"), LONDON), length)
    start, end = spans.row(0)
    assert name_window(length) == unit
    assert name_span(start, end, window=length, zone=LONDON) == first


def test_several_windows_in_a_row_are_named_as_one() -> None:
    hours, months = Window(1, "h"), Window(1, "mo")
    start, end = at("2024-02-07 09:00"), at("2024-02-07 12:00")
    assert name_span(start, end, window=hours, zone=LONDON) == "7 Feb 2024 09:00 to 12:00"
    start, end = at("2023-11-01 00:00"), at("2024-02-01 00:00")
    assert name_span(start, end, window=months, zone=LONDON) == "Nov 2023 to Jan 2024"


@pytest.mark.parametrize(
    ("parts", "joined"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_words_are_joined_as_in_a_sentence(parts: list[str], joined: str) -> None:
    assert join(parts) == joined
