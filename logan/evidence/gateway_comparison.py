"""Finds what several gateways saw, part by part, where findings are on disk.

The same as `logan.rules.seen_twice.without_seen` does of findings in memory.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from logan.evidence import limits
from logan.evidence.outcomes import AT, Outcomes
from logan.result import Folder
from logan.rules.clocks import Apart, ClientsApart, agreed_of_clients, find_ahead
from logan.rules.gateway_bursts import Bursts
from logan.rules.gateway_lines import (
    HOUR,
    PERSONS,
    Gateways,
    alike_request,
    apart,
    clients_apart,
    in_hours,
    prepared,
    shared,
)
from logan.rules.hidden_clients import Fits, count_fits, find_hidden
from logan.rules.repeats import ROW
from logan.rules.same_request import COMPARED
from logan.rules.seen_pairs import find_seen, find_seen_behind
from logan.rules.seen_twice import Seen, SeenTally
from logan.rules.untold import count_untold
from logan.runtime.hash_partitions import HashPartitions
from logan.runtime.ordered_map import ahead


@dataclass(frozen=True, slots=True)
class GatewayComparison:
    """Compares findings that are cut by person; what it decides about them goes to `outcomes`."""

    findings: HashPartitions
    outcomes: Outcomes
    folder: Folder

    def find_seen(self, known: Gateways, numbers: Collection[int]) -> Seen:
        """Find it, once; `numbers` are those of the gateways that have hits."""
        differences, bursts = zip(*(self._visits(by, known) for by in PERSONS), strict=True)
        every = self._with_clients_apart(differences, known)
        clocks = find_ahead(every, numbers)
        known = known._replace(ahead=clocks.always, ahead_by_day=clocks.by_day)
        if known.ahead or known.ahead_by_day:  # bursts of other clocks are other bursts
            bursts = tuple(self._visits(by, known)[1] for by in PERSONS)
        known = known.with_groups(bursts)
        tally = SeenTally()
        for by in PERSONS:
            cut = self._cut_hits(pl.col(by), known, f"seen-by-{by}")
            find = partial(find_seen, by=by, doubtful=known.groups.doubtful)
            for found in ahead(find, cut.parts(limits.PART_ROWS)):
                self.outcomes.decide(tally.add(found))
        self.outcomes.break_circles()
        fits, untold = self._hours(known, "as-seen")
        if hidden := find_hidden(fits):
            hours = self._cut_hours(known, "behind")
            for found in ahead(partial(find_seen_behind, hidden=hidden), hours):
                self.outcomes.decide(tally.add(found))
            self.outcomes.break_circles()
            _, untold = self._hours(known, "in-the-end")
        seen = tally.finished(known, hidden, untold)
        self.outcomes.one_name = seen.names
        return seen

    def _hours(self, known: Gateways, name: str) -> tuple[Fits, int]:
        """How nearly nameless clients fit other gateways, and how many hits are untold."""
        fits, untold = Fits(), 0
        for more, some in ahead(_hours_of, self._cut_hours(known, name)):
            fits.update(more)
            untold += some
        return fits, untold

    def _cut_hours(self, known: Gateways, name: str) -> Iterator[pl.DataFrame]:
        cut = HashPartitions(self.folder.path / f"hours-{name}", pl.col(HOUR))
        for rows in self._hits(known):
            cut.add(in_hours(rows))
        return cut.parts(limits.PART_ROWS)

    def _visits(self, by: str, known: Gateways) -> tuple[Apart, Bursts]:
        """How far apart the same people's lines are on each two gateways, and which both have."""
        clocks = "fast" if known.ahead or known.ahead_by_day else "as-logged"
        cut = self._cut_hits(pl.col(by), known, f"visits-by-{by}-{clocks}")
        both = ahead(partial(_visits_of, by=by), cut.parts(limits.PART_ROWS))
        counts, bursts = Apart(), Bursts()
        for more, further in both:
            counts.update(more)
            bursts = bursts.plus(further)
        return counts, bursts

    def _with_clients_apart(self, differences: Iterable[Apart], known: Gateways) -> Iterator[Apart]:
        """The same, and last, if asked for, what the requests of nameless clients show."""
        yield from differences
        cut = self._cut_hits(alike_request(), known, "alike")
        counts = ClientsApart()
        for more in ahead(clients_apart, cut.parts(limits.PART_ROWS)):
            counts.update(more)
        yield agreed_of_clients(counts)

    def _cut_hits(self, key: pl.Expr, known: Gateways, name: str) -> HashPartitions:
        """Hits with what they are compared by, cut by a key; those without it are left out."""
        cut = HashPartitions(self.folder.path / name, key)
        for rows in self._hits(known):
            cut.add(rows.filter(key.is_not_null()))
        return cut

    def _hits(self, known: Gateways) -> Iterator[pl.DataFrame]:
        """Hits as they are decided so far, with what they are compared by."""
        for file in self.findings.files():
            rows = self.outcomes.not_elsewhere(pl.read_ipc_stream(file))
            rows = self.outcomes.as_decided(rows)
            yield prepared(rows.select(pl.col(AT).alias(ROW), *COMPARED), known)


def _hours_of(hits: pl.DataFrame) -> tuple[Fits, int]:
    return count_fits(hits), count_untold(hits)


def _visits_of(hits: pl.DataFrame, by: str) -> tuple[Apart, Bursts]:
    return apart(hits, by=by), shared(hits, by=by)
