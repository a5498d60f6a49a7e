"""The totals of a result."""

from logan.result import Selection
from logan.tables.headline import totals
from tests.builders import at, hit, result

ROWS = [
    hit("2024-01-01 09:00", "ann", activity="search", also_upload=True),
    hit("2024-01-02 09:00", "bob", action="blocked", activity="search", query=None),
    hit(
        "2024-01-03 09:00",
        None,
        evidence="connect",
        activity="contact",
        query=None,
        possible_upload=True,
    ),
    hit(
        "2024-01-04 09:00",
        None,
        client_ip=None,
        evidence="dns",
        activity="contact",
        action="unknown",
        service="clearview",
        query=None,
        inferred=True,
    ),
    hit("2024-01-05 09:00", "cat", bin="mention"),
    hit("2024-01-06 09:00", "cat", bin="repeat", action="auth"),
]


def test_totals_say_what_the_hits_are_made_of() -> None:
    counted = totals(result(ROWS))._asdict()
    assert {name: number for name, number in counted.items() if number} == {
        "hits": 4,
        "users": 2,
        "addresses": 1,
        "services": 2,
        "nameless": 2,
        "nobody": 1,
        "host_only": 2,
        "searches": 1,
        "uploads": 1,
        "possible_uploads": 1,
        "contacts": 2,
        "allowed": 2,
        "blocked": 1,
        "unknown": 1,
        "blocked_searches": 1,
        "via_url": 2,
        "via_connect": 1,
        "via_dns": 1,
        "queries": 1,
        "inferred": 1,
        "first_seen": at("2024-01-01 09:00"),
        "last_seen": at("2024-01-04 09:00"),
        "mentions": 1,
    }


def test_totals_follow_the_selection() -> None:
    chosen = totals(result(ROWS, selection=Selection(users=("cat",))))
    assert (chosen.hits, chosen.mentions) == (0, 1)
    assert (chosen.first_seen, chosen.last_seen) == (None, None)
