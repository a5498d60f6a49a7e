"""The ledger: the audit's own memory between runs, one SQLite file.

What one transaction writes is there whole or not at all, whatever is killed. One run writes at a
time (`logan.audit.ledger_lock`); whoever reads needs no lock. How it is opened:
`logan.audit.ledger_opening`.
"""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from logan.audit.ledger_rows import LedgerRow, columns_of
from logan.audit.ledger_values import to_stored
from logan.errors import ExitStatus, LoganError

Row = TypeVar("Row", bound=LedgerRow)
_MAKE_ROOM: Final = (
    "Make room; what was committed stands, and the next run does the rest. If there is room, see "
    "to the disk."
)


class LedgerError(LoganError):
    """A ledger that cannot be opened, read or written; says why, and what to do."""

    exit_status = ExitStatus.INCOMPLETE


class NoLedgerError(LedgerError):
    """There is no ledger yet, or none any more."""


class DamagedLedgerError(LedgerError):
    """There is a ledger, and SQLite cannot read it as one."""


class LedgerDiskError(LedgerError):
    """A ledger's disk is full, or fails: also who only asks a ledger makes a file beside it."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger. `path` is its file; `close` it, or use it as a context manager.

    `read_only`: it was opened to be asked alone, by who may not write it.
    """

    path: Path
    connection: sqlite3.Connection
    read_only: bool = False

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

    def number(self, query: str, *values: object) -> int:
        """The same of a whole number: 0 where it gives none, as a sum over no rows does."""
        found = self.value(query, *values)
        return found if isinstance(found, int) else 0


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What SQLite refuses, as `LedgerError` with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if _is_of_disk(error, path):
            raise LedgerDiskError(f"{path}: {error}. {_MAKE_ROOM}") from error
        raise LedgerError(f"{path}: {error}. {_advise(str(error))}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedLedgerError(
            f"{path}: the ledger is damaged: {error}. Put it aside and take the last copy that is "
            "whole; without one, `logan audit init` begins anew."
        ) from error


def _is_of_disk(error: sqlite3.Error, path: Path) -> bool:
    """Whether the disk of a ledger is full or fails.

    Extended codes have the primary one in their low byte (https://sqlite.org/rescode.html). Where
    no file can be made as there is no room for its name, SQLite only says that it cannot open it.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    full_or_failing = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
    return full_or_failing or (code == sqlite3.SQLITE_CANTOPEN and _has_no_room(path))


def _has_no_room(path: Path) -> bool:
    """Whether the disk of a file takes no further file: its bytes, or its numbers, are used up."""
    if sys.platform == "win32":
        return shutil.disk_usage(path.parent).free == 0
    disk = os.statvfs(path.parent)
    return disk.f_bavail == 0 or (disk.f_files > 0 and disk.f_favail == 0)


def _advise(error: str) -> str:
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
