"""How SQLite opens a ledger: durable, overwriting what goes; to be read, without a trace."""

import os
import sqlite3
import sys
from pathlib import Path
from typing import Final

#: How long whoever reads waits for one who writes.
_BUSY_SECONDS: Final = 30


def connect(path: Path) -> sqlite3.Connection:
    """Open a file with SQLite, to be written."""
    return _connect(path)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that this process may not write: where nobody else has it open, as one that does
    not change, for SQLite would else make files beside it."""
    alone = "" if is_in_use(path) else "&immutable=1"
    return _connect(f"{path.absolute().as_uri()}?mode=ro{alone}")


def _connect(place: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(
        place,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES,
        check_same_thread=False,
        uri=isinstance(place, str),
    )


def set_up(connection: sqlite3.Connection) -> None:
    """Say how the file is to be written."""
    for setting in (
        *("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"),
        *("trusted_schema = OFF", "cell_size_check = ON"),
    ):
        connection.execute(f"PRAGMA {setting}")


def is_read_only(path: Path) -> bool:
    """Whether a file lies on a disk that is mounted read-only."""
    if sys.platform == "win32":
        return False
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def log_of(path: Path) -> Path:
    """The file beside another one in which its transactions lie first."""
    return path.with_name(f"{path.name}-wal")


def has_log(path: Path) -> bool:
    """Whether transactions lie beside a file that are not in it yet."""
    log = log_of(path)
    return log.exists() and log.stat().st_size > 0


def is_in_use(path: Path) -> bool:
    """Whether a process has a ledger open, or was killed with it open: what all share is there."""
    return not is_read_only(path) and path.with_name(f"{path.name}-shm").exists()
