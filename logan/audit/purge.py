"""Forgetting: findings whose time is over go, with every name in them; counts stay.

SQLite overwrites what is deleted (`secure_delete`), and the log of its transactions is emptied, so
that no name that went is left in any byte of the ledger's files.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

import polars as pl

from logan.audit.configuration import AuditConfiguration, Hold
from logan.audit.ledger import Ledger, explained
from logan.audit.ledger_rows import HoldRow, NoticeRow, PurgeRow
from logan.audit.ledger_values import from_microseconds, to_microseconds, to_stored
from logan.audit.log_rows import SegmentRow, StoredRowsRow
from logan.audit.stored_findings import FINDINGS, REJECTS, pack_rows, unpack_rows
from logan.records.accounts import account_key, canonical_user
from logan.runtime.zones import zone_info

#: The segments with rows of which some may be older than a moment, when each of them ended (with
#: its latest stamp, or else when it was read), and whether it counts.
_AFFECTED: Final = """
SELECT segment.id, coalesce(segment.last_time, run.start), segment.superseded_by IS NULL FROM rows
JOIN segment ON segment.id = rows.segment JOIN run ON run.id = segment.run
WHERE rows.kind = ? AND coalesce(rows.first_time, segment.last_time, run.start) < ?
  AND (segment.counted_by IS NULL AND segment.superseded_by IS NULL) = ?
