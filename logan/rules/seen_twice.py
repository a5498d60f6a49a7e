"""What several gateways saw: a request that a proxy, another behind it, a sensor and a name server
logged counts once.

Lines of one request name the same host, and the same client address or account, within a few
seconds. The best evidence is kept: a URL before a tunnel before a look-up, a line with a user
before one without. What one gateway logs twice is two requests; so of lines that prove the same,
the first of one gateway belongs to the first of the other, the second to the second. Lines that
prove less (a look-up, a handshake) are as many as a browser likes: all of them go with the visit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from logan.rules.clocks import Steps, agreed_of_clients, find_ahead
from logan.rules.gateway_lines import (
    PERSONS,
    Gateways,
    apart,
    clients_apart,
    in_hours,
    origins,
    prepared,
    shared,
)
from logan.rules.hidden_clients import Client, count_fits, find_hidden
from logan.rules.repeated_hits import find_circles
from logan.rules.repeats import REPEAT_OF, ROW, folded, with_repeat_of
from logan.rules.same_request import COMPARED, compared_requests
from logan.rules.seen_pairs import find_seen, find_seen_behind, summed
from logan.rules.undecided_repeats import count_undecided
from logan.schema import REPEAT_REASON


class Seen(NamedTuple):
    """What was found out by comparing gateways.

    How many `lines` repeat one of another gateway; the `addresses` that proved to be a user's, and
    the `names` that did, in lower case, with the one to be used; by how many seconds the clocks of
    gateways are `ahead`, always or by day; the `groups` of gateways that are nodes of one, by
    number; the `hidden` clients (gateway, address) that are other gateways; how many hits are
    `undecided`: another gateway has their like, nothing says whether it is the same request; how
    many of the lines are `doubtful`: so few are alike that it may be chance.
    """

    lines: int = 0
    addresses: frozenset[str] = frozenset()
    names: Mapping[str, str] = MappingProxyType({})
    ahead: Mapping[int, int] = MappingProxyType({})
    ahead_by_day: Mapping[int, Steps] = MappingProxyType({})
    groups: tuple[tuple[int, ...], ...] = ()
    hidden: frozenset[tuple[int, str]] = frozenset()
    undecided: int = 0
    doubtful: int = 0


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


def without_seen(
    found: pl.DataFrame, gateways: Sequence[int], formats: Sequence[str | None] = ()
) -> tuple[pl.DataFrame, Seen]:
    """Findings with what another gateway saw too in its bin; rows and their order stay.

    A hit gets the user and the verdict that another line of its request has. `gateways` numbers the
    gateways by source, `formats` says what each source is (none: all are alike).
    `repeats.REPEAT_OF` is added, or stays where it is known.
    """
    found = with_repeat_of(found)
    there = origins(found, gateways)
    if len(there) < 2:
        return found, Seen()
    known = Gateways(gateways, formats)
    hits = _hits_of(found, known)
    clocks = find_ahead(_differences(hits), {number for number, _ in there})
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


def one_name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For names in lower case the one to be used: of those of one user the longest.

    The longest has the domain or realm; ties go to the one that sorts first.
    """
    group: dict[str, frozenset[str]] = {}
    for pair in sorted(pairs):
        both = frozenset(pair).union(*(group.get(name.lower(), ()) for name in pair))
        group |= {name.lower(): both for name in both}
    return {name: min(names, key=lambda one: (-len(one), one)) for name, names in group.items()}


def with_one_name(rows: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Rows with the one name (`one_name`) of each user who has several."""
    if not names:
        return rows
    return rows.with_columns(user=folded("user").replace_strict(names, default=pl.col("user")))
