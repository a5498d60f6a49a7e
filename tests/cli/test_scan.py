"""`logan scan`: conditions, selection, and what the process says at its end."""

import json
from pathlib import Path

import pytest

from logan.cli.scan import exit_status, read_condition
from logan.errors import ExitStatus, UsageError
from logan.tables.accounts import UnbalancedError
from logan.tables.headline import totals
from tests import builders
from tests.conftest import Run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hits>0", ("hits", ">", 0)),
        (" users >= 10 ", ("users", ">=", 10)),
        ("blocked=3", ("blocked", "==", 3)),
        ("searches!=0", ("searches", "!=", 0)),
    ],
)
def test_conditions(text: str, expected: tuple[str, str, int]) -> None:
    assert read_condition(text) == expected


@pytest.mark.parametrize("text", ["", "hits", "hits>", "hits>-1", "visits>0", "hits>0 and users>0"])
def test_conditions_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="hits>0"):
        read_condition(text)


def test_incomplete_comes_before_any_condition() -> None:
    rows = [builders.hit("2024-01-01T10:00"), builders.hit("2024-01-01T11:00")]
    whole = builders.result(rows)
    counted = totals(whole)
    assert exit_status(whole, counted, []) == ExitStatus.COMPLETE
    assert exit_status(whole, counted, [("hits", ">", 1)]) == ExitStatus.CONDITION_HOLDS
    assert exit_status(whole, counted, [("hits", ">", 2)]) == ExitStatus.COMPLETE
    both = [("hits", ">", 2), ("users", "==", 1)]
    assert exit_status(whole, counted, both) == ExitStatus.CONDITION_HOLDS
    broken = builders.result(rows, sources=(builders.source(complete=False, failure="cut"),))
    assert exit_status(broken, counted, [("hits", ">", 1)]) == ExitStatus.INCOMPLETE


def test_a_quiet_scan_still_checks_that_the_accounts_add_up(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "access.log"
    log.write_text("nothing that a format knows\n" * 3)

    def unbalanced(*_: object, **__: object) -> None:
        raise UnbalancedError("they do not")

    monkeypatch.setattr("logan.tables.accounts.check_balance", unbalanced)
    ran = run("scan", "-q", log)
    assert ran.status == ExitStatus.INCOMPLETE
    assert "they do not" in ran.err


HIT = "1704103200.123 250 10.1.2.3 TCP_MISS/200 5 GET https://pimeyes.com/en jdoe HIER_DIRECT/1 -\n"


def test_a_quiet_condition_that_holds_says_so_on_stderr_and_one_that_does_not_is_silent(
    tmp_path: Path, run: Run
) -> None:
    log = tmp_path / "access.log"
    log.write_text(HIT)
    told = run("scan", str(log), "--quiet", "--fail-on", "hits>0", "--fail-on", "uploads>0")
    assert (told.status, told.out) == (ExitStatus.CONDITION_HOLDS, "")
    assert told.err == "logan: hits>0 holds: 1\n"
    silent = run("scan", str(log), "--quiet", "--fail-on", "hits>1")
    assert (silent.status, silent.out, silent.err) == (ExitStatus.COMPLETE, "", "")


@pytest.mark.parametrize(
    "stamp", ["1704103200123.123", "253402300800.000", "9999999999999999.1", "99999999999.000"]
)
def test_a_stamp_that_no_calendar_holds_costs_no_more_than_its_line(
    stamp: str, tmp_path: Path, run: Run
) -> None:
    log = tmp_path / "events.json"
    event = '{"ts":%s,"uid":"Cx","id.orig_h":"10.1.2.3","host":"pimeyes.com","uri":"/en","trans_depth":1}\n'
    log.write_text(event % "1704103200.1" * 9 + event % stamp + event % "1704103201.1" * 9)
    found = run("scan", str(log), "--json")
    assert found.status == ExitStatus.COMPLETE
    bins = json.loads(found.out)["sources"][0]["bins"]
    assert bins["hit"] + bins["rejected"] == 19
    assert bins["hit"] in (18, 19)
