"""Which gateways are nodes of one: a balancer gives each request of a person to one of them.

Two gateways that see the same traffic (a branch proxy and the one behind it) both log nearly every
request; nodes share requests out, and the same one stands on both only by chance. So what people
did while two gateways logged them at once is looked at, burst by burst of like requests: whether
each gateway has requests that the other lacks, and how nearly the others agree in number. Nodes
count as one gateway: two requests stay two, and a proxy that all nodes pass on to sees what the
nodes together see. Tunnels of one moment that nodes share out evenly are told from one tunnel seen
twice by what went through them, and by how long they lasted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from logan.rules.gateway_bursts import Bursts, Pattern, Patterns, Person

#: Gateways that see the same traffic agree in at least so large a part of the bursts of one. Of
#: tunnels and look-ups browsers make several at once, which nodes may well share out evenly.
SHARES: Final = {"url": Fraction(3, 5), "connect": Fraction(3, 4), "dns": Fraction(3, 4)}
#: Fewer bursts that agree, or that one lacks, may be chance.
BURSTS: Final = 3
#: The sizes of one tunnel go together on two gateways, however each counts bytes: so many times, of
#: so many or more. Those of two tunnels do so every other time.
IN_STEP: Final = Fraction(4, 5)
STEPS: Final = 15

_Pair = tuple[int, int]
Pairs = frozenset[_Pair]
#: Pairs of gateways by number, the lower first, by the evidence of lines.
Doubtful = Mapping[str, Pairs]


class GatewayGroups(NamedTuple):
    """Which gateways are nodes of one, by the evidence of lines.

    `nodes` gives for each other gateway of a group the lowest number in it. `shown` are the groups,
    whatever their lines prove, that more than a few lines show. `doubtful` are pairs of groups
    whose lines are joined though few show that both see the same traffic; `undecided` says how many
    lines of nodes are alike within seconds, though few show that they are nodes.
    """

    nodes: Mapping[str, Mapping[int, int]] = MappingProxyType({})
    shown: tuple[tuple[int, ...], ...] = ()
    doubtful: Doubtful = MappingProxyType({})
    undecided: int = 0


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
    def undecided(self) -> bool:
        """Whether nodes may be gateways that see the same traffic."""
        return self.lacking < BURSTS


def find_groups(bursts: Bursts, products: Mapping[int, str | None]) -> GatewayGroups:
    """Which gateways are nodes of one, by all bursts that they logged.

    Nodes are of one product, if `products` says for each gateway what it is (none: all are alike).
    Those that agree least are taken together first: that a proxy behind two nodes sees half of what
    each other proxy has is clear only once these are one.
    """
    patterns = _patterns(bursts)
    groupings = {
        kind: _group(_of_kind(patterns, kind), products, SHARES[kind])
        for kind in sorted({kind for kind, _, _ in patterns})
    }
    return GatewayGroups(
        {kind: one.nodes for kind, one in groupings.items()},
        tuple(sorted({group for one in groupings.values() for group in one.shown()})),
        {kind: one.doubtful for kind, one in groupings.items()},
        sum(one.undecided for one in groupings.values()),
    )


def _patterns(bursts: Bursts) -> Patterns:
    """The bursts that count: tunnels by their sizes, unless gateways count bytes in own ways."""
    pairs = {(one, other) for one, other, _ in bursts.steps}
    together = {pair: bursts.steps[*pair, True] for pair in pairs}
    steps = {pair: together[pair] + bursts.steps[*pair, False] for pair in pairs}
    if not any(together[pair] >= IN_STEP * max(steps[pair], STEPS) for pair in pairs):
        return bursts.patterns
    others = Counter({key: many for key, many in bursts.patterns.items() if key[0] != "connect"})
    return others + bursts.unmeasured


class _Grouping(NamedTuple):
    """The groups that lines of one kind show; `sure` are gateways of which more than a few do."""

    nodes: Mapping[int, int]
    sure: frozenset[int]
    doubtful: Pairs
    undecided: int

    def shown(self) -> set[tuple[int, ...]]:
        """The groups of the sure ones, each in order."""
        firsts = {self.nodes.get(one, one) for one in self.sure}
        members = {one: (one, *(n for n, to in self.nodes.items() if to == one)) for one in firsts}
        return {tuple(sorted(group)) for group in members.values()}


def _of_kind(patterns: Patterns, kind: str) -> dict[Person, Counter[Pattern]]:
    """Patterns of evidence of a kind, by what shows persons."""
    found: dict[Person, Counter[Pattern]] = {}
    for (evidence, by, pattern), many in patterns.items():
        if evidence == kind:
            found.setdefault(by, Counter())[pattern] += many
    return found


def _group(
    found: dict[Person, Counter[Pattern]], products: Mapping[int, str | None], wanted: Fraction
) -> _Grouping:
    nodes: dict[int, int] = {}
    sure: set[int] = set()
    undecided = 0
    compared = _compare(found, wanted)
    while True:
        alike = {
            pair: one
            for pair, one in compared.items()
            if one.are_nodes and products.get(pair[0]) == products.get(pair[1])
        }
        if not alike:
            doubtful = frozenset(pair for pair, one in compared.items() if one.doubtful)
            return _Grouping(nodes, frozenset(sure), doubtful, undecided)
        pair = min(alike, key=lambda pair: (alike[pair].share, -alike[pair].lacking, pair))
        if alike[pair].undecided:
            undecided += alike[pair].lines
        else:
            sure.update(pair)
        first, other = pair
        nodes = {one: first if to == other else to for one, to in nodes.items()} | {other: first}
        found = {by: _as_one(patterns, pair) for by, patterns in found.items()}
        others = {two: one for two, one in compared.items() if not {*two} & {*pair}}
        compared = others | _compare(found, wanted, first)


def _as_one(patterns: Counter[Pattern], pair: _Pair) -> Counter[Pattern]:
    """Patterns with the lines of two gateways as those of the first."""
    first, other = pair
    joined: Counter[Pattern] = Counter()
    for pattern, many in patterns.items():
        lines = dict(pattern)
        if other in lines:
            lines[first] = lines.get(first, 0) + lines.pop(other)
        joined[tuple(sorted(lines.items()))] += many
    return joined


def _compare(
    found: Mapping[Person, Counter[Pattern]], wanted: Fraction, only: int | None = None
) -> dict[_Pair, _Comparison]:
    """Each two gateways of common visits (`only`: that one with each other).

    By the surest sign of a person that more than a few bursts have: address and account, or one.
    """
    compared: dict[_Pair, _Comparison] = {}
    for by in sorted(found, key=lambda by: (-len(by), by != ("client_ip",))):
        bursts: dict[_Pair, list[tuple[int, int, int]]] = {}
        for pattern, many in found[by].items():
            for (one, lines), (other, others) in _pairs(pattern):
                if only is None or only in (one, other):
                    bursts.setdefault((one, other), []).append((lines, others, many))
        for pair, some in bursts.items():
            new = _compared(some, wanted)
            known = compared.get(pair)
            if known is None or known.bursts < min(BURSTS, new.bursts):
                compared[pair] = new
    return compared


def _pairs(pattern: Pattern) -> Iterator[tuple[_Pair, _Pair]]:
    """Each two gateways of a visit of which one has lines of the burst, the lower number first."""
    for one in pattern:
        if one[1]:
            for other in pattern:
                if one < other:
                    yield one, other
                elif other < one and not other[1]:
                    yield other, one


def _compared(bursts: Iterable[tuple[int, int, int]], wanted: Fraction) -> _Comparison:
    first, second, both, lines = _Side(), _Side(), 0, 0
    for one, other, many in bursts:
        first, second = first.plus(one, other, many), second.plus(other, one, many)
        both += many if one and other else 0
        lines += many * min(one, other)
    return _Comparison(wanted, (first, second), both, lines)
