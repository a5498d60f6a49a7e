"""The chart of windows."""

from datetime import timedelta

from logan.outputs.chart import show_windows
from logan.outputs.page import Page
from logan.result import ScanResult
from logan.tables.spans import parse_window
from logan.tables.summary import summarise
from tests.builders import at, fit_source, hit, hours, result
from tests.outputs.test_page import page

START = at("2024-01-01 09:00")


def plain(scanned: ScanResult, window: str, on: Page | None = None) -> list[str]:
    lines = show_windows(summarise(scanned, window=parse_window(window)), on or page(80))
    return [line.plain for line in lines]


def spread(*days: int) -> ScanResult:
    return result([hit(START + timedelta(days=day)) for day in days])


def test_the_longest_bar_is_the_busiest_window() -> None:
    lines = plain(spread(0, 1, 1, 2, 2, 2, 2), "1d")
    bars = [line.count("█") for line in lines[3:6]]
    assert bars == [bars[2] // 4, bars[2] // 2, bars[2]]
    assert bars[2] > 16


def test_hours_before_the_first_line_and_after_the_last_are_not_drawn() -> None:
    lines = plain(result([hit("2024-01-01 07:50"), hit("2024-01-01 09:16")]), "1h")
    assert [line[11:16] for line in lines[3:]] == ["07:00", "08:00", "09:00"]


def test_the_title_says_length_and_clock() -> None:
    assert plain(spread(0), "1w")[1] == "By week  local time of Europe/London, weeks from Monday"
    assert plain(spread(0), "7d")[1] == "By 7 days  local time of Europe/London"


def test_a_window_without_hits_is_zero_and_one_without_lines_is_no_data() -> None:
    rows = [hit(START), hit(START + timedelta(days=3))]
    account = fit_source(rows)
    dark = account._replace(hours=account.hours - hours("2024-01-03", "2024-01-04"))
    lines = plain(result(rows, sources=[dark]), "1d")
    assert lines[4].split() == ["Tue", "2", "Jan", "2024", "0", "0", "0", "0", "0", "100%"]
    assert lines[5].split() == ["Wed", "3", "Jan", "2024", "no", "data", "0%"]


def test_coverage_is_shown_only_if_something_is_missing() -> None:
    assert "covered" not in "\n".join(plain(spread(0, 3), "1d"))


def test_a_part_of_a_percent_that_is_missing_is_never_rounded_away() -> None:
    rows = [hit(START), hit(START + timedelta(days=80))]
    account = fit_source(rows)
    holed = account._replace(hours=account.hours - {min(account.hours) + 5})
    (row,) = plain(result(rows, sources=[holed]), "1y")[3:4]
    assert row.endswith("99%")


def test_a_long_run_without_data_is_one_row_however_short_the_chart() -> None:
    rows = [hit("2024-01-01 08:30"), hit("2024-01-01 20:30")]
    account = fit_source(rows)
    dark = hours("2024-01-01 10:00", "2024-01-01 17:00") | hours(
        "2024-01-01 18:00", "2024-01-01 20:00"
    )
    lines = plain(result(rows, sources=[account._replace(hours=account.hours - dark)]), "1h")
    assert [line[:30].strip() for line in lines[3:-1]] == [
        "1 Jan 2024 08:00           ███",
        "1 Jan 2024 09:00",
        "1 Jan 2024 10:00 to 17:00  no",
        "1 Jan 2024 17:00",
        "1 Jan 2024 18:00           no",
        "1 Jan 2024 19:00           no",
        "1 Jan 2024 20:00           ███",
    ]


def test_windows_are_named_as_far_as_the_period_reaches() -> None:
    week, ninety = spread(1, 16), spread(0, 95)
    names = [line[:22].strip(" █▏▎▍▌▋▊▉") for line in plain(week, "1w")[3:]]
    assert names == ["2 to 7 Jan 2024", "8 to 14 Jan 2024", "15 to 17 Jan 2024"]
    assert [line[:21].strip() for line in plain(ninety, "90d")[3:]] == [
        "1 Jan to 30 Mar 2024",
        "31 Mar to 5 Apr 2024",
    ]


def test_many_windows_without_hits_are_drawn_together() -> None:
    lines = plain(spread(0, 1, 40), "1d")
    names = [line[:20].strip() for line in lines[3:]]
    assert names == ["Mon 1 Jan 2024", "Tue 2 Jan 2024", "3 Jan to 9 Feb 2024", "Sat 10 Feb 2024"]
    assert len(plain(spread(0, 1, 20), "1d")) == 3 + 21


def test_a_chart_too_long_says_so_unless_everything_is_asked_for() -> None:
    whole = spread(*range(100))
    assert plain(whole, "1d")[-1] == "… and 38 more rows: --top 0 shows all"
    everything = page(80)._replace(top=None)
    assert len(plain(whole, "1d", everything)) == 3 + 100


def test_addresses_stand_in_where_no_user_is_named() -> None:
    nameless = result([hit(START, None), hit(START, None, client_ip="192.0.2.9")])
    title, row = plain(nameless, "1d")[2:4]
    assert title.split()[1] == "addresses"
    assert row.split()[-4] == "2"


def test_without_hits_there_is_no_chart() -> None:
    assert plain(result([]), "1d") == []
