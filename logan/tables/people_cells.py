"""Hits with what lists of people say of them, counted once: all tables of people are sums of this.

It is as long as there are accounts with a unit, an authorisation and a service, not as hits.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

import polars as pl

from logan.people.decisions import PeopleMatcher
from logan.runtime.cell_text import safe_text
from logan.tables.measures import SPAN, SUMS
from logan.tables.selection import MARKS
from logan.vocabulary import MATCHES, STANDINGS

#: What a row of hits needs, beside `MARKS`.
COUNTED: Final = (
    *("time", "user", "client_ip", "service", "activity", "action", "source"),
    *MARKS,
)
#: Whose hits, and what was decided of them, in the types that take the least memory. `slot` is how
#: many bounds of events had passed; `account` is null where the log names no user, `address` where
#: it does. `span` is given where a list names several persons or units, `lease` where several
#: accounts.
_KEY_TYPES: Final[dict[str, pl.DataType]] = {
    "account": pl.Categorical(),
    "address": pl.Categorical(),
    "person": pl.Categorical(),
    "unit": pl.Categorical(),
    "match": pl.Enum(MATCHES),
    "authorisation": pl.Enum(STANDINGS),
    "grant": pl.Int32(),
    "permitted": pl.Boolean(),
    "span": pl.Int32(),
    "lease": pl.Int32(),
    "service": pl.Categorical(),
    "slot": pl.Int32(),
    "gateway": pl.Categorical(),
}
KEY: Final = (*_KEY_TYPES,)
_COUNTED_ONLY: Final = ("time", "activity", "action", *MARKS)
_SUMS: Final = {name: SUMS[name] for name in ("hits", "searches", "uploads", "allowed", "blocked")}
#: How sums of parts become sums of the whole.
_TOTALS: Final = {
    "name": pl.Expr.first,
    **dict.fromkeys(_SUMS, pl.Expr.sum),
    "first_seen": pl.Expr.min,
    "last_seen": pl.Expr.max,
}
#: Rows that are decided about together, and sums that are held, at least, before they are added up.
_BATCH: Final = 50_000
_HELD: Final = 100_000


def count_cells(
    batches: Iterable[pl.DataFrame],
    matcher: PeopleMatcher,
    bounds: pl.Series,
    gateways: Mapping[str, str],
    *,
    apart: bool = False,
) -> pl.DataFrame:
    """Count hits by `KEY`: hits, searches, uploads, allowed, blocked, first_seen, last_seen.

    `batches` have the columns `COUNTED`, in any order; `apart`: no account, and no address without
    one, is in two of them. `bounds` are the instants at which `slot` changes, in order; `gateways`
    names the gateway of a source where that matters, or is empty. `name` is the account as a table
    names it. Rows are in no order.
    """
    several = matcher.spans.select(pl.max_horizontal(pl.col("persons", "units").list.len()) > 1)
    key = partial(_key, matcher, several.to_series(), bounds, gateways)
    held: list[pl.DataFrame] = []
    added_up = 0
    for rows in batches:
        slices = rows.iter_slices(_BATCH) if rows.height else [rows]
        # Accounts have one spelling each (`logan.records.accounts`): any of them will do.
        name = pl.col("user").first().alias("name")
        typed = pl.concat([key(one) for one in slices])
        held.append(typed.group_by(KEY).agg(name, **_SUMS, **SPAN))
        # Not until as much again is held: each sum is then added up a few times in all.
        if not apart and sum(one.height for one in held) > max(_HELD, 2 * added_up):
            held = [_add_up(held)]
            added_up = held[0].height
    return pl.concat(held) if apart else _add_up(held)


def _key(
    matcher: PeopleMatcher,
    several: pl.Series,
    bounds: pl.Series,
    gateways: Mapping[str, str],
    rows: pl.DataFrame,
) -> pl.DataFrame:
    """Rows with what they are counted by, and what is counted of them."""
    slot = bounds.search_sorted(rows["time"], side="right") if len(bounds) else 0
    gateway = pl.col("source").replace_strict(gateways, default=None, return_dtype=pl.String)
    named = pl.col("user").is_not_null()
    decided = matcher.decide(rows)
    matters = several.gather(decided["span"])
    whose = rows.hstack(decided).with_columns(
        address=pl.when(~named).then("client_ip"),
        account=pl.when(named).then("account"),
        span=pl.when(matters).then("span"),
        slot=pl.lit(slot),
        gateway=gateway if gateways else pl.lit(None, pl.String),
        user=safe_text(pl.col("user")).cast(pl.Categorical()),
    )
    typed = (pl.col(name).cast(kind) for name, kind in _KEY_TYPES.items())
    return whose.with_columns(typed).select(*KEY, "user", *_COUNTED_ONLY)


def _add_up(held: list[pl.DataFrame]) -> pl.DataFrame:
    if len(held) == 1:
        return held[0]
    counts = [total(pl.col(name)) for name, total in _TOTALS.items()]
    return pl.concat(held).group_by(KEY).agg(counts)
