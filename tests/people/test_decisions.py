"""What is decided of a hit, at every edge, and against a plain program over single rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.people.authorisations import covered_activities
from logan.people.decisions import PeopleMatcher
from logan.vocabulary import ACTIVITIES, MATCHES, STANDINGS
from tests.people.builders import Row, account, at, grant, hits, registers, span

X = "force\\x"


def decide(
    people: list[Row],
    *times: str,
    addresses: list[Row] | None = None,
    authorisations: list[Row] | None = None,
    **hit: Any,
) -> list[dict[str, Any]]:
    """What is decided of like hits at some times."""
    matcher = PeopleMatcher(registers(people, addresses=addresses, authorisations=authorisations))
    return matcher.decide(hits(*({"time": at(time)} | hit for time in times))).to_dicts()


def one(people: list[Row], time: str = "2024-03-10 12:00", **others: Any) -> dict[str, Any]:
    return decide(people, time, **others)[0]


def matches(rows: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    return [(row["match"], row["person"], row["unit"]) for row in rows]


def test_the_first_instant_of_a_span_belongs_to_it_and_the_last_does_not() -> None:
    people = [account(X, "1", "A", **span("2024-03-01", "2024-03-02"))]
    edges = ("2024-02-29 23:59:59.999999", "2024-03-01", "2024-03-01 23:59:59.999999", "2024-03-02")
    outside, inside = ("outside_dates", None, None), ("one_person", "1", "A")
    assert matches(decide(people, *edges)) == [outside, inside, inside, outside]


def test_touching_dates_of_two_persons_are_ambiguous_at_no_instant() -> None:
    people = [
        account(X, "1", **span(None, "2024-03-10")),
        account(X, "2", **span("2024-03-10")),
    ]
    found = decide(people, "2024-03-09 23:59:59", "2024-03-10")
    assert [row["person"] for row in found] == ["1", "2"]


def test_two_persons_at_one_instant_are_neither() -> None:
    people = [
        account(X, "1", "A", **span(None, "2024-03-11")),
        account(X, "2", "B", **span("2024-03-10")),
    ]
    assert matches(decide(people, "2024-03-10 12:00")) == [("ambiguous", None, None)]
    together = [row | {"unit": "A"} for row in people]
    assert matches(decide(together, "2024-03-10 12:00")) == [("ambiguous", None, "A")]


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_day_of_transfer_belongs_to_the_new_unit(hours: int) -> None:
    start = datetime(2024, 3, 10, tzinfo=UTC)
    people = [
        account(X, "1", "A", **{"from": None, "until": start + timedelta(hours=hours)}),
        account(X, "1", "B", **{"from": start, "until": None}),
    ]
    edges = ("2024-03-09 23:59:59", "2024-03-10", "2024-03-10 22:00", "2024-03-12")
    assert [row["unit"] for row in decide(people, *edges)] == ["A", "B", "B", "B"]


def test_a_person_in_two_units_for_longer_is_in_neither_and_authorised_in_both() -> None:
    people = [
        account(X, "1", "A", **span("2024-03-01", "2024-03-20")),
        account(X, "1", "B", **span("2024-03-05", "2024-03-30")),
    ]
    units = [row["unit"] for row in decide(people, "2024-03-02", "2024-03-10", "2024-03-25")]
    assert units == ["A", None, "B"]
    for unit in ("unit:A", "unit:b "):
        found = one(people, authorisations=[grant(unit)])
        assert (found["authorisation"], found["permitted"]) == ("on_register", True)
    assert one(people, authorisations=[grant("unit:C")])["permitted"] is False


@pytest.mark.parametrize("kind", ["shared", "service", "test"])
def test_an_account_that_is_nobodys_own_is_never_a_person(kind: str) -> None:
    people = [account(X, "1", "Front desk", kind=kind)]
    found = one(people, authorisations=[grant("person:1")])
    assert matches([found]) == [("shared", None, "Front desk")]
    assert found["authorisation"] == "cannot_tell"


def test_every_row_that_a_transfer_ends_is_ended() -> None:
    people = [
        account(X, "1", "A", **span("2024-03-01", "2024-03-11")),
        account(X, "1", "B", **span("2024-03-01", "2024-03-11")),
        account(X, "1", "C", **span("2024-03-10")),
    ]
    assert [row["unit"] for row in decide(people, "2024-03-09", "2024-03-10")] == [None, "C"]


def test_accounts_are_matched_in_any_case_and_only_as_they_are() -> None:
    people = [account(X, "1"), account("x@force.example", "1"), account("=cmd", "2")]
    for user, person in (
        ("FORCE\\X", "1"),
        ("X@Force.Example", "1"),
        ("'=cmd", "2"),  # as a package's table has it
        ("=CMD", "2"),
        ("x", None),
        ("OTHER\\x", None),
    ):
        assert one(people, user=user)["person"] == person, user
    assert one(people, user="x")["match"] == "not_listed"


def test_an_address_counts_only_where_no_user_is_named() -> None:
    lease = {"address": "192.0.2.7", "account": X} | span("2024-03-10", "2024-03-11")
    people = [account(X, "1", "A"), account("force\\y", "2")]
    nameless = {"addresses": [lease], "user": None}
    assert matches([one(people, **nameless)]) == [("by_address", "1", "A")]
    assert matches([one(people, "2024-03-11", **nameless)]) == [("no_user", None, None)]
    assert matches([one(people, user=None)]) == [("no_user", None, None)]
    named = one(people, user="force\\y", addresses=[lease])
    assert matches([named]) == [("one_person", "2", None)]
    unlisted = one(people, user="nobody", addresses=[lease])
    assert matches([unlisted]) == [("not_listed", None, None)]


def test_an_address_of_two_accounts_or_of_a_device_is_nobodys() -> None:
    lease = {"address": "192.0.2.7", "account": X} | span()
    both = [lease, lease | {"account": "force\\y"}]
    people = [account(X, "1"), account("force\\y", "2")]
    assert matches([one(people, addresses=both, user=None)]) == [("by_address", None, None)]
    device = [lease | {"account": None, "device": "PC-1"}]
    assert matches([one(people, addresses=device, user=None)]) == [("no_user", None, None)]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, "on_register"),
        ({"service": "pimeyes", "activity": "search"}, "on_register"),
        ({"granted_on": at("2024-03-10")}, "on_register"),
        ({"granted_on": at("2024-03-11")}, "granted_afterwards"),
        (span("2024-03-10 12:00", "2024-03-10 12:00:01"), "on_register"),
        (span("2024-03-10 12:00:01"), "not_yet"),
        (span(None, "2024-03-10 12:00"), "expired"),
        ({"service": "clearview"}, "other_service"),
        ({"activity": "upload"}, "none_on_register"),
        ({"who": "2"}, "none_on_register"),
    ],
)
def test_what_one_row_of_the_register_says(others: Row, expected: str) -> None:
    found = one([account(X, "1")], authorisations=[grant("person:1") | others])
    assert found["authorisation"] == expected
    assert found["reference"] == (None if expected == "none_on_register" else "R1")


def test_a_search_that_is_allowed_covers_its_steps_and_a_host_alone_tells_nothing() -> None:
    rows = [grant("person:1", activity="search")]
    people = [account(X, "1")]
    standings = {
        name: one(people, authorisations=rows, activity=name)["authorisation"]
        for name in ACTIVITIES
    }
    covered = {name for name, standing in standings.items() if standing == "on_register"}
    assert covered == {*covered_activities("search")}
    assert covered >= {"search", "upload", "results", "page"}
    assert standings["contact"] == "cannot_tell"
    assert standings["opt_out"] == "none_on_register"
    late = one(people, "2024-04-01", authorisations=[rows[0] | span(None, "2024-03-11")])
    assert late["authorisation"] == "expired"


def test_the_best_row_is_shown() -> None:
    rows = [
        grant("person:1", "old", **span(None, "2024-01-01")),
        grant("account:force\\x", "mine"),
        grant("unit:A", "same"),
    ]
    assert one([account(X, "1", "A")], authorisations=rows)["reference"] == "mine"
    assert one([account(X, "1", "A")], authorisations=rows[:1])["reference"] == "old"


def test_without_a_person_only_a_row_for_the_account_itself_tells() -> None:
    rows = [grant("account:force\\x", **span("2024-03-10", "2024-03-11"))]
    assert one([], authorisations=rows)["authorisation"] == "on_register"
    assert one([], "2024-03-12", authorisations=rows)["authorisation"] == "cannot_tell"
    assert one([], authorisations=[])["authorisation"] == "cannot_tell"
    assert one([], user=None, authorisations=rows)["authorisation"] == "cannot_tell"


def test_an_empty_register_has_nothing_and_no_register_says_nothing() -> None:
    assert one([account(X, "1")], authorisations=[])["authorisation"] == "none_on_register"
    assert one([account(X, "1")])["authorisation"] is None


DAYS = [datetime(2024, 3, day, tzinfo=UTC) for day in range(1, 9)]
BOUND = st.sampled_from([None, *DAYS])
NAMES = st.sampled_from(["a", "b"])


def rows_of(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    spans = st.tuples(BOUND, BOUND).filter(
        lambda pair: pair[0] is None or pair[1] is None or pair[0] < pair[1]
    )
    row = st.builds(
        lambda bounds, values: values | dict(zip(("from", "until"), bounds, strict=True)),
        spans,
        st.fixed_dictionaries(columns),
    )
    return st.lists(row, max_size=5)


def covers(row: Row, time: datetime) -> bool:
    after = row["from"] is None or row["from"] <= time
    return after and (row["until"] is None or time < row["until"])


def without_transfers(rows: list[Row]) -> list[Row]:
    """The same by hand: a row ends where the next one of its person begins, if within a day."""
    kept = []
    for row in rows:
        same = [
            one
            for one in rows
            if (one["account"], one["person"]) == (row["account"], row["person"])
        ]
        first = row["from"] or datetime.min.replace(tzinfo=UTC)
        nexts = sorted(one["from"] for one in same if one["from"] and one["from"] > first)
        until, day = row["until"], timedelta(hours=26)
        if nexts and until and timedelta(0) <= until - nexts[0] <= day:
            until = nexts[0]
        kept.append(row | {"until": until})
    return kept


def plain_match(people: list[Row], user: str, time: datetime) -> tuple[str, str | None, set[str]]:
    mine = [row for row in people if row["account"] == user]
    now = [row for row in mine if covers(row, time)]
    persons = {row["person"] for row in now if row["person"]}
    units = {row["unit"] for row in now if row["unit"]}
    if not mine:
        return "not_listed", None, set()
    if not now:
        return "outside_dates", None, set()
    if any(row["kind"] for row in now):
        return "shared", None, units
    return ("one_person", *persons, units) if len(persons) == 1 else ("ambiguous", None, units)


def plain_standing(grant: Row, hit: Row, person: str | None, units: set[str]) -> str | None:
    who = {"person": {person}, "account": {hit["user"]}, "unit": units}[grant["who_kind"]]
    if grant["who"] not in who:
        return None
    if grant["service"] not in (None, hit["service"]):
        return "other_service"
    wanted = grant["activity"]
    sure = wanted is None or hit["activity"] in covered_activities(wanted)
    if not sure and hit["activity"] != "contact":
        return None
    if grant["from"] and hit["time"] < grant["from"]:
        return "not_yet"
    if grant["until"] and hit["time"] >= grant["until"]:
        return "expired"
    if not sure:
        return "cannot_tell"
    late = grant["granted_on"] and hit["time"] < grant["granted_on"]
    return "granted_afterwards" if late else "on_register"


PEOPLE_ROWS = rows_of(
    account=NAMES,
    person=st.sampled_from(["1", "2"]),
    unit=st.sampled_from([None, "u", "v"]),
    kind=st.sampled_from([None, None, None, "shared"]),
)
REGISTER_ROWS = rows_of(
    reference=st.sampled_from(["R1", "R2", None]),
    who_kind=st.sampled_from(["person", "account", "unit"]),
    who=st.sampled_from(["1", "2", "a", "b", "u", "v"]),
    service=st.sampled_from([None, "pimeyes", "clearview"]),
    activity=st.sampled_from([None, "search", "upload"]),
    granted_on=BOUND,
)
HITS = st.lists(
    st.fixed_dictionaries(
        {
            "time": st.builds(
                lambda day, second: day + timedelta(seconds=second),
                st.sampled_from(DAYS),
                st.sampled_from([0, 1, -1, 40_000]),
            ),
            "user": st.sampled_from(["a", "B", "c"]),
            "service": st.sampled_from(["pimeyes", "clearview"]),
            "activity": st.sampled_from(["search", "contact", "page", "upload", "payment"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(people=PEOPLE_ROWS, grants=REGISTER_ROWS, seen=HITS)
def test_decisions_are_those_of_a_plain_program(
    people: list[Row], grants: list[Row], seen: list[Row]
) -> None:
    matcher = PeopleMatcher(registers(people, authorisations=grants))
    decided = matcher.decide(hits(*seen)).to_dicts()
    listed = without_transfers(people)
    for hit, found in zip(seen, decided, strict=True):
        hit = hit | {"user": hit["user"].lower()}
        match, person, units = plain_match(listed, hit["user"], hit["time"])
        assert (found["match"], found["person"]) == (match, person)
        assert found["unit"] == (units.copy().pop() if len(units) == 1 else None)
        told = [plain_standing(row, hit, person, units) for row in grants]
        if person is None:
            own = [row["who_kind"] == "account" for row in grants]
            told = [
                one if mine and one == "on_register" else None
                for one, mine in zip(told, own, strict=True)
            ]
        ranked = [(STANDINGS.index(one), number) for number, one in enumerate(told) if one]
        none = "cannot_tell" if person is None else "none_on_register"
        rank, number = min(ranked, default=(STANDINGS.index(none), None))
        assert (found["authorisation"], found["grant"]) == (STANDINGS[rank], number)
        assert found["match"] in MATCHES
