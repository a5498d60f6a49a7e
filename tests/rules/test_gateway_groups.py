"""Nodes of a balancer share requests out, gateways behind one another see the same ones."""

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from logan.rules.gateway_bursts import Bursts, Patterns
from logan.rules.gateway_groups import find_groups
from logan.rules.seen import Seen
from logan.rules.seen_twice import without_seen
from tests.rules.gateway_events import CONNECT, DNS, NOBODY, Event, found, once, seen

PAGE = "GET https://pimeyes.com/en"
#: Of a visit of a minute: when, and what was asked for; polled results lie close together.
VISIT = (
    *((0, PAGE), (2, PAGE), (20, "POST https://pimeyes.com/api/upload/file")),
    *(
        (26, "POST https://pimeyes.com/api/search/new"),
        (30, "GET https://pimeyes.com/en/results/a"),
    ),
    *((at, "POST https://jsc5.pimeyes.com/get_results") for at in (33, 36, 39, 42)),
    (60, "GET https://pimeyes.com/en/premium"),
)
#: When the visits began: no pause twice.
STARTS = (0, 3000, 9100)
#: The gateways that a request stands on, by its number in all the visits.
Route = Callable[[int], Sequence[int]]


def logged(
    route: Route, *, late: Sequence[float] = (0, 0.3, 0.6, 0.9), **more: object
) -> list[Event]:
    asked = [(start + at, request) for start in STARTS for at, request in VISIT]
    return [
        seen(at + late[gateway], gateway, request, **more)
        for number, (at, request) in enumerate(asked)
        for gateway in route(number)
    ]


def kept(events: list[Event]) -> int:
    return Counter(once(events)["bin"])["hit"]


def joined(events: list[Event]) -> Seen:
    return without_seen(found(events), range(10))[1]


ALL = len(STARTS) * len(VISIT)


@pytest.mark.parametrize("nodes", [2, 3])
def test_what_nodes_of_a_balancer_log_counts_each(nodes: int) -> None:
    events = logged(lambda number: [number % nodes])
    assert kept(events) == ALL
    told = joined(events)
    assert told.groups == (tuple(range(nodes)),)
    assert (told.lines, told.undecided, told.doubtful) == (0, 0, 0)


def test_what_a_chain_logs_counts_once() -> None:
    events = logged(lambda _: [0, 1])
    assert kept(events) == ALL
    told = joined(events)
    assert (told.lines, told.groups, told.undecided, told.doubtful) == (ALL, (), 0, 0)


@pytest.mark.parametrize("ahead", [-3600, 47])
def test_a_chain_whose_clocks_differ_counts_once(ahead: float) -> None:
    events = logged(lambda _: [0, 1], late=(0, ahead))
    assert kept(events) == ALL
    assert (joined(events).ahead, joined(events).groups) == ({1: ahead}, ())


def test_headquarters_with_users_of_its_own_behind_a_branch() -> None:
    own = {"user": "FORCE\\asmith", "client_ip": "10.9.0.1"}
    events = logged(lambda _: [0, 1]) + logged(lambda _: [1], **own)
    assert kept(events) == 2 * ALL
    assert joined(events).groups == ()


def test_a_proxy_that_all_nodes_pass_on_to() -> None:
    events = logged(lambda number: [number % 2, 2])
    assert kept(events) == ALL
    assert (joined(events).groups, joined(events).lines) == (((0, 1),), ALL)


