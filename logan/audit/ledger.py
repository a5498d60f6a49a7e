"""The ledger: the audit's own memory between runs, one SQLite file.

Its owner alone may read it, for it names people. What one transaction writes is there whole or not
at all, whatever is killed. One run writes at a time (`logan.audit.ledger_lock`); whoever reads
needs no lock.
"""

import os
import sqlite3
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from logan.audit.ledger_connection import connect, has_log, is_read_only, set_up
from logan.audit.ledger_rows import LedgerRow, columns_of
from logan.audit.ledger_schema import SCHEMA, UPGRADES, VERSION
from logan.audit.ledger_values import to_stored
from logan.errors import ExitStatus, LoganError

Row = TypeVar("Row", bound=LedgerRow)

#: `LOGN`: what SQLite's file header says the file is.
_APPLICATION: Final = 0x4C4F474E


class LedgerError(LoganError):
    """A ledger that cannot be opened, read or written; says why, and what to do."""

    exit_status = ExitStatus.INCOMPLETE


class NoLedgerError(LedgerError):
    """There is no ledger yet, or none any more."""


class DamagedLedgerError(LedgerError):
    """There is a ledger, and SQLite cannot read it as one."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger. `path` is its file; `close` it, or use it as a context manager."""

    path: Path
    connection: sqlite3.Connection

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; what no transaction committed is gone."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written in the block, or, if it raises, nothing of it.

        Raises `LedgerError` where the disk is full, or fails.
        """
        with explained(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read in the block is the ledger of one moment, whatever is written meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def insert(self, row: LedgerRow, *, replace: bool = False, ignore: bool = False) -> int:
        """Insert a row; its `id`, where it has one.

        Where there is one with its key, `replace` puts the new one in its place, and `ignore`
        leaves the old one there.
        """
        values = [to_stored(getattr(row, name)) for name in columns_of(type(row))]
        verb = "REPLACE" if replace else "INSERT OR IGNORE" if ignore else "INSERT"
        cursor = self.connection.execute(_insertion(type(row), verb), values)
        return int(cursor.lastrowid or 0)

    def insert_all(
        self, rows: Iterable[LedgerRow], *, replace: bool = False, ignore: bool = False
    ) -> None:
        """Insert rows, of any tables."""
        for row in rows:
            self.insert(row, replace=replace, ignore=ignore)

    def update(self, row: LedgerRow) -> None:
        """Put a row in place of the one with its `id`."""
        names = columns_of(type(row))
        changes = ", ".join(f"{name} = ?" for name in names)
        values = [to_stored(getattr(row, name)) for name in (*names, "id")]
        self.connection.execute(f"UPDATE {row.table} SET {changes} WHERE id = ?", values)  # noqa: S608 - values are bound

    def select(self, kind: type[Row], rest: str = "", *values: object) -> list[Row]:
        """The rows of a table; `rest` is SQL behind its name, with `?` for each of the values."""
        return list(self.each(kind, rest, *values))

    def each(self, kind: type[Row], rest: str = "", *values: object) -> Iterator[Row]:
        """The same one by one, for large ones."""
        names = columns_of(kind)
        query = f"SELECT {', '.join(names)} FROM {kind.table} {rest}"  # noqa: S608 - values are bound
        found = self.connection.execute(query, [to_stored(value) for value in values])
        return (kind(**dict(zip(names, row, strict=True))) for row in found)

    def value(self, query: str, *values: object) -> object:
        """The first value that a query gives, as stored; None where it gives no row."""
        stored = [to_stored(value) for value in values]
        row = self.connection.execute(query, stored).fetchone()
        return None if row is None else row[0]


def create_ledger(path: Path) -> Ledger:
    """Make a ledger, and open it.

    An empty file, as a killed run leaves, is none yet. Raises `LedgerError` where there is
    something else, or nothing can be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerError(
            f"{path}: the ledger cannot be made: {error.strerror}. Make its folder, and give it to "
            "the user who runs logan."
        ) from error
    _check_file(path)
    with explained(path):
        connection = connect(path)
        if (
            _pragma(connection, "user_version")
            or connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        ):
            connection.close()
            raise LedgerError(
                f"{path}: is there already. A ledger is made once: `logan audit run` goes on with "
                "it; to begin anew, put it aside first."
            )
        set_up(connection)
        connection.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    return Ledger(path, connection)


