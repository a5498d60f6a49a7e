"""Which lines tell of one request: what repeats another line, and what another line says of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.repeated_hits import with_hits_repeated
from logan.rules.request import requests_as_records
from logan.rules.same_request import without_repeats
from logan.schema import ACTION, COMPANION, TIME
from tests.rules.repeats import check_hits_repeated, with_lines

START = datetime(2024, 3, 4, 9, tzinfo=UTC)
GET = "GET https://pimeyes.com/en"
CONNECT = "CONNECT pimeyes.com:443"
DNS = "DNS pimeyes.com"
#: A line as given to `outcome`: seconds after the start, request, and what its record has beside.
Event = tuple[float, str, dict[str, Any]]
PERSON = {"user": "jdoe", "client_ip": "10.1.2.3"}
RULES = load_rules()


def found(events: list[Event]) -> pl.DataFrame:
    records = requests_as_records([request for _, request, _ in events])
    rows = [PERSON | more for _, _, more in events]
    times = pl.Series([START + timedelta(seconds=at) for at, _, _ in events]).cast(TIME)
    lasted = pl.Series([row.get("lasted") for row in rows], dtype=pl.Float64)
    said = {
        "user": pl.Series([row["user"] for row in rows], dtype=pl.String),
        "client_ip": pl.Series([row["client_ip"] for row in rows], dtype=pl.String),
        "companion": pl.Series([row.get("companion") for row in rows], dtype=COMPANION),
        "setup": pl.Series([row.get("setup", False) for row in rows]),
        "action": pl.Series([row.get("action", "unknown") for row in rows], dtype=ACTION),
        "source": pl.Series([row.get("source", 0) for row in rows], dtype=pl.UInt32),
    }
    records = records.with_columns(time=times, **said)
    records = records.with_columns(began=times - pl.duration(milliseconds=lasted * 1000))
    return with_lines(tag(records, RULES))


def outcome(events: list[Event], logs: list[int] | None = None) -> list[str]:
    """What each line comes to: its bin, and its action unless that is unknown."""
    settled = with_hits_repeated(without_repeats(found(events), logs or [0]))
    reverse = with_hits_repeated(without_repeats(found(events)[::-1], logs or [0]))[::-1]
    assert settled.equals(reverse), "the order of rows changes nothing"
    check_hits_repeated(settled)
    return [
        kind if action == "unknown" else f"{kind} {action}"
        for kind, action in settled.select("bin", "action").iter_rows()
    ]


def setup(at: float, **more: Any) -> Event:
    return (at, CONNECT, {"setup": True, **more})


def tunnel(at: float, lasted: float | None = None, **more: Any) -> Event:
    return (at, CONNECT, {"lasted": lasted, **more})


def remark(at: float, request: str = GET, **more: Any) -> Event:
    return (at, request, {"companion": "remark", **more})


def line(at: float, request: str = GET, **more: Any) -> Event:
    return (at, request, more)


# Tunnels


@pytest.mark.parametrize("lasted", [0.05, 75, 86_000])
def test_a_set_up_repeats_the_tunnel_that_begins_with_it(lasted: float) -> None:
    assert outcome([setup(0), tunnel(lasted, lasted)]) == ["repeat", "hit"]


def test_tunnels_at_once_have_a_set_up_each() -> None:
    events = [setup(0), setup(0.1), setup(0.2), tunnel(5, 4.9), tunnel(9, 8.8), tunnel(300, 300)]
    assert outcome(events) == ["repeat"] * 3 + ["hit"] * 3


def test_a_set_up_that_led_to_no_tunnel_counts() -> None:
    assert outcome([setup(0)]) == ["hit"]
    assert outcome([setup(0), setup(1), tunnel(5, 4)]) == ["hit", "repeat", "hit"]
    assert outcome([setup(0), tunnel(200, 100)]) == ["hit", "hit"], "one that began later"
    assert outcome([tunnel(0, 5), setup(1)]) == ["hit", "hit"], "one that was over"


def test_where_no_duration_is_logged_a_set_up_belongs_to_the_next_tunnel_that_ends() -> None:
    events = [setup(0), tunnel(70), setup(100), setup(101), tunnel(110)]
    assert outcome(events) == ["repeat", "hit", "hit", "repeat", "hit"]
    assert outcome([setup(0), tunnel(86_400)]) == ["hit", "hit"]


def test_nobody_elses_tunnel_nor_another_gateways_is_meant() -> None:
    other = {"user": "asmith", "client_ip": "10.9.9.9"}
    assert outcome([setup(0), tunnel(5, 5, **other)]) == ["hit", "hit"]
    assert outcome([setup(0), tunnel(5, 5, user="asmith")]) == ["hit", "hit"]
    assert outcome([setup(0), tunnel(5, 5, source=1)], logs=[0, 1]) == ["hit", "hit"]
    assert outcome([setup(0), tunnel(5, 5, source=1)], logs=[0, 0]) == ["repeat", "hit"]


def test_a_nameless_set_up_belongs_to_its_address() -> None:
    events = [setup(0, user=None), setup(1, user=None), tunnel(5, 5), tunnel(6, 5)]
    assert outcome(events) == ["repeat", "repeat", "hit", "hit"]
    assert outcome([setup(0, user=None), setup(0), tunnel(5, 5)]) == ["hit", "repeat", "hit"]


def test_a_refused_connect_is_no_set_up_of_the_tunnel_that_follows() -> None:
    assert outcome([setup(0, action="blocked"), tunnel(1, 1)]) == ["hit blocked", "hit"]


def test_a_refused_tunnel_is_not_where_a_set_up_led_to() -> None:
    assert outcome([setup(0), tunnel(600, action="blocked")]) == ["hit", "hit blocked"]


def test_what_was_refused_at_the_connect_was_refused_inside() -> None:
    events = [setup(0, action="blocked"), line(0.1), line(0.2)]
    assert outcome(events) == ["repeat blocked", "hit blocked", "hit blocked"]
    served = [setup(0, action="blocked"), line(1, action="allowed")]
    assert outcome(served) == ["repeat blocked", "hit allowed"], "the log says so itself"
    later = [setup(0, action="blocked"), line(61)]
    assert outcome(later) == ["hit blocked", "hit"]


# Answers and remarks


def test_a_remark_without_its_request_counts_once() -> None:
    assert outcome([remark(0)]) == ["hit"]
    assert outcome([remark(0), remark(0.1), remark(1)]) == ["hit", "repeat", "repeat"]
    assert outcome([remark(0), remark(60)]) == ["hit", "hit"]


def test_remarks_about_two_requests_are_two() -> None:
    assert outcome([remark(0), remark(0, "POST https://pimeyes.com/api/search/new")]) == ["hit"] * 2
    assert outcome([remark(0), remark(0, client_ip="10.1.2.4", user="asmith")]) == ["hit", "hit"]
    assert outcome([remark(0), remark(0, CONNECT)]) == ["hit", "repeat"], "the tunnel of the first"


@pytest.mark.parametrize("at", [-9, -1, 0, 1, 9])
@pytest.mark.parametrize("kind", ["answer", "remark", "session"])
def test_a_companion_repeats_a_line_that_was_read(at: float, kind: str) -> None:
    assert outcome([line(0), (at, GET, {"companion": kind})]) == ["hit", "repeat"]


def test_a_companion_repeats_no_line_far_off_of_others_or_about_another_host() -> None:
    assert outcome([line(0), remark(11)]) == ["hit", "hit"]
    assert outcome([line(0), remark(0, user="asmith")]) == ["hit", "hit"]
    assert outcome([line(0), remark(0, client_ip="10.1.2.4")]) == ["hit", "hit"]
    assert outcome([line(0), remark(0, "GET https://facecheck.id/")]) == ["hit", "hit"]


def test_a_name_that_one_of_the_lines_lacks_parts_nobody() -> None:
    assert outcome([line(0), remark(0, user=None)]) == ["hit", "repeat"]
    assert outcome([line(0, user=None), remark(0)]) == ["hit", "repeat"]


def test_a_companion_of_a_challenge_is_no_visit_either() -> None:
    assert outcome([line(0, action="auth"), remark(0)]) == ["repeat auth", "repeat"]


def test_what_is_said_of_a_session_may_come_when_it_ends() -> None:
    ended = {"companion": "session"}
    assert outcome([line(0), (1800, CONNECT, ended)]) == ["hit", "repeat"]
    assert outcome([line(0), (3700, CONNECT, ended)]) == ["hit", "hit"]
    assert outcome([line(1800), (0, CONNECT, ended)]) == ["hit", "hit"], "before it began"


def test_each_answer_stands_for_a_look_up_of_its_own() -> None:
    answers = [(at, DNS, {"companion": "answer"}) for at in (0, 0.1, 0.2)]
    assert outcome(answers) == ["hit"] * 3
    assert outcome([line(0, DNS), *answers]) == ["hit", "repeat", "repeat", "repeat"]


# Verdicts


def test_a_verdict_goes_to_the_line_that_counts() -> None:
    blocked = {"action": "blocked"}
    assert outcome([line(0), remark(0, **blocked)]) == ["hit blocked", "repeat blocked"]
    assert outcome([line(0), remark(0, action="allowed")]) == ["hit allowed", "repeat allowed"]
    assert outcome([remark(0), remark(0.5, **blocked)]) == ["hit blocked", "repeat blocked"]
    both = [line(0, DNS), line(0, DNS), remark(0, DNS, **blocked), remark(0, DNS, **blocked)]
    assert outcome(both) == ["hit blocked"] * 2 + ["repeat blocked"] * 2


def test_a_verdict_about_another_request_is_not_borrowed() -> None:
    blocked = {"action": "blocked"}
    assert outcome([line(0), line(8), remark(8, **blocked)]) == [
        "hit",
        "hit blocked",
        "repeat blocked",
    ]
    late = [line(0, action="allowed"), remark(9, **blocked)]
    assert outcome(late) == ["hit allowed", "repeat blocked"], "the line says so itself"
    at_once = [line(0, action="allowed"), remark(1, **blocked)]
    assert outcome(at_once) == ["hit blocked", "repeat blocked"], "stopped after it was let through"
    assert outcome([line(0, **blocked), remark(0, action="allowed")])[0] == "hit blocked"


# Lines that name nobody

NOBODY = {"user": None, "client_ip": None}


def test_a_remark_that_names_nobody_is_about_the_log_it_stands_in() -> None:
    lost = remark(1, DNS, **NOBODY, action="blocked")
    assert outcome([line(0, DNS), lost]) == ["hit blocked", "repeat blocked"]
    assert outcome([line(0, DNS), (*lost[:2], lost[2] | {"source": 1})], logs=[0, 1]) == [
        "hit",
        "hit blocked",
    ]
    assert outcome([lost]) == ["hit blocked"]
    www = remark(1, "DNS www.pimeyes.com", **NOBODY)
    assert outcome([line(0, DNS), www]) == ["hit", "repeat"], "what the name stands for"
    assert outcome([line(0, "DNS facecheck.id"), lost]) == ["hit", "hit blocked"]


@pytest.mark.parametrize("at", [-1, 0, 3599, 3600, 3601, 7195])
def test_the_hour_makes_no_difference(at: float) -> None:
    lost = remark(at + 4, DNS, **NOBODY)
    assert outcome([line(at, DNS), lost, remark(at + 5, DNS, **NOBODY)]) == [
        "hit",
        "repeat",
        "repeat",
    ]
