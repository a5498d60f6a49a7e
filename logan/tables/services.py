"""Hits by watched service."""

import polars as pl

from logan.tables.measures import PEOPLE, SPAN, SUMS


def count_services(hits: pl.LazyFrame, sessions: pl.LazyFrame) -> pl.LazyFrame:
    """Count per service, most hits first, then by id.

    Columns: service, everything in `measures`, sessions. `first_seen` and `last_seen` are UTC.
    `sessions` is the frame of `logan.tables.sessions`.
    """
    counted = hits.group_by("service").agg(**SUMS, **PEOPLE, **SPAN)
    per_service = sessions.group_by("service").agg(pl.col("sessions").sum())
    return counted.join(per_service, on="service", how="left", nulls_equal=True).sort(
        "hits", "service", descending=[True, False]
    )