def open_ledger(path: Path) -> Ledger:
    """Open a ledger.

    On a disk that is read-only it can be read all the same. Raises `NoLedgerError` where there is
    none, `LedgerError` where it cannot be trusted: it belongs to another user, others may read it,
    it is damaged, or a newer logan made it.
    """
    try:
        empty = not path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        empty = True
    except OSError as error:
        raise LedgerError(
            f"{path}: the ledger cannot be opened: {error.strerror}. Run logan as its user."
        ) from error
    if empty:
        raise NoLedgerError(f"{path}: no ledger. `logan audit init` makes one.")
    _check_file(path)
    if is_read_only(path) and has_log(path):
        raise LedgerError(
            f"{path}: its disk is read-only, and what was committed last lies beside it "
            f"({path.name}-wal). Copy both to a disk that can be written, and open the copy."
        )
    with explained(path):
        connection = connect(path)
        version = _pragma(connection, "user_version")
        known = version == VERSION or version in UPGRADES
        if _pragma(connection, "application_id") != _APPLICATION or not known:
            connection.close()
            raise _why_no_ledger(path, version)
        if is_read_only(path):
            return Ledger(path, connection)
        set_up(connection)
        if version != VERSION:
            _bring_up(connection)
    return Ledger(path, connection)


def _bring_up(connection: sqlite3.Connection) -> None:
    """Make a ledger of an older version one of this, unless another process just has."""
    connection.execute("BEGIN IMMEDIATE")
    for version in range(_pragma(connection, "user_version"), VERSION):
        connection.execute(UPGRADES[version])
        connection.execute(f"PRAGMA user_version = {version + 1}")
    connection.execute("COMMIT")


def _why_no_ledger(path: Path, version: int) -> LedgerError:
    if not version:
        return NoLedgerError(
            f"{path}: is no ledger, or was not made to its end. Put it aside; "
            "`logan audit init` makes one."
        )
    return LedgerError(
        f"{path}: is a ledger of version {version}, and this logan knows {VERSION}. Use the logan "
        "that wrote it, or a newer one."
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _check_file(path: Path) -> None:
    """Raise `LedgerError` for a file that others could read, or could have written."""
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        raise LedgerError(f"{path}: is no file. Name one that logan can keep its ledger in.")
    if sys.platform == "win32":
        return
    if state.st_uid != os.geteuid():
        raise LedgerError(
            f"{path}: belongs to another user (number {state.st_uid}). Run logan as that user, or "
            "give the ledger to the one who runs it."
        )
    if state.st_mode & 0o077:
        raise LedgerError(
            f"{path}: others may read or write it (mode {stat.S_IMODE(state.st_mode):o}), and it "
            f"names people. Close it: chmod 600 {path}"
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What SQLite refuses, as `LedgerError` with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LedgerError(f"{path}: {error}. {_advise(str(error))}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedLedgerError(
            f"{path}: the ledger is damaged: {error}. Put it aside and take the last copy that is "
            "whole; without one, `logan audit init` begins anew."
        ) from error


def _advise(error: str) -> str:
    if "full" in error or "disk" in error:
        return "Make room; what was committed stands, and the next run does the rest."
    if "readonly" in error:
        return "Its disk is read-only: mount it for writing. Disks that fail are often made so."
    if "locked" in error:
        return "Another program is using the ledger; run again when it has ended."
    return "Give the user who runs logan the right to write it and its folder."


def _insertion(kind: type[LedgerRow], verb: str) -> str:
    """The statement that inserts a row with all of its columns but an `id` that is not set."""
    names = columns_of(kind)
    values = ", ".join("nullif(?, 0)" if name == "id" else "?" for name in names)
    return f"{verb} INTO {kind.table} ({', '.join(names)}) VALUES ({values})"
