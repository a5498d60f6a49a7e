"""The headline and the limits in words."""

from typing import Any, get_args

import pytest

from logan.outputs.sentences import (
    list_unread,
    write_asked,
    write_bound,
    write_caveat,
    write_caveats,
    write_doubt,
    write_headline,
    write_selection,
)
from logan.result import OlderReading, Selection
from logan.tables.caveats import Caveat, Limit, find_own_caveats
from logan.tables.summary import summarise
from logan.vocabulary import UnknownSearch
from tests.builders import Row, at, fit_source, hit, result, source
from tests.outputs.stories import STORIES


def headline(rows: list[Row], **others: Any) -> list[str]:
    return write_headline(summarise(result(rows, **others)))


def test_one_service_needs_one_sentence() -> None:
    rows = [hit("2024-01-01 09:00", "ann"), hit("2024-03-30 09:00", "bob")]
    assert headline(rows) == ["2 hits on PimEyes by 2 users in 90 days, 1 Jan to 30 Mar 2024"]


@pytest.mark.parametrize(
    ("user", "address", "people"),
    [
        ("ann", "192.0.2.1", " by 1 user"),
        (None, "192.0.2.1", " from 1 address without a user name"),
        (None, None, ""),
    ],
)
def test_people_are_users_or_else_addresses(
    user: str | None, address: str | None, people: str
) -> None:
    rows = [hit("2024-01-01 09:00", user, client_ip=address)]
    assert headline(rows) == [f"1 hit on PimEyes{people} in 1 day, 1 Jan 2024"]


def test_users_and_addresses_are_told_apart() -> None:
    rows = [hit("2024-01-01 09:00", "ann"), hit("2024-01-01 09:00", None)]
    assert headline(rows)[0].startswith("2 hits on PimEyes by 1 user and from 1 unnamed address in")


def test_a_name_in_another_form_does_not_look_like_a_clean_result() -> None:
    rows = [hit("2024-01-01 09:00", "FORCE\\ann"), hit("2024-01-01 09:00", "bob")]
    asked = result(rows, selection=Selection(users=("ann", "Bob")))
    assert write_asked(summarise(asked)) == [
        "No line that names a service is of a user ann",
        "Not counted with ann, though of the same name: FORCE\\ann",
    ]
    assert write_asked(summarise(result(rows))) == []


@pytest.mark.parametrize(("services", "lines"), [(2, 3), (5, 6), (6, 6), (20, 6)])
def test_many_services_are_summed_and_only_the_first_named(services: int, lines: int) -> None:
    rows = [hit("2024-01-01 09:00", service=f"s{number:02}") for number in range(services)]
    written = headline(rows)
    assert len(written) == lines
    every = "both services" if services == 2 else f"all {services} services"
    assert written[-1] == f"{services} hits on {every} by 1 user"
    assert ("other services" in written[-2]) == (services > 5)
    assert sum(int(line.split(" ")[0]) for line in written[:-1]) == services


def test_what_is_incomplete_is_a_lower_bound() -> None:
    rows = [hit("2024-01-01 09:00")]
    cut = fit_source(rows, complete=False, failure="cut")
    assert headline(rows, sources=[cut])[0].startswith("At least 1 hit on PimEyes")


def test_nothing_found_is_not_the_same_as_nothing_there() -> None:
    account = fit_source([hit("2024-01-01 09:00")], bins={"unrelated": 1}, lines=1)
    assert headline([], sources=[account]) == [
        "No hits on any of 3 watched services in 1 day, 1 Jan 2024"
    ]
    cut = fit_source([], complete=False, hours=account.hours, first_time=at("2024-01-01 09:00"))
    assert "in what could be read in 1 day" in headline([], sources=[cut])[0]
    asked = {"selection": Selection(services=("pimeyes",))}
    assert headline([], sources=[account], **asked)[0].startswith("No hits on PimEyes in")


def test_nothing_found_beside_lines_that_were_not_understood_says_so_in_one_breath() -> None:
    account = fit_source([hit("2024-01-01 09:00")], bins={"unrelated": 1, "rejected": 2}, lines=3)
    (said,) = headline([], sources=[account])
    assert said.startswith("No hits on any of")
    assert said.endswith(", but 2 lines that may be hits could not be parsed")


def test_no_data_is_never_reported_as_no_hits() -> None:
    for story in ("no_data", "no_lines"):
        summary = summarise(STORIES[story]())
        assert write_headline(summary)[0].startswith("No data: nothing can be said")
        assert write_doubt(summary) is None


