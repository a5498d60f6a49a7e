"""`logan scan`: conditions, selection, and what the process says at its end."""

import json
from pathlib import Path

import pytest

from logan.cli.conditions import read_condition
from logan.cli.scan_status import exit_status
from logan.errors import ExitStatus
from logan.tables.accounts import UnbalancedError
from tests import builders
from tests.conftest import Run


def test_incomplete_comes_before_any_condition() -> None:
    rows = [builders.hit("2024-01-01T10:00"), builders.hit("2024-01-01T11:00")]
    whole = builders.result(rows)
    held = [(read_condition("hits>1"), 2)]
    assert exit_status(whole, []) == ExitStatus.COMPLETE
    assert exit_status(whole, held) == ExitStatus.CONDITION_HOLDS
    broken = builders.result(rows, sources=(builders.source(complete=False, failure="cut"),))
    assert exit_status(broken, held) == ExitStatus.INCOMPLETE


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


@pytest.mark.parametrize("period", [("--since", "2024-02-01"), ("--until", "2023-12-01")])
@pytest.mark.parametrize("shown", [(), ("--quiet",), ("--json",)])
def test_no_line_in_the_period_asked_for_is_no_answer(
    period: tuple[str, ...], shown: tuple[str, ...], tmp_path: Path, run: Run
) -> None:
    log = tmp_path / "access.log"
    log.write_text(HIT)
    ran = run("scan", str(log), *period, *shown, "--fail-on", "hits==0")
    assert ran.status == ExitStatus.INCOMPLETE
    assert "no data" in (ran.err if shown else ran.out).lower()


def test_lines_of_which_none_has_a_time_are_no_answer(tmp_path: Path, run: Run) -> None:
    log = tmp_path / "conn.log"
    log.write_text(
        "#separator \\x09\n#path\thttp\n#fields\tts\tid.orig_h\thost\turi\n"
        + "1704103200123.0\t10.1.2.3\tpimeyes.com\t/en\n" * 3
    )
    assert run("scan", str(log), "--quiet").status == ExitStatus.INCOMPLETE


def test_an_hour_without_lines_is_still_an_answer_if_others_have_some(
    tmp_path: Path, run: Run
) -> None:
    log = tmp_path / "access.log"
    log.write_text(HIT)
    day = ("--since", "2024-01-01", "--until", "2024-01-01")
    assert run("scan", str(log), "-q", *day).status == ExitStatus.COMPLETE
    held = run("scan", str(log), "-q", *day, "--fail-on", "uncovered>=23")
    assert (held.status, held.err) == (1, "logan: uncovered>=23 holds: 23\n")


@pytest.mark.parametrize("name", ["pimeyes", "PimEyes", "PIMEYES.com"])
def test_a_service_is_selected_by_its_id_its_name_or_its_domain(
    name: str, tmp_path: Path, run: Run
) -> None:
    log = tmp_path / "access.log"
    log.write_text(HIT)
    ran = run("scan", log, "--service", name, "--service", "pimeyes", "--json")
    assert json.loads(ran.out)["selection"]["services"] == ["pimeyes"]


def test_a_service_that_no_rule_knows_is_answered_with_the_nearest(
    tmp_path: Path, run: Run
) -> None:
    near = run("scan", tmp_path, "--service", "pimeye")
    assert near.status == ExitStatus.USAGE
    assert near.err.endswith("Did you mean `pimeyes`?\n")
    assert "`logan rules list` has all" in run("scan", tmp_path, "--service", "qqq").err


def test_options_of_a_package_are_not_lost_where_none_is_made(tmp_path: Path, run: Run) -> None:
    ran = run("scan", tmp_path, "--name", "METRO", "--queries")
    assert ran.status == ExitStatus.USAGE
    assert ran.err == "logan: --name, --queries are about a package: add --export DIR\n"


def test_a_run_that_is_interrupted_behind_its_package_says_that_it_is_there(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "access.log"
    log.write_text(HIT)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("logan.cli.scan.show_json", interrupted)
    ran = run("scan", log, "--json", "--export", tmp_path / "audit")
    assert ran.status == ExitStatus.INCOMPLETE
    assert ran.err == f"logan: interrupted; the package in {tmp_path / 'audit'} is whole\n"
    assert run("verify", "-q", tmp_path / "audit").status == ExitStatus.COMPLETE
    assert "no file was written" in run("scan", log, "--json").err


def test_a_log_in_another_format_than_was_named_is_told_by_what_it_looks_like(
    tmp_path: Path, run: Run
) -> None:
    log = tmp_path / "access.log"
    log.write_text(HIT * 3)
    ran = run("scan", log, "--format", "w3c", "-q")
    assert ran.status == ExitStatus.INCOMPLETE
    assert "not in the format that was named; it looks like squid" in ran.err
