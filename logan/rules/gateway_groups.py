"""Which gateways are nodes of one: a balancer gives each request of a person to one of them.

Two gateways that see the same traffic (a branch proxy and the one behind it) both log nearly every
request; nodes share requests out, and the same one stands on both only by chance. So what people
did while two gateways logged them at once is looked at, burst by burst of like requests: whether
each gateway has requests that the other lacks, and how nearly the others agree in number. Nodes
count as one gateway: two requests stay two, and a proxy that all nodes pass on to sees what the
nodes together see.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType
from typing import Final, NamedTuple

import polars as pl

#: Gateways log one request within so many seconds of each other.
SEEN_SECONDS: Final = 5
#: A pause that ends a visit: after it a person may have moved from one gateway to another.
VISIT_SECONDS: Final = 600
#: Gateways that see the same traffic agree in at least so large a part of the bursts of one. Of
#: tunnels and look-ups browsers make several at once, which nodes may well share out evenly.
SHARES: Final = {"url": Fraction(3, 5), "connect": Fraction(3, 4), "dns": Fraction(3, 4)}
#: Fewer bursts that agree, or that one lacks, may be chance.
BURSTS: Final = 3

#: For each gateway of a visit, by number, how many lines of a burst it has: also none.
Pattern = tuple[tuple[int, int], ...]
#: How often there is a pattern, by the evidence of its lines and what shows their person.
Bursts = Counter[tuple[str, str, Pattern]]
_Pair = tuple[int, int]
Pairs = frozenset[_Pair]
#: Pairs of gateways by number, the lower first, by the evidence of lines.
Doubtful = Mapping[str, Pairs]


class GatewayGroups(NamedTuple):
    """Which gateways are nodes of one, by the evidence of lines.

    `nodes` gives for each other gateway of a group the lowest number in it. `doubtful` are pairs
    of groups whose lines are joined though few show that both see the same traffic; `untold` says
    how many lines of nodes are alike within seconds, though few show that they are nodes.
    """

    nodes: Mapping[str, Mapping[int, int]] = MappingProxyType({})
    doubtful: Doubtful = MappingProxyType({})
    untold: int = 0

    def listed(self) -> tuple[tuple[int, ...], ...]:
        """The gateways that are nodes of one, whatever their lines prove, each group in order."""
        groups: set[tuple[int, ...]] = set()
        for nodes in self.nodes.values():
            of_one = {
                to: {to, *(n for n, at in nodes.items() if at == to)} for to in nodes.values()
            }
            groups |= {tuple(sorted(group)) for group in of_one.values()}
        return tuple(sorted(groups))


def count_bursts(hits: pl.DataFrame, *, by: str, gateway: str, made: str) -> Bursts:
    """Bursts of like requests of whole persons (`by`) in visits that several gateways logged.

    Where a line of a visit names no method, requests are alike that differ in it.
    """
    who, pause = [by, "evidence"], pl.col(made).diff()
    visit = (pause > timedelta(seconds=VISIT_SECONDS)).fill_null(value=True)
    own = hits.filter((pl.col("bin") == "hit") & pl.col(by).is_not_null()).sort(*who, made)
    lines = own.with_columns(_visit=visit.cum_sum().over(who))
    who.append("_visit")
    lines = lines.filter(pl.col(gateway).n_unique().over(who) > 1)
    if lines.is_empty():
        return Counter()
    asked = pl.when(pl.col("no_method").any().over(who)).then("target").otherwise("request")
    lines = lines.with_columns(_asked=pl.when(pl.col("evidence") == "url").then(asked))
    what = [*who, "host", "_asked"]
    ends = (pause > timedelta(seconds=SEEN_SECONDS)).fill_null(value=True)
    bursts = lines.sort(*what, made).with_columns(_burst=ends.cum_sum().over(what))
    what.append("_burst")
    counted = bursts.group_by(*what, gateway).len("_lines")
    present = lines.select(*who, gateway).unique()
    whole = (
        counted.select(what)
        .unique()
        .join(present, on=who)
        .join(counted, on=[*what, gateway], how="left", nulls_equal=True)
        .sort(gateway)
    )
    line_counts = pl.concat_str(gateway, pl.lit(":"), pl.col("_lines").fill_null(0))
    patterns = whole.group_by(what).agg(line_counts.alias("_pattern"))
    joined = patterns.select("evidence", pl.col("_pattern").list.join(" ")).group_by(pl.all()).len()
    return Counter({(kind, by, _pattern(text)): many for kind, text, many in joined.rows()})


def _pattern(text: str) -> Pattern:
    pairs = (part.split(":") for part in text.split())
    return tuple((int(gateway), int(lines)) for gateway, lines in pairs)


class _Side(NamedTuple):
    """Of one of two gateways: its bursts, how many the other lacks, and how nearly all agree."""

    bursts: int = 0
    lacking: int = 0
    agree: Fraction = Fraction()

    def plus(self, own: int, other: int, many: int) -> "_Side":
        """The side with so many more bursts, of which the gateways have so many lines each."""
        if not own:
            return self
        agree = Fraction(min(own, other), max(own, other))
        lacking = 0 if other else many
        return _Side(self.bursts + many, self.lacking + lacking, self.agree + agree * many)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two gateways (or groups) in common visits: bursts on `both`, `lines` that could be joined.

    They see the same traffic if they agree in the part `wanted`.
    """

    wanted: Fraction
    sides: tuple[_Side, _Side]
    both: int
    lines: int

    @property
    def bursts(self) -> int:
        return sum(side.bursts for side in self.sides)

    @property
    def lacking(self) -> int:
        return sum(side.lacking for side in self.sides)

    @property
    def share(self) -> Fraction:
        """How nearly the bursts of one agree with those of the other, of the one that does more."""
        return max(side.agree / side.bursts for side in self.sides)

    @property
    def each_lacks(self) -> bool:
        return all(side.lacking for side in self.sides)

    @property
    def are_nodes(self) -> bool:
        return self.each_lacks and self.share < self.wanted

    @property
    def doubtful(self) -> bool:
        """Whether lines are joined, though it may be chance that they are alike."""
        hardly = self.each_lacks and self.share < (1 + self.wanted) / 2
        return self.both > 0 and (self.both < BURSTS or hardly)

    @property
    def untold(self) -> bool:
        """Whether nodes may be gateways that see the same traffic."""
        return self.lacking < BURSTS


