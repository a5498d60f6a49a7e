"""Hits by person: per user and service as exported, and per person as read on a screen."""

from typing import Final

import polars as pl

from logan.schema import USERS_CSV
from logan.tables.measures import ADDRESS, SPAN, SUMS, active_days

#: The order of `count_users`: most hits first.
USERS_ORDER: Final = (-pl.col("hits"), pl.col("user"), pl.col("service"))


def count_users(hits: pl.LazyFrame, sessions: pl.LazyFrame, *, zone: str) -> pl.LazyFrame:
    """Count per user and service: the columns of `schema.USERS_CSV`, most hits first.

    `user` is null in the one row per service that holds all hits whose log names no user. Active
    days are local days of `zone`.
    """
    keys = ["user", "service"]
    counted = hits.group_by(keys).agg(**SUMS, **SPAN, active_days=active_days(zone))
    per_user = sessions.group_by(keys).agg(pl.col("sessions").sum())
    joined = counted.join(per_user, on=keys, how="left", nulls_equal=True)
    return joined.select(USERS_CSV).sort(USERS_ORDER, nulls_last=True)


def count_people(hits: pl.LazyFrame, sessions: pl.LazyFrame, *, zone: str) -> pl.LazyFrame:
    """Count per person over all services, most hits first.

    Rows with a user come first; then, `user` null, one row per client `address`; last one row with
    both null if the log names neither. `services` lists ids in order.
    """
    keys = ["user", "address"]
    counted = (
        hits.with_columns(ADDRESS)
        .group_by(keys)
        .agg(
            **SUMS,
            **SPAN,
            active_days=active_days(zone),
            services=pl.col("service").unique().sort(),
        )
    )
    per_person = sessions.group_by(keys).agg(pl.col("sessions").sum())
    return order_people(counted.join(per_person, on=keys, how="left", nulls_equal=True))


def order_people(people: pl.LazyFrame) -> pl.LazyFrame:
    """Put people in the order of `count_people`."""
    return people.sort(
        pl.col("user").is_null(),
        pl.col("address").is_null() & pl.col("user").is_null(),
        -pl.col("hits"),
        "user",
        "address",
    )
