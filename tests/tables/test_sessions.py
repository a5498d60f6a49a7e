"""Sessions, against a plain count and at their edges."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.tables.sessions import count_sessions
from tests.builders import Row, at, frame, hit

START = at("2024-01-01 09:00")


def total(rows: list[Row], gap: int) -> int:
    return int(count_sessions(frame(rows), gap_minutes=gap).collect()["sessions"].sum())


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
    counted = count_sessions(frame(rows), gap_minutes=45).collect().row(0, named=True)
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
    counted = count_sessions(frame(rows), gap_minutes=gap).collect()
    persons = counted.select("service", "user", "address").rows()
    assert dict(zip(persons, counted["sessions"], strict=True)) == dict(expected)
