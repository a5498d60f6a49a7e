"""When a service was blocked, and what went on after that, from the hits of a package."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

import polars as pl

from logan.package.reading import Package

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


def find_blocks(package: Package) -> list[ServiceBlock]:
    """Services that were blocked, the one with most hits first.

    A service is blocked from the first blocked hit in the first hour from which on, up to the end,
    at least `SHARE` of its hits were blocked.
    """
    starts = _find_starts(package)
    found = [_count(package, service, start) for service, start in starts]
    return sorted(found, key=lambda block: (-block.before - block.after, block.service))


def _find_starts(package: Package) -> list[tuple[str, str]]:
    """Blocked services and the time of the first blocked hit, as the table has it."""
    one = pl.len().cast(pl.Int64)
    hour = pl.col("time").str.slice(0, 13).alias("hour")
    blocked = _is("blocked").sum().cast(pl.Int64)
    hourly = package.sums("hits.csv", "service", hour, hits=one, blocked=blocked).drop_nulls()
    rest = hourly.sort("service", "hour", descending=[False, True]).with_columns(
        share=pl.col("blocked").cum_sum().over("service") / pl.col("hits").cum_sum().over("service")
    )
    first = rest.filter(pl.col("blocked") > 0, pl.col("share") >= SHARE)
    hours = first.group_by("service").agg(hour=pl.col("hour").min()).rows()
    return [(service, _first_blocked(package, service, hour)) for service, hour in sorted(hours)]


def _first_blocked(package: Package, service: str, hour: str) -> str:
    late = _of(service) & (_time() >= hour) & _is("blocked")
    batches = package.batches("hits.csv")
    firsts = (batch.filter(late).select(_time().min()).item() for batch in batches)
    return min(str(first) for first in firsts if first is not None)


def _count(package: Package, service: str, start: str) -> ServiceBlock:
    late = _of(service) & (_time() >= start)
    counted = package.sums(
        "hits.csv",
        before=(_of(service) & (_time() < start)).sum().cast(pl.Int64),
        after=late.sum().cast(pl.Int64),
        let_through=(late & _is("allowed")).sum().cast(pl.Int64),
    )
    user = pl.when(late).then(pl.col("user").str.to_lowercase()).alias("user")
    users = package.sums("hits.csv", user, n=pl.len().cast(pl.Int64))["user"].drop_nulls().len()
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    before, after, let_through = counted.row(0)
    return ServiceBlock(service, moment, before, after, let_through, users)


def _time() -> pl.Expr:
    """Times as text that sorts as they do: with `Z`, one with a fraction would not."""
    return pl.col("time").str.strip_suffix("Z")


def _of(service: str) -> pl.Expr:
    return (pl.col("service") == service).fill_null(value=False)


def _is(action: str) -> pl.Expr:
    return (pl.col("action") == action).fill_null(value=False)
