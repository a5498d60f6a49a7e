"""A private folder for what outgrows memory: 0700, and removed however the run ends.

It goes with the object that holds it, at exit and after an interrupt; what a killed run left behind
is cleared away when the next run begins. Knows nothing of what is kept there.
"""

import os
import shutil
import stat
import sys
import tempfile
import time
import weakref
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

_PREFIX: Final = "logan-findings-"
#: Stands in every such folder: a folder without it was named so by somebody else.
_MARK: Final = ".made-by-logan"
_MARKED: Final = b"A private folder of a run of logan. It goes when the run ends.\n"
#: A folder is made and locked within this time; an older one that nobody locks is abandoned.
_SETTLED_SECONDS: Final = 60


class PrivateFolder:
    """A folder below that for temporary files (`TMPDIR`), made when it is first used."""

    @cached_property
    def path(self) -> Path:
        """The folder itself."""
        clear_abandoned()
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        (path / _MARK).write_bytes(_MARKED)
        weakref.finalize(self, _remove, path, _lock(path))
        return path


def _remove(path: Path, lock: int | None) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def _lock(path: Path) -> int | None:
    """Lock a folder for as long as the handle is open; None where that cannot be done."""
    if sys.platform == "win32":
        return None
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _is_ours(path: Path) -> bool:
    """True for a folder that a run of this user made; nothing is followed that a link leads to."""
    folder, mark = path.lstat(), (path / _MARK).lstat()
    own = stat.S_ISDIR(folder.st_mode) and stat.S_ISREG(mark.st_mode)
    return (
        own
        and folder.st_uid == mark.st_uid == os.getuid()
        and mark.st_size == len(_MARKED)
        and (path / _MARK).read_bytes() == _MARKED
    )


def clear_abandoned() -> None:
    """Remove the folders of runs that were killed, and nothing else (see `_is_ours`)."""
    if sys.platform == "win32":
        return
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            old = time.time() - path.lstat().st_mtime > _SETTLED_SECONDS
            if old and _is_ours(path) and (lock := _lock(path)) is not None:
                _remove(path, lock)
