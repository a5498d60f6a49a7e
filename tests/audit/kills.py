"""A kill at any statement of SQLite: the files of the ledger are left as `kill -9` leaves them."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


class Killed(BaseException):
    """The process is gone."""


class _Watched(sqlite3.Connection):
    """Counts statements, and dies before the one at `step`; what dying code does is undone."""

    ledger: Path
    step: int
    done: int

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        kind = _Watched
        kind.done += 1
        if kind.done == kind.step:
            _keep(kind.ledger)
            raise Killed
        return super().execute(*arguments)


@contextmanager
def killed_at(ledger: Path, step: int) -> Iterator[None]:
    """Kill what the block does at a statement of its own, if it has as many."""
    connect = sqlite3.connect
    _Watched.ledger, _Watched.step, _Watched.done = ledger, step, 0

    def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **options, factory=_Watched)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", watched)
        try:
            yield
        except Killed:
            _restore(ledger)


def statements() -> int:
    """How many statements the last block had."""
    return _Watched.done


def _files(ledger: Path) -> list[Path]:
    return [ledger.with_name(ledger.name + ending) for ending in ("", "-wal", "-shm")]


def _keep(ledger: Path) -> None:
    """Copy the files as they stand: what a process wrote is there, whatever becomes of it."""
    for path in _files(ledger):
        kept = path.with_name(path.name + ".kept")
        kept.unlink(missing_ok=True)
        if path.exists():
            shutil.copy2(path, kept)


def _restore(ledger: Path) -> None:
    """Put the copies back, in place of what unwinding made of the files."""
    for path in _files(ledger):
        kept = path.with_name(path.name + ".kept")
        path.unlink(missing_ok=True)
        if kept.exists():
            kept.rename(path)
