"""Hits by watched service."""

from typing import Final

import polars as pl

from logan.tables.measures import SUMS

_ORDER: Final = (-pl.col("hits"), pl.col("service"))


def count_services(usage: pl.LazyFrame) -> pl.LazyFrame:
    """Count per service, most hits first, then by id.

    Columns: service, everything in `measures`, sessions. `first_seen` and `last_seen` are UTC.
    `usage` is the frame of `logan.tables.usage`, so that each of its rows is another person.
    """
    counted = usage.group_by("service").agg(
        pl.col(*SUMS).sum(),
        users=pl.col("user").is_not_null().sum().cast(pl.Int64),
        addresses=pl.col("address").is_not_null().sum().cast(pl.Int64),
        first_seen=pl.col("first_seen").min(),
        last_seen=pl.col("last_seen").max(),
        sessions=pl.col("sessions").sum(),
    )
    return counted.sort(_ORDER)


def order_services(services: pl.DataFrame) -> pl.DataFrame:
    """Put services in the order of `count_services`."""
    return services.sort(_ORDER)
