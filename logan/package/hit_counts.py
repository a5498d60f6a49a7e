"""What a report counts of the hits of a package, in one reading of their table."""

from typing import NamedTuple

import polars as pl

from logan.package.reading import Package, SumQuery


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


def count_hits(package: Package) -> HitCounts:
    """Count the hits of a package."""
    one = pl.len().cast(pl.Int64)
    blocked = (pl.col("action") == "blocked").sum().cast(pl.Int64)
    user = pl.col("user").str.to_lowercase()
    address = pl.when(pl.col("user").is_null()).then(pl.col("client_ip")).alias("address")
    hour = pl.col("time").str.slice(0, 13).alias("hour")
    local = pl.col("time_local").str.slice(0, 13).alias("local")
    queries = [
        SumQuery(("service", hour), {"hits": one, "blocked": blocked}),
        SumQuery((user,), {"hits": one}),
        SumQuery((address,), {"hits": one}),
        SumQuery((local,), {"hits": one}),
    ]
    by_hour, users, addresses, by_local_hour = package.all_sums("hits.csv", queries)
    return HitCounts(
        by_hour,
        users["user"].drop_nulls().len(),
        addresses["address"].drop_nulls().len(),
        by_local_hour,
    )
