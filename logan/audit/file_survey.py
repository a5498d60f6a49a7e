"""The files of a run: which there are, which need no look, since when they are as they are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from glob import has_magic
from typing import Final, NamedTuple

from logan.audit.configuration import AuditConfiguration, Gateway
from logan.audit.ledger_rows import NoticeRow, PlaceRow, RunRow
from logan.audit.log_files import LogFile
from logan.audit.operations_notices import tell_overlap
from logan.audit.stream_identity import is_due_for_proof
from logan.errors import UsageError
from logan.intake.sources import Found, find

#: A last line without an end is read after so long where its gateway has no `silence`.
_LINE_WAITS: Final = timedelta(days=1)


class FoundLogs(NamedTuple):
    """The files of all gateways, each once; `why` says what could not be looked at."""

    files: Sequence[LogFile]
    why: Sequence[str]
    notices: Sequence[NoticeRow]


def find_logs(configuration: AuditConfiguration, run: RunRow) -> FoundLogs:
    """The files that the globs of all gateways name; of two gateways the first has a file."""
    files: dict[object, LogFile] = {}
    why: list[str] = []
    notices: list[NoticeRow] = []
    for gateway in configuration.gateways:
        found = _find(gateway)
        why += _not_found(gateway, found)
        for source in found.sources:
            if source.identity is None:
                continue
            file = LogFile(gateway.name, source, source.identity)
            key = file.stamp[:2] if source.identity.number else source.name
            first = files.setdefault(key, file)
            if first.gateway != gateway.name:
                notices.append(tell_overlap(source.name, gateway.name, first.gateway, run))
    return FoundLogs(list(files.values()), why, notices)


def _find(gateway: Gateway) -> Found:
    try:
        return find(gateway.paths, exclude=gateway.exclude)
    except UsageError:  # nothing there at all, which is told
        return Found((), (), (), ())


def _not_found(gateway: Gateway, found: Found) -> Iterator[str]:
    if not found.sources and not found.duplicates:
        yield f"{gateway.name}: no log at {', '.join(gateway.paths)}"
        return
    for one in found.unread:
        # A glob that nothing fits tonight may be one of several: no file is lost by that.
        if not (one.name in gateway.paths and has_magic(one.name)):
            yield f"{gateway.name}: {one.name}: {one.reason}"


class PlaceIndex:
    """Where earlier runs found which content; of two that speak of one file the last run counts."""

    def __init__(self, places: Sequence[PlaceRow], gateways: Sequence[Gateway]) -> None:
        self.places = sorted(places, key=lambda one: (one.run, one.length))
        self._waits = {one.name: one.silence or _LINE_WAITS for one in gateways}
        self._by_stamp = {
            (one.device, one.inode, one.size, one.mtime_ns): one for one in self.places if one.inode
        }

    def unchanged(self, file: LogFile) -> PlaceRow | None:
        """The place of a file that is what a committed run saw; None for any other."""
        place = self._by_stamp.get(file.stamp)
        return place if place is not None and place.gateway == file.gateway else None

    def since(self, file: LogFile, run: RunRow) -> datetime:
        """Since when a file is as it is: which run saw it so first."""
        place = self._by_stamp.get(file.stamp)
        return run.start if place is None else place.since

    def is_ripe(self, file: LogFile, run: RunRow) -> bool:
        """Whether the last line of a file has waited for its end long enough to be read."""
        place = self.unchanged(file)
        waits = self._waits[file.gateway]
        return place is not None and place.waiting > 0 and run.start - place.since >= waits

    def pass_over(self, files: Sequence[LogFile], run: RunRow) -> Mapping[LogFile, PlaceRow]:
        """The files that need no look in a run: what could not be read before may be readable now,
        though nobody wrote to it.
        """
        known = ((file, self.unchanged(file)) for file in files)
        return {
            file: place
            for file, place in known
            if place is not None
            and not is_due_for_proof(place, run.id)
            and not self.is_ripe(file, run)
            and place.failure is None
        }
