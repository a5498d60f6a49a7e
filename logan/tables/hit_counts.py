"""What a report counts of hits, from the cells of `hits.csv`: while it is written, or read."""

from typing import NamedTuple

import polars as pl

from logan.tables.batch_sums import SumQuery


class HitCounts(NamedTuple):
    """Counts of the rows of `hits.csv`; columns that are keys are null where cells are empty.

    `by_hour` has `service`, `hour` (UTC, as text), `hits` and `blocked`. `users` are accounts
    whatever the case of their letters, `addresses` those of hits without an account.
    `by_local_hour` has `local` (`time_local` as written, to the hour) and `hits`.
    """

    by_hour: pl.DataFrame
    users: int
    addresses: int
    by_local_hour: pl.DataFrame

    @property
    def blocked(self) -> int:
        """Hits that the gateway stopped."""
        return int(self.by_hour["blocked"].sum())


def hour_query() -> SumQuery:
    """The query over the cells of `hits.csv` that tells when hits were."""
    hits = pl.len().cast(pl.Int64)
    blocked = (pl.col("action") == "blocked").sum().cast(pl.Int64)
    hour = pl.col("time").str.slice(0, 13).alias("hour")
    local = pl.col("time_local").str.slice(0, 13).alias("local")
    return SumQuery(("service", hour, local), {"hits": hits, "blocked": blocked})


def person_query(address: str) -> SumQuery:
    """The query over cells of `hits.csv` that tells whose hits they are; or of `users.csv`, sooner.

    `address` names the column of addresses; those beside a user do not count.
    """
    of_none = pl.when(pl.col("user").is_null()).then(pl.col(address)).alias("address")
    return SumQuery((pl.col("user").str.to_lowercase(), of_none), {"rows": pl.len().cast(pl.Int64)})


def hit_counts(by_hours: pl.DataFrame, by_person: pl.DataFrame) -> HitCounts:
    """What the sums of `hour_query` and `person_query` come to."""
    by_hour, by_local_hour = (
        by_hours.group_by(keys).agg(pl.col(counts).sum()).sort(keys, nulls_last=True)
        for keys, counts in ((["service", "hour"], ["hits", "blocked"]), (["local"], ["hits"]))
    )
    users, addresses = (by_person[name].drop_nulls().n_unique() for name in ("user", "address"))
    return HitCounts(by_hour, users, addresses, by_local_hour)
