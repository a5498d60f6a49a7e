"""Hits by watched service."""

from typing import Final

import polars as pl

from logan.tables.measures import PEOPLE, SPAN, SUMS

_ORDER: Final = (-pl.col("hits"), pl.col("service"))


def count_services(hits: pl.LazyFrame, sessions: pl.LazyFrame) -> pl.LazyFrame:
    """Count per service, most hits first, then by id.

    Columns: service, everything in `measures`, sessions. `first_seen` and `last_seen` are UTC.
    `sessions` is the frame of `logan.tables.sessions`.
    """
    counted = hits.group_by("service").agg(**SUMS, **PEOPLE, **SPAN)
    per_service = sessions.group_by("service").agg(pl.col("sessions").sum())
    joined = counted.join(per_service, on="service", how="left", nulls_equal=True)
    return joined.sort(_ORDER)


def order_services(services: pl.DataFrame) -> pl.DataFrame:
    """Put services in the order of `count_services`."""
    return services.sort(_ORDER)