"""
_OF_SEGMENT: Final = "WHERE segment = ? AND kind = ?"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PurgedFindings(NamedTuple):
    """What purges removed so far: `before` None: nothing. It must not come back with its log."""

    before: datetime | None
    holds: Sequence[Hold]

    @classmethod
    def of(
        cls, ledger: Ledger, configuration: AuditConfiguration, now: datetime
    ) -> "PurgedFindings":
        """What a ledger has purged, and the holds that are in force."""
        return cls(purged_before(ledger), holds_in_force(configuration, now))

    def left_of(
        self, rows: pl.DataFrame, kind: str, *, lines: int, ended: datetime | None
    ) -> pl.DataFrame:
        """Rows of a log that is read again, less what was purged of its first `lines`.

        `ended` is the newest stamp of the log.
        """
        if self.before is None or rows.is_empty():
            return rows
        over = ended is not None and ended < self.before
        marked = rows.with_columns(**_marks(kind, self.before, over=over, holds=self.holds))
        gone = pl.col("old") & ~pl.col("held") & (pl.col("line") <= lines)
        return marked.filter(~gone).select(rows.columns)


@dataclass(frozen=True, slots=True)
class PurgeOutcome:
    """What a purge removed, or would remove: rows older than `before` (UTC).

    Rows that stand there once more, as older rules read them, go too and are not counted.

    `held` are rows that a hold kept, by its reference; a hold in force that kept none is there
    with 0. `notices` lost names of accounts. `waiting` are parts of logs whose rows could not go,
    for no run has counted them yet. `residue`: somebody was reading, so that bytes of what went may
    be left.
    """

    before: datetime
    findings: int
    rejects: int
    held: Mapping[str, int]
    waiting: int
    notices: int = 0
    residue: bool = False

    @property
    def rows(self) -> int:
        """The rows that went."""
        return self.findings + self.rejects


class _Cut(NamedTuple):
    """How many rows of a segment go, and how many each hold keeps.

    `counts`: no other segment has the same lines, read anew.
    """

    segment: int
    kind: str
    counts: bool
    removed: int
    held: Mapping[str, int]


def holds_in_force(configuration: AuditConfiguration, now: datetime) -> tuple[Hold, ...]:
    """The holds that have not ended on the local day of `now`."""
    today = now.astimezone(zone_info(configuration.tz)).date()
    return tuple(hold for hold in configuration.holds if not hold.until or today <= hold.until)


def purge(
    ledger: Ledger,
    *,
    before: datetime,
    holds: Sequence[Hold] = (),
    setting: str,
    now: datetime,
    dry_run: bool = False,
) -> PurgeOutcome:
    """Remove findings older than `before`, and rejects of segments that ended before it.

    `setting` says what asked for it. A line that could not be parsed has no time of its own: it
    goes with the newest line of its segment. Counts, accounts of lines, and what is needed to know
    a file again stay. Raises `LedgerError` where nothing could be changed.
    """
    with explained(ledger.path):
        if dry_run:
            return _add_up(ledger, before, holds, [cut for cut, _ in _cuts(ledger, before, holds)])
    with ledger.transaction():
        cuts = [_carry_out(ledger, *pair) for pair in _cuts(ledger, before, holds)]
        outcome = _add_up(ledger, before, holds, cuts)
        if any(cut.removed for cut in cuts):
            notices = _forget_names(ledger, before, {cut.segment for cut in cuts})
            outcome = replace(outcome, notices=notices)
            row = PurgeRow(made=now, before=before, rows=outcome.rows, setting=setting)
            ledger.insert_all(_hold_rows(holds, ledger.insert(row)))
    # Also where nothing went now: somebody may have been reading when the last purge did.
    return replace(outcome, residue=not _empty_log(ledger))


def purge_expired(
    ledger: Ledger, configuration: AuditConfiguration, *, now: datetime, dry_run: bool = False
) -> PurgeOutcome:
    """Remove what `[keep]` lets go: findings, and the counts of days that are older still.

    `dry_run`: say what findings would go, and remove nothing.
    """
    keep = configuration.keep
    if not dry_run:
        with ledger.transaction():
            _forget_counts(ledger, keep.counts.before(now))
    return purge(
        ledger,
        before=keep.hits.before(now),
        holds=holds_in_force(configuration, now),
        setting=f"keep.hits = {keep.hits}",
        now=now,
        dry_run=dry_run,
    )


def purged_before(ledger: Ledger) -> datetime | None:
    """The moment before which findings were removed at some time, if any were."""
    purges = ledger.select(PurgeRow, "ORDER BY before DESC LIMIT 1")
    return purges[0].before if purges else None


def _forget_counts(ledger: Ledger, before: datetime) -> None:
    """Remove the counts of whole days, and the hours with lines, that are older."""
    execute = ledger.connection.execute
    execute("DELETE FROM count WHERE window != '' AND window < ?", (before.date().isoformat(),))
    execute("DELETE FROM hour WHERE hour < ?", ((before - _EPOCH).total_seconds() // 3600,))


def _affected(
    ledger: Ledger, before: datetime, kind: str, *, counted: bool
) -> list[tuple[int, datetime, bool]]:
    """The segments with rows of which some may be older: when they ended, whether they count."""
    values = (kind, to_microseconds(before), not counted)
    found = ledger.connection.execute(_AFFECTED, values).fetchall()
    return [(segment, from_microseconds(ended), bool(counts)) for segment, ended, counts in found]


def _cuts(
    ledger: Ledger, before: datetime, holds: Sequence[Hold]
) -> Iterator[tuple[_Cut, pl.DataFrame]]:
    """What goes of each segment, and the rows that are left of it: one at a time, to save room."""
    for kind in (FINDINGS, REJECTS):
        for segment, ended, counts in _affected(ledger, before, kind, counted=True):
            stored = ledger.select(StoredRowsRow, _OF_SEGMENT, segment, kind)[0]
            rows = unpack_rows(stored)
            marks = _marks(kind, before, over=ended < before, holds=holds)
            marked = rows.with_columns(**marks)
            kept = marked.filter(~pl.col("old") | pl.col("held")).select(rows.columns)
            due = marked.filter("old")
            kept_by = {one.reference: int(due[f"held {at}"].sum()) for at, one in enumerate(holds)}
            yield _Cut(segment, kind, counts, rows.height - kept.height, kept_by), kept


def _marks(kind: str, before: datetime, *, over: bool, holds: Sequence[Hold]) -> dict[str, pl.Expr]:
    """Which rows are older, which of all holds keep, and (`held 0`, ...) which of them each does.

    `over`: rows without a time are older.
    """
    older = pl.lit(over) if kind == REJECTS else (pl.col("time") < before).fill_null(over)
    each = {f"held {at}": _is_held(hold, kind) for at, hold in enumerate(holds)}
    return {**each, "old": older, "held": pl.any_horizontal(pl.lit(value=False), *each.values())}


def _is_held(hold: Hold, kind: str) -> pl.Expr:
    """True where a hold keeps a row: of the account in any domain, in doubt more than it names."""
    if hold.user is None:
        return pl.lit(value=True)
    account = (canonical_user(hold.user) or hold.user).rpartition("\\")[2].partition("@")[0].lower()
    if kind == REJECTS:
        return pl.col("text").str.to_lowercase().str.contains(account, literal=True)
    bare = account_key(pl.col("user")).str.replace(r"^.*\\", "").str.replace("@.*$", "")
    return (bare == account).fill_null(value=False)


def _carry_out(ledger: Ledger, cut: _Cut, kept: pl.DataFrame) -> _Cut:
    """Store what is left of rows in place of all of them."""
    if cut.removed and kept.is_empty():
        query = f"DELETE FROM rows {_OF_SEGMENT}"  # noqa: S608 - values are bound
        ledger.connection.execute(query, (cut.segment, cut.kind))
    elif cut.removed:
        ledger.insert(pack_rows(cut.segment, cut.kind, kept), replace=True)
    return cut


def _add_up(
    ledger: Ledger, before: datetime, holds: Sequence[Hold], cuts: Sequence[_Cut]
) -> PurgeOutcome:
    removed: Counter[str] = Counter()
    held = Counter({hold.reference: 0 for hold in holds})
    for cut in cuts:
        if cut.counts:
            removed[cut.kind] += cut.removed
            held.update(cut.held)
    waiting = sum(
        len(_affected(ledger, before, kind, counted=False)) for kind in (FINDINGS, REJECTS)
    )
    return PurgeOutcome(before, removed[FINDINGS], removed[REJECTS], dict(held), waiting)


def _forget_names(ledger: Ledger, before: datetime, segments: set[int]) -> int:
    """Take from notices the names that no row of their run has any more; how many lost some.

    `segments` are those with rows older than `before`. What a run had read may have been read anew
    since, by segments of later runs: then those are asked.
    """
    changed = 0
    for notice in ledger.select(NoticeRow, "WHERE names != '[]'"):
        told = {one.id for one in ledger.select(SegmentRow, "WHERE counted_by = ?", notice.run)}
        older = notice.first_time is not None and notice.first_time < before
        if not (older or segments & told):
            continue
        left = {name for segment in told or segments for name in _names_in(ledger, segment)}
        names = tuple(name for name in notice.names if name.lower() in left)
        if names != notice.names:
            values = (to_stored(names), notice.id)
            ledger.connection.execute("UPDATE notice SET names = ? WHERE id = ?", values)
            changed += 1
    return changed


def _names_in(ledger: Ledger, segment: int) -> Iterator[str]:
    """The accounts and addresses, in lower case, of the findings of a segment."""
    for stored in ledger.select(StoredRowsRow, _OF_SEGMENT, segment, FINDINGS):
        for column in unpack_rows(stored).select("user", "client_ip"):
            yield from column.drop_nulls().str.to_lowercase().unique()


def _hold_rows(holds: Sequence[Hold], purge: int) -> Iterator[HoldRow]:
    for hold in holds:
        until = hold.until.isoformat() if hold.until else None
        yield HoldRow(hold.reference, hold.user, until, purge)


def _empty_log(ledger: Ledger) -> bool:
    """Bring every transaction into the file and empty the log; False where a reader keeps it."""
    busy, *_ = ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
