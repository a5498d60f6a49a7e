"""Whether the lines that are not counted fit the hits that they repeat, and the account of lines.

`repeats.csv` has the repeats that were read as records. The bin `repeat` has more: the lines of
copies, of logs that are no access logs, and the further lines of a record over several.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from logan.package.faults import PackageFault
from logan.package.group_sums import MEANING, unequal
from logan.package.names import REPEATS
from logan.package.reading import Package

#: Faults that are named, at most.
_NAMED: Final = 3


def check_repeats(package: Package) -> Iterator[PackageFault]:
    """Hold the repeats against sources and hits; nothing of a package by a logan without them."""
    if REPEATS not in package.rows():
        return
    yield from _check_bins(package)
    if not package.manifest["narrowed"]:
        yield from _check_hits(package)


def _check_bins(package: Package) -> Iterator[PackageFault]:
    rows = package.sums(REPEATS, "source", rows=pl.len().cast(pl.Int64))
    bins = package.table("sources.csv").select("source", "repeat").collect()
    both = rows.join(bins, on="source", how="left").with_columns(pl.col("repeat").fill_null(0))
    for source, found, most in both.filter(pl.col("rows") > pl.col("repeat")).head(_NAMED).rows():
        yield unequal(f"{REPEATS}, source {source}", "rows", found, "at most the bin repeat", most)


def _check_hits(package: Package) -> Iterator[PackageFault]:
    """What repeats a hit names one of `hits.csv`."""
    hits = _ids(package, "hits.csv")
    missing = 0
    for batch in package.batches(REPEATS):
        named = batch.select("hit").drop_nulls()
        missing += named.filter(~_number().is_in(hits.implode()).fill_null(value=False)).height
    if missing:
        what = f"{missing:,} of its rows repeat a hit that is not in hits.csv"
        yield PackageFault(REPEATS, what, MEANING)


def _ids(package: Package, name: str) -> pl.Series:
    """The ids of a table as numbers: a million take 8 MB."""
    parts = [batch.select(_number()).to_series() for batch in package.batches(name)]
    return pl.concat(parts).unique()


def _number() -> pl.Expr:
    return pl.col("hit").str.to_integer(base=16, dtype=pl.UInt64, strict=False)
