"""Days and times as people and programs write them, and what instants they are."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.people.dates import (
    DayOrder,
    UnreadableTimeError,
    expiry,
    first_day,
    first_moment,
    instant,
    last_day,
    last_moment,
    read_time,
)
from logan.people.reading import ReadingTerms
from logan.people.times import plain_moments
from tests.people.registers import LONDON, problems_of, read_people, rows

DAY: Final = date(2024, 3, 5)
DAYS: Final = st.dates(date(1950, 1, 1), date(2090, 12, 31))


def test_days_in_all_their_writings() -> None:
    for text in (
        "2024-03-05",
        "2024/03/05",
        "2024.3.5",
        "20240305",
        "05/03/2024",
        "5.3.2024",
        "05-03-2024",
        "5 Mar 2024",
        "05-MAR-24",
        "5 March 2024",
        "Mar 5, 2024",
        "March 5 2024",
    ):
        assert read_time(text, "dmy") == (DAY, None, None), text
    assert read_time("3/5/2024", "mdy").day == DAY


@pytest.mark.parametrize(
    ("text", "clock", "hours"),
    [
        ("05/03/2024 00:00:00", time(0, 0), None),
        ("05/03/2024 9:05", time(9, 5), None),
        ("05/03/2024 12:00:00 AM", time(0, 0), None),
        ("05/03/2024 12:30:00\u202fPM", time(12, 30), None),
        ("05/03/2024, 1:02:03 pm", time(13, 2, 3), None),
        ("2024-03-05T17:30:00Z", time(17, 30), 0),
        ("2024-03-05T17:30:00.25+01:00", time(17, 30, 0, 250_000), 1),
        ("2024-03-05 17:30 -0500", time(17, 30), -5),
    ],
)
def test_times_in_all_their_writings(text: str, clock: time, hours: int | None) -> None:
    offset = None if hours is None else timedelta(hours=hours)
    assert read_time(text, "dmy") == (DAY, clock, offset)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("45356", "a number, for Excel lost its format as a day"),
        ("soon", "no day that is understood"),
        ("05/03/24", "no day that is understood"),
        ("2024-03", "no day that is understood"),
        ("2024-02-30", "no day of the calendar"),
        ("31/04/2024", "no day of the calendar"),
        ("5 Mrz 2024", "Mrz is no month"),
        ("05/03/2024 13:00 PM", "hours with AM or PM are 1 to 12"),
        ("05/03/2024 24:01", "no day of the calendar"),
        ("2024-03-05/2024-03-06", "no day that is understood"),
    ],
)
def test_what_is_no_day_says_why(text: str, why: str) -> None:
    with pytest.raises(UnreadableTimeError, match=why):
        read_time(text, "dmy")


def test_both_days_of_a_span_belong_to_it_through_both_clock_changes() -> None:
    march, october = read_time("2024-03-31", None), read_time("2024-10-27", None)
    assert first_day(march, "Europe/London") == datetime(2024, 3, 31, 0, tzinfo=UTC)
    assert last_day(march, "Europe/London") == datetime(2024, 3, 31, 23, tzinfo=UTC)
    assert first_day(october, "Europe/London") == datetime(2024, 10, 26, 23, tzinfo=UTC)
    assert last_day(october, "Europe/London") == datetime(2024, 10, 28, 0, tzinfo=UTC)


@given(DAYS, st.sampled_from(["Europe/London", "America/Sao_Paulo", "Africa/Cairo", "+05:30"]))
def test_the_day_after_a_last_day_begins_where_it_ends(day: date, zone: str) -> None:
    written = read_time(day.isoformat(), None)
    after = read_time((day + timedelta(days=1)).isoformat(), None)
    assert last_day(written, zone) == first_day(after, zone)


@pytest.mark.parametrize("text", ["31/12/9999", "9999-12-31 23:59:59", "01/01/1601"])
def test_days_that_mean_never_are_open(text: str) -> None:
    written = read_time(text, "dmy")
    for meaning in (first_day, last_day, first_moment, last_moment):
        assert meaning(written, "Europe/London") is None


def test_a_moment_is_one_and_a_day_is_all_of_it() -> None:
    at, day = read_time("2024-07-01 09:00", None), read_time("2024-07-01", None)
    assert first_moment(at, "Europe/London") == datetime(2024, 7, 1, 8, tzinfo=UTC)
    assert last_moment(at, "Europe/London") == datetime(2024, 7, 1, 8, tzinfo=UTC)
    assert first_moment(day, "Europe/London") == datetime(2024, 6, 30, 23, tzinfo=UTC)
    assert last_moment(day, "Europe/London") == datetime(2024, 7, 1, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2024-10-27T01:30", "an hour that stood twice in Europe/London"),
        ("2024-03-31T01:30", "a time that Europe/London left out that day"),
    ],
)
def test_moments_that_are_two_or_none_are_not_guessed(text: str, why: str) -> None:
    with pytest.raises(UnreadableTimeError, match=why):
        instant(read_time(text, None), "Europe/London")
    assert instant(read_time(text + "Z", None), "Europe/London").tzinfo is UTC


def test_midnight_in_utc_is_a_day_only_where_it_is_midnight() -> None:
    winter, summer = read_time("2024-01-01T00:00:00Z", None), read_time("2024-06-30T23:00Z", None)
    assert first_day(winter, "Europe/London") == datetime(2024, 1, 1, tzinfo=UTC)
    assert first_day(summer, "Europe/London") == datetime(2024, 6, 30, 23, tzinfo=UTC)
    with pytest.raises(UnreadableTimeError, match="no midnight in Europe/Paris"):
        first_day(winter, "Europe/Paris")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0", None),
        ("9223372036854775807", None),
        ("127805472000000000", datetime(2006, 1, 1, tzinfo=UTC)),
        ("129451392000000000", datetime(2011, 3, 21, tzinfo=UTC)),
        ("01/07/2024 00:00:00", datetime(2024, 6, 30, 23, tzinfo=UTC)),
        ("01/07/2024 17:00:00", datetime(2024, 7, 1, 16, tzinfo=UTC)),
        ("9999-12-31", None),
    ],
)
def test_the_expiry_of_an_account_is_the_first_moment_without_it(
    text: str, found: datetime | None
) -> None:
    assert expiry(text, "dmy", "Europe/London") == found


def test_an_expiry_stands_for_until(tmp_path: Path) -> None:
    data = "SamAccountName,accountExpires\na,129451392000000000\nb,0\n"
    assert rows(read_people(tmp_path, data), "until") == [datetime(2011, 3, 21, tzinfo=UTC), None]


class TestOrder:
    @pytest.mark.parametrize(
        ("dates", "first"),
        [
            (("05/03/2024", "31/03/2024"), DAY),
            (("03/05/2024", "03/31/2024"), DAY),
            (("2024-03-05", "01/02/2024", "13/02/2024"), DAY),
            (("02/02/2024",), date(2024, 2, 2)),
        ],
    )
    def test_the_file_decides(self, tmp_path: Path, dates: tuple[str, ...], first: date) -> None:
        data = "account,from\n" + "".join(f"a,{one}\n" for one in dates)
        assert rows(read_people(tmp_path, data), "from")[0].date() == first

    def test_any_column_of_the_file_decides(self, tmp_path: Path) -> None:
        data = "account,from,until\na,05/03/2024,\nb,,31/03/2024\n"
        assert rows(read_people(tmp_path, data), "from")[0].date() == DAY

    def test_where_nothing_decides_it_is_asked_for(self, tmp_path: Path) -> None:
        data = "account,from\na,2024-01-31\nb,05/03/2024\n"
        assert problems_of(tmp_path, data) == [
            (
                "people.csv:3: 05/03/2024 may be day/month or month/day, and no date of the file"
                " decides it"
            )
        ]

    @pytest.mark.parametrize(("order", "found"), [("dmy", DAY), ("mdy", date(2024, 5, 3))])
    def test_the_answer_is_taken(self, tmp_path: Path, order: DayOrder, found: date) -> None:
        terms = ReadingTerms("UTC", (("other.csv", "dmy"), ("people*", order)))
        read = read_people(tmp_path, "account,from\na,05/03/2024\n", terms)
        assert rows(read, "from")[0].date() == found

    def test_an_answer_for_another_file_is_none(self, tmp_path: Path) -> None:
        terms = ReadingTerms("UTC", (("other.csv", "dmy"),))
        assert problems_of(tmp_path, "account,from\na,05/03/2024\n", terms)

    def test_what_the_file_decides_stands_against_an_answer(self, tmp_path: Path) -> None:
        terms = ReadingTerms("UTC", (("*", "mdy"),))
        read = read_people(tmp_path, "account,from\na,05/03/2024\nb,31/03/2024\n", terms)
        assert rows(read, "from")[0].date() == DAY

    def test_two_orders_in_one_file_are_refused(self, tmp_path: Path) -> None:
        data = "account,from\na,31/03/2024\nb,03/31/2024\n"
        assert problems_of(tmp_path, data)[0] == (
            "people.csv:3: 03/31/2024 is month/day, and 31/03/2024 on line 2 is day/month"
        )

    @given(st.lists(DAYS, min_size=1, max_size=5), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
    def test_no_date_is_read_as_another(
        self, tmp_path_factory: pytest.TempPathFactory, days: list[date], form: str
    ) -> None:
        folder = tmp_path_factory.mktemp("order")
        data = "account,from\n" + "".join(f"a,{day.strftime(form)}\n" for day in days)
        decided = any(day.day > 12 for day in days) or all(day.day == day.month for day in days)
        if decided:
            read = read_people(folder, data, ReadingTerms())
            assert [one.date() for one in rows(read, "from")] == days
        else:
            assert len(problems_of(folder, data, ReadingTerms())) == 1


def test_times_of_day_in_columns_of_days_are_said(tmp_path: Path) -> None:
    data = "account,from,until\na,2024-01-01 00:00:00,2024-03-31 17:00\n"
    registers = read_people(tmp_path, data, LONDON)
    assert rows(registers, "until") == [datetime(2024, 3, 31, 23, tzinfo=UTC)]
    assert registers.limits == (
        "people.csv has times of day in `until` (1 row): the whole day counts.",
    )


def test_times_without_a_zone_are_said(tmp_path: Path) -> None:
    addresses = "address,account,from,until\n10.1.2.3,a,2024-07-01T09:00,2024-07-01T10:00Z\n"
    registers = read_people(tmp_path, "account,as_of\na,2024-01-01\n", addresses=addresses)
    assert registers.addresses is not None
    assert registers.addresses.select("from", "until").rows() == [
        (datetime(2024, 7, 1, 8, tzinfo=UTC), datetime(2024, 7, 1, 10, tzinfo=UTC))
    ]
    assert registers.limits[1:] == (
        "addresses.csv has times without a zone in `from` (1 row): read as Europe/London.",
    )


def test_a_span_that_ends_before_it_begins(tmp_path: Path) -> None:
    data = "account,from,until\na,2024-01-02,2024-01-02\nb,2024-01-02,2024-01-01\n"
    assert problems_of(tmp_path, data) == ["people.csv:3: `until` is before `from`"]


ZONES: Final = ("Europe/London", "America/Sao_Paulo", "Asia/Kolkata", "-03:30", "UTC")
SUFFIXES: Final = ("", "Z", "+01:00", "-05:30", "+14:00")


@given(
    st.lists(
        st.tuples(st.builds(datetime.combine, DAYS, st.times()), st.sampled_from(SUFFIXES)),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(ZONES),
    st.sampled_from("T "),
)
def test_plain_moments_are_those_of_the_long_way(
    moments: list[tuple[datetime, str]], zone: str, between: str
) -> None:
    texts = [f"{one:%Y-%m-%d}{between}{one:%H:%M:%S}{suffix}" for one, suffix in moments]
    for text, plain in zip(texts, plain_moments(pl.Series(texts), zone), strict=True):
        try:
            assert instant(read_time(text, None), zone) == plain
        except UnreadableTimeError:
            assert plain is None


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00+15:00"),
        *("9999-12-31T00:00:00Z", "1601-01-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00Z"),
        *("2024-10-27T01:30:00", "2024-03-31T01:30:00", "2024-01-01T00:00:00Z ", "", None),
    ],
)
def test_all_others_are_left_to_the_long_way(text: str | None) -> None:
    cells = pl.Series([text], dtype=pl.String)
    assert plain_moments(cells, "Europe/London").to_list() == [None]


def test_midnight_of_the_zone_in_utc_is_no_time_of_day(tmp_path: Path) -> None:
    data = "account,from\na,2024-06-30T23:00:00Z\n"
    assert read_people(tmp_path, data, LONDON).limits == ()
