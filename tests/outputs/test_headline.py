"""The top of the page."""

from datetime import date
from typing import Any

from logan.outputs.headline import show_headline, show_incomplete
from logan.outputs.page import Page
from logan.tables.summary import summarise
from logan.vocabulary import UnknownSearch
from tests.builders import Row, fit_source, hit, result, source
from tests.outputs.stories import STORIES
from tests.outputs.test_page import page


def plain(rows: list[Row], on: Page | None = None, **others: Any) -> list[str]:
    lines = show_headline(summarise(result(rows, **others)), on or page(80))
    return [line.plain for line in lines]


def test_a_headline_too_long_breaks_before_its_period() -> None:
    rows = [hit("2024-01-01 09:00"), hit("2024-03-30 09:00")]
    assert plain(rows, page(40))[:2] == [
        "2 hits on PimEyes by 1 user",
        "  in 90 days, 1 Jan to 30 Mar 2024",
    ]
    assert plain(rows)[0] == "2 hits on PimEyes by 1 user in 90 days, 1 Jan to 30 Mar 2024"


def test_numbers_of_services_stand_below_each_other() -> None:
    rows = [hit("2024-01-01 09:00")] * 12 + [hit("2024-01-01 09:00", service="clearview")]
    assert plain(rows)[:3] == [
        "12 hits on PimEyes by 1 user in 1 day, 1 Jan 2024",
        " 1 hit on Clearview AI by 1 user",
        "13 hits on both services by 1 user",
    ]


def test_facts_that_do_not_apply_are_left_out() -> None:
    shown = "\n".join(plain([hit("2024-01-01 09:00")]))
    for always in ("searches", "uploads", "allowed", "blocked", "sessions"):
        assert f"  {always} " in shown
    for seldom in ("possible", "host only", "opt-outs", "unknown", "mentions", "tried"):
        assert seldom not in shown


def test_what_the_number_of_searches_does_not_say_stands_beside_it() -> None:
    rows = [
        hit("2024-01-01 09:00", activity="results", also_search=True),
        hit("2024-01-01 09:01", activity="search"),
        hit("2024-01-01 09:02", activity="api", attempt=True),
    ]
    unknown = {"pimeyes": UnknownSearch("nobody has seen it"), "lenso": UnknownSearch("at all")}
    shown = " ".join(" ".join(plain(rows, unknown_searches=unknown)).split())
    assert (
        "searches 2 a face search was started; 1 of them inferred, not shown by a request. "
        "A lower bound. PimEyes: nobody has seen it attempts 1 searches that the service refused: "
        "none was started uploads 0"
    ) in shown


def test_what_is_not_known_since_a_day_is_not_said_of_earlier_ones() -> None:
    unknown = {"pimeyes": UnknownSearch("nobody has seen it", date(2024, 1, 2))}
    for day, said in (("2024-01-01", False), ("2024-01-02", True)):
        shown = "\n".join(plain([hit(f"{day} 09:00")], unknown_searches=unknown))
        assert ("nobody" in shown) is said


def test_facts_that_apply_are_told() -> None:
    rows = [
        hit("2024-01-01 09:00", evidence="connect", possible_upload=True),
        hit("2024-01-01 09:00", activity="opt_out", action="unknown"),
        hit("2024-01-01 09:00", activity="search", action="blocked"),
        hit("2024-01-01 09:00", bin="mention"),
    ]
    shown = "\n".join(plain(rows))
    for line in (
        "possible uploads  1",
        "host only         1",
        "opt-outs          1",
        "unknown           1",
        "mentions          1",
        "stopped by the gateway; 1 search tried",
    ):
        assert line in shown


def test_logs_that_show_hosts_only_are_not_said_to_show_no_searches() -> None:
    tunnel = {"evidence": "connect", "activity": "contact", "path": None}
    rows = [hit("2024-01-01 09:00", **tunnel), hit("2024-01-01 09:05", **tunnel)]
    shown = [line.plain for line in show_headline(summarise(result(rows)), page(80))]
    assert sum("cannot be seen here: every line shows a host only" in line for line in shown) == 2
    rows.append(hit("2024-01-01 09:10"))
    shown = [line.plain for line in show_headline(summarise(result(rows)), page(80))]
    assert "  searches   0  a face search was started" in shown


def test_finding_nothing_is_followed_by_what_that_does_not_prove() -> None:
    account = fit_source([hit("2024-01-01 09:00")], bins={"unrelated": 1}, lines=1)
    shown = plain([], sources=[account])
    assert shown[0].startswith("No hits on any of 3 watched services")
    assert "not prove" in shown[1] + shown[2]


def test_what_is_incomplete_names_the_source_why_and_what_to_do() -> None:
    lines = show_incomplete(summarise(STORIES["incomplete"]()), page(80))
    text = [line.plain for line in lines]
    assert text[0].startswith("INCOMPLETE: 2 of 5 sources")
    assert "  proxy-b/connect.log.2.gz" in text
    assert "    why  the compressed data ends early, after line 48,211" in text
    assert "    do   get the file from the gateway again, and scan again" in text
    assert show_incomplete(summarise(STORIES["quarter"]()), page(80)) == []


def test_many_reasons_are_counted_and_the_first_named() -> None:
    sources = [source(f"s{n:02}", complete=False, failure=f"why {n}") for n in range(20)]
    text = [line.plain for line in show_incomplete(summarise(result([], sources=sources)), page())]
    assert sum(line.startswith("  s") for line in text) == 12
    assert "… and 8 more sources: --json names all" in text


def test_sources_that_lack_for_the_same_reason_have_it_once() -> None:
    sources = [
        source(f"{kind}{number}", complete=False, failure=f"is {kind}")
        for kind, size in (("a", 9), ("b", 4), ("c", 1))
        for number in range(size)
    ]
    summary = summarise(result([], sources=sources))
    text = [line.plain for line in show_incomplete(summary, page(80))]
    assert [line.strip() for line in text if line.startswith(("  a", "  b", "  c"))] == (
        ["a0", "a1", "a2", "b0", "b1", "b2", "b3", "c0"]
    )
    assert text.count("  … and 6 more like them: --json names all") == 1
    assert sum(line.startswith("    why") for line in text) == 3
