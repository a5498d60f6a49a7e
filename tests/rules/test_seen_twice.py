"""What several gateways saw counts once: one person, one host, one moment."""

from collections import Counter
from collections.abc import Callable

import polars as pl
import pytest

from logan.rules.repeated_hits import with_hits_repeated
from logan.rules.same_request import without_repeats
from logan.rules.seen import one_name
from logan.rules.seen_twice import without_seen
from tests.rules.gateway_events import CONNECT, DNS, GET, NOBODY, Event, bins, found, once, seen
from tests.rules.repeats import repeated


def test_a_request_that_two_proxies_log_is_one() -> None:
    assert bins([seen(0, 0), seen(0.2, 1)]) == "hr"
    assert bins([seen(0, 0), seen(4, 1), seen(2, 2)]) == "hrr"


def test_what_one_gateway_logs_twice_is_two_requests() -> None:
    assert bins([seen(0, 0), seen(0.1, 0)]) == "hh"
    assert bins([seen(0, 0), seen(0.1, 0), seen(0.2, 1), seen(0.3, 1)]) == "hhrr"
    assert bins([seen(0, 0), seen(0.2, 1), seen(0.3, 1)]) == "hrh"
    assert bins([seen(0, 0, CONNECT), seen(0.1, 0, CONNECT), seen(0.1, 1, CONNECT)]) == "hhr"


def test_requests_that_differ_are_not_joined() -> None:
    assert bins([seen(0, 0), seen(0, 1, "GET https://pimeyes.com/fr")]) == "hh"
    assert bins([seen(0, 0), seen(0, 1, "POST https://pimeyes.com/en")]) == "hh"
    assert bins([seen(0, 0), seen(0, 1, "GET https://facecheck.id/en")]) == "hh"
    assert bins([seen(0, 0), seen(60, 1)]) == "hh", "a minute later"


def test_two_people_who_ask_the_same_at_once_are_two() -> None:
    other = {"user": "FORCE\\asmith", "client_ip": "10.1.2.4"}
    assert bins([seen(0, 0), seen(0, 1, **other)]) == "hh"
    assert bins([seen(0, 0), seen(0, 1, user="asmith")]) == "hh", "at one address"
    assert bins([seen(0, 0, **NOBODY), seen(0, 1, **NOBODY, client_ip="10.1.2.4")]) == "hh"


@pytest.mark.parametrize("user", ["jdoe", "JDOE", "jdoe@force.example", "OTHER\\JDoe"])
def test_an_account_is_known_by_its_name_whatever_the_domain(user: str) -> None:
    assert bins([seen(0, 0), seen(1, 1, user=user)]) == "hr"
    behind = {"user": user, "client_ip": "192.0.2.1"}
    assert bins([seen(0, 0), seen(1, 1, **behind)]) == "hr", "behind another proxy"
    assert bins([seen(0, 0), seen(1, 1, user=user, client_ip=None)]) == "hr"


def test_an_address_is_the_user_whom_another_gateway_names() -> None:
    rows, joined = without_seen(found([seen(0, 0, **NOBODY), seen(1, 1)]), range(2))
    assert rows.select("bin", "user").rows() == [("repeat", None), ("hit", "FORCE\\jdoe")]
    assert (joined.lines, set(joined.addresses)) == (1, {"10.1.2.3"})


def test_the_best_evidence_is_kept_and_gets_the_name() -> None:
    rows = once([seen(0, 0, CONNECT), seen(0.5, 1, GET, **NOBODY)])
    assert rows.select("bin", "user").rows() == [
        ("repeat", "FORCE\\jdoe"),
        ("hit", "FORCE\\jdoe"),
    ]


def test_a_handshake_and_look_ups_go_with_the_visit() -> None:
    looked_up = [seen(at, 2, DNS, **NOBODY) for at in (0, 0, 0.1)]
    handshake = seen(0.2, 1, CONNECT, **NOBODY)
    assert bins([*looked_up, handshake, seen(0.3, 0), seen(0.4, 0)]) == "rrrrhh"
    assert bins([*looked_up, handshake]) == "rrrh"
    assert bins(looked_up) == "hhh", "of one resolver, as before"


