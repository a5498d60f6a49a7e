"""Hits by person: per user and service as exported, and per person as read on a screen."""

from typing import Final

import polars as pl

from logan.runtime.zones import local_date
from logan.schema import USERS_CSV
from logan.tables.measures import SUMS

#: The order of users in a list: most hits first.
USERS_ORDER: Final = (-pl.col("hits"), pl.col("user"), pl.col("service"))

_NAMELESS: Final = pl.col("user").is_null()
_ADDED: Final = {
    **{name: pl.col(name).sum() for name in SUMS},
    "first_seen": pl.col("first_seen").min(),
    "last_seen": pl.col("last_seen").max(),
}


def count_users(usage: pl.LazyFrame) -> pl.LazyFrame:
    """The users that a log names, per service: the columns of `schema.USERS_CSV`, in no order.

    `usage` is the frame of `logan.tables.usage`.
    """
    return usage.filter(~_NAMELESS).select(USERS_CSV)


def sum_nameless(usage: pl.LazyFrame) -> pl.LazyFrame:
    """Usage without a user, in one row per service. Such sums may be summed again."""
    return _by_service(usage.filter(_NAMELESS))


def count_nameless(sums: pl.LazyFrame, days: pl.LazyFrame) -> pl.LazyFrame:
    """All hits whose log names no user, in one row per service: columns as in `count_users`.

    `user` is null. `sums` are those of `sum_nameless`, of one part or of several, `days` likewise
    those of `list_nameless_days`.
    """
    active = days.unique().group_by("service").agg(active_days=pl.len().cast(pl.Int64))
    joined = _by_service(sums).join(active, on="service", how="left")
    nobody = pl.lit(None, dtype=pl.String)
    filled = joined.with_columns(pl.col("active_days").fill_null(0), user=nobody)
    return filled.select(USERS_CSV)


def _by_service(usage: pl.LazyFrame) -> pl.LazyFrame:
    return usage.group_by("service").agg(**_ADDED, sessions=pl.col("sessions").sum())


def list_nameless_days(hits: pl.LazyFrame, *, zone: str) -> pl.LazyFrame:
    """The local days of `zone` on which a service had hits without a user: service, day."""
    day = local_date(pl.col("time"), zone)
    days = hits.filter(_NAMELESS).select("service", day=day)
    return days.drop_nulls("day").unique()


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
