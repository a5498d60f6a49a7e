"""The files of a run: which there are, which need no look, since when they are as they are."""

import time
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from glob import has_magic
from types import MappingProxyType
from typing import Final, NamedTuple

from logan.audit.configuration import AuditConfiguration, Gateway
from logan.audit.file_stamp import OBJECTS, FileStamp
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.log_files import LogFile, log_file
from logan.audit.log_rows import PlaceRow
from logan.audit.operations_notices import tell_overlap
from logan.intake.files import TIME_ROUNDING, identify, identify_unopened
from logan.intake.names import NOTHING_THERE
from logan.intake.source_search import Identify, NothingFoundError, find
from logan.intake.sources import FoundSources, Source, UnreadInput
from logan.runtime.ordered_map import map_in_order

#: A last line without an end is read after so long where its gateway has no `silence`.
_LINE_WAITS: Final = timedelta(days=1)
#: Of the files that are passed over, one in so many is read in full and compared, run by run.
PROOF_RUNS: Final = 30
#: An object that was written to so shortly before a run, in seconds, may be written to again with
#: no other time and size: storages tell whole seconds, and clocks differ. Its version is asked for.
_JUST_WRITTEN: Final = 600


class FoundLogs(NamedTuple):
    """The files of all gateways, each once; `why` says what could not be looked at (`unread`).

    `markers` are by gateway the folders in a storage that may be logs (`FoundSources.markers`).
    """

    files: Sequence[LogFile]
    why: Sequence[str]
    notices: Sequence[NoticeRow]
    unread: Sequence[UnreadInput]
    markers: Mapping[str, Sequence[str]] = MappingProxyType({})


def find_logs(configuration: AuditConfiguration, run: RunRow, places: "PlaceIndex") -> FoundLogs:
    """The files that the globs of all gateways name; of two gateways the first has a file.

    None is opened: most need no look.
    """
    files: dict[object, LogFile] = {}
    why: list[str] = []
    notices: list[NoticeRow] = []
    unread: list[UnreadInput] = []
    markers: dict[str, Sequence[str]] = {}
    for gateway in configuration.gateways:
        found = find_files(gateway, identify_unopened)
        why += _not_found(gateway, found)
        unread += found.unread
        markers[gateway.name] = found.markers
        for file in as_log_files(gateway, found, places):
            key = file.stamp.place if file.stamp.number else file.source.name
            first = files.setdefault(key, file)
            if first.gateway != gateway.name:
                notices.append(tell_overlap(file.source.name, gateway.name, first.gateway, run))
    return FoundLogs(list(files.values()), why, notices, unread, markers)


def find_files(gateway: Gateway, identify: Identify = identify) -> FoundSources:
    """What lies under a gateway's paths; where nothing does, why."""
    try:
        return find(gateway.paths, exclude=gateway.exclude, identify=identify)
    except NothingFoundError as error:
        return FoundSources((), error.missing, (), ())


def as_log_files(gateway: Gateway, found: FoundSources, places: "PlaceIndex") -> Iterator[LogFile]:
    """The files of a gateway; of objects that need it the version is asked for."""
    far = [one for one in found.sources if _needs_version(one, places)]
    versions = dict(zip(far, map_in_order(_version, far), strict=True))
    for source in found.sources:
        file = log_file(gateway.name, source, versions.get(source))
        if file is not None:
            yield file


def _needs_version(source: Source, places: "PlaceIndex") -> bool:
    """Whether size and time are not enough to know an object again."""
    if source.remote is None:
        return False
    just_written = time.time_ns() - source.remote.state.changed < _JUST_WRITTEN * 10**9
    return just_written or places.has_version(source)


def _version(source: Source) -> bytes:
    from logan.intake.storage_faults import StorageError
    from logan.intake.storage_survey import open_object  # for addresses alone

    assert source.remote is not None  # noqa: S101 - only objects have one
    try:
        return open_object(source.remote.address).version or b""
    except StorageError:  # reading it says why
        return b""


def _not_found(gateway: Gateway, found: FoundSources) -> Iterator[str]:
    nothing = not found.sources and not found.duplicates
    if nothing:
        yield f"{gateway.name}: no log at {', '.join(gateway.paths)}"
    for one in found.unread:
        # A glob that nothing fits tonight may be one of several: no file is lost by that.
        said = one.reason == NOTHING_THERE and (nothing or has_magic(one.name))
        if not (said and one.name in gateway.paths):
            yield f"{gateway.name}: {one.name}: {one.reason}"


def is_due_for_proof(place: PlaceRow, run: int) -> bool:
    """Whether a file that is passed over is read in full in this run all the same."""
    return place.stream is not None and place.stream % PROOF_RUNS == run % PROOF_RUNS


