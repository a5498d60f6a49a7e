"""Counts per service."""

from logan.tables.services import count_services
from logan.tables.usage import count_usage, order_hits
from tests.builders import at, frame, hit


def test_services_are_counted_apart_and_listed_by_hits_then_id() -> None:
    rows = [
        hit("2024-01-01 09:00", "ann", activity="search", also_upload=True),
        hit("2024-01-01 09:05", "bob", action="blocked"),
        hit("2024-01-03 09:00", "ann", service="facecheck"),
        hit("2024-01-02 09:00", None, service="clearview"),
    ]
    hits = frame(rows)
    counted = (
        count_services(count_usage(order_hits(hits, gap_minutes=30, zone="UTC")))
        .collect()
        .to_dicts()
    )
    assert [row["service"] for row in counted] == ["pimeyes", "clearview", "facecheck"]
    pimeyes = counted[0]
    assert pimeyes["first_seen"] == at("2024-01-01 09:00")
    assert pimeyes["last_seen"] == at("2024-01-01 09:05")
    names = ("hits", "users", "searches", "uploads", "allowed", "blocked", "sessions")
    assert [pimeyes[name] for name in names] == [2, 2, 1, 1, 1, 1, 2]
    assert (counted[1]["users"], counted[1]["addresses"], counted[1]["sessions"]) == (0, 1, 1)


def test_without_hits_there_are_no_rows() -> None:
    hits = frame([])
    assert (
        count_services(count_usage(order_hits(hits, gap_minutes=30, zone="UTC")))
        .collect()
        .is_empty()
    )
