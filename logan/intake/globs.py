"""Globs as in sh, and with a part `**`: any number of folders, also none, as in gitignore and bash.

As in these, `**` beside other signs in a part (`a**`) is a `*`, and no hidden folder is passed
through. At the end of a glob it stands for the folder in front of it, which is read with all below.
Links to folders are followed, as everywhere in logan: each folder is passed through once.
"""

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Final

from logan.intake.names import is_hidden, part_fits

DEEP: Final = "**"
#: One or more parts `**` and the slashes behind them.
_DEEP_PARTS: Final = re.compile(r"(?:^|(?<=/))\*\*(?:/+\*\*)*(?:/+|$)")

#: What is told of a folder that cannot be listed: its path, and why.
Unlisted = Callable[[str, OSError], None]
#: What is told of a folder that was reached before: its path, and the first one.
Again = Callable[[str, str], None]


def fitting_lengths(parts: Sequence[str], pattern: Sequence[str]) -> Iterator[int]:
    """How many of the first `parts` of a path, in rising order, fit a glob that was cut at slashes.

    All ways to fit are followed at once, so that many `**` take no longer than one.
    """
    reached = _pass_deep({0}, pattern)
    if len(pattern) in reached:
        yield 0
    for count, part in enumerate(parts, start=1):
        reached = _pass_deep(set(_step(part, reached, pattern)), pattern)
        if len(pattern) in reached:
            yield count


def _step(part: str, reached: Iterable[int], pattern: Sequence[str]) -> Iterator[int]:
    """Which places of a glob are reached by one more part of a path."""
    for at in reached:
        if at == len(pattern):
            continue
        if pattern[at] == DEEP and not is_hidden(part):
            yield at
        elif pattern[at] != DEEP and part_fits(part, pattern[at]):
            yield at + 1


def _pass_deep(reached: set[int], pattern: Sequence[str]) -> set[int]:
    """The same places, and those behind each `**`, which may stand for no folder."""
    for at in range(len(pattern)):
        if at in reached and pattern[at] == DEEP:
            reached.add(at + 1)
    return reached


class GlobSearch:
    """What on a disk fits a glob; by a `**` each folder is passed through once, so links may loop.

    `unlisted` and `again` are told of a folder once.
    """

    def __init__(self, *, unlisted: Unlisted, again: Again) -> None:
        self._unlisted = unlisted
        self._again = again
        self._listed: dict[str, list[str]] = {}
        self._reported: set[str] = set()

    def expand(self, pattern: str) -> list[str]:
        """The paths that fit, sorted; of what lies in a folder that fits only the folder."""
        first, *others = _DEEP_PARTS.split(pattern.replace(os.sep, "/"))
        reached = _glob(first) if first else [""]
        self._look_into(first)
        for behind in filter(None, others):
            reached = [
                path
                for folder in self._descend(reached)
                for path in _glob(_join(glob.escape(folder), behind))
            ]
        paths = [one.rstrip("/") or one or os.curdir for one in reached]
        return _outermost(paths) if others else sorted(reached)

    def _look_into(self, pattern: str) -> None:
        """See that each folder can be listed in which something was looked for."""
        parts = pattern.split("/")
        for at in (at for at, part in enumerate(parts) if glob.has_magic(part)):
            above = "/".join((*parts[:at], ""))
            for folder in _glob(above) if above else [""]:
                self._list(folder.rstrip("/") or folder)

    def _descend(self, tops: Iterable[str]) -> Iterator[str]:
        """The folders, and all below them that are not hidden, each once. An empty path is here."""
        seen: dict[object, PurePath] = {}
        waiting = sorted(set(tops), reverse=True)
        while waiting:
            folder = waiting.pop()
            path = PurePath(folder)
            first = seen.setdefault(_identity(folder), path)
            if first is path:
                yield folder
                waiting.extend(reversed(self._list(folder)))
            elif first != path and folder not in self._reported:
                self._reported.add(folder)
                self._again(folder, str(first))

    def _list(self, folder: str) -> list[str]:
        """The folders in a folder that `**` may stand for, sorted."""
        if folder not in self._listed:
            try:
                self._listed[folder] = [_join(folder, name) for name in _list_folders(folder)]
            except OSError as error:
                self._unlisted(folder or os.curdir, error)
                self._listed[folder] = []
        return self._listed[folder]


def _glob(pattern: str) -> list[str]:
    return glob.glob(pattern)  # noqa: PTH207 - Path.glob wants relative patterns


def _join(folder: str, name: str) -> str:
    return os.path.join(folder, name)  # noqa: PTH118 - a Path would lose the `./` in front


def _list_folders(folder: str) -> list[str]:
    with os.scandir(folder or os.curdir) as found:
        return sorted(one.name for one in found if not is_hidden(one.name) and _is_folder(one))


def _identity(folder: str) -> object:
    """What a folder is known by, whatever its path."""
    try:
        state = Path(folder).stat()
    except OSError:  # listing it says why
        return folder
    return (state.st_dev, state.st_ino) if state.st_ino else os.path.realpath(folder)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _outermost(paths: Iterable[str]) -> list[str]:
    """Each path once, sorted, without those that lie in another one."""
    found = {PurePath(path): path for path in sorted(paths, reverse=True)}
    return sorted(path for pure, path in found.items() if found.keys().isdisjoint(pure.parents))
