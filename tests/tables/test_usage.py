"""Sessions, days and counts by person and service, against plain counts and at their edges."""

from collections import Counter
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.runtime.zones import local_date
from logan.tables.measures import ADDRESS, SPAN, SUMS
from logan.tables.usage import count_usage, order_hits
from tests.builders import Row, at, frame, hit

START = at("2024-01-01 09:00")


def usage_of(rows: list[Row], gap: int = 30, zone: str = "UTC") -> pl.DataFrame:
    return count_usage(order_hits(frame(rows), gap_minutes=gap, zone=zone)).collect()


def total(rows: list[Row], gap: int) -> int:
    return int(usage_of(rows, gap)["sessions"].sum())


@pytest.mark.parametrize(
    ("seconds", "sessions"),
    [([], 0), ([0], 1), ([0, 0], 1), ([0, 1800], 1), ([0, 1801], 2), ([0, 1800, 3600, 5401], 2)],
)
def test_only_a_pause_longer_than_the_gap_ends_a_session(seconds: list[int], sessions: int) -> None:
    rows = [hit(START + timedelta(seconds=second)) for second in seconds]
    assert total(rows, 30) == sessions


def test_services_users_and_addresses_have_sessions_of_their_own() -> None:
    rows = [
        hit(START, "ann"),
        hit(START, "ann", service="clearview"),
        hit(START, "bob"),
        hit(START, None, client_ip="192.0.2.1"),
        hit(START, None, client_ip="192.0.2.2"),
        hit(START, "ann", client_ip="192.0.2.9"),
        hit(START, "192.0.2.1"),
    ]
    assert total(rows, 30) == 6


def test_the_usual_gaps_are_counted_beside_the_chosen_one() -> None:
    rows = [hit(START + timedelta(minutes=minute)) for minute in (0, 10, 30, 70)]
    counted = usage_of(rows, 45).row(0, named=True)
    assert {name: counted[name] for name in counted if name.startswith("sessions")} == {
        "sessions": 1,
        "sessions_5": 4,
        "sessions_15": 3,
        "sessions_30": 2,
        "sessions_60": 1,
    }


@given(
    st.lists(
        st.tuples(
            st.integers(0, 7200),
            st.sampled_from(["ann", "bob", None]),
            st.sampled_from(["pimeyes", "clearview"]),
            st.sampled_from(["192.0.2.1", "192.0.2.2"]),
        ),
        max_size=40,
    ),
    st.integers(1, 60),
)
def test_sessions_equal_a_plain_count(
    hits: list[tuple[int, str | None, str, str]], gap: int
) -> None:
    rows = [
        hit(START + timedelta(seconds=second), user, service=service, client_ip=address)
        for second, user, service, address in hits
    ]
    expected: Counter[object] = Counter()
    last: dict[object, int] = {}
    for second, user, service, address in sorted(hits, key=lambda each: each[0]):
        person = (service, user, None if user else address)
        expected[person] += person not in last or second - last[person] > gap * 60
        last[person] = second
    counted = usage_of(rows, gap)
    persons = counted.select("service", "user", "address").rows()
    assert dict(zip(persons, counted["sessions"], strict=True)) == dict(expected)


HITS = st.lists(
    st.builds(
        lambda hour, user, service, address, activity, action: hit(
            None if hour is None else START + timedelta(hours=hour),
            user,
            service=service,
            client_ip=address,
            activity=activity,
            action=action,
        ),
        st.none() | st.integers(0, 96),
        st.sampled_from(["ann", "bob", "192.0.2.1", None]),
        st.sampled_from(["pimeyes", "clearview"]),
        st.sampled_from(["192.0.2.1", "192.0.2.2", None]),
        st.sampled_from(["page", "search", "upload", "contact"]),
        st.sampled_from(["allowed", "blocked", "unknown"]),
    ),
    max_size=40,
)


@given(HITS, st.sampled_from(["UTC", "Europe/London", "+09:00"]))
def test_usage_is_what_grouping_the_hits_gives(rows: list[Row], zone: str) -> None:
    key = ["user", "address", "service"]
    day = local_date(pl.col("time"), zone)
    days = day.drop_nulls().n_unique().cast(pl.Int64)
    hits = frame(rows).with_columns(ADDRESS)
    plain = hits.group_by(key).agg(**SUMS, **SPAN, active_days=days).sort(key)
    found = usage_of(rows, zone=zone)
    assert found.select(*key, *SUMS, *SPAN, "active_days").equals(plain.collect())
    by_person = hits.group_by("user", "address").agg(days=days).sort("user", "address")
    added = found.group_by("user", "address").agg(days=pl.col("person_days").sum())
    assert added.sort("user", "address").equals(by_person.collect())


def test_days_are_local_days() -> None:
    rows = [hit("2024-06-01 22:30"), hit("2024-06-01 23:30"), hit("2024-06-02 22:59")]
    days = {
        zone: usage_of(rows, zone=zone)["active_days"].item()
        for zone in ("UTC", "Europe/London", "America/New_York")
    }
    assert days == {"UTC": 2, "Europe/London": 2, "America/New_York": 2}
    first = [
        usage_of(rows[:2], zone=zone)["active_days"].item() for zone in ("UTC", "Europe/London")
    ]
    assert first == [1, 2]
