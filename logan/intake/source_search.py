"""Finding the inputs: files, folders, globs, addresses and standard input, each content once.

Looks at names and kinds only. What is in a file is not this module's business.
"""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from logan.errors import UsageError
from logan.intake.addresses import ObjectAddress, is_address, parse_address
from logan.intake.files import FileIdentity, identify, kind_of
from logan.intake.folders import FolderEntry, list_steadily, look_at
from logan.intake.globs import GlobSearch
from logan.intake.names import NOTHING_THERE, fits, named_like_log, never_log, shown_name
from logan.intake.sources import (
    DuplicateName,
    ExcludedPath,
    FoundSources,
    SkippedPath,
    Source,
    UnreadInput,
    unread_marker,
)

if TYPE_CHECKING:
    from logan.intake.object_search import ObjectMatch
    from logan.intake.object_storage import FoundObject

_CHECK: Final = "check the spelling, and the folder that relative paths start from"
_CHECK_ADDRESS: Final = "check the spelling of bucket and key: small and capital letters differ"
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
    search = _Search(exclude, identify)
    missing = [one for path in paths if (one := search.add_argument(path)) is not None]
    if len(missing) == len(paths):
        raise NothingFoundError(missing)
    search.unread.extend(missing)
    return FoundSources(
        tuple(search.sources),
        tuple(search.unread),
        tuple(search.duplicates),
        tuple(search.skipped),
        tuple(search.excluded),
        tuple(search.markers),
    )


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


