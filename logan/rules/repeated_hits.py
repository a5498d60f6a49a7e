"""The hit that each repeat repeats: what `same_request` and `seen_twice` found pair by pair.

A repeat may repeat a line that is one itself: the set-up of a tunnel that of the tunnel, which
repeats the request that another gateway logged. The line that counts is the last of such a chain.
"""

from typing import Final

import numpy as np
import polars as pl

from logan.rules.repeats import REPEAT_OF, ROW
from logan.schema import LINE, LINE_SHA256, REPEAT_REASON, REPEATED

#: Each round follows chains twice as far: these are as many links as there may be rows.
_ROUNDS: Final = 32
#: A hit as what repeats it names it, by its number (`partner`).
HIT_REPEATED: Final = {
    "partner": pl.UInt32(),
    "hit_source": LINE["source"],
    "hit_line": LINE["line"],
    "hit_sha256": LINE_SHA256,
}
_HIT_REPEATED: Final = [name for name in HIT_REPEATED if name != "partner"]


def with_hits_repeated(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows, numbered by `REPEAT_OF` as they stand, with `schema.REPEATED` in its place.

    `hit_source` is a number, as `source` is.
    """
    numbered = rows.with_row_index(ROW)
    pairs = last_of_chains(numbered.select(ROW, *REPEAT_OF))
    hits = as_hits(numbered.filter(pl.col(ROW).is_in(pairs["partner"].implode())))
    return with_repeated(numbered.drop(REPEAT_OF), pairs, hits).drop(ROW)


def last_of_chains(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs (`ROW`, `partner`, `why`) in the order of rows, with the last of its chain as partner.

    Rows without a partner are left out.
    """
    pairs = pairs.drop_nulls("partner").sort(ROW)
    rows, named = pairs[ROW].to_numpy(), pairs["partner"].to_numpy()
    partners = named
    for _ in range(_ROUNDS if len(rows) else 0):
        at = np.searchsorted(rows, partners).clip(max=len(rows) - 1)
        further = rows[at] == partners
        if not further.any():
            break
        partners = np.where(further, partners[at], partners)
    if partners is named:  # as nearly always
        return pairs.with_columns(pl.col("partner").cast(pl.UInt32))
    return pairs.with_columns(partner=pl.Series(partners, dtype=pl.UInt32))


def find_circles(pairs: pl.DataFrame) -> list[int]:
    """Rows that must count, for otherwise repeats (`ROW`, `partner`, `why`) would repeat each other
    and no hit: one of each circle, of a tunnel's lines that of its end.
    """
    known = pairs.drop_nulls("partner")
    ends = last_of_chains(known)["partner"]
    endless = ends.filter(ends.is_in(known[ROW].implode())).unique().sort()
    follow = dict(known.select(ROW, "partner").iter_rows()) if len(endless) else {}
    tunnels = set(known.filter(pl.col("why") == "tunnel_set_up")["partner"])
    counted: list[int] = []
    seen: set[int] = set()
    for start in endless:
        circle, at = [], start
        while at not in seen:
            seen.add(at)
            circle.append(at)
            at = follow[at]
        counted += [min(tunnels.intersection(circle) or circle)] if circle else []
    return counted


def as_hits(rows: pl.DataFrame) -> pl.DataFrame:
    """Those of the rows (`ROW`) that are hits by their own line: `HIT_REPEATED`."""
    return rows.filter(pl.col("bin") == "hit").select(
        partner=ROW, hit_source="source", hit_line="line", hit_sha256="line_sha256"
    )


def with_repeated(rows: pl.DataFrame, pairs: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Rows (`ROW`) with `schema.REPEATED`: of their `pairs`, and of the `hits` that these name.

    What is a repeat without a pair is so by what its own line says.
    """
    own = pl.when(pl.col("repeat").is_not_null()).then(pl.lit("no_request", REPEAT_REASON))
    alone = pl.when(pl.col("bin") == "repeat").then(
        own.otherwise(pl.lit("log_on_challenge", REPEAT_REASON))
    )
    if pairs.is_empty():
        none = {name: pl.lit(None, HIT_REPEATED[name]) for name in _HIT_REPEATED}
        return rows.with_columns(alone.alias("repeat_reason"), **none)
    # Not of all columns: a join copies every one that it has.
    narrow = rows.select(ROW, "repeat", "bin")
    known = narrow.join(pairs, on=ROW, how="left", maintain_order="left")
    named = known.join(hits, on="partner", how="left", maintain_order="left")
    reason = pl.coalesce("why", alone).alias("repeat_reason")
    return rows.hstack(named.with_columns(reason).select(*REPEATED))