def _begun_runs(ledger: Ledger) -> Mapping[int, int]:
    """When each run began that has places, in nanoseconds since 1970."""
    query = "SELECT id, start + 0 FROM run WHERE id IN (SELECT run FROM place)"
    return {run: start * 1000 for run, start in ledger.connection.execute(query)}


class PlaceIndex:
    """Where earlier runs found which content; of two that speak of one file the last run counts.

    A file that has its size and time still may have been written to, where it was just written to
    as a run looked: times are rounded. It needs another look, as a file does to git that is no
    older than its index (git's Documentation/technical/racy-git.txt).
    """

    def __init__(self, ledger: Ledger, gateways: Sequence[Gateway]) -> None:
        places = ledger.select(PlaceRow)
        self.places = sorted(places, key=lambda one: (one.run, one.length))
        self._began = _begun_runs(ledger)
        self._waits = {one.name: one.silence or _LINE_WAITS for one in gateways}
        self._by_stamp = {one.stamp: one for one in self.places if one.inode}
        self._members: dict[FileStamp, list[PlaceRow]] = defaultdict(list)
        for place in self._by_stamp.values():
            if place.member:
                self._members[place.stamp._replace(member=())].append(place)
        self._versioned = {one.stamp.place for one in self.places if one.device < OBJECTS}

    def has_version(self, source: Source) -> bool:
        """Whether an object was noted with its version, which it must have still."""
        file = log_file("", source)
        return file is not None and file.stamp.place in self._versioned

    def unchanged(self, file: LogFile) -> PlaceRow | None:
        """The place of a file that is what a committed run saw; None for any other."""
        place = self._with_stamp(file)
        return None if place is None or self._just_written(place) else place

    def _with_stamp(self, file: LogFile) -> PlaceRow | None:
        """The place of a file that has the size and time that a committed run saw."""
        place = self._by_stamp.get(file.stamp)
        return place if place is not None and place.gateway == file.gateway else None

    def _just_written(self, place: PlaceRow) -> bool:
        """Whether a file could be written to after a run looked, and have the same time still."""
        is_file = place.device > OBJECTS  # an object has its version
        return is_file and place.mtime_ns > self._began[place.run] - TIME_ROUNDING

    def since(self, file: LogFile, run: RunRow) -> datetime:
        """Since when a file is as it is: which run saw it so first."""
        place = self._by_stamp.get(file.stamp)
        return run.start if place is None else place.since

    def is_ripe(self, file: LogFile, run: RunRow) -> bool:
        """Whether the last line of a file has waited for its end long enough to be read."""
        place = self._with_stamp(file)
        waits = self._waits[file.gateway]
        return place is not None and place.waiting > 0 and run.start - place.since >= waits

    def pass_over(
        self,
        files: Sequence[LogFile],
        run: RunRow,
        *,
        again: Container[int | None] = (),
        archives: bool = True,
    ) -> Mapping[LogFile, PlaceRow]:
        """The files that need no look in a run, with the members of `archives` among them.

        What could not be read before may be readable now, though nobody wrote to it; streams that
        are to be read `again` are in a file that is looked at.
        """
        passed: dict[LogFile, PlaceRow] = {}
        for file in files:
            place = self.unchanged(file)
            if place is None:
                continue
            members = dict(self._as_members(file, place))
            due = self._is_due(place, members, run) or self.is_ripe(file, run)
            due = due or (bool(members) and not archives)
            all_of_it = (place, *members.values())
            if not due and not any(one.failure or one.stream in again for one in all_of_it):
                passed |= {file: place, **members}
        return passed

    def with_members(self, file: LogFile, place: PlaceRow) -> Mapping[LogFile, PlaceRow]:
        """A file that is as it was, and the members that it has as an archive."""
        return {file: place, **dict(self._as_members(file, place))}

    def _as_members(self, file: LogFile, place: PlaceRow) -> Iterator[tuple[LogFile, PlaceRow]]:
        """The members of an archive that is as it was, under the name that it has now."""
        for member in self._members.get(file.stamp, ()):
            name = file.source.name + member.path.removeprefix(place.path)
            source = file.source._replace(name=name, size=None, member=member.member)
            yield LogFile(file.gateway, source, member.stamp, file.source), member

    def _is_due(self, place: PlaceRow, members: Mapping[LogFile, PlaceRow], run: RunRow) -> bool:
        """Whether a file is to be read in full: of an archive all is, and not for each member."""
        if members:
            return place.inode % PROOF_RUNS == run.id % PROOF_RUNS
        return is_due_for_proof(place, run.id)
