"""`logan audit status` and `check`: arguments, what is printed where, exit status."""

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.audit.builders import ledger_with, notice, run_row
from tests.conftest import Run
from tests.file_size import file_size_limit

TEXT = """\
ledger = "ledger.sqlite"
[[gateway]]
name = "hq"
paths = ["gone.log"]
[keep]
hits = "400d"
counts = "7y"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An audit whose last run ended an hour ago, with 5 new hits; its logs are gone."""
    path = tmp_path / "audit.toml"
    path.write_text(TEXT)
    end = datetime.now(UTC) - timedelta(hours=1, minutes=30)
    ledger_with(tmp_path, run_row(1, end=end, new_hits=5)).close()
    return path


def test_the_state_and_that_it_was_looked_at(run: Run, config: Path) -> None:
    ran = run("audit", "status", config)
    assert (ran.status, ran.err) == (0, "")
    assert "5 new hits not looked at" in ran.out
    seen = run("audit", "status", config, "--seen", "--json")
    assert (seen.status, seen.err) == (0, "logan: 5 new hits marked as looked at\n")
    assert json.loads(seen.out)["unseen_hits"] == 0
    assert "not looked at" not in run("audit", "status", config).out


def test_holes_that_were_looked_at_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text(TEXT)
    with ledger_with(tmp_path, run_row(1, new_hits=1)) as ledger:
        ledger.insert(notice("hole:1", "hole"))
    seen = run("audit", "status", tmp_path / "audit.toml", "--seen")
    assert seen.err == "logan: 1 new hit and 1 hole in the logs marked as looked at\n"
    assert "not looked at" not in seen.out


def test_check_answers_in_one_line(run: Run, config: Path) -> None:
    ran = run("audit", "check", config)
    assert (ran.status, ran.err, ran.out.count("\n")) == (1, "", 1)
    assert ran.out.startswith("LOGAN WARNING - 5 hits not looked at, ")
    run("audit", "status", config, "--seen")
    assert run("audit", "check", config).status in (0, 1)  # 1 once the rules are a year old
    late = run("audit", "check", config, "--age", "30min", "--critical", "1h")
    assert (late.status, late.out.split(" - ")[0]) == (2, "LOGAN CRITICAL")
    assert late.out.startswith("LOGAN CRITICAL - last complete run 90 min ago")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--age", "yesterday"), "--age yesterday: not a length of time. Write 26h, 90min or 3d"),
        (("--critical", "1h", "--age", "2h"), "--critical 1h is no longer than --age 2h"),
        (("--no-such-option",), "No such option"),
    ],
)
def test_mistakes_are_unknown_and_not_critical(
    run: Run, config: Path, arguments: tuple[str, ...], words: str
) -> None:
    ran = run("audit", "check", config, *arguments)
    assert (ran.status, ran.err, ran.out.count("\n")) == (3, "", 1)
    assert ran.out.startswith(f"LOGAN UNKNOWN - {words}")


def test_a_configuration_that_cannot_be_read_is_unknown(run: Run, config: Path) -> None:
    config.write_text(TEXT.replace("hits", "hit"))
    ran = run("audit", "check", config)
    assert ran.status == 3
    assert ran.out == f"LOGAN UNKNOWN - {config}:6: `[keep]` has no key `hit`\n"
    assert run("audit", "check").out == "LOGAN UNKNOWN - Missing argument 'CONFIG'.\n"


def test_a_ledger_that_is_gone_or_damaged_is_critical(run: Run, config: Path) -> None:
    ledger = config.with_name("ledger.sqlite")
    kept = ledger.read_bytes()
    ledger.write_bytes(kept[:100] + os.urandom(len(kept) - 100))
    damaged = run("audit", "check", config)
    assert (damaged.status, "the ledger is damaged" in damaged.out) == (2, True)
    for path in config.parent.glob("ledger.sqlite*"):
        path.unlink()
    gone = run("audit", "check", config)
    assert (gone.status, f"LOGAN CRITICAL - {ledger}: no ledger. " in gone.out) == (2, True)
    status = run("audit", "status", config)
    assert (status.status, status.out) == (3, "")
    assert "no ledger" in status.err


def test_a_ledger_whose_disk_is_full_is_critical(run: Run, config: Path) -> None:
    """Also whoever only asks a ledger makes a file beside it; there is no room for that."""
    with file_size_limit(8_192):
        ran = run("audit", "check", config)
    assert (ran.status, ran.out.startswith("LOGAN CRITICAL - ")) == (2, True)
    assert "ledger.sqlite: disk I/O error. Make room; " in ran.out


@pytest.mark.parametrize(("free", "status"), [(0, 2), (9, 3)])
def test_a_ledger_that_cannot_be_opened_is_critical_where_the_disk_takes_no_file(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: int
) -> None:
    """SQLite says no more than that it cannot, of a disk without room for a name as of rights."""
    disk = os.statvfs(config)
    full = os.statvfs_result((*disk[:7], free, *disk[8:]))
    monkeypatch.setattr(os, "statvfs", lambda _path: full)
    config.with_name("ledger.sqlite-wal").mkdir()
    ran = run("audit", "check", config)
    assert (ran.status, "unable to open database file" in ran.out) == (status, True)


def test_a_ledger_whose_disk_fails_is_critical(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.stat

    def stat(path: Path, **named: bool) -> os.stat_result:
        if path.name == "ledger.sqlite":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, **named)

    monkeypatch.setattr(Path, "stat", stat)
    ran = run("audit", "check", config)
    assert (ran.status, "cannot be opened: Input/output error. See to its disk." in ran.out) == (
        2,
        True,
    )


def test_a_ledger_that_others_may_read_is_not_trusted(run: Run, config: Path) -> None:
    config.with_name("ledger.sqlite").chmod(0o644)
    ran = run("audit", "check", config)
    assert (ran.status, "others may read or write it" in ran.out) == (3, True)
