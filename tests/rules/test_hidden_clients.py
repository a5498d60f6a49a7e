"""A proxy that sees another one as its only client logs nothing new; a client of its own does."""

from collections.abc import Sequence

import polars as pl
import pytest

from logan.rules.seen import Seen
from logan.rules.seen_twice import without_seen
from tests.rules.gateway_events import CONNECT, DNS, GET, Event, found, once, seen

#: The branch proxy as the gateway behind it sees it.
BRANCH = {"user": None, "client_ip": "192.0.2.7"}
PAGES = [(at, f"GET https://pimeyes.com/{at}") for at in (0, 60, 200, 3598, 4000, 7900)]


def people(gateway: int, asked: Sequence[tuple[float, str]]) -> list[Event]:
    """Two people in turn."""
    return [
        seen(at, gateway, request, user=f"u{number % 2}", client_ip=f"10.1.2.{number % 2}")
        for number, (at, request) in enumerate(asked)
    ]


def branch(gateway: int, asked: Sequence[tuple[float, str]], late: float = 0.3) -> list[Event]:
    return [seen(at + late, gateway, request, **BRANCH) for at, request in asked]


def hits(events: list[Event]) -> int:
    return once(events).filter(pl.col("bin") == "hit").height


def told(events: list[Event]) -> Seen:
    return without_seen(found(events), range(10))[1]


def test_what_another_gateway_passed_on_counts_once() -> None:
    events = people(0, PAGES) + branch(1, PAGES, late=4)  # over the end of an hour
    assert hits(events) == len(PAGES)
    outcome = told(events)
    assert outcome.hidden == {(1, "192.0.2.7")}
    assert (outcome.lines, outcome.undecided, outcome.addresses) == (len(PAGES), 0, frozenset())


def test_three_in_a_row_count_once() -> None:
    own = {"user": None, "client_ip": "198.51.100.1"}
    behind = [seen(at + 0.6, 2, request, **own) for at, request in PAGES]
    assert hits(people(0, PAGES) + branch(1, PAGES) + behind) == len(PAGES)


def test_where_nobody_has_a_name_one_of_two_gateways_counts() -> None:
    """One client, two, and three gateways that each see the one before: nothing counts never."""
    own = [seen(at, 0, request, user=None) for at, request in PAGES]
    assert hits(own + branch(1, PAGES)) == len(PAGES)
    two = [
        seen(at, 0, request, user=None, client_ip=f"10.1.2.{number % 2}")
        for number, (at, request) in enumerate([*PAGES, *((at + 30, GET) for at, _ in PAGES)])
    ]
    rows = once(two + branch(1, [(at, request) for at, _, request, _ in two]))
    counted = rows.filter(pl.col("bin") == "hit")["client_ip"].to_list()
    assert sorted(counted) == ["10.1.2.0"] * 6 + ["10.1.2.1"] * 6
    third = [
        seen(at + 0.6, 2, request, user=None, client_ip="198.51.100.1") for at, request in PAGES
    ]
    assert hits(own + branch(1, PAGES) + third) == len(PAGES)


def test_few_requests_prove_nothing_of_an_address() -> None:
    events = people(0, PAGES[:4]) + branch(1, PAGES[:4])
    assert (hits(events), told(events).hidden, told(events).undecided) == (8, frozenset(), 4)


def test_a_client_with_requests_of_its_own_is_a_client() -> None:
    own = [(at + 30, f"GET https://pimeyes.com/own{at}") for at, _ in PAGES[:3]]
    events = people(0, PAGES) + branch(1, [*PAGES, *own])
    assert (hits(events), told(events).hidden) == (2 * len(PAGES) + 3, frozenset())


def test_what_the_branch_refused_is_not_missed_behind_it() -> None:
    events = people(0, PAGES) + branch(1, PAGES[:5])
    assert hits(events) == len(PAGES)


def test_what_is_blocked_behind_was_blocked() -> None:
    blocked = [seen(at + 0.3, 1, request, **BRANCH, action="blocked") for at, request in PAGES]
    assert set(once(people(0, PAGES) + blocked)["action"]) == {"blocked"}


def test_what_everybody_asks_for_all_the_time_proves_nothing() -> None:
    """Of two busy sites each has the other's like at any moment."""
    same = "GET https://pimeyes.com/en"
    busy = [
        seen(at, 0, same, user=f"u{at % 7}", client_ip=f"10.1.2.{at % 7}")
        for at in range(0, 300, 3)
    ]
    others = branch(1, [(at, same) for at in range(1, 300, 3)])
    assert hits(busy + others) == 200


@pytest.mark.parametrize("less", [CONNECT, DNS])
def test_what_a_proxy_looks_up_and_connects_to_itself_goes_with_the_visits(less: str) -> None:
    own = [seen(at - 0.2, 1, less, **BRANCH) for at, _ in PAGES]
    assert hits(people(0, PAGES) + own) == len(PAGES)
    assert told(people(0, PAGES) + own).hidden == {(1, "192.0.2.7")}


def test_a_client_elsewhere_beside_a_busy_proxy_is_a_client() -> None:
    busy = [
        seen(
            at, 0, f"GET https://pimeyes.com/{at}", user=f"u{at % 7}", client_ip=f"10.1.2.{at % 7}"
        )
        for at in range(0, 900, 4)
    ]
    own = [seen(at, 1, CONNECT, **BRANCH) for at in range(10, 900, 100)]
    assert hits(busy + own) == len(busy) + len(own)
    assert told(busy + own).hidden == frozenset()


@pytest.mark.parametrize("ahead", [-3600, 180])
def test_what_another_gateway_passed_on_counts_once_whatever_its_clock(ahead: float) -> None:
    """Nothing but the requests themselves tells how far the clocks are apart."""
    events = people(0, PAGES) + branch(1, PAGES, late=ahead)
    assert hits(events) == len(PAGES)
    assert (told(events).ahead, told(events).hidden) == ({1: ahead}, {(1, "192.0.2.7")})


def test_an_hour_later_the_same_pages_are_no_other_clock() -> None:
    """A program asks at each gateway for the same page every hour: any difference fits."""
    hourly = [(at * 3600, GET) for at in range(9)]
    events = people(0, hourly) + branch(1, hourly, late=1200)
    assert (hits(events), told(events).ahead) == (18, {})


def test_few_alike_at_a_distance_are_no_other_clock() -> None:
    events = people(0, PAGES[:4]) + branch(1, PAGES[:4], late=180)
    assert (hits(events), told(events).ahead) == (8, {})


def test_nodes_that_another_gateway_sees_as_its_clients_count_once() -> None:
    """Two pages are asked for again, twice at once, once by way of each node."""
    again = [(at + 30 + more, request) for at, request in PAGES[:2] for more in (0, 2)]
    asked = [*PAGES, *again]
    nodes = [
        seen(at, number % 2, request, user="u1", client_ip="10.1.2.1")
        for number, (at, request) in enumerate(asked)
    ]
    behind = [
        seen(at + 0.3, 2, request, user=None, client_ip=f"192.0.2.{number % 2}")
        for number, (at, request) in enumerate(asked)
    ]
    assert told(nodes + behind).hidden == {(2, "192.0.2.0"), (2, "192.0.2.1")}
    assert hits(nodes + behind) == len(asked)