def test_a_look_up_goes_with_a_visit_that_the_same_sensor_saw() -> None:
    assert bins([seen(0, 0, DNS), seen(0.1, 0, CONNECT)]) == "rh"
    assert bins([seen(0, 0, CONNECT), seen(0.1, 0)]) == "hh", "two requests of one proxy"


def test_a_handshake_is_none_of_a_request_in_the_clear() -> None:
    assert bins([seen(0, 1, CONNECT), seen(0.3, 0, "GET http://pimeyes.com/")]) == "hh"
    assert bins([seen(0, 1, DNS), seen(0.3, 0, "GET http://pimeyes.com/")]) == "rh"


def test_a_long_tunnel_is_met_where_it_began() -> None:
    tunnel = seen(75, 0, CONNECT, lasted=75)
    assert bins([seen(0, 1, CONNECT, **NOBODY), tunnel]) == "rh"
    assert bins([seen(0, 1, DNS, **NOBODY), tunnel]) == "rh"
    assert bins([seen(40, 1, CONNECT, **NOBODY), tunnel]) == "hh"


def test_nobodys_line_belongs_to_one_of_two_at_an_address() -> None:
    two = [seen(0, 0), seen(0.1, 0, user="asmith")]
    assert bins([*two, seen(0, 1, **NOBODY), seen(0.1, 1, **NOBODY)]) == "hhrr"
    assert bins([*two, seen(0, 1, **NOBODY)]) == "hhr"
    three = [seen(at, 1, **NOBODY) for at in (0, 0.1, 0.2)]
    assert bins([*two, *three]) == "hhrrh"


def test_what_one_gateway_blocked_was_blocked() -> None:
    rows = once([seen(0, 0, action="allowed"), seen(0.1, 1, action="blocked")])
    assert rows.select("bin", "action").rows() == [("hit", "blocked"), ("repeat", "blocked")]
    rows = once([seen(0, 0, DNS, action="blocked"), seen(0.1, 1, CONNECT)])
    assert rows.select("bin", "action").rows() == [("repeat", "blocked"), ("hit", "unknown")]
    rows = once([seen(0, 0, CONNECT, action="allowed"), seen(0.1, 1)])
    assert rows.select("bin", "action").rows() == [("repeat", "allowed"), ("hit", "allowed")]


# Clocks


def visits(gateway: int, ahead: float, starts: list[float], **more: object) -> list[Event]:
    return [seen(at + ahead, gateway, **more) for at in starts]


@pytest.mark.parametrize("ahead", [-3600, -63, 63, 7200])
def test_clocks_that_differ_by_a_constant_are_found(ahead: float) -> None:
    starts = [0, 100, 250, 4000]
    events = visits(0, 0, starts) + visits(1, ahead, starts, user=None)
    rows, joined = without_seen(found(events), range(2))
    assert joined.ahead == {1: ahead}
    assert rows["bin"].to_list() == ["hit"] * 4 + ["repeat"] * 4
    assert rows["time"].equals(found(events)["time"]), "times stay as they were logged"


def test_a_little_jitter_is_no_other_clock() -> None:
    starts = [0, 100, 250, 4000]
    later = visits(1, 0, [at + jitter for at, jitter in zip(starts, (2, 0, 3, 1), strict=True)])
    rows, joined = without_seen(found(visits(0, 0, starts) + later), range(2))
    assert not joined.ahead
    assert rows["bin"].to_list() == ["hit"] * 4 + ["repeat"] * 4


@pytest.mark.parametrize(
    ("starts", "others"),
    [
        ([0, 100], [5000, 5100]),  # twice may be chance
        ([0, 100, 250], [5000, 5170, 5400]),  # a person's pauses, another day
        ([0, 100, 250], [5000, 5100, 5250, 9000]),  # the other gateway saw more
    ],
)
def test_other_visits_are_no_other_clock(starts: list[float], others: list[float]) -> None:
    rows, joined = without_seen(found(visits(0, 0, starts) + visits(1, 0, others)), range(2))
    assert not joined.ahead
    assert set(rows["bin"]) == {"hit"}


def test_a_program_that_asks_every_hour_by_each_node_in_turn_shows_no_other_clock() -> None:
    hours = [3600.0 * hour for hour in range(8)]
    events = visits(0, 0, hours[::2]) + visits(1, 2, hours[1::2])
    rows, joined = without_seen(found(events), range(2))
    assert (dict(joined.ahead), set(rows["bin"])) == ({}, {"hit"})


