"""Which stream each file of a run holds, and which of its lines are new: content alone decides.

A file continues the stream whose longest known prefix it has. Where that stream was read further,
the file is an older copy if it ends there or goes on likewise; else it is another file that begins
alike. Files are looked at longest first, so that a shorter one can be compared with what holds its
stream now. Neither a name nor an inode nor a time decides anything: they only say which files need
not be looked at, because a run that was committed has (`find_unchanged`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import BeginningRow, PlaceRow, PrefixRow, StreamRow
from logan.audit.log_files import (
    FileHead,
    LogFile,
    find_line_end,
    line_sha256,
    prefix_sha256,
    read_head,
    tail_sha256,
)
from logan.audit.text_trace import KnownPrefix, TracedText, trace_source
from logan.intake.beginnings import LENGTHS, begin_alike
from logan.runtime.ordered_map import ahead

#: Of the files that are passed over, one in so many is read in full and compared, run by run.
PROOF_RUNS: Final = 30
_VANISHED: Final = "run again when nothing rotates the logs"


class FileText(NamedTuple):
    """The text of a file, as far as it had to be looked at.

    `stop` is the end of what may be read: of its last whole line, or of all of it where that line
    waits no longer (`unfinished`). `waiting` bytes follow. `grown_from`: it is known to continue
    this place, as it grew since. `trace` None: nothing begins alike, or it grew.
    """

    file: LogFile
    head: FileHead
    stop: int
    waiting: int = 0
    unfinished: bool = False
    grown_from: PlaceRow | None = None
    trace: TracedText | None = None
    failure: str | None = None
    advice: str | None = None

    @property
    def sha256(self) -> str | None:
        """That of the text up to `stop`, if it was taken."""
        if self.trace is None:
            return None
        whole = self.stop == self.trace.length
        return self.trace.sha256 if whole else self.trace.lines_sha256


class Holding(NamedTuple):
    """A file, and what it holds: bytes [0, stop) of a stream, of which [first, stop) are new.

    `stream` is that of the ledger, or a negative number for a new one, of which there is no more
    than this run has; None: nothing of the file can be read, or it holds no line. `starts_anew`:
    new lines of a stream that is read again from its start, in place of what was read of it.
    `next_line_sha256` is of the line that follows what was known of the stream.
    """

    text: FileText
    stream: int | None
    first: int = 0
    starts_anew: bool = False
    next_line_sha256: str | None = None

    @property
    def file(self) -> LogFile:
        """The file."""
        return self.text.file

    @property
    def stop(self) -> int:
        """Up to where the file holds its stream."""
        return self.text.stop

    @property
    def is_new(self) -> bool:
        """True where the file has lines to be read."""
        return self.stream is not None and self.first < self.stop


@dataclass(slots=True)
class KnownStream:
    """A stream, as far as it is known while files are being looked at.

    `length` grows with what this run finds, `stored_length` is that of the ledger. `holder` is a
    file that has its first `held` bytes: of those there are, the one that has most.
    """

    number: int
    gateway: str
    beginning: Sequence[int]
    length: int
    stored_length: int = 0
    unfinished: bool = False
    holder: LogFile | None = None
    held: int = 0
    boundaries: Mapping[int, str | None] = field(default_factory=dict)

    def hold(self, file: LogFile, length: int) -> None:
        """Note that a file has the first `length` bytes."""
        if length > self.held:
            self.holder, self.held = file, length


def is_due_for_proof(place: PlaceRow, run: int) -> bool:
    """Whether a file that is passed over is read in full in this run all the same."""
    return place.stream is not None and place.stream % PROOF_RUNS == run % PROOF_RUNS


class StreamIdentification:
    """Finds out what files hold; `ledger` is read and never written.

    `unchanged` are files that need no look: they may hold what others are copies of. `ripe` are
    files whose last line, without an end, is read now.
    """

    def __init__(
        self,
        ledger: Ledger,
        unchanged: Mapping[LogFile, PlaceRow],
        ripe: frozenset[LogFile] = frozenset(),
    ) -> None:
        self._ledger = ledger
        self._ripe = ripe
        self._streams: dict[int, KnownStream] = {}
        self._holders: dict[int, tuple[int, LogFile]] = {}
        for file, place in unchanged.items():
            if place.stream is not None and not place.failure:
                before = self._holders.get(place.stream)
                if before is None or before[0] < place.length:
                    self._holders[place.stream] = place.length, file
        self._new = 0

    def identify(self, files: Sequence[LogFile], places: Sequence[PlaceRow]) -> list[Holding]:
        """What the files hold, the longest first. Never raises for what became of a file."""
        by_file = {(one.device, one.inode): one for one in places if one.inode}
        texts: list[FileText] = []
        others: list[LogFile] = []
        for file in files:
            grown = self._as_grown(file, by_file.get(file.stamp[:2]))
            if grown is None:
                others.append(file)
            else:
                texts.append(grown)
        texts += self._read_texts(others, texts)
        return [self._hold(text) for text in sorted(texts, key=_order)]

    # --- Looking at files

    def _as_grown(self, file: LogFile, place: PlaceRow | None) -> FileText | None:
        """A file that is its text and grew since a run saw it; None for any other."""
        if place is None or place.tail_sha256 is None or place.stream is None:
            return None
        if file.identity.size <= place.length or place.gateway != file.gateway:
            return None
        try:
            head = read_head(file)
            same = head.is_text and tail_sha256(file, place.length) == place.tail_sha256
            if not same or self._stream(place.stream).length != place.length:
                return None
            stop = find_line_end(file, place.length)
        except OSError:
            return None
        return self._finish_line(FileText(file, head, stop, grown_from=place), file.identity.size)

    def _finish_line(self, text: FileText, length: int) -> FileText:
        """The text with its last line, if that has waited long enough for its end."""
        waiting = length - text.stop
        if waiting and text.file in self._ripe and not text.failure:
            return text._replace(stop=length, unfinished=True)
        return text._replace(waiting=waiting)

    def _read_texts(self, files: Sequence[LogFile], grown: Sequence[FileText]) -> list[FileText]:
        heads = dict(zip(files, ahead(read_head, files), strict=True))
        alike = _begin_as_another([*heads.items(), *((one.file, one.head) for one in grown)])
        known = [self._prefixes(self._candidates(head.beginning)) for head in heads.values()]
        looks = [
            (file, head, prefixes, file in alike)
            for (file, head), prefixes in zip(heads.items(), known, strict=True)
        ]
        return list(ahead(lambda look: self._read_text(*look), looks))

    def _read_text(
        self, file: LogFile, head: FileHead, prefixes: Sequence[KnownPrefix], is_alike: bool
    ) -> FileText:
        """Look at a file as far as is needed: not beyond its end where nothing begins alike."""
        if head.failure is not None:
            return FileText(file, head, 0, failure=head.failure, advice=head.advice)
        if head.is_text and not prefixes and not is_alike:
            try:
                stop = find_line_end(file, 0)
            except OSError as error:
                reason = f"cannot be read: {error.strerror}"
                return FileText(file, head, 0, failure=reason, advice=_VANISHED)
            return self._finish_line(FileText(file, head, stop), file.identity.size)
        trace = trace_source(file.source, prefixes)
        text = FileText(
            file, head, trace.lines_length, trace=trace, failure=trace.failure, advice=trace.advice
        )
        return self._finish_line(text, trace.length)

    # --- What is known of streams

    def _stream(self, number: int) -> KnownStream:
        if number not in self._streams:
            (row,) = self._ledger.select(StreamRow, "WHERE id = ?", number)
            sums = self._ledger.select(BeginningRow, "WHERE stream = ? ORDER BY bytes", number)
            prefixes = self._ledger.select(PrefixRow, "WHERE stream = ?", number)
            held, holder = self._holders.get(number, (0, None))
            self._streams[number] = KnownStream(
                number, row.gateway, [one.crc32 for one in sums if one.bytes], row.length,
                row.length, row.unfinished, holder, held,
                {one.length: one.next_line_sha256 for one in prefixes},
            )  # fmt: skip
        return self._streams[number]

    def _candidates(self, beginning: Sequence[int]) -> list[int]:
        """The streams of the ledger that begin as a text with these checksums does."""
        if not beginning:
            return [one.stream for one in self._ledger.select(BeginningRow, "WHERE bytes = 0")]
        known = list(zip((0, *LENGTHS), (0, *beginning), strict=False))
        last = known[-1][0]
        rest = " OR ".join(["(bytes = ? AND crc32 = ? AND last >= ?)"] * len(known))
        values = [value for size, crc in known for value in (size, crc, int(size < last))]
        found = self._ledger.select(BeginningRow, f"WHERE {rest}", *values)
        return sorted({one.stream for one in found})

    def _prefixes(self, streams: Iterable[int]) -> list[KnownPrefix]:
        rows = (self._ledger.select(PrefixRow, "WHERE stream = ?", one) for one in streams)
        return [KnownPrefix(one.stream, one.from_byte, one.length, one.sha256)
                for some in rows for one in some]  # fmt: skip

    # --- Deciding

    def _hold(self, text: FileText) -> Holding:
        if not text.stop:
            return Holding(text, None)
        if text.grown_from is not None:
            held = self._hold_grown(text, text.grown_from)
            if held is not None:
                return held
            prefixes = self._prefixes(self._candidates(text.head.beginning))
            text = self._read_text(text.file, text.head, prefixes, True)
        relations = [self._relate(text, stream) for stream in self._alike(text)]
        copied = next((one for one in relations if one.copied), None)
        if copied is not None:
            copied.stream.hold(text.file, text.stop)
            return Holding(text, copied.stream.number, text.stop)
        continued = max(relations, key=lambda one: one.shared, default=None)
        if continued is not None and continued.shared:
            return self._continue(text, continued.stream, continued.shared)
        if text.failure and any(one.unknown for one in relations):
            return Holding(text, None)
        return self._begin(text)

    def _hold_grown(self, text: FileText, place: PlaceRow) -> Holding | None:
        """As what it was; None where another file had more of the stream."""
        assert place.stream is not None  # noqa: S101 - narrows the type
        stream = self._stream(place.stream)
        if stream.length != place.length:
            return None
        if text.stop == place.length:
            stream.hold(text.file, text.stop)
            return Holding(text, stream.number, text.stop)
        return self._continue(text, stream, place.length)

    def _continue(self, text: FileText, stream: KnownStream, shared: int) -> Holding:
        if text.trace is not None:
            next_line = text.trace.next_lines.get(shared)
        else:
            next_line = line_sha256(text.file, shared)
        stream.length = text.stop
        stream.hold(text.file, text.stop)
        return Holding(text, stream.number, shared, next_line_sha256=next_line)

    def _begin(self, text: FileText) -> Holding:
        self._new -= 1
        self._streams[self._new] = KnownStream(
            self._new,
            text.file.gateway,
            text.head.beginning,
            text.stop,
            holder=text.file,
            held=text.stop,
        )
        return Holding(text, self._new)

    def _alike(self, text: FileText) -> list[KnownStream]:
        """The streams that begin as a text does, those of this run first."""
        fresh = [one for one in self._streams.values() if one.number < 0]
        alike = [one for one in fresh if begin_alike(one.beginning, text.head.beginning)]
        return alike + [self._stream(one) for one in self._candidates(text.head.beginning)]

    def _relate(self, text: FileText, stream: KnownStream) -> "_Relation":
        reached = text.trace.reached if text.trace is not None else {}
        lengths = [length for length, streams in reached.items() if stream.number in streams]
        shared = max((one for one in lengths if one <= text.stop), default=0)
        if shared == text.stop:
            return _Relation(stream, copied=True)
        grown = stream.length > stream.stored_length
        if shared and shared == stream.length and not grown:
            same = stream.gateway == text.file.gateway
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


def _begin_as_another(heads: Sequence[tuple[LogFile, FileHead]]) -> set[LogFile]:
    """The files that begin as another one does."""
    alike: set[LogFile] = set()
    owners: dict[tuple[int, int], list[LogFile]] = defaultdict(list)
    for file, head in heads:
        if head.beginning:
            owners[len(head.beginning), head.beginning[-1]].append(file)
    for file, head in heads:
        for key in enumerate(head.beginning, 1):
            others = [one for one in owners.get(key, ()) if one is not file]
            if others:
                alike |= {file, *others}
    return alike
