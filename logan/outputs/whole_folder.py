"""Writes a folder so that readers see the old one or the new one, whole, and never half of either.

Knows nothing of what is written. The new folder grows beside the old one under another name, goes
to disk, and only then takes its place.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from logan.errors import OutputError


@contextmanager
def write_whole(folder: Path) -> Iterator[Path]:
    """Give a new private folder to write into, which replaces `folder` when the block succeeds.

    The folder is 0700. If anything fails, an interrupt included, what was written is removed and
    `folder` stays as it was; what the system refuses is raised as `OutputError`.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".new", dir=folder.parent))
    except OSError as error:
        raise _explain(folder, error) from error
    try:
        yield fresh
        _sync(fresh)
        _swap(fresh, folder)
    except OSError as error:
        raise _explain(folder, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    with suppress(OSError):  # the new folder is in its place, whatever becomes of the entry
        _sync(folder.parent)


def _swap(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
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


def _explain(folder: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"{folder}: the export could not be written: {reason}. Nothing was changed: an earlier "
        "export stands as it was. Make room, or name another folder with --export."
    )
