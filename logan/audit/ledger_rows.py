"""The tables of the ledger, and their rows as values.

Instants are UTC, stored as microseconds since 1970; lists and mappings are stored as JSON.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

#: Raised whenever an older logan could misread what a newer one wrote; see `ledger.UPGRADES`.
VERSION: Final = 1

SCHEMA: Final = """
CREATE TABLE rules (
  id INTEGER PRIMARY KEY, version TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE);
CREATE TABLE rule_file (
  rules_id INTEGER NOT NULL REFERENCES rules, position INTEGER NOT NULL, name TEXT NOT NULL,
  content BLOB NOT NULL, PRIMARY KEY (rules_id, position)) WITHOUT ROWID;
CREATE TABLE run (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, start INSTANT NOT NULL, end INSTANT,
  version TEXT NOT NULL, rules_id INTEGER NOT NULL REFERENCES rules, config_sha256 TEXT NOT NULL,
  complete INTEGER, why DOCUMENT, new_hits INTEGER NOT NULL, seen INSTANT,
  previous_sha256 TEXT, sha256 TEXT);
CREATE TABLE stream (
  id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, path TEXT NOT NULL, first_path TEXT NOT NULL,
  format TEXT, zone TEXT NOT NULL, recognition TEXT NOT NULL, directives DOCUMENT NOT NULL,
  length INTEGER NOT NULL, lines INTEGER NOT NULL, unfinished INTEGER NOT NULL,
  first_time INSTANT, last_time INSTANT, first_run INTEGER NOT NULL REFERENCES run,
  seen_run INTEGER NOT NULL REFERENCES run);
CREATE INDEX stream_by_gateway ON stream (gateway, last_time);
CREATE TABLE beginning (
  bytes INTEGER NOT NULL, crc32 INTEGER NOT NULL, stream INTEGER NOT NULL REFERENCES stream,
  last INTEGER NOT NULL, PRIMARY KEY (bytes, crc32, last, stream)) WITHOUT ROWID;
CREATE TABLE prefix (
  stream INTEGER NOT NULL REFERENCES stream, from_byte INTEGER NOT NULL, length INTEGER NOT NULL,
  sha256 TEXT NOT NULL, next_line_sha256 TEXT, run INTEGER NOT NULL REFERENCES run,
  PRIMARY KEY (stream, length, from_byte)) WITHOUT ROWID;
CREATE TABLE segment (
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream,
  run INTEGER NOT NULL REFERENCES run, rules_id INTEGER NOT NULL REFERENCES rules,
  from_line INTEGER NOT NULL, to_line INTEGER NOT NULL,
  from_byte INTEGER NOT NULL, to_byte INTEGER NOT NULL, sha256 TEXT NOT NULL,
  bins DOCUMENT NOT NULL, source DOCUMENT NOT NULL, first_time INSTANT, last_time INSTANT,
  counted_by INTEGER REFERENCES run, superseded_by INTEGER REFERENCES segment);
CREATE INDEX segment_by_stream ON segment (stream, from_byte);
CREATE INDEX segment_superseded ON segment (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX segment_not_counted ON segment (id) WHERE counted_by IS NULL;
CREATE TABLE rows (
  segment INTEGER NOT NULL REFERENCES segment, kind TEXT NOT NULL, height INTEGER NOT NULL,
  first_time INSTANT, last_time INSTANT, content BLOB NOT NULL, PRIMARY KEY (segment, kind));
CREATE INDEX rows_by_time ON rows (kind, last_time, first_time, height, segment);
CREATE TABLE place (
  path TEXT PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, gateway TEXT NOT NULL, stream INTEGER REFERENCES stream,
  length INTEGER NOT NULL, waiting INTEGER NOT NULL, since INSTANT NOT NULL, tail_sha256 TEXT,
  failure TEXT, run INTEGER NOT NULL REFERENCES run);
CREATE INDEX place_by_file ON place (device, inode);
CREATE TABLE hour (
  gateway TEXT NOT NULL, hour INTEGER NOT NULL, rules_id INTEGER NOT NULL REFERENCES rules,
  PRIMARY KEY (gateway, hour, rules_id)) WITHOUT ROWID;
CREATE TABLE count (
  gateway TEXT NOT NULL, window TEXT NOT NULL, service TEXT NOT NULL, measure TEXT NOT NULL,
  value INTEGER NOT NULL, PRIMARY KEY (gateway, window, service, measure)) WITHOUT ROWID;
CREATE INDEX count_by_measure ON count (measure, service, gateway, value);
CREATE TABLE notice (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, about TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES run, gateway TEXT, text TEXT NOT NULL, names DOCUMENT,
  first_time INSTANT, last_time INSTANT, made INSTANT NOT NULL);
CREATE TABLE delivery (
  notice INTEGER NOT NULL REFERENCES notice, recipient TEXT NOT NULL, delivered INSTANT,
  failure TEXT, PRIMARY KEY (notice, recipient)) WITHOUT ROWID;
CREATE TABLE hold (
  reference TEXT NOT NULL, user TEXT, until TEXT, purge INTEGER NOT NULL REFERENCES purge);
CREATE TABLE purge (
  id INTEGER PRIMARY KEY, made INSTANT NOT NULL, before INSTANT NOT NULL, rows INTEGER NOT NULL,
  setting TEXT NOT NULL);
CREATE TABLE package (
  id INTEGER PRIMARY KEY, made INSTANT NOT NULL, start INSTANT NOT NULL, end INSTANT NOT NULL,
  lines DOCUMENT NOT NULL, manifest_sha256 TEXT NOT NULL);
"""


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

    `waiting` are the bytes behind that, of a line without an end, and `since` the run that first
    found the file so. `tail_sha256` is of the last 64 KiB before `length`, of a file that is its
    text. `failure` says why it could not be read, or not to its end.
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


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(instant: datetime) -> int:
    """An instant as the ledger stores it."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(stored: int) -> datetime:
    """An instant that the ledger stored."""
    return _EPOCH + timedelta(microseconds=stored)


def _read_document(text: bytes) -> object:
    value = json.loads(text)
    return tuple(value) if isinstance(value, list) else value


sqlite3.register_converter("INSTANT", lambda text: from_microseconds(int(text)))
sqlite3.register_converter("DOCUMENT", _read_document)


def to_stored(value: object) -> object:
    """A field as SQLite takes it."""
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple | Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def columns_of(kind: type[LedgerRow]) -> tuple[str, ...]:
    """The columns of a table, in the order of the fields."""
    return tuple(field.name for field in fields(kind))


def insertion(kind: type[LedgerRow], verb: str) -> str:
    """The statement that inserts a row with all of its columns but an `id` that is not set."""
    names = columns_of(kind)
    values = ", ".join("nullif(?, 0)" if name == "id" else "?" for name in names)
    return f"{verb} INTO {kind.table} ({', '.join(names)}) VALUES ({values})"
