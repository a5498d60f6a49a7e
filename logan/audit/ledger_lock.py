"""One run at a time: the lock beside a ledger."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from logan.errors import LockedError

if sys.platform != "win32":
    import fcntl


from logan.audit.ledger import LedgerError

#: How often a lock is asked for.
_LOCK_PAUSE_SECONDS: Final = 0.2


def lock_of(path: Path) -> Path:
    """The file beside a ledger that its lock is on."""
    return path.with_name(f"{path.name}.lock")


@contextmanager
def hold_lock(path: Path, *, wait: timedelta = timedelta()) -> Iterator[None]:
    """Keep every other run away from a ledger; readers go on reading.

    The lock is a file beside the ledger, as closing a second handle of the ledger itself would set
    free SQLite's own locks; it ends with the process, however that ends. Raises `LockedError` if
    another run holds it for longer than `wait`.
    """
    if sys.platform == "win32":
        yield
        return
    lock = lock_of(path)
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        advice = "Give the user who runs logan the right to write in this folder."
        if error.errno == errno.EROFS:
            advice = "Mount its disk for writing: disks that fail are often made read-only."
        raise LedgerError(f"{lock}: cannot be made: {error.strerror}. {advice}") from error
    try:
        _take_lock(handle, path, time.monotonic() + wait.total_seconds())
        yield
    finally:
        os.close(handle)


def _take_lock(handle: int, path: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise LockedError(
                    f"{path}: another run is under way. Wait until it has ended, or give --wait."
                ) from None
            time.sleep(min(_LOCK_PAUSE_SECONDS, max(0.0, until - time.monotonic())))
        except OSError as error:
            raise LedgerError(
                f"{path}: no lock can be had beside it: {error.strerror}. Keep the ledger on a "
                "disk of this machine: on a share without locks SQLite's own do not hold either."
            ) from error
        else:
            return