def test_two_nodes_behind_two_nodes() -> None:
    events = logged(lambda number: [number % 2, 2 + (number // 2) % 2])
    assert kept(events) == ALL
    assert joined(events).groups == ((0, 1), (2, 3))


def test_branches_that_share_nobody_are_no_nodes() -> None:
    others = {"user": "FORCE\\asmith", "client_ip": "10.1.3.4"}
    events = logged(lambda _: [0, 2]) + logged(lambda _: [1, 2], **others)
    assert kept(events) == 2 * ALL
    assert joined(events).groups == ()


def test_a_branch_that_blocks_some_sees_more_than_headquarters() -> None:
    events = logged(lambda number: [0] if number % 3 == 0 else [0, 1])
    assert kept(events) == ALL
    assert joined(events).groups == ()


def test_others_at_an_address_are_no_sign_of_nodes() -> None:
    """Three at one terminal server, two of whom go by one gateway alone."""
    events = logged(lambda _: [0, 1])
    events += [
        seen(at + 1, gateway, f"GET https://pimeyes.com/{at}-{gateway}", user=f"u{gateway}")
        for at in range(0, 900, 30)
        for gateway in (0, 1)
    ]
    assert (kept(events), joined(events).groups) == (ALL + 60, ())


def test_the_account_tells_where_nodes_hide_addresses() -> None:
    events = [
        (at, gateway, request, {"client_ip": f"192.0.2.{gateway}"})
        for at, gateway, request, _ in logged(lambda number: [number % 2])
    ]
    assert (kept(events), joined(events).groups) == (ALL, ((0, 1),))


def test_sensors_beside_nodes_go_with_the_visits() -> None:
    starts = [start + at for start in STARTS for at in (0, 20, 60)]
    shown = [seen(at - 0.2, 2, CONNECT, **NOBODY) for at in starts]
    shown += [seen(at - 0.4, 3, DNS, **NOBODY) for at in STARTS]
    events = logged(lambda number: [number % 2]) + shown
    assert kept(events) == ALL
    assert joined(events).groups == ((0, 1),)


def test_tunnels_of_nodes_count_each() -> None:
    starts = [start + at for start in STARTS for at in (0, 0.2, 30, 70, 70.1, 95)]
    events = [seen(at, number % 2, CONNECT) for number, at in enumerate(starts)]
    chain = [seen(at + 0.1 * gateway, gateway, CONNECT) for at in starts for gateway in (0, 1)]
    assert kept(events) == kept(chain) == len(starts)


# Few lines


def test_one_request_on_two_gateways_is_one_that_may_be_two() -> None:
    told = joined([seen(0, 0), seen(0.5, 1)])
    assert (told.lines, told.doubtful, told.undecided) == (1, 1, 0)


def test_three_that_agree_leave_no_doubt() -> None:
    events = [
        seen(at + later, n, f"GET https://pimeyes.com/{at}")
        for at in (0, 60, 200)
        for n, later in enumerate((0, 0.5))
    ]
    told = joined(events)
    assert (told.lines, told.doubtful, told.undecided) == (3, 0, 0)


def test_one_of_each_that_the_other_lacks_and_one_of_both_may_be_one() -> None:
    events = [seen(0, 0), seen(2, 1), seen(60, 0, "GET https://pimeyes.com/a")]
    events += [seen(90, 1, "GET https://pimeyes.com/b")]
    told = joined(events)
    assert kept(events) == 4
    assert (told.lines, told.doubtful, told.undecided) == (0, 0, 1)


def test_nodes_that_few_lines_show_are_not_called_so() -> None:
    """Somebody whom two gateways logged within minutes may as well have moved from one to another."""
    told = joined([seen(0, 0), seen(60, 1, "GET https://pimeyes.com/a")])
    assert (told.lines, told.undecided, told.groups) == (0, 0, ())


def test_lines_that_one_gateway_lacks_altogether_say_nothing() -> None:
    events = [seen(0, 0), seen(0.5, 1), seen(60, 0, "GET https://pimeyes.com/a")]
    assert (kept(events), joined(events).groups) == (2, ())


def test_people_who_came_by_another_gateway_later_are_no_sign_of_nodes() -> None:
    """The same person at a branch in the morning and at another in the afternoon."""
    events = [
        seen(at, int(at > 5000), f"GET https://pimeyes.com/{at}") for at in (0, 60, 9000, 9060)
    ]
    assert joined(events).groups == ()


def test_which_gateways_are_nodes_is_found_whatever_their_numbers() -> None:
    """Two branch nodes and two behind them, numbered in every order, with a branch apart."""
    routes = ((0, 2), (1, 3), (0, 3), (1, 2))
    for order in ((0, 1, 2, 3), (0, 2, 1, 3), (3, 1, 0, 2), (2, 3, 0, 1)):
        patterns: Patterns = Counter()
        for route in routes:
            lines = {order[one]: int(one in route) for one in range(4)}
            patterns["url", ("client_ip",), tuple(sorted(lines.items()))] += 5
        nodes = {frozenset((order[0], order[1])), frozenset((order[2], order[3]))}
        assert {frozenset(group) for group in find_groups(Bursts(patterns), {}).shown} == nodes


def test_gateways_of_two_products_are_no_nodes() -> None:
    """One writes a line at the start of a request, the other at its end: many seem to be of one."""
    events = found(logged(lambda number: [number % 2]))
    for formats, kept in ((["squid", "squid"], ALL), (["squid", "zscaler_nss"], ALL - 9)):
        settled, told = without_seen(events, range(2), formats)
        assert settled.filter(settled["bin"] == "hit").height == kept
        assert told.groups == (() if kept < ALL else ((0, 1),))


def tunnels(sizes: Sequence[Sequence[int]], lasted: Sequence[float] = (30, 30)) -> list[Event]:
    """Visits of two tunnels at once; of each the bytes that each of two gateways logged."""
    return [
        seen(start + at + lasted[tunnel], gateway, CONNECT, bytes=size, lasted=lasted[tunnel])
        for start in STARTS
        for at, tunnel in ((0, 0), (0.5, 1))
        for gateway, size in enumerate(sizes[tunnel])
        if size
    ]


def test_tunnels_that_nodes_share_out_evenly_are_told_by_their_bytes() -> None:
    """A browser opens two at once, and the balancer gives one to each node, each time."""
    events = tunnels(((5_300, 0), (0, 910_000)))
    assert kept(events) == 2 * len(STARTS)
    assert joined(events).groups == ((0, 1),)


def test_tunnels_that_nodes_share_out_evenly_are_told_by_their_length() -> None:
    events = tunnels(((5_300, 0), (0, 5_400)), lasted=(12, 300))
    assert kept(events) == 2 * len(STARTS)


def test_a_chain_of_two_tunnels_at_once_counts_each_once() -> None:
    """The proxy behind adds some bytes of its own."""
    events = tunnels(((5_300, 5_420), (910_000, 911_500)))
    assert (kept(events), joined(events).groups) == (2 * len(STARTS), ())


def day_of_tunnels(sizes: Sequence[tuple[int, int]]) -> list[Event]:
    """A tunnel an hour of a person; of each the bytes that each of two gateways logged."""
    return [
        seen(hour * 300 + 30, gateway, CONNECT, bytes=size, lasted=30)
        for hour, both in enumerate(sizes)
        for gateway, size in enumerate(both)
    ]


def test_a_chain_of_which_each_counts_bytes_in_its_own_way_counts_each_tunnel_once() -> None:
    """One counts what came back, the other both directions: both grow and shrink together."""
    chance = random.Random(1)
    sizes = [(size, 3 * size + 9_000) for size in chance.sample(range(3_000, 400_000), 40)]
    events = day_of_tunnels(sizes)
    assert (kept(events), joined(events).groups) == (len(sizes), ())


def test_tunnels_of_nodes_do_not_grow_and_shrink_together() -> None:
    chance = random.Random(1)
    sizes = chance.sample(range(3_000, 400_000), 80)
    events = day_of_tunnels(list(zip(sizes[::2], sizes[1::2], strict=True)))
    assert (kept(events), joined(events).groups) == (len(sizes), ((0, 1),))


def test_bytes_of_two_products_are_not_compared() -> None:
    """One counts both directions, the other one of them."""
    events = tunnels(((5_300, 60_000), (910_000, 1_400_000)))
    once, told = without_seen(found(events), range(2), ("squid", "paloalto"))
    assert (Counter(once["bin"])["hit"], told.groups) == (2 * len(STARTS), ())
