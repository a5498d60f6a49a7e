"""Finds what several gateways saw, part by part, where findings are on disk.

The same as `logan.rules.gateway_repeats` does of findings in memory.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce

import polars as pl

from logan.evidence import limits
from logan.evidence.outcomes import AT, Outcomes
from logan.result import Folder
from logan.rules.clocks import APART, CLIENTS_APART, TIMES, agreed_of_clients, find_ahead
from logan.rules.gateway_bursts import Bursts
from logan.rules.gateway_lines import (
    HOUR,
    NAME,
    Gateways,
    account,
    alike_request,
    apart,
    asked_often,
    clients_apart,
    hits_and_set_ups,
    in_hours,
    not_asked_often,
    prepared,
    shared,
)
from logan.rules.gateway_repeats import SeenTally
from logan.rules.hidden_clients import Fits, count_fits, find_hidden
from logan.rules.repeats import ROW
from logan.rules.same_request import COMPARED
from logan.rules.seen import Seen
from logan.rules.seen_pairs import find_seen, find_seen_behind
from logan.rules.undecided_repeats import count_undecided
from logan.runtime.hash_partitions import HashPartitions
from logan.runtime.ordered_map import map_in_order
from logan.runtime.summed_counts import SummedCounts


@dataclass(frozen=True, slots=True)
class GatewayComparison:
    """Compares findings that are cut by account; what it decides about them goes to `outcomes`.

    `some_nameless` says whether a hit names no user: if all do, none is a gateway's own, and none
    may be anybody else's, so that nobody need look for such hour by hour.
    """

    findings: HashPartitions
    outcomes: Outcomes
    folder: Folder
    some_nameless: bool

    def find_seen(self, known: Gateways, numbers: Collection[int]) -> Seen:
        """Find it, once; `numbers` are those of the gateways that have hits."""
        by_address = self._cut_hits(pl.col("client_ip"), "by-address")
        cuts = {"client_ip": by_address, NAME: self.findings}
        visits = (self._visits(by, cut, known) for by, cut in cuts.items())
        differences, bursts = zip(*visits, strict=True)
        every = self._with_clients_apart(differences, known)
        clocks = find_ahead(every, numbers)
        known = known._replace(ahead=clocks.always, ahead_by_day=clocks.by_day)
        if known.ahead or known.ahead_by_day:  # bursts of other clocks are other bursts
            bursts = tuple(self._bursts(by, cut, known) for by, cut in cuts.items())
        known = known.with_groups(bursts)
        tally = SeenTally()
        self._find_seen_by("client_ip", by_address.parts(limits.PART_ROWS), known, tally)
        if self.outcomes.names:  # they may be anybody's
            by_name = self._cut_hits(account(), "by-name").parts(limits.PART_ROWS)
        else:
            by_name = self.findings.parts(limits.PART_ROWS, keep=True)
        self._find_seen_by(NAME, by_name, known, tally)
        self.outcomes.break_circles()
        fits, undecided = self._hours(known, "as-seen")
        if hidden := find_hidden(fits):
            hours = self._cut_hours(known, "behind")
            for found in map_in_order(partial(find_seen_behind, hidden=hidden), hours):
                self.outcomes.decide(tally.add(found))
            self.outcomes.break_circles()
            _, undecided = self._hours(known, "in-the-end")
        seen = tally.finished(known, hidden, undecided)
        self.outcomes.one_name = seen.names
        return seen

    def _find_seen_by(
        self, by: str, parts: Iterable[pl.DataFrame], known: Gateways, tally: SeenTally
    ) -> None:
        """Decide what hits of the same persons show, part by part."""
        doubtful = known.groups.doubtful

        def find(decided: pl.DataFrame) -> pl.DataFrame:
            return find_seen(_prepared(decided, known), by=by, doubtful=doubtful)

        # What is decided meanwhile is read in this thread alone; it is of other rows.
        for found in map_in_order(find, map(self._decided, parts)):
            self.outcomes.decide(tally.add(found))

    def _hours(self, known: Gateways, name: str) -> tuple[Fits, int]:
        """How nearly nameless clients fit other gateways, and how many hits are undecided."""
        fits, undecided = Fits(), 0
        if not self.some_nameless:
            return fits, undecided
        for more, some in map_in_order(_hours_of, self._cut_hours(known, name)):
            fits.update(more)
            undecided += some
        return fits, undecided

    def _cut_hours(self, known: Gateways, name: str) -> Iterator[pl.DataFrame]:
        cut = HashPartitions(self.folder.path / f"hours-{name}", pl.col(HOUR))
        for rows in self._hits(known):
            cut.add(in_hours(rows))
        return cut.parts(limits.PART_ROWS)

    def _visits(self, by: str, cut: HashPartitions, known: Gateways) -> tuple[pl.DataFrame, Bursts]:
        """How far apart the same people's lines are on each two gateways, and which both have."""

        def visits_of(rows: pl.DataFrame) -> tuple[pl.DataFrame, Bursts]:
            hits = _prepared(self._decided(rows), known)
            return apart(hits, by=by), shared(hits, by=by)

        counts, bursts = SummedCounts(APART, TIMES), Bursts()
        for more, further in map_in_order(visits_of, cut.parts(limits.PART_ROWS, keep=True)):
            counts.add(more)
            bursts = bursts.plus(further)
        return counts.summed(), bursts

    def _bursts(self, by: str, cut: HashPartitions, known: Gateways) -> Bursts:
        """Which lines of the same people several gateways have."""

        def bursts_of(rows: pl.DataFrame) -> Bursts:
            return shared(_prepared(self._decided(rows), known), by=by)

        parts = cut.parts(limits.PART_ROWS, keep=True)
        return reduce(Bursts.plus, map_in_order(bursts_of, parts), Bursts())

    def _with_clients_apart(
        self, differences: Iterable[pl.DataFrame], known: Gateways
    ) -> Iterator[pl.DataFrame]:
        """The same, and last, if asked for, what the requests of nameless clients show."""
        yield from differences
        if not self.some_nameless:
            return
        cut, often = self._cut_seldom_asked(known)
        counts = SummedCounts(CLIENTS_APART, TIMES)
        seldom = (not_asked_often(rows, often) for rows in cut.parts(limits.PART_ROWS))
        for more in map_in_order(clients_apart, seldom):
            counts.add(more)
        yield agreed_of_clients(counts.summed())

    def _cut_seldom_asked(self, known: Gateways) -> tuple[HashPartitions, pl.DataFrame]:
        """Hits cut by what was asked for, without most of those that nothing is learnt from, and
        of which requests some may be left. One page may have most of all hits: too many to be held
        together.
        """
        cut = HashPartitions(self.folder.path / "alike", alike_request())
        often = pl.DataFrame()
        for rows in self._hits(known):
            more = asked_often(rows)
            often = pl.concat([often, more]).unique() if often.width else more
            cut.add(not_asked_often(rows, often).filter(alike_request().is_not_null()))
        return cut, often

    def _cut_hits(self, key: pl.Expr, name: str) -> HashPartitions:
        """What is compared of hits, cut by a key; those without it are left out."""
        cut = HashPartitions(self.folder.path / name, key)
        for rows in self.findings.frames():
            cut.add(self._decided(rows).filter(key.is_not_null()))
        return cut

    def _hits(self, known: Gateways) -> Iterator[pl.DataFrame]:
        """Hits as they are decided so far, with what they are compared by."""
        for rows in self.findings.frames():
            yield _prepared(self._decided(rows), known)

    def _decided(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What is compared of the hits among rows with their number, as they are decided so far."""
        rows = self.outcomes.not_elsewhere(rows.select(AT, *COMPARED))
        return hits_and_set_ups(self.outcomes.as_decided(rows))


def _prepared(decided: pl.DataFrame, known: Gateways) -> pl.DataFrame:
    return prepared(decided.rename({AT: ROW}), known)


def _hours_of(hits: pl.DataFrame) -> tuple[Fits, int]:
    return count_fits(hits), count_undecided(hits)
