"""Counts per user and service, and per person."""

from logan.schema import USERS_CSV
from logan.tables.sessions import count_sessions
from logan.tables.users import count_people, count_users
from tests.builders import at, frame, hit

HITS = frame(
    [
        hit("2024-01-01 09:00", "ann"),
        hit("2024-01-01 12:00", "ann", activity="search"),
        hit("2024-01-02 09:00", "ann", service="clearview"),
        hit("2024-01-02 09:00", "bob", action="blocked"),
        hit("2024-01-02 09:00", None, client_ip="192.0.2.1"),
        hit("2024-01-02 09:00", None, client_ip="192.0.2.2"),
        hit("2024-01-03 09:00", None, client_ip="192.0.2.2"),
        hit("2024-01-04 09:00", None, client_ip=None),
    ]
)
SESSIONS = count_sessions(HITS, gap_minutes=30)


def test_users_have_a_row_per_service_and_nameless_hits_share_one() -> None:
    users = count_users(HITS, SESSIONS, zone="Europe/London").collect()
    assert users.columns == list(USERS_CSV)
    assert users.select("user", "service", "hits", "sessions", "active_days").rows() == [
        (None, "pimeyes", 4, 4, 3),
        ("ann", "pimeyes", 2, 2, 1),
        ("ann", "clearview", 1, 1, 1),
        ("bob", "pimeyes", 1, 1, 1),
    ]
    ann = users.row(1, named=True)
    assert (ann["pages"], ann["searches"], ann["blocked"]) == (1, 1, 0)
    assert (ann["first_seen"], ann["last_seen"]) == (at("2024-01-01 09:00"), at("2024-01-01 12:00"))


def test_people_are_users_then_addresses_then_nobody() -> None:
    people = count_people(HITS, SESSIONS, zone="Europe/London").collect()
    assert people.select("user", "address", "hits", "sessions", "services").rows() == [
        ("ann", None, 3, 3, ["clearview", "pimeyes"]),
        ("bob", None, 1, 1, ["pimeyes"]),
        (None, "192.0.2.2", 2, 2, ["pimeyes"]),
        (None, "192.0.2.1", 1, 1, ["pimeyes"]),
        (None, None, 1, 1, ["pimeyes"]),
    ]
