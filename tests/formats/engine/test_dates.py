"""Order of day and month, and the year: the file decides, a person answers, nobody guesses."""

from datetime import datetime

import polars as pl
import pytest

from logan.formats.engine.dates import (
    OPEN,
    ORDER,
    QUESTIONS,
    YEAR,
    answered,
    date_time,
    dated,
    dated_from_first,
    order_of,
    question,
    with_order,
    year_opens,
)
from logan.formats.engine.layout import Layout


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("stamps", "order"),
    [
        (["05/03/2024 10:00", "06/03/2024"], None),
        (["05/03/2024", "13/03/2024"], "dmy"),
        (["5/3/2024", "3/25/2024"], "mdy"),
        (["2024/03/05"], "ymd"),
        (["05.03.24", "31.03.24"], "dmy"),
        (["13/13/2024"], None),
        (["25/03/2024", "03/25/2024"], None),
        (["no date"], None),
        ([], None),
    ],
)
def test_the_order_is_what_all_stamps_allow(stamps: list[str], order: str | None) -> None:
    assert order_of(stamps) == order


def test_an_open_order_is_a_question_that_an_answer_closes() -> None:
    layout = with_order(Layout(), ["05/03/2024"])
    assert question(layout) == QUESTIONS[ORDER]
    assert question(answered(layout, {ORDER: "dmy"})) is None
    assert answered(layout, {YEAR: "2024"}) == layout


def test_what_the_file_decides_stands_against_an_answer() -> None:
    layout = with_order(Layout(), ["25/03/2024"])
    assert answered(layout, {ORDER: "mdy"}).stamps.order == "dmy"


@pytest.mark.parametrize(
    ("order", "text", "wanted"),
    [
        ("dmy", "05/03/2024 16:05:31", wall("2024-03-05 16:05:31")),
        ("mdy", "05/03/2024 16:05:31", wall("2024-05-03 16:05:31")),
        ("mdy", "5/3/2024 4:05:31 PM", wall("2024-05-03 16:05:31")),
        ("mdy", "5/3/2024 12:00:00 AM", wall("2024-05-03 00:00:00")),
        ("dmy", "5.3.24 12:00:00 pm", wall("2024-03-05 12:00:00")),
        ("dmy", "5-3-2024, 6:07:08.250", wall("2024-03-05 06:07:08.250000")),
        ("ymd", "2024/03/05 16:05:31", wall("2024-03-05 16:05:31")),
        ("mdy", "25/03/2024 16:05:31", None),
        ("dmy", "5/3/2024 13:00:00 PM", None),
        (OPEN, "05/03/2024 16:05:31", None),
    ],
)
def test_a_stamp_is_read_in_the_order_of_the_layout(
    order: str, text: str, wanted: datetime | None
) -> None:
    layout = Layout().with_stamps(order=order)
    frame = pl.DataFrame({"stamp": [text]})
    assert frame.select(date_time(pl.col("stamp"), layout)).item() == wanted


@pytest.mark.parametrize(
    ("text", "near", "wanted"),
    [
        ("Dec 31 23:59:59", wall("2024-01-01 00:00:00"), wall("2023-12-31 23:59:59")),
        ("Jan  1 00:00:01", wall("2023-12-31 00:00:00"), wall("2024-01-01 00:00:01")),
        ("Jan 01 00:00:01.5", wall("2024-02-01 00:00:00"), wall("2024-01-01 00:00:01.500000")),
        ("Feb 29 12:00:00", wall("2024-03-01 00:00:00"), wall("2024-02-29 12:00:00")),
        ("Feb 29 12:00:00", wall("2025-01-01 00:00:00"), wall("2024-02-29 12:00:00")),
        ("Feb 30 12:00:00", wall("2024-03-01 00:00:00"), None),
        ("soon", wall("2024-03-01 00:00:00"), None),
    ],
)
def test_a_year_is_taken_from_nearby(text: str, near: datetime, wanted: datetime | None) -> None:
    frame = pl.DataFrame({"stamp": [text]})
    assert frame.select(dated(pl.col("stamp"), pl.lit(near))).item() == wanted


def test_a_file_runs_over_new_year_from_the_year_of_its_first_line() -> None:
    opened = year_opens(Layout(), "Dec 30 10:00:00")
    assert question(opened) == QUESTIONS[YEAR]
    layout = answered(opened, {YEAR: "2023"})
    stamps = ["Dec 30 10:00:00", "Dec 30 09:59:58", "Dec 31 00:00:00", "Jan  2 00:00:00"]
    frame = pl.DataFrame({"stamp": [*stamps, "Nov 30 00:00:00"]})
    years = frame.select(dated_from_first(pl.col("stamp"), layout).dt.year()).to_series()
    assert years.to_list() == [2023, 2023, 2023, 2024, 2024]


def test_a_line_out_of_order_stays_in_the_old_year() -> None:
    layout = Layout().with_stamps(year="2024", first="Jan  1 00:00:05")
    frame = pl.DataFrame({"stamp": ["Dec 31 23:59:59", "Dec 29 23:59:59"]})
    years = frame.select(dated_from_first(pl.col("stamp"), layout).dt.year()).to_series()
    assert years.to_list() == [2023, 2024]


@pytest.mark.parametrize(("year", "first"), [(OPEN, "Jan  1 00:00:05"), ("2024", "soon")])
def test_without_a_year_no_time_is_given(year: str, first: str) -> None:
    layout = Layout().with_stamps(year=year, first=first)
    frame = pl.DataFrame({"stamp": ["Jan  1 00:00:05"]})
    assert frame.select(dated_from_first(pl.col("stamp"), layout)).item() is None
