"""What somebody did to a ledger, or to a log, is found and named; what is as it was is sound."""

import gzip
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from logan.audit.configuration import read_configuration
from logan.audit.ledger import Ledger
from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import PurgeRow
from logan.audit.log_rows import StoredRowsRow
from logan.audit.run import begin_audit, run_audit
from logan.audit.stored_findings import FINDINGS, pack_rows, unpack_rows
from tests.audit.estate import SquidLog, write_configuration, write_rules
from tests.conftest import Ran, Run


class Verified:
    """A ledger of two runs, over a log that was rotated and compressed."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run = run
        self.path = folder / "audit.toml"
        self.ledger_path = folder / "ledger.sqlite"
        self.log, self.old = folder / "logs" / "access.log", folder / "logs" / "access.log.1.gz"

    def verify(self, *options: str) -> Ran:
        return self.run("audit", "verify", self.path, *options)

    def sql(self, query: str, *values: object) -> None:
        with open_ledger(self.ledger_path) as ledger, ledger.transaction():
            ledger.connection.execute("PRAGMA defer_foreign_keys = ON")
            ledger.connection.execute(query, values)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of such a ledger."""
    folder = tmp_path_factory.mktemp("made")
    log = SquidLog(folder)
    configuration = read_configuration(write_configuration(folder, rules=write_rules(folder)))
    log.write(30, hits=4)
    begin_audit(configuration, now=log.now)
    old = log.path.with_name("access.log.1.gz")
    old.write_bytes(gzip.compress(log.path.read_bytes()))
    log.path.write_text("")
    log.write(20, hits=2)
    run_audit(configuration, now=log.now)
    return folder


@pytest.fixture
def audit(run: Run, made: Path, tmp_path: Path) -> Iterator[Verified]:
    """It, to be changed; put back as it was afterwards."""
    shutil.copytree(made, tmp_path / "as it was")
    yield Verified(run, made)
    shutil.rmtree(made)
    shutil.copytree(tmp_path / "as it was", made)


@pytest.fixture
def ledger(audit: Verified) -> Iterator[Ledger]:
    with open_ledger(audit.ledger_path) as opened:
        yield opened


def test_what_nobody_touched_is_sound(audit: Verified) -> None:
    ran = audit.verify()
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"SOUND: {audit.ledger_path}: it adds up, and the logs")
    said = json.loads(audit.verify("--json").out)
    facts = {"runs": 2, "lines": 50, "proved": 50, "gone": 0, "found_again": 6, "unread": []}
    assert said == {"ledger": str(audit.ledger_path), "sound": True, "faults": [], **facts}
    assert audit.verify("--quiet").out == ""


def test_logs_that_are_gone_are_no_fault(audit: Verified) -> None:
    audit.old.unlink()
    ran = audit.verify()
    assert ran.status == 0
    assert "20 of them are in logs that are there" in ran.out
    assert "30 lines of which no log is left" in ran.out


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("UPDATE run SET new_hits = 0 WHERE id = 2", "run 2 of 2026-03-02"),
        ("UPDATE run SET why = '[]', complete = 1, start = start + 1 WHERE id = 1", "run 1 of"),
        ("UPDATE run SET previous_sha256 = NULL WHERE id = 2", "does not follow the run before it"),
        ("UPDATE rule_file SET content = x'23'", "are not those that lines were read by"),
        ("UPDATE rules SET sha256 = 'x'", "are not those that lines were read by"),
        ("UPDATE segment SET to_line = to_line - 1 WHERE id = 1", "do not follow each other"),
        ("UPDATE segment SET from_byte = 9 WHERE id = 1", "do not follow each other"),
        ("UPDATE stream SET lines = 31 WHERE id = 1", "do not follow each other"),
        ("UPDATE segment SET bins = '{\"blank\": 99}' WHERE id = 1", "more lines in bins than its"),
        ("UPDATE rows SET height = 3 WHERE segment = 1", "findings are not those of its lines"),
        ("UPDATE rows SET content = x'00' WHERE segment = 1", "findings cannot be read"),
        (
            "UPDATE count SET value = 49 WHERE measure = 'lines'",
            "counts 49 lines, and 50 were read",
        ),
        ("DELETE FROM rows WHERE segment = 1", "counts 6 hits on pimeyes, and it has 2"),
        (
            "UPDATE count SET value = 0 WHERE measure = 'hits'",
            "counts 0 hits on pimeyes, and it has 6",
        ),
        ("DELETE FROM rules", "names a row that is not there"),
        ("UPDATE rule_file SET content = 'text'", "is not made as its form says"),
        ("UPDATE segment SET bins = 'none' WHERE id = 1", "is not made as its form says"),
    ],
)
def test_every_change_of_the_ledger_is_named(audit: Verified, query: str, said: str) -> None:
    with open_ledger(audit.ledger_path) as ledger:
        ledger.connection.execute("PRAGMA foreign_keys = OFF")
        ledger.connection.execute(query)
    ran = audit.verify()
    assert ran.status == 1
    assert ran.out.startswith("NOT SOUND")
    assert said in ran.out


