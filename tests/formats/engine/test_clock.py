from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine import clock

AT = datetime(2024, 1, 1, 10, 0, 0, tzinfo=UTC)
WALL = AT.replace(tzinfo=None)


def read(function: Callable[[pl.Expr], pl.Expr], *texts: str | None) -> list[datetime | None]:
    cells = pl.DataFrame({"cell": texts}, schema={"cell": pl.String})
    return cells.select(function(pl.col("cell"))).to_series().to_list()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1704103200", AT),
        ("1704103200.123", AT + timedelta(milliseconds=123)),
        ("1704103200.123456", AT + timedelta(microseconds=123456)),
        ("1704103200.1234567", AT + timedelta(microseconds=123457)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("-", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        (None, None),
    ],
)
def test_epoch_seconds(text: str | None, time: datetime | None) -> None:
    assert read(clock.epoch_seconds, text) == [time]


@given(st.integers(0, 4_102_444_800_000_000))
def test_epoch_seconds_keep_every_microsecond(micros: int) -> None:
    whole, part = divmod(micros, 1_000_000)
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    assert read(clock.epoch_seconds, f"{whole}.{part:06d}") == [time]


@pytest.mark.parametrize("digits", [0, 3, 6, 9])
def test_epoch_tells_its_units_apart(digits: int) -> None:
    for seconds in (100_000_000, 1_631_192_482, 1_744_107_443, 4_102_444_800):
        time = datetime.fromtimestamp(seconds, UTC)
        assert read(clock.epoch, f"{seconds}{'0' * digits}") == [time]


def test_epoch_keeps_the_microseconds_of_nanoseconds() -> None:
    assert read(clock.epoch, "1744107443754179544") == [
        datetime.fromtimestamp(1744107443, UTC) + timedelta(microseconds=754179)
    ]
    assert read(clock.epoch, "1704103200.5", "x", None) == [
        AT + timedelta(milliseconds=500),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("01/Jan/2024:10:00:00 +0000", AT),
        ("01/Jan/2024:11:00:00 +0100", AT),
        ("01/Jan/2024:05:30:00 -0430", AT),
        ("1/1/2024:10:00:00 +0000", None),
        ("01/Jan/2024:10:00:00", None),
        ("31/Feb/2024:10:00:00 +0000", None),
    ],
)
def test_clf(text: str, time: datetime | None) -> None:
    assert read(clock.clf, text) == [time]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-01T10:00:00Z", AT),
        ("2024-01-01t10:00:00z", AT),
        ("2024-01-01 10:00:00Z", AT),
        ("2024-01-01T11:00:00+01:00", AT),
        ("2024-01-01T11:00:00.000+0100", AT),
        ("2024-01-01T10:00:00.3148625Z", AT + timedelta(microseconds=314862)),
        ("2024-01-01T10:00:00.123456789+00:00", AT + timedelta(microseconds=123456)),
        ("2024-01-01T10:00:00", None),
        ("2024-01-01", None),
        ("1704103200", None),
        (None, None),
    ],
)
def test_iso_offset(text: str | None, time: datetime | None) -> None:
    assert read(clock.iso_offset, text) == [time]


@given(
    st.datetimes(WALL - timedelta(days=9999), WALL + timedelta(days=9999)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters))),
)
def test_iso_offset_reads_what_python_writes(wall: datetime, zone: timezone) -> None:
    time = wall.replace(tzinfo=zone)
    assert read(clock.iso_offset, time.isoformat()) == [time.astimezone(UTC)]


def test_naive_has_no_zone() -> None:
    def function(cell: pl.Expr) -> pl.Expr:
        return clock.naive(cell, "%Y-%m-%d %H:%M:%S%.f")

    texts = ("2024-01-01 10:00:00", "2024-01-01 10:00:00.5", "2024-13-01 10:00:00")
    assert read(function, *texts) == [WALL, WALL + timedelta(milliseconds=500), None]


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("+0200", 120),
        ("-03:30", -210),
        ("+5:30", 330),
        ("-8", -480),
        ("UTC+01:00", 60),
        ("GMT-1:00", -60),
        ('"CDT"', -300),
        ("est", -300),
        ("BST", None),
        ("CST", None),
        ("Z", 0),
        ("IST", None),
        ("Mars/Base", None),
        ("+1000000", None),
        ("", None),
        (None, None),
    ],
)
def test_zone_of_a_record(zone: str | None, minutes: int | None) -> None:
    cells = pl.DataFrame({"zone": [zone]}, schema={"zone": pl.String})
    offset = timedelta(minutes=minutes) if minutes is not None else None
    assert cells.select(clock.zone_offset(pl.col("zone"))).item() == offset
    time = AT - offset if offset is not None else None
    assert cells.select(clock.at_zone(pl.lit(WALL), pl.col("zone"))).item() == time


def test_a_record_may_name_its_zone_by_place() -> None:
    cells = pl.DataFrame({"wall": [WALL, WALL.replace(month=7)], "zone": ["Europe/Paris"] * 2})
    times = cells.select(clock.at_zone(pl.col("wall"), pl.col("zone"))).to_series().to_list()
    assert times == [AT - timedelta(hours=1), AT.replace(month=7) - timedelta(hours=2)]


@pytest.mark.parametrize(("stamp", "year"), [("1704893736", 2024), ("123456789", None)])
def test_a_number_of_nine_digits_is_no_stamp(stamp: str, year: int | None) -> None:
    cells = pl.DataFrame({"stamp": [stamp]})
    time, local = cells.select(**clock.any_stamp(pl.col("stamp"))).row(0)
    assert (time.year if time else None, local) == (year, None)


_STAMPS = st.lists(
    st.none()
    | st.sampled_from(["2024-01-10 13:55:36", "1704893736", "Jan 10 2024 13:55:36", "170489373612"])
    | st.lists(
        st.sampled_from(
            ["2024-01-10", "2024-13-41", " ", "T", "13:55:36", ".5", "Z", "+01:00", '"']
        )
    ).map("".join),
    max_size=8,
)


@given(_STAMPS, st.sampled_from([None, "", "UTC", "+0200", "Europe/London", "Mars/Base"]))
def test_plain_stamps_are_read_as_all_stamps_are(stamps: list[str | None], zone: str) -> None:
    schema = {"stamp": pl.String, "zone": pl.String}
    frame = pl.DataFrame({"stamp": stamps, "zone": [zone] * len(stamps)}, schema=schema)
    cells = pl.col("stamp"), pl.col("zone")
    short = frame.select(**clock.any_stamp(*cells))
    assert short.rows() == frame.select(**clock._any_stamp(*cells)).rows()
