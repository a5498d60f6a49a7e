"""The rows of the ledger's tables, as values (`logan.audit.ledger_schema` has the tables).

Here are those of runs, and of what is counted, told, kept and forgotten; those of logs are in
`logan.audit.log_rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


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


@dataclass(frozen=True, slots=True)
class RecountRow(LedgerRow):
    """That a run began to count all kept findings anew: so many, settled together.

    `ended` None: it was killed at it, and the counts stayed as they were.
    """

    table: ClassVar[str] = "recount"
    run: int
    began: datetime
    findings: int
    ended: datetime | None = None


def columns_of(kind: type[LedgerRow]) -> tuple[str, ...]:
    """The columns of a table, in the order of the fields."""
    return kind.__match_args__  # a class has them ready; `fields` works them out for each row
