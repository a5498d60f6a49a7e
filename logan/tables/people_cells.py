"""Hits with what lists of people say of them, counted once: all tables of people are sums of this.

It is as long as there are accounts with a unit, an authorisation and a service, not as hits.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from logan.people.decisions import PeopleMatcher
from logan.runtime.cell_text import safe_text
from logan.tables.measures import SPAN, SUMS
from logan.tables.selection import MARKS

#: What a row of hits needs, beside `MARKS`.
COUNTED: Final = (
    *("time", "user", "client_ip", "service", "activity", "action", "source"),
    *MARKS,
)
#: Whose hits, and what was decided of them. `slot` is how many bounds of events had passed;
#: `account` is null where the log names no user, `address` where it does.
KEY: Final = (
    *("account", "address", "person", "unit", "match", "authorisation", "grant", "permitted"),
    *("span", "lease", "service", "slot", "gateway"),
)
_SUMS: Final = {name: SUMS[name] for name in ("hits", "searches", "uploads", "allowed", "blocked")}
#: Rows that are decided about together, and sums that are held before they are added up.
_BATCH: Final = 100_000
_HELD: Final = 500_000


def count_cells(
    batches: Iterable[pl.DataFrame],
    matcher: PeopleMatcher,
    bounds: pl.Series,
    gateways: dict[str, str],
) -> pl.DataFrame:
    """Count hits by `KEY`: hits, searches, uploads, allowed, blocked, first_seen, last_seen.

    `batches` have the columns `COUNTED`, in any order. `bounds` are the instants at which `slot`
    changes, in order; `gateways` names the gateway of a source where that matters, or is empty.
    `name` is the account as a table names it. The order of rows is that of `KEY`, nulls last.
    """
    held: list[pl.DataFrame] = []
    for rows in _slice(batches):
        held.append(_count(rows, matcher, bounds, gateways))
        if sum(one.height for one in held) > _HELD:
            held = [_add_up(held)]
    total = _add_up(held).sort(KEY, nulls_last=True)
    return total.with_columns(safe_text(pl.col("name")))


def _slice(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    for batch in batches:
        yield from batch.iter_slices(_BATCH) if batch.height else [batch]


def _count(
    rows: pl.DataFrame, matcher: PeopleMatcher, bounds: pl.Series, gateways: dict[str, str]
) -> pl.DataFrame:
    slot = bounds.search_sorted(rows["time"], side="right") if len(bounds) else 0
    gateway = pl.col("source").replace_strict(gateways, default=None, return_dtype=pl.String)
    named = pl.col("user").is_not_null()
    decided = rows.hstack(matcher.decide(rows)).with_columns(
        address=pl.when(~named).then("client_ip"),
        account=pl.when(named).then("account"),
        slot=pl.lit(slot).cast(pl.Int64),
        gateway=gateway if gateways else pl.lit(None, pl.String),
    )
    # Accounts have one spelling each (`logan.records.accounts`): any of them will do.
    return decided.group_by(KEY).agg(pl.col("user").first().alias("name"), **_SUMS, **SPAN)


def _add_up(held: list[pl.DataFrame]) -> pl.DataFrame:
    extremes = {"name": pl.Expr.first, "first_seen": pl.Expr.min, "last_seen": pl.Expr.max}
    rest = ("name", *_SUMS, *SPAN)
    counts = [extremes.get(name, pl.Expr.sum)(pl.col(name)) for name in rest]
    return pl.concat(held).group_by(KEY).agg(counts)
