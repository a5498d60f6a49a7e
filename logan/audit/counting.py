"""Counts what is new: what all kept lines come to with the new ones, less what they came to before.

A line may change what older lines come to (the tunnel of yesterday is a repeat of the request that
ends today), so both are settled, and the difference is added to what is counted. Counts so outlive
the rows that they are made of. While the ledger keeps few findings all of them are settled; past
that, those that lie near the new ones in time: no rule looks further.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logan.audit import recount_book
from logan.audit.ledger import Ledger
from logan.audit.log_rows import SegmentLines
from logan.audit.recount_book import count_findings
from logan.audit.settled_findings import (
    AFTER,
    BEFORE,
    CountKey,
    SettlingContext,
    settle_kept,
)
from logan.rules.model import Rules
from logan.vocabulary import BINS

_NEW: Final = "WHERE counted_by IS NULL AND superseded_by IS NULL ORDER BY id"
_REPLACED: Final = "WHERE counted_by IS NOT NULL AND superseded_by IS NOT NULL ORDER BY id"
#: Segments that were read again by the same rules: nobody asks for them any more.
_READ_AGAIN: Final = (
    "SELECT old.id, fresh.id FROM segment AS old JOIN segment AS fresh "
    "ON fresh.id = old.superseded_by WHERE old.rules_id = fresh.rules_id ORDER BY old.id"
)
_ADD: Final = (
    "INSERT INTO count VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET value = value + excluded.value"
)


@dataclass(frozen=True, slots=True)
class NewCounts:
    """What the new lines of a run come to.

    `changes` are to be added to the counts. `fresh` are the hits on lines that were none before,
    settled (`schema.RECORD`, `schema.FINDING` and more), with their `gateway`. `segments` were
    counted now, `replaced` are counted no more.
    """

    changes: Mapping[CountKey, int]
    fresh: pl.DataFrame
    segments: Sequence[SegmentLines]
    replaced: Sequence[SegmentLines]

    @property
    def new_hits(self) -> int:
        """How many more hits there are, of each service on each gateway that has more."""
        wheres = {key[0:3:2] for key in self.changes if key[1]}
        return sum(max(0, self.change(gateway, service, "hits")) for gateway, service in wheres)

    def change(self, gateway: str, service: str, measure: str) -> int:
        """How much more of something there is of a service on a gateway, over all days."""
        return sum(
            value
            for (where, window, of, what), value in self.changes.items()
            if (where, of, what) == (gateway, service, measure) and window
        )


def count_new(ledger: Ledger, rules: Rules, *, zone: str) -> NewCounts:
    """What the segments come to that no run has counted yet; the ledger stays as it is.

    `zone` is that of local days.
    """
    segments = ledger.select(SegmentLines, _NEW)
    replaced = ledger.select(SegmentLines, _REPLACED)
    changes = _tallies(ledger, segments, replaced)
    fresh = pl.DataFrame(schema={"gateway": pl.String, "service": pl.String})
    touched = [one.id for one in (*segments, *replaced)]
    if touched:
        context = SettlingContext.around(ledger, touched)
        if context.findings:
            after = settle_kept(ledger, context, rules, AFTER)
            before = settle_kept(ledger, context, rules, BEFORE)
            for view, sign in ((after, 1), (before, -1)):
                for key, value in view.counts(zone):
                    changes[key] += sign * value
            fresh = after.hits_besides(before)
    add_unrelated(changes)
    return NewCounts({key: n for key, n in changes.items() if n}, fresh, segments, replaced)


def count_tallies(ledger: Ledger) -> Mapping[CountKey, int]:
    """The lines of all segments that are counted, and those whose bin needs no settling."""
    current = "WHERE counted_by IS NOT NULL AND superseded_by IS NULL"
    return _tallies(ledger, ledger.select(SegmentLines, current), [])


def count_given(
    ledger: Ledger, rules: Rules, given: Mapping[int, tuple[str, str]], *, zone: str
) -> Mapping[CountKey, int]:
    """What counts change as streams go from one gateway to another; of each stream both names.

    The ledger has the new ones already. Of lines whose findings were purged nobody knows any more
    on which days what was found: that stays counted where it was.
    """
    chosen = ",".join(map(str, given))
    query = f"WHERE counted_by IS NOT NULL AND superseded_by IS NULL AND stream IN ({chosen})"
    segments = ledger.select(SegmentLines, query)
    changes: Counter[CountKey] = Counter()
    for key, lines in _tallies(ledger, segments, []).items():
        changes[key] += lines
    for one in segments:
        for (_, window, service, measure), lines in _tallies(ledger, [one], []).items():
            changes[given[one.stream][0], window, service, measure] -= lines
    if segments:
        context = SettlingContext.around(ledger, [one.id for one in segments])
        view = settle_kept(ledger, context, rules, BEFORE)
        old = {str(number): names[0] for number, names in given.items()}
        before = view._replace(gateways={**view.gateways, **old})
        for one_view, sign in ((view, 1), (before, -1)):
            for key, value in one_view.counts(zone):
                changes[key] += sign * value
    add_unrelated(changes)
    return {key: value for key, value in changes.items() if value}


def add_counts(ledger: Ledger, changes: Mapping[CountKey, int]) -> None:
    """Add to the counts. To be done in a transaction."""
    many = ledger.connection.executemany
    many(_ADD, [(*key, value) for key, value in changes.items()])


def count_kept(ledger: Ledger, rules: Rules) -> Mapping[CountKey, int] | None:
    """What all kept findings come to, over all days (their window is empty).

    None where they are too many to be settled together: then counts are made part by part, and may
    differ in what only the whole tells.
    """
    total = count_findings(ledger)
    if total > recount_book.SETTLED_TOGETHER:
        return None
    counts: Counter[CountKey] = Counter()
    if total:
        for (gateway, window, service, measure), value in settle_kept(
            ledger, SettlingContext(total, None), rules, AFTER
        ).counts("UTC"):
            if window:
                counts[gateway, "", service, measure] += value
    return counts


def store_counts(ledger: Ledger, counts: NewCounts, run: int) -> None:
    """Add what is new to the counts, and note that it is counted. To be done in a transaction."""
    execute, many = ledger.connection.execute, ledger.connection.executemany
    add_counts(ledger, counts.changes)
    many("UPDATE segment SET counted_by = ? WHERE id = ?", [(run, s.id) for s in counts.segments])
    for old, by in execute(_READ_AGAIN).fetchall():
        execute("DELETE FROM rows WHERE segment = ?", (old,))
        execute("UPDATE segment SET superseded_by = ? WHERE superseded_by = ?", (by, old))
        execute("DELETE FROM segment WHERE id = ?", (old,))
    many(
        "UPDATE segment SET counted_by = NULL WHERE id = ?", [(one.id,) for one in counts.replaced]
    )


def _tallies(
    ledger: Ledger, segments: Sequence[SegmentLines], replaced: Sequence[SegmentLines]
) -> Counter[CountKey]:
    """The lines of segments, and those whose bin needs no settling."""
    gateways: dict[int, str] = {}
    changes: Counter[CountKey] = Counter()
    for some, sign in ((segments, 1), (replaced, -1)):
        for one in some:
            if one.stream not in gateways:
                gateways[one.stream] = str(
                    ledger.value("SELECT gateway FROM stream WHERE id = ?", one.stream)
                )
            gateway = gateways[one.stream]
            changes[gateway, "", "", "lines"] += sign * (one.to_line - one.from_line)
            for name, lines in one.bins.items():
                changes[gateway, "", "", f"bin:{name}"] += sign * lines
    return changes


def add_unrelated(changes: Counter[CountKey]) -> None:
    """The lines that no bin claims cannot name a service."""
    for gateway in {key[0] for key in changes}:
        claimed = sum(changes[gateway, "", "", f"bin:{name}"] for name in BINS)
        changes[gateway, "", "", "bin:unrelated"] += changes[gateway, "", "", "lines"] - claimed
