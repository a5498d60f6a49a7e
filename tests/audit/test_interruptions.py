"""A run that is killed, or whose disk is full, at any statement: the next one ends with the ledger that an
undisturbed run has."""

import gzip
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from logan.audit.ledger import LedgerError
from tests.audit.kills import killed_at, statements
from tests.audit.nights import Nights, compile_once, squid

#: Of so many statements one is tried; of all of them where the full set of programs is run.
STRIDE = 1 if "LOGAN_AUDIT_PROGRAMS" in os.environ else 9
#: What a ledger says but for when, in which run and under which number: columns of tables, joined.
SAID = {
    "stream": "gateway, path, first_path, format, zone, recognition, directives, length, lines, unfinished",
    "segment JOIN stream ON stream.id = stream WHERE superseded_by IS NULL": "path, from_line, to_line, "
    "from_byte, to_byte, sha256, bins, segment.first_time, counted_by IS NULL",
    "rows JOIN segment ON segment.id = segment JOIN stream ON stream.id = stream": "path, kind, height",
    "prefix JOIN stream ON stream.id = stream": "path, from_byte, prefix.length, sha256, next_line_sha256",
    "place": "path, gateway, length, waiting, tail_sha256, failure",
    "hour": "gateway, hour",
    "count WHERE value": "gateway, window, service, measure, value",
    "notice": "about, gateway, text, names",
}


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


def said(nights: Nights) -> list[list[str]]:
    with nights.ledger() as ledger:
        assert ledger.value("SELECT count(*) FROM run WHERE end IS NULL") == 0
        execute = ledger.connection.execute
        return [
            sorted(map(repr, execute(f"SELECT {columns} FROM {tables}")))  # noqa: S608
            for tables, columns in SAID.items()
        ]


def prepare(folder: Path) -> Nights:
    """A ledger, and a night after it in which logs were rotated, compressed and written."""
    nights = Nights(folder)
    filler = "".join(squid(0, host=f"{at:0200}.example.com") for at in range(900))
    nights.write("access.log", filler + squid(1) + squid(2))
    nights.write("branch.log", squid(3))
    nights.begin()
    text = (nights.logs / "access.log").read_bytes() + squid(4).encode()
    (nights.logs / "access.log.1.gz").write_bytes(gzip.compress(text, mtime=0))
    (nights.logs / "access.log").write_text(squid(20) + squid(21, host="www.example.com") + "begun")
    nights.write("branch.log", squid(22))
    (nights.logs / "branch.copy").write_text(squid(3))
    return nights


@contextmanager
def disk_full_at(ledger: Path, step: int) -> Iterator[None]:
    """Let SQLite say at a statement, and from then on, that there is no room."""
    del ledger
    connect, done = sqlite3.connect, [0]

    class Full(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            done[0] += 1
            if done[0] >= step and not str(arguments[0]).startswith(
                ("SELECT", "ROLLBACK", "PRAGMA")
            ):
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sqlite3, "connect", lambda *args, **options: connect(*args, **options, factory=Full)
        )
        yield


class Interrupted(NamedTuple):
    """An audit before a night, the ledger of then, what a whole run makes of it in how many statements."""

    nights: Nights
    ledger: bytes
    expected: list[list[str]]
    steps: int

    def begin_again(self) -> Path:
        """Put the ledger of then back."""
        path = self.nights.folder / "ledger.sqlite"
        for ending in ("", "-wal", "-shm", ".lock"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        path.touch(0o600)
        path.write_bytes(self.ledger)
        return path


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    nights = prepare(tmp_path_factory.mktemp("interrupted"))
    path = nights.folder / "ledger.sqlite"
    before = path.read_bytes()
    with killed_at(path, 10**9):
        nights.run(hours=1)
    assert nights.hits() == 6
    return Interrupted(nights, before, said(nights), statements())


@pytest.mark.parametrize("interrupted_at", [killed_at, disk_full_at])
def test_an_interrupted_run_is_made_good_by_the_next(
    interrupted: Interrupted, interrupted_at: Callable[[Path, int], Any]
) -> None:
    assert interrupted.steps > 60
    for step in range(1, interrupted.steps + 1, STRIDE):
        ledger = interrupted.begin_again()
        with interrupted_at(ledger, step), suppress(LedgerError):
            interrupted.nights.run(hours=0)
        interrupted.nights.run(hours=0)
        assert said(interrupted.nights) == interrupted.expected, f"step {step}"
