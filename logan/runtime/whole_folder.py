"""Writes a folder so that readers see the old one or the new one, whole, and never half of either.

Knows nothing of what is written. The new folder grows beside the old one under a hidden name, goes
to disk, and only then takes its place: in one step where the system can, so that not even a kill
comes between. A hidden folder is locked while its run lives: what a killed run left behind is
cleared away by the next run into the same place.
"""

import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from logan.errors import LockedError, OutputError
from logan.runtime.exchange import exchange

if sys.platform != "win32":
    import fcntl


@contextmanager
def write_whole(folder: Path, what: str = "export") -> Iterator[Path]:
    """Give a new private folder to write into, which replaces `folder` when the block succeeds.

    `what` names in messages what is written. The folder is 0700. If anything fails, an interrupt
    included, what was written is removed and `folder` stays as it was; what the system refuses is
    raised as `OutputError`.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        fresh, held = _begin(folder)
    except OSError as error:
        raise _explain(folder, what, error) from error
    try:
        yield fresh
        _sync(fresh)
        _swap(fresh, folder)
    except OSError as error:
        raise _explain(folder, what, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if held is not None:
            os.close(held)
    with suppress(OSError):  # the new folder is in its place, whatever becomes of the entry
        _sync(folder.parent)


@contextmanager
def hold_place(folder: Path) -> Iterator[None]:
    """Keep every other run out of a folder's place, the folder being there or not.

    Raises `LockedError` if another run holds it, `OutputError` if the system refuses a lock file.
    Where there are no locks (Windows, some shares), nothing is kept.
    """
    folder = folder.resolve()
    place = folder.with_name(f".{folder.name}-lock")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        held = _hold_file(place)
    except BlockingIOError as error:
        raise LockedError(
            f"{folder}: another run is writing there. Wait until it has ended, or name another "
            "folder."
        ) from error
    except OSError as error:
        raise _explain(folder, "export", error) from error
    try:
        yield
    finally:
        if held is not None:
            place.unlink(missing_ok=True)
            os.close(held)


def _hold_file(place: Path) -> int | None:
    """Make a file and lock it while the handle is open; None where there are no locks.

    Raises BlockingIOError if another run holds it. A file that its holder removes in the moment
    before it is locked here is no lock any more: then the next one is made.
    """
    if sys.platform == "win32":
        return None
    while True:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if place.exists() and os.path.samestat(os.fstat(handle), place.stat()):
                return handle
        except BlockingIOError:
            os.close(handle)
            raise
        except FileNotFoundError:
            pass
        except OSError:
            os.close(handle)
            place.unlink(missing_ok=True)
            return None
        os.close(handle)


def _begin(folder: Path) -> tuple[Path, int | None]:
    """Make the hidden folder, and lock it if the file system can."""
    while True:
        prefix = f".{folder.name}."
        fresh = Path(tempfile.mkdtemp(prefix=prefix, suffix=".new", dir=folder.parent))
        try:
            return fresh, _hold(fresh)
        except (BlockingIOError, FileNotFoundError):
            continue  # another run took it for a remnant in the moment before it was locked


def _hold(folder: Path) -> int | None:
    """Lock a folder for as long as the handle is open; None where there are no locks.

    Raises BlockingIOError if another run holds it, FileNotFoundError if it is gone.
    """
    if sys.platform == "win32":
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.stat()
    except (BlockingIOError, FileNotFoundError):
        os.close(handle)
        raise
    except OSError:
        os.close(handle)
        return None
    return handle


def _clear(folder: Path) -> None:
    """Remove what killed runs left, and put an old folder back that one had moved aside."""
    remnant = re.compile(rf"\.{re.escape(folder.name)}\.\w{{8}}\.(new|old)")
    with suppress(OSError):
        for path in sorted(folder.parent.iterdir()):
            if (found := remnant.fullmatch(path.name)) and _is_abandoned(path):
                if found[1] == "old" and not folder.exists():
                    path.rename(folder)
                shutil.rmtree(path, ignore_errors=True)


def _is_abandoned(path: Path) -> bool:
    """Say whether a folder is ours and no run holds it; where there are no locks, none is."""
    if sys.platform == "win32" or path.lstat().st_uid != os.getuid():
        return False
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        handle = _hold(path)
    except OSError:
        return False
    if handle is None:
        return False
    os.close(handle)
    return True


def _swap(fresh: Path, folder: Path) -> None:
    """Put the new folder in its place; the old one, if any, is under the hidden name after that."""
    if not folder.exists():
        fresh.rename(folder)
        return
    if exchange(fresh, folder):
        return
    old = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.old")
    folder.rename(old)
    try:
        fresh.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Bring a folder's entries to disk, where the system can (Windows cannot)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explain(folder: Path, what: str, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"{folder}: the {what} could not be written: {reason}. Nothing was changed: an earlier "
        f"{what} stands as it was. Make room, or name another folder."
    )
