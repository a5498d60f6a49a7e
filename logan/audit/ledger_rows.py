"""The rows of the ledger's tables, as values (`logan.audit.ledger_schema` has the tables)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar

from logan.audit.file_stamp import FileStamp


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the table `table`; its fields are the columns. `id` 0: not stored yet."""

    table: ClassVar[str]


@dataclass(frozen=True, slots=True)
class RulesRow(LedgerRow):
    """A set of rules that lines were read by; `sha256` is over its files, `version` for people."""

    table: ClassVar[str] = "rules"
    version: str
    sha256: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class RuleFileRow(LedgerRow):
    """A file of rules, word for word, so that what was found by them can be settled later on.

    `position` is its place among them, from 0: the order in which packs are read counts.
    """

    table: ClassVar[str] = "rule_file"
    rules_id: int
    position: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RunRow(LedgerRow):
    """A run. `kind`: `baseline`, `rebuilt`, `run`, `rescan`. `end` None: under way, or killed.

    `rebuilt` is a baseline that nobody asked for: a run that found no ledger.

    `complete` None while it is under way; `why` says in words why it is not complete. `new_hits`
    are the hits that it told of, `seen` when a person looked at them. `sha256` is over the run and
    `previous_sha256`, so that runs form a chain.
    """

    table: ClassVar[str] = "run"
    kind: str
    start: datetime
    version: str
    rules_id: int
    config_sha256: str
    end: datetime | None = None
    complete: bool | None = None
    why: tuple[str, ...] = ()
    new_hits: int = 0
    seen: datetime | None = None
    previous_sha256: str | None = None
    sha256: str | None = None
    id: int = 0

    @property
    def mark(self) -> str:
        """What names it for people: its number alone may come again, in a ledger that was put back
        from a copy."""
        return f"{self.id}-{self.start:%Y%m%d}"

    @property
    def is_baseline(self) -> bool:
        """Whether it is the first of its ledger, which tells nobody of what it finds."""
        return self.kind in ("baseline", "rebuilt")


@dataclass(frozen=True, slots=True)
class StreamRow(LedgerRow):
    """Text that a gateway wrote, under whatever names, as far as it was read.

    `path` is the file that last held all of it, `first_path` the one that it was first found in.
    `length` are bytes of unpacked text, `lines` the lines in them; `unfinished`: the last one was
    read without its end. `recognition` names how its head was understood, `directives` are those
    in it that changed how lines are read. `seen_run` is the last run that found it in a file.
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
    why it could not be read, or not to its end.
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


@dataclass(frozen=True, slots=True)
class CountRow(LedgerRow):
    """What stays after a purge. `window` is a local day, or empty for all; `service` likewise.

    Measures of a service and day are those of `logan.audit.counting`; of all days and services,
    `lines` and `bin:` with the name of a bin.
    """

    table: ClassVar[str] = "count"
    gateway: str
    window: str
    service: str
    measure: str
    value: int


@dataclass(frozen=True, slots=True)
class NoticeRow(LedgerRow):
    """Something to tell, once: `key` is different for each. `text` names nobody.

    `about` is one of the subjects of the configuration. `names` are the accounts that it is about,
    or else addresses, for those readers who get them; they go with a purge. The times are those of
    the first and the last line that it is about, where it is about lines.
    """

    table: ClassVar[str] = "notice"
    key: str
    about: str
    run: int
    gateway: str | None
    text: str
    made: datetime
    names: tuple[str, ...] = ()
    first_time: datetime | None = None
    last_time: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryRow(LedgerRow):
    """A notice on its way to a reader: `delivered` None with the `failure` of the last attempt."""

    table: ClassVar[str] = "delivery"
    notice: int
    recipient: str
    delivered: datetime | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class HoldRow(LedgerRow):
    """A hold that a purge obeyed. `user` None: all; `until` None: without end."""

    table: ClassVar[str] = "hold"
    reference: str
    user: str | None
    until: str | None
    purge: int


@dataclass(frozen=True, slots=True)
class PurgeRow(LedgerRow):
    """A purge: how many rows older than `before` went, and by which setting. No names."""

    table: ClassVar[str] = "purge"
    made: datetime
    before: datetime
    rows: int
    setting: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class PackageRow(LedgerRow):
    """A package that was exported: when, which span [start, end) it reports, its manifest's hash.

    `lines` is the number of lines of each stream, by its id, that had been read by then. The next
    package names this one as the one before, and marks what came into its span afterwards.
    """

    table: ClassVar[str] = "package"
    made: datetime
    start: datetime
    end: datetime
    lines: Mapping[str, int]
    manifest_sha256: str
    id: int = 0


def columns_of(kind: type[LedgerRow]) -> tuple[str, ...]:
    """The columns of a table, in the order of the fields."""
    return tuple(field.name for field in fields(kind))
