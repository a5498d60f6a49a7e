"""Before and after an event: edges, people, other services, gateways, declared gaps."""

from typing import Any

import polars as pl

from logan.people.decisions import PeopleMatcher
from logan.tables.people_cells import COUNTED
from logan.tables.people_counts import LogScope, count_people
from logan.tables.period import Period
from logan.tables.table_fields import table_types
from tests.builders import at, frame, hit
from tests.people.builders import Row, account, registers, span

PERIOD = Period(at("2024-03-01 00:00"), at("2024-03-31 00:00"), "Europe/London")
RUNS = [
    ("hq/proxy-a", "2024-03-01 00:00", "2024-03-10 00:00", "lines"),
    ("hq/proxy-a", "2024-03-10 00:00", "2024-03-11 00:00", "no_data"),
    ("hq/proxy-a", "2024-03-11 00:00", "2024-03-31 00:00", "lines"),
    ("proxy-b", "2024-03-01 00:00", "2024-03-31 00:00", "lines"),
]


def count(rows: list[Row], *events: Row, people: list[Row] | None = None) -> list[dict[str, Any]]:
    runs = pl.DataFrame(
        [(name, at(start), at(end), 0, state) for name, start, end, state in RUNS],
        schema=table_types("coverage.csv"),
        orient="row",
    )
    gateways = {"a.log": "hq/proxy-a", "b.log": "proxy-b"}
    matcher = PeopleMatcher(registers(people or [], events=events))
    scope = LogScope(PERIOD, "Europe/London", {}, gateways, runs)
    counted = count_people([frame(rows).collect().select(COUNTED)], [], matcher, scope)
    return counted.tables["after_event.csv"].to_dicts()


def test_the_first_instant_is_after_and_the_last_is_not() -> None:
    times = ("2024-03-11 23:59", "2024-03-12 00:00", "2024-03-13 23:59", "2024-03-14 00:00")
    rows = [hit(time, source="a.log") for time in times]
    (row,) = count(rows, {"event": "blocked"} | span("2024-03-12", "2024-03-14"))
    assert (row["before_hits"], row["after_hits"]) == (1, 2)
    assert (row["before_days"], row["after_days"]) == (11, 2)
    (open_end,) = count(rows, {"event": "blocked"} | span("2024-03-12"))
    assert (open_end["before_hits"], open_end["after_hits"]) == (1, 3)
    assert open_end["after_days"] == 19
    (notice,) = count(rows, {"event": "notice_to_staff"} | span("2024-03-12", "2024-03-13"))
    assert notice["after_hits"] == 3
    (always,) = count(rows, {"event": "policy"} | span())
    assert (always["before_hits"], always["before_days"], always["after_hits"]) == (0, 0, 4)


def test_attempts_and_people_and_where_they_went() -> None:
    rows = [
        hit("2024-03-02 09:00", "ann", source="a.log"),
        hit("2024-03-02 09:00", "ann.home", source="a.log"),
        hit("2024-03-03 09:00", "ann", service="facecheck", source="a.log"),
        hit("2024-03-13 09:00", "ann.home", action="blocked", source="a.log"),
        hit("2024-03-13 09:01", "bob", source="b.log"),
        hit("2024-03-13 09:02", "bob", service="facecheck", source="b.log"),
        hit("2024-03-14 09:00", "ann", service="clearview", source="a.log"),
        hit("2024-03-14 09:00", None, action="unknown", source="b.log"),
    ]
    block = {"event": "blocked", "service": "pimeyes"} | span("2024-03-12")
    people = [account("ann", "1"), account("ann.home", "1")]
    (row,) = count(rows, block, people=people)
    assert (row["before_hits"], row["after_hits"]) == (2, 3)
    assert (row["after_blocked"], row["after_allowed"]) == (1, 1)
    assert (row["after_people"], row["people_only_after"]) == (3, 2)
    assert (row["other_services_before"], row["other_services_after"]) == (1, 1)
    (apart,) = count(rows, block)
    assert (apart["after_people"], apart["people_only_after"]) == (3, 2)
    other = {"event": "blocked", "service": "lenso"} | span("2024-03-12")
    assert count(rows, other)[0]["other_services_after"] == 0


def test_an_event_at_a_gateway_counts_its_hits_alone() -> None:
    rows = [
        hit("2024-03-02 09:00", source="a.log"),
        hit("2024-03-13 09:00", source="b.log"),
        hit("2024-03-13 09:00", source="a.log"),
    ]
    for name, hits in (("proxy-a", 1), ("hq", 1), ("hq/proxy-a", 1), ("proxy-*", 2), ("x", 0)):
        (row,) = count(rows, {"event": "blocked", "gateway": name} | span("2024-03-12"))
        assert row["after_hits"] == hits, name


def test_a_declared_gap_is_held_against_coverage() -> None:
    declared = {"event": "maintenance", "gateway": "proxy-a"}
    (row,) = count([], declared | span("2024-03-09 22:30", "2024-03-10 05:00"))
    assert (row["hours"], row["hours_without_lines"]) == (7, 5)
    (both,) = count([], {"event": "maintenance"} | span("2024-03-10", "2024-03-10 02:00:01"))
    assert (both["hours"], both["hours_without_lines"]) == (6, 3)
    (beside,) = count([], declared | span("2024-05-01", "2024-05-02"))
    assert (beside["hours"], beside["hours_without_lines"]) == (0, 0)
    (block,) = count([], {"event": "blocked"} | span("2024-03-10"))
    assert (block["hours"], block["hours_without_lines"]) == (None, None)
