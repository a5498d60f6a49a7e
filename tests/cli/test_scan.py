"""`logan scan`: conditions, selection, and what the process says at its end."""

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
