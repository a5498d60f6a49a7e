"""How SQLite opens a ledger: durable, overwriting what goes; as it stands on a read-only disk."""

import os
import sqlite3
import sys
from pathlib import Path
from typing import Final

#: How long whoever reads waits for one who writes.
_BUSY_SECONDS: Final = 30


def connect(path: Path) -> sqlite3.Connection:
    """Open a file with SQLite; where nothing can be written, as one that nobody changes."""
    place = f"{path.absolute().as_uri()}?mode=ro&immutable=1" if is_read_only(path) else path
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


def has_log(path: Path) -> bool:
    """Whether transactions lie beside a file that are not in it yet."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0
