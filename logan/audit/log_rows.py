"""The rows of the ledger's tables that say what was read of which log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from logan.audit.file_stamp import FileStamp
from logan.audit.ledger_rows import LedgerRow


@dataclass(frozen=True, slots=True)
class StreamRow(LedgerRow):
    """Text that a gateway wrote, under whatever names, as far as it was read.

    `path` is the file that last held all of it, `first_path` the one that it was first found in.
    `length` are bytes of unpacked text, `lines` the lines in them; `unfinished`: the last one was
    read without its end. `recognition` names how its head was understood, `directives` are those
    in it that changed how lines are read. `seen_run` is the last run that found it in a file.
    `read_as` stands for the settings by which it was read from its start; empty: not known.
    `damage`: what was wrong with the compressed file that its last lines were read from.
    """

    table: ClassVar[str] = "stream"
    gateway: str
    path: str
    first_path: str
    format: str | None
    zone: str
    recognition: str
    first_run: int
    seen_run: int
    directives: tuple[str, ...] = ()
    length: int = 0
    lines: int = 0
    unfinished: bool = False
    first_time: datetime | None = None
    last_time: datetime | None = None
    id: int = 0
    read_as: str = ""
    damage: str | None = None


@dataclass(frozen=True, slots=True)
class BeginningRow(LedgerRow):
    """The CRC-32 of the first `bytes` of a stream; `last`: of no more bytes one was taken."""

    table: ClassVar[str] = "beginning"
    bytes: int
    crc32: int
    stream: int
    last: bool


@dataclass(frozen=True, slots=True)
class PrefixRow(LedgerRow):
    """A length at which a stream is known again: `sha256` is of bytes [from_byte, length) of it.

    `next_line_sha256` is of the line that follows, None while none does.
    """

    table: ClassVar[str] = "prefix"
    stream: int
    from_byte: int
    length: int
    sha256: str
    run: int
    next_line_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentRow(LedgerRow):
    """Lines [from_line, to_line) of a stream, counted from 0, as one run read them by some rules.

    `sha256` is of their bytes, [from_byte, to_byte) of the stream. `bins` are lines by the bins
    that need no settling, `source` is the `ReadSource` of them. `counted_by` is the run whose
    counts and notices have them, None until one has. `superseded_by` is the segment that has the
    same lines read anew.
    """

    table: ClassVar[str] = "segment"
    stream: int
    run: int
    rules_id: int
    from_line: int
    to_line: int
    from_byte: int
    to_byte: int
    sha256: str
    bins: Mapping[str, int]
    source: Mapping[str, object]
    first_time: datetime | None = None
    last_time: datetime | None = None
    counted_by: int | None = None
    superseded_by: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class SegmentLines(LedgerRow):
    """How many lines a segment has, in all and by bins: as `SegmentRow` without what is large.

    A first night has a segment for each file, and what is known of its source takes 10 kB.
    """

    table: ClassVar[str] = "segment"
    stream: int
    from_line: int
    to_line: int
    bins: Mapping[str, int]
    id: int


@dataclass(frozen=True, slots=True)
class StoredRowsRow(LedgerRow):
    """The unsettled rows of a segment, as Parquet: `kind` is `findings` or `rejects`.

    `source` of each is 0, `line` counts from 1 within the segment. The times are those of the
    earliest beginning and the latest stamp, None without any. A hit is named by segment and line.
    """

    table: ClassVar[str] = "rows"
    segment: int
    kind: str
    height: int
    content: bytes
    first_time: datetime | None = None
    last_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlaceRow(LedgerRow):
    """A file as a run found it, and the stream that it holds up to `length`: the fast path only.

    `device` to `mtime_ns` and `member` are those of `FileStamp`. `waiting` are the bytes behind
    `length`, of a line without an end, and `since` the run that first found the file so.
    `tail_sha256` is of the last 64 KiB before `length`, of a file that is its text. `failure` says
    why it could not be read, or not to its end; what is known of the file is from the last run
    that could. `packed`: it is compressed, and no run saw it grow behind its end.
    """

    table: ClassVar[str] = "place"
    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    gateway: str
    stream: int | None
    length: int
    waiting: int
    since: datetime
    run: int
    tail_sha256: str | None = None
    failure: str | None = None
    member: tuple[int, ...] = ()
    packed: bool = False

    @property
    def stamp(self) -> FileStamp:
        """What the file had then that nobody writes to."""
        return FileStamp(self.device, self.inode, self.size, self.mtime_ns, self.member)


@dataclass(frozen=True, slots=True)
class HourRow(LedgerRow):
    """An hour (UTC, counted from 1970-01-01T00Z) of which lines were read by some rules."""

    table: ClassVar[str] = "hour"
    gateway: str
    hour: int
    rules_id: int
