"""Notes at the end of a run which files hold which streams, so that the next one need not look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.line_store import place_of, prefix_of
from logan.audit.log_files import LogFile
from logan.audit.log_rows import PlaceRow, StreamRow
from logan.audit.operations_notices import tell_overlap
from logan.audit.stream_identity import Holding
from logan.audit.streams import joined_failure, stream_of

_SEEN: Final = "UPDATE stream SET seen_run = ?, path = ? WHERE id = ?"


class Sightings:
    """The files that a run has seen, written into the ledger in a transaction of the caller's.

    `streams` are those that the run has read lines of, by the numbers that holdings know them by.
    """

    def __init__(self, ledger: Ledger, run: RunRow, streams: Mapping[int, StreamRow]) -> None:
        self._ledger = ledger
        self._run = run
        self._streams = streams
        self._places: list[PlaceRow] = []
        self._paths: dict[int, str | None] = {}

    def pass_by(self, file: LogFile, place: PlaceRow) -> None:
        """Take it that a file holds what it held, under another name perhaps."""
        self._note(replace(place, path=file.source.name, run=self._run.id))

    def look_at(self, holding: Holding, since: datetime) -> Iterator[NoticeRow]:
        """Note what a file was found to hold, and tell where that is another gateway's."""
        stream = self._stream(holding.stream)
        if holding.stream is not None and (stream is None or stream.length < holding.stop):
            return  # it could not be read up to there: the next run looks at it again
        place = place_of(holding, stream, self._run, since)
        if stream is not None:
            prefix = prefix_of(holding.text, stream.id, self._run)
            self._ledger.insert_all([prefix] if prefix else [], ignore=True)
            if stream.gateway != holding.file.gateway and stream.first_time is not None:
                yield tell_overlap(place.path, holding.file.gateway, stream.gateway, self._run)
            if place.failure is None and holding.stop == stream.length:
                place = replace(place, failure=joined_failure(self._ledger, stream.id))
        self._note(place)

    def gone(self, places: Sequence[PlaceRow]) -> list[StreamRow]:
        """The streams that lay in `places` that may be written to, and that no file has any more.

        Nothing is written to a file in an archive: of one that goes nothing was left to be read.
        """
        before = {place.stream for place in places if place.stream is not None and not place.member}
        return [stream_of(self._ledger, one) for one in sorted(before - self._paths.keys())]

    def write(self) -> list[PlaceRow]:
        """Write what was noted, in place of all that earlier runs did; the files not read whole."""
        execute = self._ledger.connection.execute
        for number, path in self._paths.items():
            name = path or stream_of(self._ledger, number).path
            execute(_SEEN, (self._run.id, name, number))
        execute("DELETE FROM place")
        # Bytes that are no UTF-8 may be written in one name as another has them.
        self._ledger.insert_all(self._places, replace=True)
        return [one for one in self._places if one.failure]

    def _stream(self, number: int | None) -> StreamRow | None:
        if number is None or number in self._streams:
            return None if number is None else self._streams[number]
        return stream_of(self._ledger, number) if number > 0 else None

    def _note(self, place: PlaceRow) -> None:
        self._places.append(place)
        if place.stream is None:
            return
        length = self._ledger.value("SELECT length FROM stream WHERE id = ?", place.stream)
        whole = length == place.length
        paths = [self._paths.get(place.stream), place.path if whole else None]
        self._paths[place.stream] = min((path for path in paths if path), default=None)
