"""When a service was blocked, and what went on after that, from the hits of a package."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import polars as pl

from logan.package.reading import Package
from logan.tables.batch_sums import SumQuery

#: The least share of a service's hits that is blocked once the service counts as blocked.
SHARE: Final = 0.9


class ServiceBlock(NamedTuple):
    """A service that is blocked from `start` on; `after` includes that hit."""

    service: str
    start: datetime
    before: int
    after: int
    let_through: int
    users_after: int


def find_blocks(package: Package, by_hour: pl.DataFrame) -> list[ServiceBlock]:
    """Services that were blocked, the one with most hits first.

    A service is blocked from the first blocked hit in the first hour from which on, up to the end,
    at least `SHARE` of its hits were blocked. `by_hour` is that of `hit_counts`.
    """
    hours = _find_hours(by_hour)
    if not hours:
        return []
    found = _count(package, _first_blocked(package, hours))
    return sorted(found, key=lambda block: (-block.before - block.after, block.service))


def _find_hours(by_hour: pl.DataFrame) -> list[tuple[str, str]]:
    """Blocked services and the hour from which on they are."""
    hourly = by_hour.drop_nulls()
    rest = hourly.sort("service", "hour", descending=[False, True]).with_columns(
        share=pl.col("blocked").cum_sum().over("service") / pl.col("hits").cum_sum().over("service")
    )
    first = rest.filter(pl.col("blocked") > 0, pl.col("share") >= SHARE)
    return sorted(first.group_by("service").agg(hour=pl.col("hour").min()).rows())


def _first_blocked(package: Package, hours: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The time of each service's first blocked hit from an hour on, as the table has it."""
    firsts = [
        _time().filter(_of(service) & (_time() >= hour) & _is("blocked")).min().alias(service)
        for service, hour in hours
    ]
    of_batches = pl.concat([batch.select(firsts) for batch in package.batches("hits.csv")])
    return {name: str(time) for name, time in of_batches.min().row(0, named=True).items()}


def _count(package: Package, starts: Mapping[str, str]) -> list[ServiceBlock]:
    """Hits and users before and after, of all services in one reading of the hits."""
    queries = [query for service, start in starts.items() for query in _queries(service, start)]
    counted = iter(package.all_sums("hits.csv", queries))
    return [
        _block(service, start, next(counted), next(counted)) for service, start in starts.items()
    ]


def _queries(service: str, start: str) -> tuple[SumQuery, SumQuery]:
    """Hits before and after, and those after by user."""
    late = _of(service) & (_time() >= start)
    counts = {
        "before": (_of(service) & (_time() < start)).sum().cast(pl.Int64),
        "after": late.sum().cast(pl.Int64),
        "let_through": (late & _is("allowed")).sum().cast(pl.Int64),
    }
    user = pl.when(late).then(pl.col("user").str.to_lowercase()).alias("user")
    return SumQuery((), counts), SumQuery((user,), {"n": pl.len().cast(pl.Int64)})


def _block(service: str, start: str, hits: pl.DataFrame, users: pl.DataFrame) -> ServiceBlock:
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    before, after, let_through = hits.row(0)
    users_after = users["user"].drop_nulls().len()
    return ServiceBlock(service, moment, before, after, let_through, users_after)


def _time() -> pl.Expr:
    """Times as text that sorts as they do: with `Z`, one with a fraction would not."""
    return pl.col("time").str.strip_suffix("Z")


def _of(service: str) -> pl.Expr:
    return (pl.col("service") == service).fill_null(value=False)


def _is(action: str) -> pl.Expr:
    return (pl.col("action") == action).fill_null(value=False)
