"""Which run ended last, noted beside the ledger: so that a ledger put back from a copy is known.

The note is in the lock's file, which no copy of the ledger has. It names nobody. Whoever may write
the ledger may write it too: it is against mistakes, not against forgery.
"""

import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import RunRow


class EndedRun(NamedTuple):
    """A run that has ended: its number, when it began (UTC, ISO 8601), the hash of its chain."""

    id: int
    start: str
    sha256: str


def note_last_run(lock: Path, ledger: Ledger) -> None:
    """Note the last run of a ledger. To be done under its lock.

    Where it cannot be written there is no note, which says nothing.
    """
    found = ledger.select(RunRow, "WHERE sha256 IS NOT NULL ORDER BY id DESC LIMIT 1")
    if not found:
        return
    last = EndedRun(
        found[0].id, found[0].start.isoformat(timespec="minutes"), found[0].sha256 or ""
    )
    text = json.dumps(last._asdict()).encode()
    with suppress(OSError):
        handle = os.open(lock, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.truncate()
            file.write(text)


def find_lost_runs(lock: Path, ledger: Ledger) -> str | None:
    """Why a ledger is not the one that the last run left, in words; None: it is, or none is known.

    A note that cannot be read, as one whose writing was cut off, says nothing.
    """
    noted = _read(lock)
    if noted is None:
        return None
    here = ledger.select(RunRow, "WHERE id = ?", noted.id)
    if here and here[0].sha256 == noted.sha256:
        return None
    found = ledger.select(RunRow, "WHERE sha256 IS NOT NULL ORDER BY id DESC LIMIT 1")
    own = f"that of {found[0].start:%Y-%m-%d %H:%M} UTC" if found else "none"
    return (
        f"the ledger is an older copy or another one: its last run is {own}, and one of "
        f"{_words(noted.start)} UTC had ended. What is still in logs is read again, and hits that "
        "were told may be told again; what was in logs that are gone since is not in it"
    )


def _words(start: str) -> str:
    return f"{datetime.fromisoformat(start):%Y-%m-%d %H:%M}"


def _read(lock: Path) -> EndedRun | None:
    try:
        noted = EndedRun(**json.loads(lock.read_bytes()))
        datetime.fromisoformat(noted.start)
    except (OSError, ValueError, TypeError):
        return None
    return noted if isinstance(noted.id, int) else None
