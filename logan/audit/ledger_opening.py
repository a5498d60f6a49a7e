"""Makes and opens ledgers: for the runs that write them, and for whoever only asks.

A ledger names people: only its owner may write it, and on a disk of his own nobody else may read
it. Whoever is given a copy (on a medium that cannot be written, or as another user) may ask it all
the same; then nothing is written, not even beside it.
"""

import errno
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from logan.audit.ledger import (
    Ledger,
    LedgerDiskError,
    LedgerError,
    NoLedgerError,
    explained,
)
from logan.audit.ledger_connection import (
    connect,
    connect_to_read,
    has_log,
    is_in_use,
    is_read_only,
    log_of,
    set_up,
)
from logan.audit.ledger_schema import SCHEMA, UPGRADES, VERSION
from logan.runtime.private_folder import PrivateFolder

#: `LOGN`: what SQLite's file header says the file is.
_APPLICATION: Final = 0x4C4F474E
#: A disk that fails, or a share whose server has lost it.
_DISK_FAILS: Final = (errno.EIO, errno.ESTALE)


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
    _check_owner(path)
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
    """Open a ledger to write it.

    Raises `NoLedgerError` where there is none, `LedgerError` where it cannot be trusted: it belongs
    to another user, others may read it, it is damaged, or a newer logan made it.
    """
    _check_there(path)
    if is_read_only(path):
        raise LedgerError(
            f"{path}: its disk is read-only: the ledger can be asked, and not written. Mount its "
            "disk for writing, or copy it to another one."
        )
    _check_owner(path)
    with explained(path):
        connection = connect(path)
        version = _version_of(connection, path)
        set_up(connection)
        if version != VERSION:
            _bring_up(connection)
    return Ledger(path, connection)


@contextmanager
def read_ledger(path: Path) -> Iterator[Ledger]:
    """Open a ledger to ask it, whoever may write it. It has to stay as it is meanwhile.

    Where this user cannot write it, nothing is made beside it either. Raises as `open_ledger`, but
    not for the owner of what cannot be written; `LedgerError` too where somebody wrote to it in the
    meantime unseen.
    """
    _check_there(path)
    if _is_ours_to_write(path):
        with open_ledger(path) as ledger:
            yield ledger
        return
    before = _state_of(path)
    with _opened_to_read(path) as ledger:
        yield ledger
    if _state_of(path) != before and not is_in_use(path):
        raise LedgerError(f"{path}: was written to while it was read. Do it again.")


@contextmanager
def _opened_to_read(path: Path) -> Iterator[Ledger]:
    """A ledger that this user cannot write; in a copy where it cannot be asked as it lies."""
    folder = PrivateFolder()
    with explained(path):
        connection = _connect_as_it_lies(path) or connect(_copy(path, folder))
        if _version_of(connection, path) != VERSION:
            older, connection = connection, connect(folder.path / "newer.sqlite")
            older.backup(connection)
            older.close()
            _bring_up(connection)
    with Ledger(path, connection, read_only=True) as ledger:
        yield ledger
    del folder


def _connect_as_it_lies(path: Path) -> sqlite3.Connection | None:
    """None where something was committed that is not in the file, and only who writes can put it
    there: a run was killed, or the file was copied while one was under way."""
    if has_log(path) and not is_in_use(path):
        return None
    connection = connect_to_read(path)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        return None
    return connection


def _copy(path: Path, folder: PrivateFolder) -> Path:
    """A copy of a ledger, with what was committed last and is not in its file yet."""
    copy = folder.path / "copy.sqlite"
    shutil.copyfile(path, copy)
    if has_log(path):
        shutil.copyfile(log_of(path), log_of(copy))
    return copy


def _version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of a ledger that this logan knows. Raises `LedgerError` for any other file."""
    version = _pragma(connection, "user_version")
    known = version == VERSION or version in UPGRADES
    if _pragma(connection, "application_id") != _APPLICATION or not known:
        connection.close()
        raise _why_no_ledger(path, version)
    return version


def _bring_up(connection: sqlite3.Connection) -> None:
    """Make a ledger of an older version one of this, unless another process just has."""
    connection.execute("BEGIN IMMEDIATE")
    for version in range(_pragma(connection, "user_version"), VERSION):
        for statement in UPGRADES[version]:
            connection.execute(statement)
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


def _check_there(path: Path) -> None:
    """Raise `LedgerError` where there is no file."""
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        state = None
    except OSError as error:
        said = f"{path}: the ledger cannot be opened: {error.strerror}."
        if error.errno in _DISK_FAILS:
            raise LedgerDiskError(f"{said} See to its disk.") from error
        raise LedgerError(f"{said} Run logan as its user.") from error
    if state is not None:
        _check_is_file(path, state)
    if state is None or not state.st_size:
        raise NoLedgerError(f"{path}: no ledger. `logan audit init` makes one.")


def _check_is_file(path: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise LedgerError(f"{path}: is no file. Name one that logan can keep its ledger in.")


def _check_owner(path: Path) -> None:
    """Raise `LedgerError` for a file that others could read, or could have written."""
    state = path.stat()
    _check_is_file(path, state)
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


def _is_ours_to_write(path: Path) -> bool:
    """Whether a ledger is this user's, who may write it and beside it."""
    if sys.platform == "win32":
        return True
    own = path.stat().st_uid == os.geteuid() and not is_read_only(path)
    return own and all(os.access(place, os.W_OK) for place in (path, path.parent))


class _FileState(NamedTuple):
    """What changes when a file is written."""

    inode: int
    size: int
    changed: int


def _state_of(path: Path) -> _FileState:
    state = path.stat()
    return _FileState(state.st_ino, state.st_size, state.st_mtime_ns)
