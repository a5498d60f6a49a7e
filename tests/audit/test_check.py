"""The line for monitoring systems: status, words, figures."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from logan.audit.check import CheckResult, CheckStatus, answer, check_state, spell
from logan.audit.ledger_rows import CountRow, DeliveryRow, LedgerRow
from tests.audit.builders import configuration, hour_rows, notice, run_row, stream_row
from tests.audit.test_state import HOUR, NIGHT, SECONDS, state_of

AGE, CRITICAL = 26 * HOUR, 50 * HOUR
#: value, unit, warning, critical of one figure (Monitoring Plugins Development Guidelines).
FIGURE = re.compile(r"^[a-z]+=(?:U|-?[0-9]+(?:s|c|h)?)(?:;[0-9]+;[0-9]+)?$")


def checked(place: Path, *rows: LedgerRow, hours: float = 5) -> CheckResult:
    told = configuration(place, silence=3 * HOUR)
    lines = stream_row("hq-squid", NIGHT + timedelta(days=400))
    seen = hour_rows("hq-squid", NIGHT - HOUR, 0, 25, 49)
    state = state_of(place, lines, *seen, *rows, told=told, hours=hours)
    result = check_state(state, age=AGE, critical=CRITICAL)
    figures = result.line.partition(" | ")[2].split(" ")
    assert all(FIGURE.match(one) for one in figures)
    assert len(result.line.splitlines()) == 1
    return result


def test_all_is_well(tmp_path: Path) -> None:
    words = "last complete run 4 h ago, no hits to look at"
    figures = "age=17991s;93600;180000 hits=0c unseen=0 uncovered=47h"
    assert checked(tmp_path) == (CheckStatus.OK, f"LOGAN OK - {words} | {figures}")


def test_the_line_of_the_specification(tmp_path: Path) -> None:
    rows = run_row(1, new_hits=5), CountRow("hq-squid", "2026-03-04", "x", "hits:allowed", 2_542)
    words = "5 hits not looked at, last complete run 5 h ago"
    figures = "age=18000s;93600;180000 hits=2542c unseen=5 uncovered=47h"
    found = checked(tmp_path, *rows, hours=5 + SECONDS / HOUR)
    assert found == (CheckStatus.WARNING, f"LOGAN WARNING - {words} | {figures}")


def test_a_run_of_a_clock_that_was_ahead_hides_nothing(tmp_path: Path) -> None:
    """Else no run for years would be well."""
    ahead = run_row(1, end=NIGHT + timedelta(days=4000))
    found = checked(tmp_path, ahead)
    assert found.status is not CheckStatus.OK
    assert "last complete run 3999 days ahead of this clock" in found.line
    (tmp_path / "ledger.sqlite").unlink()
    assert "ahead of this clock" not in checked(tmp_path, ahead, run_row(2)).line


@pytest.mark.parametrize(
    ("hours", "status"),
    [(26, CheckStatus.OK), (26.1, CheckStatus.WARNING), (50.1, CheckStatus.CRITICAL)],
)
def test_the_age_of_the_last_complete_run(
    tmp_path: Path, hours: float, status: CheckStatus
) -> None:
    assert checked(tmp_path, hours=hours).status == status


@pytest.mark.parametrize(
    ("rows", "status", "words"),
    [
        ([run_row(1, seen=NIGHT, new_hits=5)], CheckStatus.OK, "no hits to look at"),
        ([notice("a", "hole"), DeliveryRow(1, "it", NIGHT)], CheckStatus.WARNING, "1 hole in the logs"),
        ([notice("a"), DeliveryRow(1, "x", None)], CheckStatus.WARNING, "1 notice not delivered"),
        ([run_row(1), run_row(2, complete=False)], CheckStatus.WARNING, "last run incomplete"),
        ([run_row(1, complete=False)], CheckStatus.CRITICAL, "no run was ever complete"),
        ([run_row(1), run_row(2), run_row(3), run_row(4)], CheckStatus.CRITICAL, "hq-squid silent for"),
        ([run_row(1), run_row(365)], CheckStatus.WARNING, "rules facial-search of 2026-01-29"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_first(
    tmp_path: Path, rows: list[LedgerRow], status: CheckStatus, words: str
) -> None:
    found = checked(tmp_path, *rows)
    assert found.status >= status
    assert words in found.line
    if status is not CheckStatus.OK:
        assert status.name in found.line or found.status > status


def test_without_a_complete_run_its_age_is_unknown(tmp_path: Path) -> None:
    assert "| age=U;93600;180000 " in checked(tmp_path, run_row(1, complete=False)).line


def test_the_worst_decides_and_stands_first(tmp_path: Path) -> None:
    state = state_of(tmp_path, run_row(1, new_hits=2))
    gateway = replace(state.gateways[0], silent=4 * HOUR)
    found = check_state(replace(state, gateways=(gateway,)), age=AGE, critical=CRITICAL)
    assert found.line.startswith("LOGAN CRITICAL - hq-squid silent for 4 h, 2 hits not looked at")


def test_a_ledger_that_was_altered_is_critical(tmp_path: Path) -> None:
    state = replace(state_of(tmp_path), faults=("run 3 is not as it was", "run 4 is not either"))
    found = check_state(state, age=AGE, critical=CRITICAL)
    words = "the ledger was altered: run 3 is not as it was and 1 more, last complete run"
    assert found.line.startswith(f"LOGAN CRITICAL - {words}")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (-HOUR, "0 min"),
        (timedelta(minutes=119), "119 min"),
        (2 * HOUR, "2 h"),
        (71 * HOUR, "71 h"),
        (72 * HOUR, "3 days"),
    ],
)
def test_spans_as_one_reads_them(span: timedelta, words: str) -> None:
    assert spell(span) == words


def test_negate_of_the_monitoring_plugins_takes_the_answer_for_one(tmp_path: Path) -> None:
    """The plugins' own reader of other plugins' answers turns OK into CRITICAL, and back."""
    negate = shutil.which("negate", path="/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins")
    if negate is None:
        pytest.skip("no `negate`: install monitoring-plugins-basic")
    for status, turned in ((0, 2), (2, 0), (1, 1), (3, 3)):
        said = answer(CheckStatus(status), "x | age=1s;2;3").line
        plugin = tmp_path / f"plugin{status}"
        plugin.write_text(f"#!/bin/sh\necho '{said}'\nexit {status}\n")
        plugin.chmod(0o755)
        ran = subprocess.run([negate, "-s", plugin], capture_output=True, text=True)
        assert (ran.returncode, ran.stdout.split(" ")[1]) == (turned, CheckStatus(turned).name)
