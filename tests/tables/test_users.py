"""Counts per user and service, and per person."""

from logan.schema import USERS_CSV
from logan.tables.usage import count_usage, order_hits
from logan.tables.users import USERS_ORDER, count_people, count_users, order_people
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
USAGE = count_usage(order_hits(HITS, gap_minutes=30, zone="Europe/London"))


def test_users_have_a_row_per_service_and_nameless_hits_one_per_address() -> None:
    users = count_users(USAGE).sort(USERS_ORDER, nulls_last=True).collect()
    assert users.columns == list(USERS_CSV)
    counted = users.select("user", "address", "service", "hits", "sessions", "active_days")
    assert counted.rows() == [
        ("ann", None, "pimeyes", 2, 2, 1),
        (None, "192.0.2.2", "pimeyes", 2, 2, 2),
        ("ann", None, "clearview", 1, 1, 1),
        ("bob", None, "pimeyes", 1, 1, 1),
        (None, "192.0.2.1", "pimeyes", 1, 1, 1),
        (None, None, "pimeyes", 1, 1, 1),
    ]
    ann = users.row(0, named=True)
    assert (ann["pages"], ann["searches"], ann["blocked"]) == (1, 1, 0)
    assert (ann["first_seen"], ann["last_seen"]) == (at("2024-01-01 09:00"), at("2024-01-01 12:00"))


def test_people_are_users_then_addresses_then_nobody() -> None:
    people = order_people(count_people(USAGE)).collect()
    assert people.select("user", "address", "hits", "sessions", "services").rows() == [
        ("ann", None, 3, 3, ["clearview", "pimeyes"]),
        ("bob", None, 1, 1, ["pimeyes"]),
        (None, "192.0.2.2", 2, 2, ["pimeyes"]),
        (None, "192.0.2.1", 1, 1, ["pimeyes"]),
        (None, None, 1, 1, ["pimeyes"]),
    ]
