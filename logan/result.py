"""What a scan knows when it is done: findings, rejects, the account of every source, coverage.

Everything that anybody reads (terminal, CSV, JSON) is a view of a `ScanResult`. No computing here.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import polars as pl

from logan.vocabulary import Bin, UnknownSearch

ZoneOrigin = Literal["record", "header", "envelope", "option", "assumed"]


class SourceAccount(NamedTuple):
    """One input file: what it was read as, and where each of its lines went.

    `failure` says in words why the source is not complete (None: read to its end and recognised).
    `first_time`/`last_time` are the earliest and latest stamps seen, UTC; None without lines.
    `hours` are the UTC hours that have lines, counted from 1970-01-01T00Z.
    `zone` is the zone stamps without one were read in; `zone_origin` says who named it:
    the record, the file's header, the envelope around the record, the option, or nobody
    (`assumed`, read as UTC).
    `gateway` names the estate this file belongs to: rotated files of one gateway share it.
    `sha256` is of the stored bytes, `content_sha256` of what they hold once unpacked: the same for
    a log and its compressed copy. Both are None where nobody asked, or the end was not reached.
    `other_log` says in words what a log is that is known and holds no requests (messages of a
    daemon ...; None: it is an access log, or not known); `other_named` of its lines name a service,
    and are among its repeats.
    `copy_of` names the source whose content this one's equals or begins: all its lines are repeats.
    `encoding` is that of the text.
    """

    name: str
    gateway: str
    format: str | None
    confidence: float | None
    runner_up: str | None
    lines: int
    bins: Mapping[Bin, int]
    size: int
    other_log: str | None = None
    other_named: int = 0
    first_time: datetime | None = None
    last_time: datetime | None = None
    hours: frozenset[int] = frozenset()
    zone: str = "UTC"
    zone_origin: ZoneOrigin = "record"
    ambiguous_times: int = 0
    evidence: tuple[str, ...] = ()
    complete: bool = True
    failure: str | None = None
    advice: str | None = None
    notes: tuple[str, ...] = ()
    sha256: str | None = None
    content_sha256: str | None = None
    copy_of: str | None = None
    encoding: str | None = None


class Selection(NamedTuple):
    """What the reader asked to see. Accounts always cover the whole input; tables only this.

    `since` is inclusive, `until` exclusive, both UTC. `services` are ids, `users` as canonical.
    """

    since: datetime | None = None
    until: datetime | None = None
    services: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


class Folder(Protocol):
    """A folder on disk that lasts as long as whoever holds this."""

    @property
    def path(self) -> Path:
        """The folder itself."""


class Run(NamedTuple):
    """Findings that lie together, with their earliest and latest time; None: not known."""

    rows: pl.LazyFrame
    first: datetime | None = None
    last: datetime | None = None


class OlderReading(NamedTuple):
    """Lines that only other rules than the newest have read, with their newest stamp (UTC).

    `services` are those (by name) that at least one of these rules did not know.
    """

    lines: int
    newest: datetime | None
    services: tuple[str, ...] = ()


class ScanResult(NamedTuple):
    """The whole result of a scan.

    `found` holds one row per line in the bins hit, mention, repeat and cleared that could be
    parsed, but none of a source that is a copy of another: the columns of `schema.RECORD` and
    `schema.FINDING`. `parts` are the same rows, cut so that no person (user, else client address)
    is in two, with what tables by person count: that can be counted part by part; empty means that
    `found` is one part. `runs` are the rows of `found` once more, as they lie together: who wants a
    span of time need not look at all of them; empty means that `found` is one run. All three may be
    backed by files in `folder`, which go when the result does, so treat them as lazy. `rejects`
    holds `schema.REJECTS_CSV`; what reading put on disk of them, or of findings that are settled as
    they are read (`logan.pipeline.settle`), lies in `read_folders`. `zone` is the zone of local
    days and windows. `service_names` maps ids to display names. `redactions` give, by column, what
    a copy shows instead where the rules say that the value names a person or opens a result.
    `unknown_searches` maps ids of services to what is not known of the requests that start a
    search. `excluded` names the files and folders that were left out as the user asked, `markers`
    folders in a storage that may be objects with a log. `undecided` are hits that another gateway
    may have logged too: nothing in the lines says. `doubtful` are lines that were taken for what
    another gateway saw of a hit, by few that agree.
    Of an audit's ledger `purged` are findings that were removed as their time was over, and
    `older_rules` what only older rules have read.
    """

    found: pl.LazyFrame
    rejects: pl.LazyFrame
    sources: tuple[SourceAccount, ...]
    zone: str
    selection: Selection
    session_gap_minutes: int
    service_names: Mapping[str, str]
    rules_version: str
    redactions: Mapping[str, pl.Expr] = {}
    notes: tuple[str, ...] = ()
    unknown_searches: Mapping[str, UnknownSearch] = {}
    parts: tuple[pl.LazyFrame, ...] = ()
    runs: tuple[Run, ...] = ()
    excluded: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    folder: Folder | None = None
    read_folders: tuple[Folder, ...] = ()
    undecided: int = 0
    doubtful: int = 0
    purged: int = 0
    older_rules: OlderReading | None = None

    @property
    def complete(self) -> bool:
        """True when every source was recognised and read to its end."""
        return all(source.complete for source in self.sources)
