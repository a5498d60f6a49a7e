"""What is in a folder, listed and looked at while logs in it may be rotated."""

import os
from pathlib import Path
from typing import Final, NamedTuple

from logan.intake.names import shown_name

#: How often a folder is listed before its files count as changing all the time.
_TRIES: Final = 5


class FolderEntry(NamedTuple):
    """A path, the name it is shown by, and its state or why that cannot be had."""

    path: Path
    name: str
    state: os.stat_result | OSError


def list_steadily(folder: Path) -> tuple[list[FolderEntry], bool]:
    """What is in a folder, sorted by name, and whether each file that was listed is among it.

    Where logs are rotated between listing and looking, one of them may have no name of the list.
    """
    entries: list[FolderEntry] = []
    listed = _number_files(folder)
    for _ in range(_TRIES):
        paths = [folder / name for name in listed]
        entries = [look_at(path, shown_name(path)) for path in paths]
        looked_at = {
            entry.state.st_ino for entry in entries if not isinstance(entry.state, OSError)
        }
        if looked_at.issuperset(filter(None, listed.values())):
            break
        before, listed = listed, _number_files(folder)
        if listed == before:  # mounted over a file, or a file system of layers
            break
    else:
        return entries, False
    return entries, True


def _number_files(folder: Path) -> dict[str, int]:
    """The names in a folder, sorted, with the file number of each regular file and 0 for others."""
    with os.scandir(folder) as found:
        entries = [(one.name, one.inode() if _is_file(one) else 0) for one in found]
    return dict(sorted(entries, key=lambda entry: os.path.normcase(entry[0])))


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def look_at(path: Path, name: str) -> FolderEntry:
    """What is at a path, under the name that it is shown by."""
    try:
        return FolderEntry(path, name, path.stat())
    except OSError as error:
        return FolderEntry(path, name, error)
