"""Notes at the end of a run which files hold which streams, so that the next one need not look."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from logan.audit.holes import may_have_grown
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.line_store import place_of, prefix_of
from logan.audit.log_files import LogFile
from logan.audit.log_rows import PlaceRow, StreamRow
from logan.audit.operations_notices import tell_overlap
from logan.audit.stream_identity import Holding
from logan.audit.streams import joined_failure, stream_of
from logan.audit.unseen_logs import PlacesBefore

_UNREAD: Final = "its lines could not be read"
_SEEN: Final = "UPDATE stream SET seen_run = ? WHERE id = ?"
_LIE: Final = "UPDATE stream SET path = ? WHERE id = ?"


class Sightings:
    """The files that a run has seen, written into the ledger in a transaction of the caller's.

    `streams` are those that the run has read lines of, by the numbers that holdings know them by,
    `before` is what earlier runs saw.
    """

    def __init__(
        self,
        ledger: Ledger,
        run: RunRow,
        streams: Mapping[int, StreamRow],
        before: PlacesBefore,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._streams = streams
        self._before = before
        self._unseen: set[int | None] = set()
        self._places: list[PlaceRow] = []
        self._as_they_were: list[PlaceRow] = []
        self._known = _known_streams(ledger)
        self._paths: dict[int, str | None] = {}

    def pass_by(self, file: LogFile, place: PlaceRow) -> None:
        """Take it that a file holds what it held, under another name perhaps."""
        if place.path == file.source.name:
            self._as_they_were.append(place)
        else:
            place = replace(place, path=file.source.name, run=self._run.id)
            self._places.append(place)
        self._note_stream(place)

    def leave(self, places: Iterable[PlaceRow]) -> None:
        """Leave places as they are that nobody could look at."""
        for place in places:
            self._as_they_were.append(place)
            self._unseen.add(place.stream)

    def look_at(self, holding: Holding, since: datetime) -> Iterator[NoticeRow]:
        """Note what a file was found to hold, and tell where that is another gateway's."""
        stream = self._stream(holding.stream)
        if holding.stream is not None and (stream is None or stream.length < holding.stop):
            holding = holding.unread(_UNREAD)
            stream = None
        before = self._before.of(holding.file) if holding.stream is None else None
        if before is not None and holding.text.failure is not None:
            self._note_unseen(holding, before, holding.text.failure)
            return
        place = self._sealed(place_of(holding, stream, self._run, since), holding.file)
        if stream is not None:
            prefix = prefix_of(holding.text, stream.id, self._run)
            self._ledger.insert_all([prefix] if prefix else [], ignore=True)
            if stream.gateway != holding.file.gateway and stream.first_time is not None:
                yield tell_overlap(place.path, holding.file.gateway, stream.gateway, self._run)
            if place.failure is None and holding.stop == stream.length:
                place = replace(place, failure=joined_failure(self._ledger, stream.id))
        self._places.append(place)
        self._note_stream(place)

    def gone(self, places: Sequence[PlaceRow]) -> list[StreamRow]:
        """The streams that lay in `places`, that no file has any more, and that may have grown.

        Where a file could not be looked at that had one, nobody knows whether it is gone.
        """
        seen = self._unseen | self._paths.keys()
        gone = [one for one in places if one.stream is not None and one.stream not in seen]
        streams = {one: stream_of(self._ledger, one) for one in {one.stream or 0 for one in gone}}
        grown = {one.stream for one in gone if may_have_grown(one, streams[one.stream or 0])}
        return [streams[one] for one in sorted(streams) if one in grown]

    @property
    def holding(self) -> Mapping[str, int | None]:
        """The files that were seen, and the stream that each holds."""
        return {one.path: one.stream for one in (*self._as_they_were, *self._places)}

    def write(self) -> list[PlaceRow]:
        """Write what was noted, in place of all that earlier runs did; the files not read whole.

        Of a hundred thousand files few are others than they were: only these are written.
        """
        connection = self._ledger.connection
        connection.executemany(_SEEN, ((self._run.id, one) for one in self._paths))
        moved = ((path, one) for one, path in self._paths.items() if path != self._stored(one).path)
        connection.executemany(_LIE, ((path, one) for path, one in moved if path is not None))
        stay = {one.path for one in self._as_they_were}
        stored = [path for (path,) in connection.execute("SELECT path FROM place")]
        others = ((path,) for path in stored if path not in stay)
        connection.executemany("DELETE FROM place WHERE path = ?", others)
        # Bytes that are no UTF-8 may be written in one name as another has them.
        self._ledger.insert_all(self._places, replace=True)
        return [one for one in (*self._as_they_were, *self._places) if one.failure]

    def _note_unseen(self, holding: Holding, before: PlaceRow, failure: str) -> None:
        """Keep what is known of a file that cannot be read now, under the name that it has now."""
        file = holding.file
        self._unseen.add(before.stream)
        self._places.append(
            replace(
                before,
                path=file.source.name,
                gateway=file.gateway,
                run=self._run.id,
                failure=failure,
            )
        )

    def _sealed(self, place: PlaceRow, file: LogFile) -> PlaceRow:
        """The place of a compressed file; of one that was seen to grow as one that may again."""
        before = self._before.same_file(file) if place.packed else None
        if before is None or before.stream != place.stream:
            return place
        grown = before.failure is None and before.length < place.length
        return replace(place, packed=before.packed and not grown)

    def _stream(self, number: int | None) -> StreamRow | None:
        if number is None or number in self._streams:
            return None if number is None else self._streams[number]
        return stream_of(self._ledger, number) if number > 0 else None

    def _note_stream(self, place: PlaceRow) -> None:
        """Note which file has all of a stream; of several the one whose name comes first."""
        if place.stream is None:
            return
        whole = self._stored(place.stream).length == place.length
        paths = [self._paths.get(place.stream), place.path if whole else None]
        self._paths[place.stream] = min((path for path in paths if path), default=None)

    def _stored(self, number: int) -> "_StoredStream":
        """A stream as the ledger has it by now."""
        if number not in self._known:
            stream = stream_of(self._ledger, number)
            self._known[number] = _StoredStream(stream.length, stream.path)
        return self._known[number]


class _StoredStream(NamedTuple):
    """How long a stream is, and the file that had all of it last."""

    length: int
    path: str


def _known_streams(ledger: Ledger) -> dict[int, _StoredStream]:
    """The streams that lie in files, by their numbers: one question takes less than thousands."""
    query = "SELECT id, length, path FROM stream WHERE id IN (SELECT stream FROM place)"
    return {one: _StoredStream(*rest) for one, *rest in ledger.connection.execute(query)}
