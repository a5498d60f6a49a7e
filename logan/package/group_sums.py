"""Sums that stand in two tables of a package, held against each other group by group."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from logan.package.faults import PackageFault
from logan.package.reading import Package

#: What it means that two numbers differ.
MEANING: Final = "one of them was altered, or logan was wrong; trust neither until that is settled"
#: Groups of a table that are named where they differ.
_NAMED: Final = 3


def compare_groups(
    package: Package, name: str, keys: tuple[str, ...], counts: Mapping[str, pl.Expr]
) -> Iterator[PackageFault]:
    """Hold sums of columns of a table, by its keys, against counts over `hits.csv`.

    `counts` are by column; they see text, and each must be one that adds up.
    """
    counted = package.sums("hits.csv", *keys, **{k: v.cast(pl.Int64) for k, v in counts.items()})
    sums = {column: pl.col(column).cast(pl.Int64).sum() for column in counts}
    stated = package.sums(name, *keys, **sums).rename(
        {column: f"stated {column}" for column in counts}
    )
    both = counted.join(stated, on=keys, how="full", coalesce=True, nulls_equal=True).sort(keys)
    both = both.with_columns(pl.exclude(keys).fill_null(0))
    for column in counts:
        off = both.filter(pl.col(column) != pl.col(f"stated {column}")).head(_NAMED)
        for *values, expected, found in off.select(*keys, column, f"stated {column}").rows():
            group = ", ".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))
            yield unequal(f"{name}, {group}", column, found, "rows of hits.csv", expected)


def unequal(place: str, what: str, found: int, other: str, expected: Any) -> PackageFault:
    """The fault that two numbers differ which should be one."""
    number = f"{expected:,}" if isinstance(expected, int) else str(expected)[:40]
    return PackageFault(place, f"{what}: {found:,}, but {other}: {number}", MEANING)
