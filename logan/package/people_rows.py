"""The hits of a package as lists of people are held against them."""

from collections.abc import Iterator

import polars as pl

from logan.package.reading import Package, as_instant
from logan.people.decisions import PeopleMatcher
from logan.schema import PEOPLE_COLUMNS
from logan.tables.people_cells import COUNTED
from logan.tables.people_counts import LogScope, PeopleCounts, count_people
from logan.tables.people_used import NAMED
from logan.tables.selection import MARKS


def typed_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `hits.csv` or `mentions.csv`, read as text, as `PeopleMatcher` takes them."""
    return rows.with_columns(time=as_instant(pl.col("time")))


def count_package_people(package: Package, matcher: PeopleMatcher) -> PeopleCounts:
    """Count the hits of a package by what is decided of them."""
    services = package.table("services.csv").select("service", "name").collect()
    sources = package.table("sources.csv").select("source", "gateway").collect()
    scope = LogScope(
        period=package.period,
        zone=package.zone,
        names=dict(services.drop_nulls().rows()),
        gateways=dict(sources.rows()),
        runs=package.table("coverage.csv").collect(),
    )
    mentions = (rows.select(NAMED) for rows in package.batches("mentions.csv"))
    return count_people(_counted_rows(package), mentions, matcher, scope)


def _counted_rows(package: Package) -> Iterator[pl.DataFrame]:
    flags = pl.col("flags").fill_null("").str.split(" ")
    marks = {mark: flags.list.contains(mark) for mark in MARKS}
    for rows in package.batches("hits.csv"):
        yield typed_rows(rows).with_columns(**marks).select(COUNTED)


def without_people(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without what other lists said of them."""
    return rows.drop(PEOPLE_COLUMNS, strict=False)
