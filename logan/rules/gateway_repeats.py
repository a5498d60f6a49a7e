"""Findings of several gateways compared in memory: which lines repeat another gateway's.

`logan.evidence.gateway_comparison` does the same part by part.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from logan.rules.clocks import agreed_of_clients, find_ahead
from logan.rules.gateway_lines import (
    PERSONS,
    Gateways,
    apart,
    clients_apart,
    in_hours,
    prepared,
    shared,
)
from logan.rules.hidden_clients import Client, count_fits, find_hidden
from logan.rules.repeated_hits import find_circles
from logan.rules.repeats import REPEAT_OF, ROW
from logan.rules.same_request import COMPARED, compared_requests
from logan.rules.seen import Seen, one_name, with_one_name
from logan.rules.seen_pairs import find_seen, find_seen_behind, summed
from logan.rules.undecided_repeats import count_undecided
from logan.schema import REPEAT_REASON


class SeenTally:
    """Adds up what parts of the hits show, whichever way they are cut."""

    def __init__(self) -> None:
        self._lines = self._doubtful = 0
        self._addresses, self._pairs = set[str](), set[tuple[str, str]]()

    def add(self, shown: pl.DataFrame) -> pl.DataFrame:
        """Take what some hits show (`find_seen`); gives one row of it for each line."""
        seen = summed(shown)
        self._pairs |= set(shown.select("name", "other_name").drop_nulls().unique().rows())
        self._lines += int(seen["again"].sum())
        self._addresses.update(seen["address"].drop_nulls())
        self._doubtful += shown.filter("doubtful")[ROW].n_unique()
        return seen

    def finished(self, gateways: Gateways, hidden: Mapping[Client, int], undecided: int) -> Seen:
        """All that was found out; `undecided` counts the hits of which no line tells."""
        return Seen(
            self._lines,
            frozenset(self._addresses),
            one_name(self._pairs),
            gateways.ahead,
            gateways.ahead_by_day,
            gateways.groups.shown,
            frozenset((client.gateway, client.address) for client in hidden),
            undecided + gateways.groups.undecided,
            self._doubtful,
        )


def without_gateway_repeats(
    found: pl.DataFrame,
    gateways: Sequence[int],
    formats: Sequence[str | None],
    numbers: Collection[int],
) -> tuple[pl.DataFrame, Seen]:
    """As `logan.rules.seen_twice.without_seen`; `numbers` are those of the gateways with hits."""
    known = Gateways(gateways, formats)
    hits = _hits_of(found, known)
    clocks = find_ahead(_differences(hits), numbers)
    known = known._replace(ahead=clocks.always, ahead_by_day=clocks.by_day)
    hits = _hits_of(found, known)
    known = known.with_groups(shared(hits, by=by) for by in PERSONS)
    tally = SeenTally()
    for by in PERSONS:
        shown = find_seen(_hits_of(found, known), by=by, doubtful=known.groups.doubtful)
        found = _with_seen(found, tally.add(shown))
    found = _with_a_hit_each(found)
    hours = in_hours(_hits_of(found, known))
    if hidden := find_hidden(count_fits(hours)):
        found = _with_seen(found, tally.add(find_seen_behind(hours, hidden)))
        found = _with_a_hit_each(found)
        hours = in_hours(_hits_of(found, known))
    outcome = tally.finished(known, hidden, count_undecided(hours))
    return with_one_name(found, outcome.names), outcome


def _differences(hits: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """How far gateways are apart, by what shows it best; no further than is asked for."""
    for by in PERSONS:
        yield apart(hits, by=by)
    yield agreed_of_clients(clients_apart(hits))


def _with_seen(found: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Rows with what was seen of them elsewhere (one row each, by number)."""
    if seen.is_empty():
        return found
    numbered = found.with_row_index(ROW)
    known = numbered.join(seen, on=ROW, how="left", maintain_order="left")
    return known.with_columns(
        bin=pl.when("again").then(pl.lit("repeat")).otherwise("bin"),
        action=pl.coalesce("verdict", "action"),
        user=pl.coalesce("user", "named"),
        **{name: pl.coalesce(name, f"{name}_right") for name in REPEAT_OF},
    ).select(found.columns)


def _with_a_hit_each(found: pl.DataFrame) -> pl.DataFrame:
    """Findings in which each repeat leads to a hit (`repeated_hits.find_circles`)."""
    circles = find_circles(found.with_row_index(ROW).select(ROW, *REPEAT_OF))
    if not circles:
        return found
    among = pl.int_range(pl.len()).is_in(circles)
    return found.with_columns(
        bin=pl.when(among).then(pl.lit("hit")).otherwise("bin"),
        **{name: pl.when(~among).then(name) for name in REPEAT_OF},
    )


def _hits_of(found: pl.DataFrame, gateways: Gateways) -> pl.DataFrame:
    rows = found.with_columns(compared_requests()).with_row_index(ROW)
    known = rows.filter(pl.col("why").ne_missing(pl.lit("other_gateway", REPEAT_REASON)))
    return prepared(known.select(ROW, *COMPARED), gateways)
