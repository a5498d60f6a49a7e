"""Hits by person: per user and service as exported, and per person as read on a screen."""

from typing import Final

import polars as pl

from logan.schema import USERS_CSV
from logan.tables.measures import SUMS

#: The order of users in a list: most hits first.
USERS_ORDER: Final = (-pl.col("hits"), pl.col("user"), pl.col("service"), pl.col("address"))

_ADDED: Final = {
    **{name: pl.col(name).sum() for name in SUMS},
    "first_seen": pl.col("first_seen").min(),
    "last_seen": pl.col("last_seen").max(),
}


def count_users(usage: pl.LazyFrame) -> pl.LazyFrame:
    """Count per user and service: the columns of `schema.USERS_CSV`, in no order.

    Hits without a user are counted per client `address` (null in the rows of users). `usage` is the
    frame of `logan.tables.usage`.
    """
    return usage.with_columns(searches_blocked="blocked_searches").select(USERS_CSV)


def count_people(usage: pl.LazyFrame) -> pl.LazyFrame:
    """Count per person over all services, in no order: see `order_people`.

    A person is a `user`, or else a client `address`; both are null where the log names neither.
    `services` lists ids in order.
    """
    return usage.group_by("user", "address").agg(
        **_ADDED,
        active_days=pl.col("person_days").sum(),
        services=pl.col("service"),
        sessions=pl.col("sessions").sum(),
    )


def order_people(people: pl.LazyFrame) -> pl.LazyFrame:
    """Put people in order, most hits first.

    Those with a user come first; then, `user` null, one row per client `address`; last the one
    with both null.
    """
    return people.sort(
        pl.col("user").is_null(),
        pl.col("address").is_null() & pl.col("user").is_null(),
        -pl.col("hits"),
        "user",
        "address",
    )
