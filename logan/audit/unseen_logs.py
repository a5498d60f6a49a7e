"""Logs that earlier runs saw and this one cannot look at: nobody knows whether they are gone.

A folder cannot be listed, a share is not mounted, a disk fails, a right was taken away for a night.
What is known of such logs stays in the ledger as it is, so that the next run that can look at them
goes on where they were left.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from glob import has_magic
from pathlib import Path
from typing import Final, NamedTuple

from logan.audit.configuration import Gateway
from logan.audit.file_stamp import OBJECTS
from logan.audit.file_survey import FoundLogs
from logan.audit.log_files import LogFile
from logan.audit.log_rows import PlaceRow
from logan.intake.names import NOTHING_THERE, fits
from logan.outputs.words import count

_NOT_MOUNTED: Final = "is not on the disk or share that it was on: mount that"


class UnseenLogs(NamedTuple):
    """`unseen` are places that could not be looked at, `left_out` those of files that are there
    and that the configuration does not name any more. `why` says what nobody has said so far."""

    unseen: Sequence[PlaceRow]
    left_out: Sequence[PlaceRow]
    why: Sequence[str]


def find_unseen(
    places: Sequence[PlaceRow], found: FoundLogs, gateways: Sequence[Gateway]
) -> UnseenLogs:
    """Which places of earlier runs are not among what was found, though they may be there still."""
    names = {file.source.name for file in found.files}
    numbers = {file.stamp.place for file in found.files if file.stamp.number}
    missing = [one for one in places if one.path not in names and one.stamp.place not in numbers]
    if not missing:
        return UnseenLogs((), (), ())
    folders = _Folders(found, gateways)
    unseen, left_out, why = [], [], Counter[str]()
    for place in missing:
        if folders.is_told(place.path):
            unseen.append(place)
        elif folders.has(place):
            left_out.append(place)
        elif (reason := folders.why_unseen(place)) is not None:
            unseen.append(place)
            why[reason] += not place.member
    return UnseenLogs(unseen, left_out, [_count_logs(*one) for one in why.items()])


def _count_logs(reason: str, logs: int) -> str:
    return f"{reason} ({count(logs, 'log')} read before)"


class PlacesBefore:
    """What an earlier run saw of the files that are there: by their numbers, or by their names
    where the file that had the name is not there any more."""

    def __init__(self, places: Sequence[PlaceRow], files: Sequence[LogFile]) -> None:
        plain = [one for one in places if not one.member]
        there = {file.stamp.place for file in files if file.stamp.number}
        self._by_number = {one.stamp.place: one for one in plain if one.inode}
        self._by_name = {one.path: one for one in plain if one.stamp.place not in there}

    def same_file(self, file: LogFile) -> PlaceRow | None:
        """The place of a file by its number."""
        is_file = file.stamp.number and not file.stamp.member
        return self._by_number.get(file.stamp.place) if is_file else None

    def of(self, file: LogFile) -> PlaceRow | None:
        """The place of a file, by its number or else by its name."""
        return self.same_file(file) or self._by_name.get(file.source.name)


class _Folders:
    """The folders that logs lay in, and what can be said of them; each is looked at once."""

    def __init__(self, found: FoundLogs, gateways: Sequence[Gateway]) -> None:
        self._told = {_fixed_part(one.name) for one in found.unread if one.reason != NOTHING_THERE}
        self._devices = _devices(found.files)
        self._gateways = gateways
        self._look = cache(_look)

    def is_told(self, path: str) -> bool:
        """Whether it was said why a path, or a folder above it, cannot be looked at."""
        return any(name in self._told for name in (path, *_folders_above(path)))

    def has(self, place: PlaceRow) -> bool:
        """Whether the very file of a place is there, and was not asked for."""
        if place.device <= OBJECTS or place.member:
            return False
        try:
            state = Path(place.path).stat()
        except OSError:
            return False
        return (state.st_dev, state.st_ino) == place.stamp.place and stat.S_ISREG(state.st_mode)

    def why_unseen(self, place: PlaceRow) -> str | None:
        """Why nobody knows whether a log is gone; None: it is, or nobody asked for it.

        It is gone where the disk is there that it lay on. Elsewhere its share may not be mounted.
        """
        if place.device <= OBJECTS or not self._is_asked_for(place):
            return None
        for folder in _folders_above(place.path):
            seen = self._look(folder)
            if isinstance(seen, OSError):
                return f"{place.gateway}: {folder}: cannot be looked at: {seen.strerror}"
            if seen is not None:
                is_gone = place.device in (seen, *self._devices)
                return None if is_gone else f"{place.gateway}: {folder}: {_NOT_MOUNTED}"
        return None

    def _is_asked_for(self, place: PlaceRow) -> bool:
        own = (one for one in self._gateways if one.name == place.gateway)
        return any(
            _lies_below(place.path, gateway.paths)
            and not any(fits(place.path, glob) for glob in gateway.exclude)
            for gateway in own
        )


def _devices(files: Sequence[LogFile]) -> set[int]:
    """The numbers of the disks and shares that have a log now."""
    return {file.stamp.device for file in files}


def _look(folder: str) -> int | OSError | None:
    """The number of the disk or share that a folder is on; None: there is nothing."""
    try:
        return Path(folder).stat().st_dev
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return error


def _lies_below(path: str, given: Sequence[str]) -> bool:
    """Whether a path is, or lies below, what stands before the first sign of some globs."""
    above = {path, *_folders_above(path)}
    return any(_fixed_part(one) in above for one in given)


def _fixed_part(path: str) -> str:
    """A path, or the folder above all that a glob may name."""
    while has_magic(path):
        path = _above(path)
    return path.rstrip("/") or path


def _folders_above(path: str) -> Iterator[str]:
    """The folders above a path, the nearest first."""
    while (above := _above(path)) != path:
        yield above
        path = above


def _above(path: str) -> str:
    return os.path.dirname(path)  # noqa: PTH120 - it may be an address, which is no `Path`