def test_a_finding_that_was_taken_out_or_changed_is_found_in_its_log(
    audit: Verified, ledger: Ledger
) -> None:
    stored = ledger.select(StoredRowsRow, "WHERE segment = 1 AND kind = ?", FINDINGS)[0]
    rows = unpack_rows(stored)
    without = rows.filter(pl.col("line") != 2)
    ledger.insert(pack_rows(1, FINDINGS, without), replace=True)
    ran = audit.verify()
    assert ran.status == 1
    assert "access.log.1.gz: 1 finding in it that the ledger has not, and 0 findings" in ran.out
    renamed = rows.with_columns(user=pl.lit("somebody"))
    ledger.insert(pack_rows(1, FINDINGS, renamed), replace=True)
    assert "4 findings in it that the ledger has not, and 4 findings" in audit.verify().out
    ledger.insert(pack_rows(1, FINDINGS, rows), replace=True)
    assert audit.verify().status == 0


def test_a_log_whose_bytes_were_changed_is_named(audit: Verified) -> None:
    stamp = audit.log.stat()
    audit.log.write_text(audit.log.read_text().replace("jdoe", "jroe"))
    os.utime(audit.log, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    ran = audit.verify()
    assert ran.status == 1
    assert "access.log: is not the log that was read: its content is another" in ran.out
    assert "the ledger is not in doubt by it" in ran.out


def test_a_log_that_cannot_be_read_leaves_it_open(audit: Verified) -> None:
    audit.old.write_bytes(audit.old.read_bytes()[:-40])
    ran = audit.verify()
    assert ran.status == 3
    assert ran.out.startswith("SOUND")
    assert "logan: not compared: " in ran.err
    assert "access.log.1.gz" in ran.err


def test_what_a_purge_took_is_not_missed(audit: Verified) -> None:
    assert audit.run("audit", "purge", audit.path, "--before", "2026-03-03").status == 0
    ran = audit.verify()
    assert (ran.status, "0 findings, the same" in ran.out) == (0, True)


def test_what_a_hold_kept_from_a_purge_is_compared(audit: Verified, ledger: Ledger) -> None:
    stored = ledger.select(StoredRowsRow, "WHERE segment = 1 AND kind = ?", FINDINGS)[0]
    held = unpack_rows(stored).filter(pl.col("line") != 2)
    ledger.insert(pack_rows(1, FINDINGS, held), replace=True)
    before = datetime(2026, 3, 3, tzinfo=UTC)
    ledger.insert(PurgeRow(made=before, before=before, rows=1, setting="--before 2026-03-03"))
    ran = audit.verify()
    assert (ran.status, "5 findings, the same" in ran.out) == (0, True)
    renamed = held.with_columns(user=pl.lit("somebody"))
    ledger.insert(pack_rows(1, FINDINGS, renamed), replace=True)
    ran = audit.verify()
    assert (ran.status, "3 findings in the ledger that it has not" in ran.out) == (1, True)


def test_a_damaged_file_is_said_to_be_one(audit: Verified) -> None:
    with open_ledger(audit.ledger_path) as ledger:
        ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(audit.ledger_path.read_bytes())
    data[5000:9000] = b"\xff" * 4000
    audit.ledger_path.write_bytes(data)
    ran = audit.verify()
    assert ran.status in (1, 3)
    assert "fault in logan" not in ran.err
    assert "Traceback" not in ran.err


def test_without_a_ledger_there_is_nothing_to_verify(run: Run, tmp_path: Path) -> None:
    SquidLog(tmp_path).write(3)
    ran = run("audit", "verify", write_configuration(tmp_path))
    assert (ran.status, "no ledger" in ran.err) == (3, True)
