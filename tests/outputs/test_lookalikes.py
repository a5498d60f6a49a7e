"""The section on look-alike hosts."""

import polars as pl
import pytest

from logan.outputs.lookalikes import show_lookalikes
from logan.outputs.page import Page
from logan.tables.summary import summarise
from logan.vocabulary import LOOKALIKE
from tests.builders import Row, hit, result
from tests.outputs.test_page import page


def alike(host: str, user: str = "ann") -> Row:
    return hit("2024-01-02 09:00", user, host=host, bin="cleared", rule=LOOKALIKE)


def lines(rows: list[Row], on: Page) -> list[str]:
    return [line.plain for line in show_lookalikes(summarise(result(rows)), on)]


def test_it_is_said_what_they_are_and_for_whom() -> None:
    shown = lines([alike("a.pimeyes.com.evil.co.uk"), alike("b.pimeyes.com.evil.co.uk")], page(120))
    hosts = "a.pimeyes.com.evil.co.uk, b.pimeyes.com.evil.co.uk"
    assert shown == [
        "",
        "Look-alike hosts  not the service; may be phishing, for IT security",
        "domain      looks like  lines  users  blocked        last  hosts",
        f"evil.co.uk  PimEyes         2      1        0  2 Jan 2024  {hosts}",
    ]


def test_the_end_of_a_long_domain_stays_for_that_is_who_owns_it() -> None:
    shown = lines([alike(f"pimeyes.com-{'x' * 60}.example")], page(40))
    assert shown[-1].split()[0].endswith("x.example")


def test_a_long_list_says_what_it_leaves_out() -> None:
    shown = lines([alike(f"notpimeyes.com{number}.example") for number in range(13)], page(80))
    assert shown[-1] == "… and 3 more domains: --top 0 shows all"


def test_without_any_there_is_no_section() -> None:
    assert lines([hit("2024-01-02 09:00")], page()) == []


def test_only_what_is_shown_is_made_rows_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kilobyte each, and a hostile log may have a million domains."""
    summary = summarise(result([alike(f"notpimeyes.com{number}.example") for number in range(50)]))
    heights: list[int] = []
    to_dicts = pl.DataFrame.to_dicts

    def noted(frame: pl.DataFrame) -> list[dict[str, object]]:
        heights.append(frame.height)
        return to_dicts(frame)

    monkeypatch.setattr(pl.DataFrame, "to_dicts", noted)
    show_lookalikes(summary, page(80))
    assert heights == [page(80).top]