class _Search:
    """What has been found so far, and under which name each file and folder was first seen."""

    def __init__(self, exclude: Sequence[str], identify: Identify) -> None:
        self._exclude = exclude
        self._identify = identify
        self.excluded: list[ExcludedPath] = []
        self.sources: list[Source] = []
        self.unread: list[UnreadInput] = []
        self.duplicates: list[DuplicateName] = []
        self.skipped: list[SkippedPath] = []
        self.markers: list[str] = []
        self._names: dict[tuple[int, int] | ObjectAddress, str] = {}

    def add_argument(self, given: str) -> UnreadInput | None:
        """Why nothing is added, where nothing of that name exists."""
        if given == "-":
            if self._is_new(_STANDARD_INPUT, given):
                self.sources.append(Source(given, None, None))
            return None
        if is_address(given):
            return self._add_address(given)
        if os.path.lexists(given):
            self._add_path(given)
            return None
        before = len(self.unread)
        matches = GlobSearch(unlisted=self._note_unlisted, again=self._note_again).expand(given)
        for match in matches:
            self._add_path(match)
        told = matches or len(self.unread) > before
        return None if told else UnreadInput(shown_name(given), NOTHING_THERE, _CHECK)

    def _note_unlisted(self, folder: str, error: OSError) -> None:
        if not self._excludes(shown_name(folder)):
            self._refuse_folder(shown_name(folder), error)

    def _note_again(self, folder: str, first: str) -> None:
        self.duplicates.append(DuplicateName(shown_name(folder), shown_name(first)))

    def _add_address(self, given: str) -> UnreadInput | None:
        from logan.intake.object_search import find_objects
        from logan.intake.storage_faults import StorageError

        try:
            matches = find_objects(given)
        except StorageError as error:
            return UnreadInput(shown_name(given), error.reason, error.advice or _CHECK_ADDRESS)
        for match in matches:
            self._add_match(match)
        return None

    def _add_match(self, match: "ObjectMatch") -> None:
        """Note the objects that an address names; in a folder not those that are no logs."""
        name = shown_name(str(match.address))
        if match.fault is not None:
            kind = "is a folder that cannot be listed" if match.is_folder else "cannot be looked at"
            self._refuse(name, f"{kind}: {match.fault.reason}", match.fault.advice)
            return
        if match.is_folder and not self._is_new(_as_folder(match.address), name):
            return
        found, skipped = self._count(), len(self.skipped)
        left_out = {match.address: self._excludes(name)}
        for one in match.objects:
            if not self._is_left_out(one.address, left_out):
                self._add_object(one)
        for marker in match.markers:
            if not self._is_left_out(marker, left_out):
                self._add_marker(marker)
        if match.is_folder and self._count() == found:
            passed_over = len(self.skipped) - skipped
            self._refuse(name, f"holds no log; {passed_over:,} passed over by name")

    def _add_object(self, found: "FoundObject") -> None:
        name = shown_name(str(found.address))
        if self._is_new(found.address, name):
            self.sources.append(Source(name, None, found.state.size, remote=found))

    def _add_marker(self, folder: ObjectAddress) -> None:
        """Note a folder that may be a log: unread where it is named like one."""
        name = shown_name(str(folder))
        if named_like_log(name):
            self.unread.append(unread_marker(name))
        else:
            self.markers.append(name)

    def _is_left_out(self, address: ObjectAddress, known: dict[ObjectAddress, bool]) -> bool:
        """Whether an object is left out, or a folder on the way to it: `known` are those folders.

        What is left out is noted once.
        """
        if address in known:
            return known[address]
        folder, _, last = address.key.rpartition("/")
        above = address._replace(key=folder)
        if above not in known:
            left_out = self._is_left_out(above, known)
            known[above] = left_out or not self._is_new(_as_folder(above), shown_name(str(above)))
        if known[above]:
            return True
        why = never_log(last)
        if why:
            self.skipped.append(SkippedPath(shown_name(str(address)), why))
        return bool(why) or self._excludes(shown_name(str(address)))

    def _add_path(self, given: str) -> None:
        found, skipped = self._count(), len(self.skipped)
        folder = self._add(Path(given), shown_name(given))
        if folder is not None:
            self._walk(folder)
            passed_over = len(self.skipped) - skipped
            if self._count() == found:
                self._refuse(
                    shown_name(given), f"holds no log; {passed_over:,} passed over by name"
                )

    def _count(self) -> int:
        read = len(self.sources) + len(self.duplicates)
        return read + len(self.unread) + len(self.excluded)

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
            self._refuse(
                shown_name(folder.path), "is a folder whose files change names all the time"
            )
        reasons = {entry: never_log(entry.path.name) for entry in entries}
        self.skipped.extend(
            SkippedPath(shown_name(entry.path), why) for entry, why in reasons.items() if why
        )
        return [entry for entry, why in reasons.items() if not why]

    def _add(self, path: Path, name: str) -> _Folder | None:
        """Note what is at a path that was given; a new folder is returned, to be walked."""
        return self._enter(look_at(path, name), ())

    def _enter(self, entry: FolderEntry, chain: tuple[tuple[int, int], ...]) -> _Folder | None:
        """Note what was found; a folder that was not seen before is returned, to be walked."""
        path, name, state = entry
        if self._excludes(name):
            return None
        if isinstance(state, OSError):
            self._refuse(name, _why_not(path, state))
            return None
        identity = (state.st_dev, state.st_ino)
        kind = kind_of(state.st_mode)
        if identity in chain:
            self._refuse(name, "is a link to a folder above it, whose files are read there")
        elif kind is not None and not stat.S_ISDIR(state.st_mode):
            advice = "to read it all the same, put it on standard input: cat FILE | logan scan -"
            self._refuse(name, f"is {kind}, which might never end", advice)
        elif self._is_new(identity, name):
            if kind is not None:
                return _Folder(path, (*chain, identity))
            self.sources.append(Source(name, path, state.st_size, self._identify(path, state)))
        return None

    def _excludes(self, name: str) -> bool:
        glob = next((glob for glob in self._exclude if fits(name, glob)), None)
        if glob is not None:
            self.excluded.append(ExcludedPath(name, glob))
        return glob is not None

    def _is_new(self, identity: tuple[int, int] | ObjectAddress, name: str) -> bool:
        first = self._names.get(identity)
        if first is not None:
            self.duplicates.append(DuplicateName(name, first))
        elif (
            isinstance(identity, ObjectAddress) or identity[1]
        ):  # some Windows shares number no file
            self._names[identity] = name
        return first is None

    def _refuse_folder(self, name: str, error: OSError) -> None:
        reason = f"is a folder that cannot be listed: {error.strerror}"
        self._refuse(name, reason, "give the user who runs logan the right to list and enter it")

    def _refuse(self, name: str, reason: str, advice: str | None = None) -> None:
        self.unread.append(UnreadInput(name, reason, advice))


def _as_folder(address: ObjectAddress) -> ObjectAddress:
    """What no object is known by: one may have the same name."""
    return address._replace(key=f"{address.key}/")


def _why_not(path: Path, error: OSError) -> str:
    if not isinstance(error, FileNotFoundError):
        return f"cannot be looked at: {error.strerror}"
    try:
        return f"is a link to {shown_name(path.readlink())}, which does not exist"
    except OSError:
        return "vanished while the inputs were looked for"
