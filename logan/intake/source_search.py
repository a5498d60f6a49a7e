"""Finding the inputs: files, folders, globs, addresses and standard input, each content once.

Looks at names and kinds only. What is in a file is not this module's business.
"""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from logan.errors import UsageError
from logan.intake.addresses import is_address, parse_address
from logan.intake.files import FileIdentity, identify, kind_of
from logan.intake.folders import FolderEntry, list_steadily, look_at
from logan.intake.globs import GlobSearch
from logan.intake.names import NOTHING_THERE, holds_no_log, never_log, shown_name
from logan.intake.sources import (
    DuplicateName,
    FoundSources,
    SkippedPath,
    Source,
    SourceCollection,
    UnreadInput,
)

_CHECK: Final = "check the spelling, and the folder that relative paths start from"
#: What is to be known of a file at a path, whose state was just read.
Identify = Callable[[Path, os.stat_result], FileIdentity]
#: Stands for (device, file number), like those of a file.
_STANDARD_INPUT: Final = (-1, -1)


class NothingFoundError(UsageError):
    """No path names anything; `missing` says of each why."""

    def __init__(self, missing: Sequence[UnreadInput]) -> None:
        super().__init__(_tell_missing(missing))
        self.missing = tuple(missing)


def find(
    paths: Sequence[str], *, exclude: Sequence[str] = (), identify: Identify = identify
) -> FoundSources:
    """The inputs under `paths`, without those that fit a glob in `exclude` (see `fits`).

    A path that exists is taken literally, else as a glob as in sh, in which a part `**` is any
    number of folders (see `logan.intake.globs`). Links are followed. Of several names of one
    file, the first is the source.
    A path that names nothing is unread: a log may vanish after a shell has expanded its glob.
    An address (see `logan.intake.addresses`) is taken as a path is. `identify` may open a file
    that was just written to; who reads few of many passes another one. Raises `NothingFoundError`
    where no path names anything, and `UsageError` for a malformed address.
    """
    for path in filter(is_address, paths):
        parse_address(path)
    found = SourceCollection(exclude)
    search = _PathSearch(found, identify)
    missing = [one for path in paths if (one := search.add_argument(path)) is not None]
    if len(missing) == len(paths):
        raise NothingFoundError(missing)
    found.unread.extend(missing)
    return found.all()


def _tell_missing(missing: Sequence[UnreadInput]) -> str:
    """That no path names anything: those of files together, each address with its own reason."""
    files = [one.name for one in missing if not is_address(one.name)]
    said = [f"nothing found at {', '.join(files)}; {_CHECK}"] if files else []
    said += [f"{one.name}: {one.reason}; {one.advice}" for one in missing if is_address(one.name)]
    return "\n".join(said)


class _Folder(NamedTuple):
    """A folder to walk; `chain` identifies it and every folder it was reached through."""

    path: Path
    chain: tuple[tuple[int, int], ...]


class _PathSearch:
    """Looks for what paths name, and adds it to what has been found."""

    def __init__(self, found: SourceCollection, identify: Identify) -> None:
        self._found = found
        self._identify = identify

    def add_argument(self, given: str) -> UnreadInput | None:
        """Why nothing is added, where nothing of that name exists."""
        if given == "-":
            if self._found.is_new(_STANDARD_INPUT, given):
                self._found.sources.append(Source(given, None, None))
            return None
        if is_address(given):
            from logan.intake.object_sources import add_address

            return add_address(self._found, given)
        if os.path.lexists(given):
            self._add_path(given)
            return None
        before = len(self._found.unread)
        matches = GlobSearch(unlisted=self._note_unlisted, again=self._note_again).expand(given)
        for match in matches:
            self._add_path(match)
        told = matches or len(self._found.unread) > before
        return None if told else UnreadInput(shown_name(given), NOTHING_THERE, _CHECK)

    def _note_unlisted(self, folder: str, error: OSError) -> None:
        if not self._found.excludes(shown_name(folder)):
            self._refuse_folder(shown_name(folder), error)

    def _note_again(self, folder: str, first: str) -> None:
        self._found.duplicates.append(DuplicateName(shown_name(folder), shown_name(first)))

    def _add_path(self, given: str) -> None:
        before, skipped = self._found.count(), len(self._found.skipped)
        folder = self._add(Path(given), shown_name(given))
        if folder is not None:
            self._walk(folder)
            passed_over = len(self._found.skipped) - skipped
            if self._found.count() == before:
                self._found.refuse(shown_name(given), holds_no_log(passed_over))

    def _walk(self, top: _Folder) -> None:
        """Add what is below `top`: the files of a folder, then its folders, each by name.

        A stack and no recursion: a path may be deeper than Python's calls may be.
        """
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            below = [self._enter(one, folder.chain) for one in self._list(folder)]
            waiting.extend(inner for inner in reversed(below) if inner is not None)

    def _list(self, folder: _Folder) -> list[FolderEntry]:
        """What in a folder could be logs, sorted by name."""
        try:
            entries, steady = list_steadily(folder.path)
        except OSError as error:
            self._refuse_folder(shown_name(folder.path), error)
            return []
        if not steady:
            self._found.refuse(
                shown_name(folder.path), "is a folder whose files change names all the time"
            )
        reasons = [(entry, never_log(entry.path.name)) for entry in entries]
        self._found.skipped.extend(SkippedPath(entry.name, why) for entry, why in reasons if why)
        return [entry for entry, why in reasons if not why]

    def _add(self, path: Path, name: str) -> _Folder | None:
        """Note what is at a path that was given; a new folder is returned, to be walked."""
        return self._enter(look_at(path, name), ())

    def _enter(self, entry: FolderEntry, chain: tuple[tuple[int, int], ...]) -> _Folder | None:
        """Note what was found; a folder that was not seen before is returned, to be walked."""
        path, name, state = entry
        if self._found.excludes(name):
            return None
        if isinstance(state, OSError):
            self._found.refuse(name, _why_not(path, state))
            return None
        identity = (state.st_dev, state.st_ino)
        kind = kind_of(state.st_mode)
        if identity in chain:
            self._found.refuse(name, "is a link to a folder above it, whose files are read there")
        elif kind is not None and not stat.S_ISDIR(state.st_mode):
            advice = "to read it all the same, put it on standard input: cat FILE | logan scan -"
            self._found.refuse(name, f"is {kind}, which might never end", advice)
        elif self._found.is_new(identity, name):
            if kind is not None:
                return _Folder(path, (*chain, identity))
            known_by = self._identify(path, state)
            self._found.sources.append(Source(name, path, state.st_size, known_by))
        return None

    def _refuse_folder(self, name: str, error: OSError) -> None:
        reason = f"is a folder that cannot be listed: {error.strerror}"
        advice = "give the user who runs logan the right to list and enter it"
        self._found.refuse(name, reason, advice)


def _why_not(path: Path, error: OSError) -> str:
    if not isinstance(error, FileNotFoundError):
        return f"cannot be looked at: {error.strerror}"
    try:
        return f"is a link to {shown_name(path.readlink())}, which does not exist"
    except OSError:
        return "vanished while the inputs were looked for"