def test_a_program_behind_two_gateways_shows_a_clock_that_is_a_little_off() -> None:
    hours = [3600.0 * hour for hour in range(8)]
    _, joined = without_seen(found(visits(0, 0, hours) + visits(1, 63, hours)), range(2))
    assert (dict(joined.ahead), joined.lines) == ({1: 63}, 8)


def test_many_hosts_of_one_page_are_one_moment() -> None:
    hosts = ["GET https://pimeyes.com/", "GET https://facecheck.id/", "GET https://lenso.ai/"]
    events = [seen(at, 0, host) for at, host in enumerate(hosts)]
    events += [seen(at + 900, 1, host) for at, host in enumerate(hosts)]
    rows, joined = without_seen(found(events), range(2))
    assert (dict(joined.ahead), set(rows["bin"])) == ({}, {"hit"})


# Lines that name no method


def nameless(at: float, gateway: int, request: str = GET, **more: object) -> Event:
    return seen(at, gateway, request, method=None, **more)


def test_a_line_without_a_method_may_be_of_a_request_of_any() -> None:
    assert bins([nameless(0, 0), seen(0.2, 1)]) == "rh", "the method proves more"
    assert bins([seen(0, 0, user=None), nameless(0.2, 1)]) == "hr"
    assert bins([nameless(0, 0), nameless(0.2, 1)]) == "hr"
    assert bins([nameless(0, 0), nameless(0.1, 0), seen(0.2, 1)]) == "rhh", "one of one"
    post = "POST https://pimeyes.com/en"
    assert bins([nameless(0, 0), nameless(0.1, 0), seen(0.2, 1), seen(0.3, 1, post)]) == "rrhh"
    assert bins([nameless(0, 0), seen(0.2, 1), seen(0.3, 2)]) == "rhr"


def test_lines_without_a_method_that_differ_otherwise_are_not_joined() -> None:
    assert bins([nameless(0, 0), seen(0.2, 1, "GET https://pimeyes.com/fr")]) == "hh"
    assert bins([nameless(0, 0), seen(0.2, 1, user="asmith")]) == "hh"
    assert bins([nameless(0, 0), seen(60, 1)]) == "hh"
    assert bins([nameless(0, 0), seen(0.1, 0)]) == "hh", "of one gateway"
    post = seen(0.3, 2, "POST https://pimeyes.com/en")
    assert bins([nameless(0, 0), seen(0.2, 1), post]) == "rhh", "two methods stay two"


def test_the_user_of_a_line_without_a_method_is_that_of_the_request() -> None:
    rows = once([nameless(0, 0), seen(0.2, 1, user=None)])
    assert rows.select("bin", "user").rows() == [("repeat", "FORCE\\jdoe"), ("hit", "FORCE\\jdoe")]


# What cannot be told


def undecided(events: list[Event]) -> int:
    return without_seen(found(events), range(10))[1].undecided


def test_hits_that_may_be_one_are_counted() -> None:
    behind = {"user": None, "client_ip": "192.0.2.1"}
    assert undecided([seen(0, 0), seen(0.2, 1, **behind)]) == 1
    assert undecided([seen(0, 0), seen(0.1, 0), seen(0.2, 1, **behind)]) == 1
    assert undecided([seen(0, 0, **NOBODY), seen(0.2, 1, **behind)]) == 1
    assert undecided([seen(0, 0), seen(0.2, 1, user="asmith", client_ip="192.0.2.1")]) == 0
    assert undecided([seen(0, 0), seen(0.2, 0, **behind)]) == 0, "of one gateway"
    assert undecided([seen(0, 0), seen(60, 1, **behind)]) == 0
    assert undecided([seen(0, 0), seen(0.2, 1)]) == 0, "that is told"


def test_what_a_proxy_looks_up_itself_may_be_its_clients_visit() -> None:
    own = {"user": None, "client_ip": "192.0.2.1"}
    look_ups = [seen(0, 1, DNS, **own), seen(0.1, 1, DNS, **own)]
    assert bins([*look_ups, seen(0.2, 0)]) == "hhh"
    assert undecided([*look_ups, seen(0.2, 0)]) == 2
    assert undecided([seen(0, 1, CONNECT, **own), seen(0.2, 0)]) == 1
    assert undecided([*look_ups, seen(60, 0)]) == 0
    assert undecided([*look_ups, seen(0.2, 0, "GET https://facecheck.id/")]) == 0