def find_groups(bursts: Bursts, products: Mapping[int, str | None]) -> GatewayGroups:
    """Which gateways are nodes of one, by all bursts that they logged.

    Nodes are of one product, if `products` says for each gateway what it is (none: all are alike).
    Those that agree least are taken together first: that a proxy behind two nodes sees half of what
    each other proxy has is clear only once these are one.
    """
    nodes: dict[str, dict[int, int]] = {}
    doubtful: dict[str, Pairs] = {}
    untold = 0
    for kind in sorted({kind for kind, _, _ in bursts}):
        group: dict[int, int] = {}
        while True:
            compared = _compare_all(_grouped(bursts, kind, group), SHARES[kind])
            alike = {
                pair: one
                for pair, one in compared.items()
                if one.are_nodes and products.get(pair[0]) == products.get(pair[1])
            }
            if not alike:
                break
            pair = min(alike, key=lambda pair: (alike[pair].share, -alike[pair].lacking, pair))
            group = {node: pair[0] if to == pair[1] else to for node, to in group.items()}
            group[pair[1]] = pair[0]
            untold += alike[pair].lines if alike[pair].untold else 0
        nodes[kind] = group
        doubtful[kind] = frozenset(pair for pair, one in compared.items() if one.doubtful)
    return GatewayGroups(nodes, doubtful, untold)


def _grouped(bursts: Bursts, kind: str, group: Mapping[int, int]) -> dict[str, Counter[Pattern]]:
    """The patterns of evidence of a kind, by what shows persons, with nodes taken together."""
    found: dict[str, Counter[Pattern]] = {}
    for (evidence, by, pattern), many in bursts.items():
        if evidence == kind:
            lines: Counter[int] = Counter()
            for gateway, count in pattern:
                lines[group.get(gateway, gateway)] += count
            found.setdefault(by, Counter())[tuple(sorted(lines.items()))] += many
    return found


def _compare_all(
    found: Mapping[str, Counter[Pattern]], wanted: Fraction
) -> dict[_Pair, _Comparison]:
    """Each two gateways of common visits, by what shows most bursts of persons on both."""
    compared: dict[_Pair, _Comparison] = {}
    for by in sorted(found):
        patterns: dict[_Pair, list[tuple[int, int, int]]] = {}
        for pattern, many in found[by].items():
            for (one, lines), (other, others) in combinations(pattern, 2):
                patterns.setdefault((one, other), []).append((lines, others, many))
        for pair, some in patterns.items():
            new = _compare(some, wanted)
            if pair not in compared or new.bursts > compared[pair].bursts:
                compared[pair] = new
    return compared


def _compare(patterns: Iterable[tuple[int, int, int]], wanted: Fraction) -> _Comparison:
    first, second, both, lines = _Side(), _Side(), 0, 0
    for one, other, many in patterns:
        first, second = first.plus(one, other, many), second.plus(other, one, many)
        both += many if one and other else 0
        lines += many * min(one, other)
    return _Comparison(wanted, (first, second), both, lines)
