"""Which stream each file of a run holds, and which of its lines are new: content alone decides.

A file continues the stream whose longest known prefix it has. Where that stream was read further,
the file is an older copy if it ends there or goes on likewise; else it is another file that begins
alike. Files are looked at longest first, so that a shorter one can be compared with what holds its
stream now. Neither a name nor an inode nor a time decides anything: they only say which files need
not be looked at, because a run that was committed has (`find_unchanged`).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from logan.audit.file_texts import FileText, FileTexts
from logan.audit.known_streams import KnownStream, KnownStreams
from logan.audit.ledger import Ledger
from logan.audit.log_files import LogFile, line_sha256, prefix_sha256
from logan.audit.log_rows import PlaceRow
from logan.intake.unreadable import UnreadableError


class Holding(NamedTuple):
    """A file, and what it holds: bytes [0, stop) of a stream, of which [first, stop) are new.

    `stream` is that of the ledger, or a negative number for a new one, of which there is no more
    than this run has; None: nothing of the file can be read, or it holds no line. `starts_anew`:
    new lines of a stream that is read again from its start, in place of what was read of it;
    `is_mended`: that was the text of a damaged file, and other than that of this one.
    `next_line_sha256` is of the line that follows what was known of the stream.
    """

    text: FileText
    stream: int | None
    first: int = 0
    starts_anew: bool = False
    next_line_sha256: str | None = None
    is_mended: bool = False

    @property
    def file(self) -> LogFile:
        """The file."""
        return self.text.file

    @property
    def stop(self) -> int:
        """Up to where the file holds its stream."""
        return self.text.stop

    def unread(self, failure: str) -> "Holding":
        """The same file, of which nothing could be read."""
        return Holding(self.text._replace(stop=0, waiting=0, failure=failure), None)

    @property
    def is_new(self) -> bool:
        """True where the file has lines to be read."""
        return self.stream is not None and self.first < self.stop


class StreamIdentification:
    """Finds out what files hold; `ledger` is read and never written.

    `unchanged` are files that need no look: they may hold what others are copies of. `ripe` are
    files whose last line, without an end, is read now. `exclude` are the globs of each gateway for
    what is left out of archives.
    """

    def __init__(
        self,
        ledger: Ledger,
        unchanged: Mapping[LogFile, PlaceRow],
        ripe: frozenset[LogFile] = frozenset(),
        exclude: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self._streams = KnownStreams(ledger, unchanged)
        self._texts = FileTexts(self._streams, ripe, exclude)

    def identify(self, files: Sequence[LogFile], places: Sequence[PlaceRow]) -> list[Holding]:
        """What the files hold, the longest first. Never raises for what became of a file.

        An archive holds nothing itself: each of its members is a file.
        """
        texts = self._texts.read_all(files, places)
        return [self._hold(text) for text in sorted(texts, key=_order)]

    # --- Deciding

    def _hold(self, text: FileText) -> Holding:
        if not text.stop:
            return Holding(text, None)
        if text.grown_from is not None:
            held = self._hold_grown(text, text.grown_from)
            if held is not None:
                return held
            text = self._texts.read_again(text)
        alike = self._streams.alike(text.head.beginning)
        relations = [self._relate(text, stream) for stream in alike]
        copied = next((one for one in relations if one.copied), None)
        if copied is not None:
            copied.stream.hold(text.file, text.stop)
            return Holding(text, copied.stream.number, text.stop)
        continued = max(relations, key=lambda one: one.shared, default=None)
        if continued is not None and continued.shared:
            return self._continue(text, continued.stream, continued.shared)
        if text.failure and any(one.unknown for one in relations):
            return Holding(text, None)
        return Holding(text, self._streams.begin(text.file, text.head.beginning, text.stop).number)

    def _hold_grown(self, text: FileText, place: PlaceRow) -> Holding | None:
        """As what it was; None where another file had more of the stream."""
        assert place.stream is not None  # noqa: S101 - narrows the type
        stream = self._streams.stream(place.stream)
        if stream.length != place.length:
            return None
        if text.stop == place.length:
            stream.hold(text.file, text.stop)
            return Holding(text, stream.number, text.stop)
        return self._continue(text, stream, place.length)

    def _continue(self, text: FileText, stream: KnownStream, shared: int) -> Holding:
        try:
            told = text.trace.next_lines if text.trace is not None else None
            next_line = told.get(shared) if told is not None else line_sha256(text.file, shared)
        except UnreadableError as error:
            return Holding(text._replace(failure=error.reason, advice=error.advice), None)
        stream.length = text.stop
        stream.hold(text.file, text.stop)
        return Holding(text, stream.number, shared, next_line_sha256=next_line)

    def _relate(self, text: FileText, stream: KnownStream) -> "_Relation":
        reached = text.trace.reached if text.trace is not None else {}
        lengths = [length for length, streams in reached.items() if stream.number in streams]
        shared = max((one for one in lengths if one <= text.stop), default=0)
        if shared == text.stop:
            return _Relation(stream, copied=True)
        grown = stream.length > stream.stored_length
        if shared and shared == stream.length and not grown:
            # Several gateways may write the same header; the same lines they have from one of them.
            same = stream.gateway == text.file.gateway or stream.dated
            return _Relation(stream, shared=shared if same else 0)
        if stream.length < text.stop:
            return _Relation(stream)
        if stream.holder is not None and stream.held >= text.stop:
            return _Relation(stream, copied=self._is_held(text, stream.holder))
        return self._relate_by_next_line(text, stream, shared)

    def _is_held(self, text: FileText, holder: LogFile) -> bool:
        """Whether a file of this run begins with a text."""
        return text.sha256 is not None and prefix_sha256(holder, text.stop) == text.sha256

    def _relate_by_next_line(self, text: FileText, stream: KnownStream, shared: int) -> "_Relation":
        """Where no file has the stream any more: it goes on as it did, or it is another."""
        parted = any(shared < known <= text.stop for known in stream.boundaries)
        following = stream.boundaries.get(shared) if shared else None
        told = text.trace.next_lines.get(shared) if text.trace is not None else None
        same = following is not None and following == told and not parted
        return _Relation(stream, copied=same, unknown=not parted and not shared)


class _Relation(NamedTuple):
    """How a text relates to a stream that begins alike.

    `copied`: the stream has all of it. `shared`: it continues the stream from there. `unknown`:
    neither could be found out.
    """

    stream: KnownStream
    copied: bool = False
    shared: int = 0
    unknown: bool = False


def _order(text: FileText) -> tuple[int, bool, str]:
    return -text.stop, not text.head.is_text, text.file.source.name