def test_only_an_empty_result_needs_a_doubt() -> None:
    assert "does not prove" in (write_doubt(summarise(STORIES["nothing"]())) or "")
    assert write_doubt(summarise(STORIES["one_user"]())) is None


@pytest.mark.parametrize(
    ("selection", "written"),
    [
        (Selection(), None),
        (Selection(users=("ann", "bob")), "Only user ann and user bob"),
        (Selection(services=("pimeyes", "new")), "Only PimEyes and new"),
        (Selection(since=at("2024-06-01 23:00")), "Only from 2 Jun 2024 00:00"),
        (Selection(until=at("2024-01-01 00:00")), "Only before 1 Jan 2024 00:00"),
    ],
)
def test_a_selection_is_said(selection: Selection, written: str | None) -> None:
    assert write_selection(summarise(result([], selection=selection))) == written


def test_every_limit_can_be_said() -> None:
    rows = [
        hit("2024-01-01 09:00", None, evidence="connect", query=None, possible_upload=True),
        hit("2024-01-01 09:00", evidence="dns", query=None, inferred=True, action="unknown"),
        hit("2024-01-01 09:00", query=None, activity="upload", beside_opt_out=True),
        hit("2024-01-01 09:00", query=None, activity="results", also_search=True),
        hit("2024-01-01 09:00", "WS12$", query=None, activity="api", attempt=True),
    ]
    account = fit_source(rows, zone_origin="assumed", ambiguous_times=1)
    cut = source("b/1", complete=False, bins={"rejected": 1}, other_named=4)
    unknown = {"pimeyes": UnknownSearch("nobody has seen it")}
    audited = {"purged": 3, "older_rules": OlderReading(7, at("2024-01-02"), ("FaceCheck.ID",))}
    others = {
        "excluded": ("c.log",),
        "markers": ("gs://b/2024",),
        "unknown_searches": unknown,
        **audited,
    }
    whole = summarise(result(rows, sources=[account, cut], **others))
    twice = (Caveat("same_lines", 2, 3), Caveat("seen_twice", 1, 3), Caveat("seen_once", 1))
    said = dict(write_caveats(whole._replace(caveats=(*whole.caveats, *twice))))
    summary = summarise(result(rows, sources=[account, cut], selection=Selection(users=("ann",))))
    own = find_own_caveats(summary.result.selection, summary.totals, summary.period, hits=3)
    said |= {one.limit: write_caveat(one, summary) for one in own}
    assert set(said) == set(get_args(Limit))
    assert "{" not in "".join(said.values())
    assert "2 of 3 hits" in said["same_lines"]
    assert "PimEyes: nobody has seen it" in said["unknown_searches"]
    assert "1 of 1 search" in said["inferred_searches"]
    assert "1 of 5 hits" in said["attempts"]
    assert "1 of 5 hits" in said["connect"]
    assert "1 of 2 sources" in said["incomplete"]
    assert "4 lines" in said["other_logs"]
    assert "3 lines" in said["purged"]
    assert "7 lines, up to 2 Jan 2024. Not looked for in them: FaceCheck.ID." in said["older_rules"]
    assert "only user ann" in said["narrowed"]
    assert "0 of 3 hits" in said["narrowed"]
    assert "1 Jan 2024 09:00" in said["begins_with_logs"]


def test_no_count_is_at_least_where_lines_may_count_twice() -> None:
    """Of two logs that share a line, one cut: what is missing may be less than what is double."""
    rows = [hit("2024-01-01 09:00")]
    cut = fit_source(rows, complete=False, failure="cut")
    summary = summarise(result(rows, sources=[cut]))
    assert write_headline(summary)[0].startswith("At least 1 hit")
    assert write_bound(summary) == "Every count is a lower bound"
    twice = summary._replace(totals=summary.totals._replace(same_lines=1))
    assert write_headline(twice)[0].startswith("1 hit")
    assert write_bound(twice) == "No count is a lower bound, for 1 hit may be counted twice"
    seen = summary._replace(result=summary.result._replace(undecided=1))
    assert write_bound(seen) == "No count is a lower bound, for 1 hit may be counted twice"


def test_sources_that_were_not_used_in_full_are_listed_by_name() -> None:
    sources = [
        source("c", complete=False, failure="cut", advice="fetch it"),
        source("a", complete=False),
        source("b"),
    ]
    assert list(list_unread(summarise(result([], sources=sources)))) == [
        ("a", "not read to its end", "get the file again, or leave it out and say so"),
        ("c", "cut", "fetch it"),
    ]
