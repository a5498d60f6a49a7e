"""What comparing gateways showed, as a value, and the one name of a user who has several."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import polars as pl

from logan.rules.repeats import folded

Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)
#: The day from which a clock is so many seconds ahead, in order of days.
Steps = tuple[tuple[int, int], ...]


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


def one_name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For names in lower case the one to be used: of those of one user the longest.

    The longest has the domain or realm; ties go to the one that sorts first.
    """
    group: dict[str, frozenset[str]] = {}
    for pair in sorted(pairs):
        both = frozenset(pair).union(*(group.get(name.lower(), ()) for name in pair))
        group |= {name.lower(): both for name in both}
    return {name: min(names, key=lambda one: (-len(one), one)) for name, names in group.items()}


def with_one_name(rows: Rows, names: Mapping[str, str]) -> Rows:
    """Rows with the one name (`one_name`) of each user who has several."""
    if not names:
        return rows
    return rows.with_columns(user=folded("user").replace_strict(names, default=pl.col("user")))
