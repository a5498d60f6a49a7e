"""What a run knows of streams: what the ledger has, what files hold them, and what it has found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from logan.audit.ledger import Ledger
from logan.audit.log_files import LogFile
from logan.audit.log_rows import BeginningRow, PlaceRow, PrefixRow, StreamRow
from logan.audit.text_trace import KnownPrefix
from logan.intake.beginnings import LENGTHS


@dataclass(slots=True)
class KnownStream:
    """A stream, as far as it is known while files are being looked at.

    `length` grows with what this run finds, `stored_length` is that of the ledger. `dated`: a line
    in it has a time, so that it is no mere header. `holder` is a file that has its first `held`
    bytes: of those there are, the one that has most.
    """

    number: int
    gateway: str
    beginning: Sequence[int]
    length: int
    stored_length: int = 0
    dated: bool = False
    holder: LogFile | None = None
    held: int = 0
    boundaries: Mapping[int, str | None] = field(default_factory=dict)

    def hold(self, file: LogFile, length: int) -> None:
        """Note that a file has the first `length` bytes."""
        if length > self.held:
            self.holder, self.held = file, length


class _StreamsBySum:
    """Streams by a checksum of so many of their first bytes.

    Nearly all sums are those of one stream, and a first night has ten of a hundred thousand: a list
    and a pair of numbers for each would take more memory than all else that is known of them.
    """

    def __init__(self) -> None:
        self._streams: dict[int, KnownStream | list[KnownStream]] = {}

    def add(self, place: int, checksum: int, stream: KnownStream) -> None:
        """Note a stream by its checksum number `place`."""
        before = self._streams.setdefault(_sum_key(place, checksum), stream)
        if isinstance(before, list):
            before.append(stream)
        elif before is not stream:
            self._streams[_sum_key(place, checksum)] = [before, stream]

    def having(self, place: int, checksum: int) -> list[KnownStream]:
        """Those with this checksum, as they came."""
        found = self._streams.get(_sum_key(place, checksum), [])
        return found if isinstance(found, list) else [found]


def _sum_key(place: int, checksum: int) -> int:
    return place << 32 | checksum


class _FoundStreams:
    """The streams that a run has found first, by how they begin: a first night finds thousands."""

    def __init__(self) -> None:
        self._having, self._ending = _StreamsBySum(), _StreamsBySum()

    def add(self, stream: KnownStream) -> None:
        """Note a stream, with a lower number than those before it."""
        sums = [*enumerate(stream.beginning, 1)]
        for known in sums:
            self._having.add(*known, stream)
        for known in sums[-1:]:
            self._ending.add(*known, stream)

    def alike(self, beginning: Sequence[int]) -> list[KnownStream]:
        """Those that agree with a text as far as both are known, as they came."""
        sums = [*enumerate(beginning, 1)]
        longer = [one for known in sums[-1:] for one in self._having.having(*known)]
        shorter = [one for known in sums[:-1] for one in self._ending.having(*known)]
        return sorted(longer + shorter, key=lambda one: -one.number)


class KnownStreams:
    """The streams of a ledger, which is read and never written, and those that a run has found.

    `unchanged` are files that need no look: they may hold what others are copies of.
    """

    def __init__(self, ledger: Ledger, unchanged: Mapping[LogFile, PlaceRow]) -> None:
        self._ledger = ledger
        self._streams: dict[int, KnownStream] = {}
        self._holders: dict[int, tuple[int, LogFile]] = {}
        for file, place in unchanged.items():
            if place.stream is not None and not place.failure:
                before = self._holders.get(place.stream)
                if before is None or before[0] < place.length:
                    self._holders[place.stream] = place.length, file
        self._found = _FoundStreams()
        self._new = 0

    def stream(self, number: int) -> KnownStream:
        """The stream with this number."""
        if number not in self._streams:
            (row,) = self._ledger.select(StreamRow, "WHERE id = ?", number)
            sums = self._ledger.select(BeginningRow, "WHERE stream = ? ORDER BY bytes", number)
            prefixes = self._ledger.select(PrefixRow, "WHERE stream = ?", number)
            held, holder = self._holders.get(number, (0, None))
            self._streams[number] = KnownStream(
                number, row.gateway, [one.crc32 for one in sums if one.bytes], row.length,
                row.length, row.first_time is not None, holder, held,
                {one.length: one.next_line_sha256 for one in prefixes},
            )  # fmt: skip
        return self._streams[number]

    def begin(self, file: LogFile, beginning: Sequence[int], length: int) -> KnownStream:
        """A stream that no run has seen before, all of it in one file."""
        self._new -= 1
        stream = KnownStream(self._new, file.gateway, beginning, length, holder=file, held=length)
        self._streams[self._new] = stream
        self._found.add(stream)
        return stream

    def alike(self, beginning: Sequence[int]) -> list[KnownStream]:
        """The streams that begin as a text does, those that this run has found first."""
        return self._found.alike(beginning) + [
            self.stream(one) for one in self._candidates(beginning)
        ]

    def prefixes(self, beginning: Sequence[int]) -> list[KnownPrefix]:
        """All lengths at which a stream of the ledger is known that begins as a text does."""
        streams = self._candidates(beginning)
        rows = (self._ledger.select(PrefixRow, "WHERE stream = ?", one) for one in streams)
        return [KnownPrefix(one.stream, one.from_byte, one.length, one.sha256)
                for some in rows for one in some]  # fmt: skip

    def _candidates(self, beginning: Sequence[int]) -> Iterable[int]:
        """The streams of the ledger that begin as a text with these checksums does."""
        if not beginning:
            return [one.stream for one in self._ledger.select(BeginningRow, "WHERE bytes = 0")]
        known = list(zip((0, *LENGTHS), (0, *beginning), strict=False))
        last = known[-1][0]
        rest = " OR ".join(["(bytes = ? AND crc32 = ? AND last >= ?)"] * len(known))
        values = [value for size, crc in known for value in (size, crc, int(size < last))]
        found = self._ledger.select(BeginningRow, f"WHERE {rest}", *values)
        return sorted({one.stream for one in found})
