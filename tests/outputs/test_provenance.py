"""Coverage, accounts and limits on the page."""

from typing import Any

from logan.outputs.page import Page
from logan.outputs.provenance import (
    show_accounts,
    show_coverage,
    show_footer,
    show_limits,
)
from logan.tables.summary import Summary, summarise
from tests.builders import at, hours, result, source
from tests.outputs.stories import STORIES
from tests.outputs.test_page import page


def plain(show: Any, summary: Summary, on: Page | None = None) -> list[str]:
    return [line.plain for line in show(summary, on or page(80))]


def tell(*sources: Any) -> Summary:
    return summarise(result([], sources=sources))


def covered(name: str, *missing: tuple[str, str]) -> Any:
    seen = hours("2024-01-01 00:00", "2024-01-03 00:00")
    for gap in missing:
        seen -= hours(*gap)
    first, last = at("2024-01-01 00:00"), at("2024-01-02 23:59")
    return source(name, hours=seen, first_time=first, last_time=last)


def test_gaps_are_named_in_local_time_with_their_gateway() -> None:
    summary = tell(covered("a/1"), covered("b/1", ("2024-01-01 05:00", "2024-01-01 07:00")))
    lines = plain(show_coverage, summary)
    assert lines[1] == "Coverage  1 Jan 2024 00:00 to 2 Jan 2024 23:59, Europe/London"
    assert lines[3].split() == ["a", "1", "48", "of", "48", "none"]
    assert lines[4].split() == ["b", "1", "46", "of", "48", "2", "h", "in", "1", "gap"]
    assert lines[5].split() == ["any", "of", "them", "2", "48", "of", "48", "none"]
    assert lines[6] == "  no data from b: 1 Jan 2024 05:00 to 07:00 (2 hours)"


def test_of_many_gaps_the_longest_are_named_in_order_of_time() -> None:
    gaps = [
        (f"2024-01-01 {hour:02}:00", f"2024-01-01 {hour + 1:02}:00") for hour in (1, 3, 5, 7, 9)
    ]
    gaps += [("2024-01-02 04:00", "2024-01-02 09:00")]
    lines = plain(show_coverage, tell(covered("a/1", *gaps)))
    assert len(lines) == 4 + 5 + 1
    assert lines[8] == "  no data from a: 2 Jan 2024 04:00 to 09:00 (5 hours)"
    assert lines[9] == "… and 1 more shorter gaps: --json lists all"


def test_of_many_gateways_the_longest_gaps_of_all_are_named() -> None:
    short = [(f"2024-01-01 {hour:02}:00", f"2024-01-01 {hour + 1:02}:00") for hour in (1, 5, 9)]
    long = ("2024-01-02 04:00", "2024-01-02 09:00")
    lines = plain(show_coverage, tell(*(covered(f"g{n}/1", *short, long) for n in range(20))))
    named = [line for line in lines if "no data from" in line]
    assert len(named) == 24
    assert sum("(5 hours)" in line for line in named) == 20
    assert lines[-1] == "… and 56 more shorter gaps: --json lists all"


def test_a_single_gateway_needs_no_line_for_all() -> None:
    assert "any of them" not in "\n".join(plain(show_coverage, tell(covered("a/1"))))


def test_every_bin_is_listed_and_sums_to_the_lines() -> None:
    summary = summarise(STORIES["quarter"]())
    lines = plain(show_accounts, summary)
    assert lines[1] == "Every line accounted for  3,293,445 lines, each in one bin"
    numbers = [line.split()[1].replace(",", "") for line in lines[2:] if line[0] != " "]
    assert sum(map(int, numbers)) == 3_293_445


def test_accounts_of_a_selection_say_that_they_are_of_all() -> None:
    title = plain(show_accounts, summarise(STORIES["one_user"]()), page(120))[1]
    assert title.endswith("each in one bin; of the whole input, selected or not")
    assert plain(show_accounts, tell(source("a/1")))[1].endswith("each in one bin")


def test_a_wide_page_shows_the_accounts_of_each_gateway() -> None:
    lines = plain(show_accounts, summarise(STORIES["quarter"]()), page(120))
    assert lines[2].split() == ["lines", "dns", "proxy-a", "proxy-b"]
    assert lines[3].split()[:5] == ["hit", "2,608", "57", "1,814", "737"]


def test_limits_and_rules_are_named() -> None:
    summary = tell(covered("a/1"))
    assert len(plain(show_limits, summary)) == 4
    assert "Rules 2024-01, 3 watched services." in plain(show_footer, summary)[1]


def test_without_any_time_there_is_no_coverage_to_show() -> None:
    assert plain(show_coverage, tell(source())) == []
