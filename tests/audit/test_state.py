"""How an audit stands, read out of its ledger alone."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from logan.audit.configuration import AuditConfiguration
from logan.audit.ledger import DamagedLedgerError, Ledger, LedgerError
from logan.audit.ledger_rows import CountRow, DeliveryRow, LedgerRow, PurgeRow, RunRow
from logan.audit.state import (
    AuditState,
    OwedNotices,
    PackVersion,
    mark_seen,
    read_state,
)
from logan.runtime.hour_numbers import HourGap
from tests.audit.builders import (
    NIGHT,
    configuration,
    hour_rows,
    ledger_with,
    notice,
    run_row,
    stream_row,
)

HOUR = timedelta(hours=1)
SECONDS = timedelta(seconds=9)


def state_of(
    place: Path, *rows: LedgerRow, told: AuditConfiguration | None = None, hours: float = 5
) -> AuditState:
    """The state some hours after the last of the runs (or after that of one night)."""
    runs = [row for row in rows if isinstance(row, RunRow)]
    with ledger_with(place, *runs) as ledger:
        ledger.insert_all(row for row in rows if not isinstance(row, RunRow))
        last = max((run.start for run in runs), default=NIGHT)
        return read_state(ledger, told or configuration(place), last + hours * HOUR)


def test_a_night_without_anything(tmp_path: Path) -> None:
    state = state_of(tmp_path)
    assert (state.run_count, state.runs[0].id, state.last_complete) == (1, 1, NIGHT + SECONDS)
    assert (state.unseen_hits, state.unseen_holes, state.hits, state.owed) == (0, 0, {}, ())
    assert state.packs == (PackVersion("facial-search", "2", date(2026, 1, 29)),)
    (gateway,) = state.gateways
    assert (gateway.name, gateway.newest, gateway.silent, gateway.lines) == (
        "hq-squid", None, None, 0,
    )  # fmt: skip


def test_the_last_runs_are_shown_and_the_last_complete_one_is_known(tmp_path: Path) -> None:
    runs = [run_row(number) for number in range(1, 15)]
    runs += [run_row(15, complete=False, why=("a.log: cut",)), run_row(16, complete=None, end=None)]
    state = state_of(tmp_path, *runs)
    assert [run.id for run in state.runs] == list(range(16, 6, -1))
    assert state.run_count == 16
    assert state.last_complete == runs[13].end
    assert state.last_ended is not None
    assert state.last_ended.why == ("a.log: cut",)


def test_hits_wait_until_somebody_says_that_they_were_looked_at(tmp_path: Path) -> None:
    runs = run_row(1, new_hits=3), run_row(2), run_row(3, new_hits=5)
    under_way = run_row(4, new_hits=7, end=None, complete=None)
    with ledger_with(tmp_path, *runs, under_way) as ledger:
        ledger.insert(notice("hole:1", "hole", run=2))
        told = configuration(tmp_path)
        before = read_state(ledger, told, NIGHT)
        assert (before.unseen_hits, before.unseen_holes) == (15, 1)
        assert mark_seen(ledger, NIGHT) == (8, 1)
        after = read_state(ledger, told, NIGHT)
        assert (after.unseen_hits, after.unseen_holes) == (7, 0)
        assert [run.seen for run in reversed(after.runs)] == [NIGHT, NIGHT, NIGHT, None]
        assert mark_seen(ledger, NIGHT + HOUR) == (0, 0)


@pytest.mark.parametrize(
    ("ago", "silent"),
    [(3 * HOUR, None), (3 * HOUR + SECONDS, 3 * HOUR + SECONDS), (9 * HOUR, 9 * HOUR)],
)
def test_a_gateway_is_silent_as_the_last_run_saw_it(
    tmp_path: Path, ago: timedelta, silent: timedelta | None
) -> None:
    told = configuration(tmp_path, silence=3 * HOUR)
    newest = NIGHT + SECONDS - ago
    for hours in (0, 20):
        (tmp_path / "ledger.sqlite").unlink(missing_ok=True)
        state = state_of(tmp_path, stream_row("hq-squid", newest), told=told, hours=hours)
        assert (state.gateways[0].newest, state.gateways[0].silent) == (newest, silent)


def test_a_stamp_of_the_future_does_not_hide_silence(tmp_path: Path) -> None:
    told = configuration(tmp_path, silence=3 * HOUR)
    rows = (
        stream_row("hq-squid", NIGHT + timedelta(days=9_000)),
        *hour_rows("hq-squid", NIGHT - 12 * HOUR, 0, 1, 216_000),
    )
    (gateway,) = state_of(tmp_path, *rows, told=told).gateways
    assert gateway.newest == (NIGHT - 11 * HOUR).replace(minute=0)
    assert gateway.silent == NIGHT + SECONDS - gateway.newest


def test_a_gateway_that_never_wrote_a_line_is_silent_since_the_first_run(tmp_path: Path) -> None:
    told = configuration(tmp_path, silence=3 * HOUR)
    assert state_of(tmp_path, told=told).gateways[0].silent is None
    (tmp_path / "ledger.sqlite").unlink()
    found = state_of(tmp_path, run_row(1), run_row(2), told=told)
    assert found.gateways[0].silent == timedelta(days=1) + SECONDS


def test_hours_without_a_line_are_those_between_lines(tmp_path: Path) -> None:
    first = NIGHT.replace(minute=0)
    rows = hour_rows("hq-squid", first, 0, 1, 4, 5, 9) + hour_rows("gone", first, 3)
    state = state_of(tmp_path, *rows, stream_row("gone", None))
    squid, gone = state.gateways
    assert squid.uncovered == (
        HourGap(first + 2 * HOUR, first + 4 * HOUR),
        HourGap(first + 6 * HOUR, first + 9 * HOUR),
    )
    assert [part.hours for part in squid.uncovered] == [2, 3]
    assert (gone.configured, gone.uncovered, state.uncovered_hours) == (False, (), 5)


def test_lines_and_hits_are_those_of_the_counts(tmp_path: Path) -> None:
    rows = [
        CountRow("hq-squid", "", "", "lines", 90),
        CountRow("hq-squid", "", "", "bin:hit", 7),
        CountRow("hq-squid", "", "", "bin:unrelated", 83),
        CountRow("hq-squid", "2026-03-03", "pimeyes", "hits:allowed", 4),
        CountRow("hq-squid", "2026-03-04", "pimeyes", "hits:allowed", 2),
        CountRow("boroughs", "2026-03-04", "pimeyes", "hits:allowed", 1),
        CountRow("hq-squid", "2026-03-04", "pimeyes", "hits:blocked", 1),
        CountRow("hq-squid", "2026-03-04", "pimeyes", "searches", 3),
    ]
    state = state_of(tmp_path, *rows)
    assert state.hits == {("pimeyes", "allowed"): 7, ("pimeyes", "blocked"): 1}
    assert state.gateways[0].lines == 90
    assert state.gateways[0].bins == {"hit": 7, "unrelated": 83}


def test_what_was_told_to_whom_and_what_is_owed(tmp_path: Path) -> None:
    rows = [
        notice("a"),
        notice("b", "silence"),
        notice("c"),
        DeliveryRow(1, "chief", NIGHT),
        DeliveryRow(1, "psd", NIGHT),
        DeliveryRow(2, "it", None, "ended with 75"),
        PurgeRow(NIGHT, NIGHT, 12, "keep.hits", 1),
    ]
    state = state_of(tmp_path, *rows)
    assert [(one.notice.key, one.recipients) for one in state.told] == [
        ("c", ()),
        ("b", ()),
        ("a", ("chief", "psd")),
    ]
    assert state.owed == (OwedNotices("", 1, None), OwedNotices("it", 1, "ended with 75"))
    assert [purge.rows for purge in state.purges] == [12]


def test_a_ledger_that_is_damaged_says_so(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path)
    ledger.connection.execute("DROP TABLE hour")
    with ledger, pytest.raises(LedgerError, match=r"ledger\.sqlite: no such table: hour"):
        read_state(ledger, configuration(tmp_path), NIGHT)


def test_a_ledger_with_a_value_that_cannot_be_says_so(tmp_path: Path) -> None:
    with ledger_with(tmp_path) as ledger:
        ledger.connection.execute("UPDATE run SET why = 'no document'")
        with pytest.raises(DamagedLedgerError, match=r"is not made as its form says \(JSONDecode"):
            read_state(ledger, configuration(tmp_path), NIGHT)


def test_a_ledger_without_a_run_has_a_state(tmp_path: Path) -> None:
    with ledger_with(tmp_path) as ledger:
        ledger.connection.execute("DELETE FROM run")
        state = read_state(ledger, configuration(tmp_path), NIGHT)
    assert (state.runs, state.last_complete, state.last_ended, state.rules) == (
        (),
        None,
        None,
        None,
    )


def test_the_state_of_a_large_ledger_is_read_from_few_rows(tmp_path: Path) -> None:
    """No query runs over findings: with nothing left in their rows it is the same."""
    with ledger_with(tmp_path) as ledger:
        ledger.connection.execute("UPDATE rows SET content = zeroblob(0)")
        assert isinstance(ledger, Ledger)
        assert read_state(ledger, configuration(tmp_path), NIGHT).run_count == 1


def test_a_run_that_was_altered_is_named(tmp_path: Path) -> None:
    runs = [run_row(number, new_hits=1) for number in range(1, 5)]
    with ledger_with(tmp_path, *runs, run_row(5, end=None, complete=None)) as ledger:
        told = configuration(tmp_path)
        assert read_state(ledger, told, NIGHT).faults == ()
        assert mark_seen(ledger, NIGHT) == (4, 0)
        assert read_state(ledger, told, NIGHT).faults == ()
        ledger.connection.execute("UPDATE run SET new_hits = 0 WHERE id = 2")
        assert read_state(ledger, told, NIGHT).faults == ("run 2 is not as it was when it ended",)
        ledger.connection.execute("DELETE FROM run WHERE id = 2")
        assert read_state(ledger, told, NIGHT).faults == (
            "run 3 does not follow the run before it",
        )
