"""All tables of a result agree with one another, whatever was logged."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.result import Selection
from logan.tables.accounts import UnbalancedError
from logan.tables.spans import Window, parse_window
from logan.tables.summary import Summary, summarise
from logan.tables.users import USERS_ORDER, order_people
from tests.builders import Row, at, hit, hours, result, source

START = at("2024-03-25 00:00")

findings = st.builds(
    lambda minute, user, address, service, activity, action, bin_: hit(
        START + timedelta(minutes=minute),
        user,
        client_ip=address,
        service=service,
        activity=activity,
        action=action,
        bin=bin_,
    ),
    st.integers(0, 200 * 24 * 60),
    st.sampled_from(["ann", "bob", "cat", None]),
    st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
    st.sampled_from(["pimeyes", "clearview"]),
    st.sampled_from(["page", "search", "upload", "contact"]),
    st.sampled_from(["allowed", "blocked", "unknown"]),
    st.sampled_from(["hit", "hit", "hit", "mention", "repeat"]),
)
lists = st.lists(findings, max_size=30)


@settings(max_examples=60, deadline=None)
@given(lists, st.sampled_from(["1d", "1w", "1mo", "90d"]))
def test_every_table_sums_to_the_totals(rows: list[Row], window: str) -> None:
    summary = summarise(result(rows), window=parse_window(window))
    users, people = pl.concat(summary.users), pl.concat(summary.people)
    for name in ("hits", "searches", "uploads", "blocked"):
        total = getattr(summary.totals, name)
        for table in (summary.services, users, people, summary.windows):
            assert total_of(table, name) == total
        assert summary.all_windows[name].sum() == total
    assert summary.totals.hits == sum(row["bin"] == "hit" for row in rows)
    assert summary.totals.hits == sum(
        (summary.totals.allowed, summary.totals.blocked, summary.totals.unknown)
    )
    assert summary.services["sessions"].sum() == summary.sessions[30]
    assert total_of(people, "sessions") == total_of(users, "sessions")
    assert summary.sessions[5] >= summary.sessions[15] >= summary.sessions[30]
    assert sum(summary.bins.values()) == sum(source.lines for source in summary.result.sources)


@settings(max_examples=25, deadline=None)
@given(lists, st.randoms(use_true_random=False))
def test_the_order_of_the_findings_changes_nothing(rows: list[Row], random: object) -> None:
    numbered = [row | {"line": number} for number, row in enumerate(rows, 1)]
    shuffled = list(numbered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = summarise(result(numbered)), summarise(result(shuffled))
    assert first.totals == second.totals
    assert first.sessions == second.sessions
    for name in ("services", "windows", "all_windows", "busiest", "sources"):
        assert getattr(first, name).equals(getattr(second, name)), name
    assert users_of(first).equals(users_of(second))
    assert people_of(first).equals(people_of(second))


def test_an_uneven_account_stops_everything() -> None:
    with pytest.raises(UnbalancedError, match="counted as hit"):
        summarise(result([hit("2024-01-01 09:00")], sources=[source()]))


def test_a_selection_narrows_tables_but_not_accounts() -> None:
    rows = [hit("2024-01-01 09:00", "ann"), hit("2024-01-02 09:00", "bob")]
    summary = summarise(result(rows, selection=Selection(users=("bob",))))
    assert summary.totals.hits == 1
    assert summary.bins["hit"] == 2


def test_a_service_that_was_asked_for_has_windows_without_a_hit() -> None:
    asked = Selection(services=("clearview",))
    summary = summarise(result([hit("2024-01-01 09:00")], selection=asked), window=Window(1, "d"))
    assert summary.windows.select("service", "hits").rows() == [("clearview", 0)]


def test_the_chosen_gap_stands_among_the_usual_ones() -> None:
    summary = summarise(result([hit("2024-01-01 09:00")], session_gap_minutes=45))
    assert list(summary.sessions) == [5, 15, 30, 45, 60]


def test_without_any_time_there_are_accounts_and_nothing_else() -> None:
    summary = summarise(result([], sources=[source()]))
    assert (summary.period, summary.window, summary.coverage) == (None, None, ())
    assert summary.windows.is_empty()
    assert summary.bins["unrelated"] == 1000


def test_findings_kept_on_disk_are_counted_alike(tmp_path: object) -> None:
    rows = [hit("2024-01-01 09:00", f"u{number % 7}") for number in range(50)]
    held = result(rows)
    path = f"{tmp_path}/found.parquet"
    held.found.collect().write_parquet(path)
    spilled = result(rows, found=pl.scan_parquet(path))
    assert users_of(summarise(spilled)).equals(users_of(summarise(held)))


@settings(max_examples=40, deadline=None)
@given(lists, st.integers(1, 4), st.sampled_from(["1d", "1mo"]))
def test_findings_in_parts_are_counted_alike(rows: list[Row], count: int, window: str) -> None:
    whole = result(rows)
    person = pl.coalesce("user", "client_ip").hash() % count
    parts = tuple(whole.found.filter(person == number) for number in range(count))
    first = summarise(whole, window=parse_window(window))
    second = summarise(whole._replace(parts=parts), window=parse_window(window))
    assert first.totals == second.totals
    assert first.sessions == second.sessions
    for name in ("services", "windows", "all_windows", "busiest"):
        assert getattr(first, name).equals(getattr(second, name)), name
    assert users_of(first).equals(users_of(second))
    assert people_of(first).equals(people_of(second))


def total_of(table: pl.DataFrame | pl.LazyFrame, name: str) -> int:
    return int(table.lazy().select(name).collect()[name].sum())


def users_of(summary: Summary) -> pl.DataFrame:
    return pl.concat(summary.users).sort(USERS_ORDER, nulls_last=True).collect()


def people_of(summary: Summary) -> pl.DataFrame:
    return order_people(pl.concat(summary.people)).collect()


def test_coverage_is_measured_over_the_selected_period() -> None:
    covered = source("a/1", hours=hours("2024-01-01", "2024-01-03"))
    asked = Selection(since=at("2024-01-01"), until=at("2024-01-05"))
    summary = summarise(result([], sources=[covered], selection=asked, zone="UTC"))
    assert [(part.hours, part.covered) for part in summary.coverage] == [(96, 48), (96, 48)]
