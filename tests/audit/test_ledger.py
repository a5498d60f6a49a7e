"""The ledger: rows come back as they were, and nothing of a transaction that failed is there."""

import errno
import multiprocessing
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from logan.audit.ledger import Ledger, LedgerError, NoLedgerError
from logan.audit.ledger_lock import hold_lock
from logan.audit.ledger_opening import create_ledger, open_ledger, read_ledger
from logan.audit.ledger_rows import (
    CountRow,
    DeliveryRow,
    HoldRow,
    LedgerRow,
    NoticeRow,
    PackageRow,
    PurgeRow,
    RecountRow,
    RuleFileRow,
    RulesRow,
    RunRow,
)
from logan.audit.log_rows import (
    BeginningRow,
    HourRow,
    PlaceRow,
    PrefixRow,
    SegmentRow,
    StoredRowsRow,
    StreamRow,
)
from logan.errors import ExitStatus, LockedError

NOW = datetime(2024, 3, 4, 4, 40, 0, 123456, tzinfo=UTC)

#: One row of every table, in an order in which none refers to what is not there.
ROWS: list[LedgerRow] = [
    RulesRow("facial-search 1 (2024-03-01)", "ab" * 32, 1),
    RuleFileRow(1, 0, "facial-search.yaml", b"name: x\n"),
    RunRow("run", NOW, "0.1", 1, "cd" * 32, NOW, False, ("a.log: cut",), 3, NOW, "ef", "01", 1),
    StreamRow(
        "hq", "a.log", "a.log", "squid", "UTC", "x", 1, 1, ("#Fields: a",), 9, 2, True, NOW, NOW, 1
    ),
    BeginningRow(16, 77, 1, True),
    PrefixRow(1, 0, 9, "aa", 1, "bb"),
    SegmentRow(1, 1, 1, 0, 2, 0, 9, "aa", {"blank": 1}, {"name": "a.log"}, NOW, NOW, 1, None, 1),
    StoredRowsRow(1, "findings", 1, b"PAR1", NOW, None),
    PlaceRow("a.log", 1, 2, 3, 4, "hq", 1, 9, 5, NOW, 1, "cc", "cut", (0, 2), True),
    HourRow("hq", 475_000, 1),
    CountRow("hq", "2024-03-04", "pimeyes", "hits", 3),
    NoticeRow("hits:1", "hits", 1, "hq", "hq: 3 new hits", NOW, ("jdoe", "ümit"), NOW, None, 1),
    DeliveryRow(1, "mail", None, "exit 1"),
    PurgeRow(NOW, NOW, 3, "keep.hits", 1),
    HoldRow("case 7", None, "2025-01-01", 1),
    PackageRow(NOW, NOW, NOW, {"1": 2}, "ab" * 32, 1),
    RecountRow(1, NOW, 300_000),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return create_ledger(tmp_path / "ledger.sqlite")


def test_rows_come_back_as_they_were(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.insert_all(ROWS)
    ledger.close()
    again = open_ledger(ledger.path)
    assert [again.select(type(row))[0] for row in ROWS] == ROWS
    tables = {
        name
        for (name,) in again.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        )
    }
    assert tables == {row.table for row in ROWS}


def test_rows_are_selected_by_values_as_they_are_written(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.insert_all(ROWS)
    assert ledger.select(RunRow, "WHERE start >= ? ORDER BY id", NOW)
    assert not ledger.select(RunRow, "WHERE start > ?", NOW)
    assert ledger.value("SELECT value FROM count WHERE service = ?", "pimeyes") == 3
    assert ledger.value("SELECT value FROM count WHERE service = ?", "other") is None


def test_what_fails_in_a_transaction_takes_all_of_it_along(ledger: Ledger) -> None:
    with pytest.raises(LedgerError), ledger.transaction():
        ledger.insert_all([*ROWS[:3], ROWS[2]])
    assert not ledger.select(RunRow)


def test_it_is_private_and_set_up_to_last(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.insert_all(ROWS)
    for path in ledger.path.parent.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    settings = {
        name: ledger.value(f"PRAGMA {name}")
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_a_ledger_that_others_may_read_is_refused(ledger: Ledger) -> None:
    ledger.close()
    ledger.path.chmod(0o640)
    with pytest.raises(LedgerError, match=r"mode 640.*chmod 600"):
        open_ledger(ledger.path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_ledger_of_another_user_is_refused(ledger: Ledger) -> None:
    ledger.close()
    os.chown(ledger.path, 1234, -1)
    with pytest.raises(LedgerError, match="belongs to another user"):
        open_ledger(ledger.path)


def test_no_ledger_is_told_from_one_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with pytest.raises(NoLedgerError):
        open_ledger(path)
    path.touch(0o600)
    with pytest.raises(NoLedgerError):
        open_ledger(path)
    path.write_bytes(b"no ledger at all\n" * 100)
    with pytest.raises(LedgerError, match="damaged") as caught:
        open_ledger(path)
    assert not isinstance(caught.value, NoLedgerError)
    assert caught.value.exit_status is ExitStatus.INCOMPLETE
    with pytest.raises(LedgerError, match="damaged"):
        create_ledger(path)


def test_a_ledger_is_made_once(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(LedgerError, match="is there already"):
        create_ledger(ledger.path)


def test_a_ledger_of_a_newer_logan_is_not_touched(ledger: Ledger) -> None:
    ledger.connection.execute("PRAGMA user_version = 999")
    ledger.close()
    with pytest.raises(LedgerError, match="version 999"):
        open_ledger(ledger.path)


def test_a_file_that_a_killed_run_left_empty_becomes_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.touch(0o600)
    sqlite3.connect(path).execute("PRAGMA journal_mode = WAL").connection.close()
    with create_ledger(path) as made:
        assert made.select(RunRow) == []


def test_a_full_disk_is_explained_and_leaves_what_was_there(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.insert_all(ROWS[:3])
    ledger.connection.execute(f"PRAGMA max_page_count = {ledger.value('PRAGMA page_count')}")
    with pytest.raises(LedgerError, match=r"full.*Make room"), ledger.transaction():
        ledger.insert(RuleFileRow(1, 1, "large.yaml", bytes(1 << 20)))
    assert ledger.select(RunRow) == [ROWS[2]]
    assert len(ledger.select(RuleFileRow)) == 1


def _try(path: Path, answers: "multiprocessing.Queue[str]") -> None:
    try:
        with hold_lock(path):
            answers.put("held")
    except LockedError:
        answers.put("locked")


def test_one_run_holds_the_lock_and_it_ends_with_it(tmp_path: Path) -> None:
    path, answers = tmp_path / "ledger.sqlite", multiprocessing.get_context("fork").Queue()
    with hold_lock(path):
        with pytest.raises(LockedError), hold_lock(path):
            pass
        with (
            pytest.raises(LockedError, match="--wait"),
            hold_lock(path, wait=timedelta(milliseconds=300)),
        ):
            pass
    process = multiprocessing.get_context("fork").Process(target=_try, args=(path, answers))
    process.start()
    assert answers.get(timeout=30) == "held"
    process.join()


def test_a_folder_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    said = "no lock can be had beside it: No locks available"
    with pytest.raises(LedgerError, match=said), hold_lock(tmp_path / "ledger.sqlite"):
        pass


class _ReadOnly(NamedTuple):
    f_flag: int = os.ST_RDONLY


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_ledger_on_a_read_only_disk_is_read_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "led?ger.sqlite"
    with create_ledger(path) as ledger:
        ledger.insert(RulesRow("facial-search 1", "ab"))
    path.chmod(0o444)
    monkeypatch.setattr(os, "statvfs", lambda _path: _ReadOnly())
    with read_ledger(path) as ledger:
        assert (ledger.read_only, ledger.value("SELECT sha256 FROM rules")) == (True, "ab")
        with pytest.raises(LedgerError, match="Its disk is read-only"), ledger.transaction():
            ledger.insert(RulesRow("facial-search 2", "cd"))
    assert _names(tmp_path) == [path.name]


def test_a_ledger_on_a_read_only_disk_cannot_be_opened_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_ledger(tmp_path / "ledger.sqlite").close()
    monkeypatch.setattr(os, "statvfs", lambda _path: _ReadOnly())
    with pytest.raises(LedgerError, match="its disk is read-only"):
        open_ledger(tmp_path / "ledger.sqlite")


def test_what_was_committed_last_is_read_where_only_a_copy_can_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an auditor gets it who was given both files while a run was under way."""
    path, medium = tmp_path / "ledger.sqlite", tmp_path / "medium"
    medium.mkdir()
    with create_ledger(path) as ledger:
        ledger.insert(RulesRow("facial-search 1", "ab"))
        for name in (path.name, f"{path.name}-wal"):
            (medium / name).write_bytes((tmp_path / name).read_bytes())
    monkeypatch.setattr(os, "statvfs", lambda _path: _ReadOnly())
    with read_ledger(medium / path.name) as ledger:
        assert ledger.value("SELECT sha256 FROM rules") == "ab"
    assert _names(medium) == [path.name, f"{path.name}-wal"]


def test_an_older_ledger_on_a_read_only_disk_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite"
    with create_ledger(path) as ledger:
        ledger.connection.execute("ALTER TABLE place DROP COLUMN member")
        ledger.connection.execute("ALTER TABLE place DROP COLUMN packed")
        ledger.connection.execute("ALTER TABLE stream DROP COLUMN read_as")
        ledger.connection.execute("ALTER TABLE stream DROP COLUMN damage")
        ledger.connection.execute("DROP TABLE recount")
        ledger.connection.execute("DROP INDEX beginning_by_stream")
        ledger.connection.execute("PRAGMA user_version = 1")
    stored = path.read_bytes()
    monkeypatch.setattr(os, "statvfs", lambda _path: _ReadOnly())
    with read_ledger(path) as ledger:
        assert ledger.select(PlaceRow) == []
    assert (path.read_bytes(), _names(tmp_path)) == (stored, [path.name])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_another_user_reads_a_ledger_and_what_its_run_just_commits(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with create_ledger(path) as ledger:
        ledger.insert(RulesRow("facial-search 1", "ab"))
    os.chown(path, 1234, -1)
    with read_ledger(path) as ledger:
        assert ledger.value("SELECT count(*) FROM rules") == 1
    assert _names(tmp_path) == [path.name]
    with closing(sqlite3.connect(path)) as writing:
        writing.execute("INSERT INTO rules (version, sha256) VALUES ('facial-search 2', 'cd')")
        writing.commit()
        with read_ledger(path) as ledger:
            assert ledger.value("SELECT count(*) FROM rules") == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_ledger_that_is_written_while_it_is_read_unseen_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    create_ledger(path).close()
    os.chown(path, 1234, -1)
    with (
        pytest.raises(LedgerError, match="was written to while it was read"),
        read_ledger(path),
        closing(sqlite3.connect(path)) as writing,
    ):
        writing.execute("INSERT INTO rules (version, sha256) VALUES ('x', 'y')").connection.commit()