def test_a_handshake_goes_with_the_set_up_whose_request_came_late() -> None:
    lines = found([seen(0, 0, CONNECT), seen(40, 0), seen(0, 1, CONNECT, **NOBODY)])
    lines = lines.with_columns(setup=pl.Series([True, False, False]))
    once_each = without_repeats(lines, [0, 1])
    assert once_each["bin"].to_list() == ["repeat", "hit", "hit"]
    rows, _ = without_seen(once_each, [0, 1])
    assert rows["bin"].to_list() == ["repeat", "hit", "repeat"]
    # The handshake repeats the set-up, and that the request: which is what counts for both.
    assert repeated(with_hits_repeated(rows)) == {
        1: ("tunnel_set_up", 2),
        3: ("other_gateway", 2),
    }


def test_of_two_gateways_that_each_have_a_part_of_a_tunnel_one_line_counts() -> None:
    """The one has the set-up and the end of the tunnel, the other a set-up between them."""
    lines = found([seen(0, 0, CONNECT), seen(7, 0, CONNECT), seen(1, 1, CONNECT)])
    lines = lines.with_columns(setup=pl.Series([True, False, True]))
    rows, _ = without_seen(without_repeats(lines, [0, 1]), [0, 1])
    assert rows["bin"].to_list() == ["repeat", "hit", "repeat"]
    assert repeated(with_hits_repeated(rows)) == {
        1: ("tunnel_set_up", 2),
        3: ("other_gateway", 2),
    }


# Names


def test_a_user_whom_gateways_name_otherwise_is_one() -> None:
    mail = {"user": "jdoe@force.example"}
    events = [seen(0, 0), seen(0.2, 1, **mail), seen(900, 1, **mail), seen(1800, 1, user="asmith")]
    rows, joined = without_seen(found(events), range(2))
    assert rows["user"].to_list() == ["jdoe@force.example"] * 3 + ["asmith"]
    assert joined.names == dict.fromkeys(("force\\jdoe", "jdoe@force.example"), mail["user"])


def test_names_that_no_request_joins_stay_apart() -> None:
    events = [seen(0, 0), seen(900, 1, user="jdoe@force.example")]
    rows, joined = without_seen(found(events), range(2))
    assert (rows["user"].n_unique(), dict(joined.names)) == (2, {})


def test_three_names_of_one_user_are_one() -> None:
    assert one_name([("A\\u", "u"), ("u", "u@a.example")]) == dict.fromkeys(
        ("a\\u", "u", "u@a.example"), "u@a.example"
    )


DAY_SECONDS = 86_400
#: Visits of six days, at other times each.
VISITS = (0, 87_700, 177_800, 354_700, 432_600, 522_400)


@pytest.mark.parametrize(
    "ahead",
    [
        lambda at: 60 + 3 * at / DAY_SECONDS,
        lambda at: 3600.2 if at > 3 * DAY_SECONDS else 0.2,
        lambda at: 0.2 if at > 3 * DAY_SECONDS else -3600,
    ],
)
def test_clocks_that_change_are_followed_by_day(ahead: Callable[[float], float]) -> None:
    """One drifts, one is not put forward with the other, or back."""
    asked = [(start + at, f"{GET}/{start}") for start in VISITS for at in (0, 40)]
    events = [seen(at, 0, request) for at, request in asked]
    events += [seen(at + ahead(at), 1, request) for at, request in asked]
    assert Counter(once(events)["bin"])["hit"] == len(asked)
    _, told = without_seen(found(events), range(10))
    assert (told.ahead, [*told.ahead_by_day]) == ({}, [1])


def test_visits_at_other_times_of_each_day_are_no_changing_clock() -> None:
    other = (3000, 94_000, 180_000, 370_000, 440_000, 530_000)
    events = [seen(at, 0) for at in VISITS] + [seen(at, 1) for at in other]
    assert Counter(once(events)["bin"])["hit"] == 12
    assert without_seen(found(events), range(10))[1].ahead_by_day == {}
