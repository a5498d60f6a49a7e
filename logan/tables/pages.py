"""Pages of the user's own sites whose address went to a tracker."""

from typing import Final

import polars as pl

from logan.result import ScanResult
from logan.schema import TIME
from logan.tables.measures import PEOPLE, SPAN, SUMS
from logan.tables.selection import select

#: The columns of `count_pages`.
PAGES: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "page": pl.String,
    "service": pl.String,
    "hits": pl.Int64,
    "users": pl.Int64,
    "addresses": pl.Int64,
    "blocked": pl.Int64,
    "first_seen": TIME,
    "last_seen": TIME,
}


def count_pages(result: ScanResult) -> pl.DataFrame:
    """Count hits by page (host and path, no query) and tracker, most first, then by page.

    `blocked` are hits that the gateway stopped: the address went nowhere. Times are UTC.
    """
    if "page" not in result.found.collect_schema():
        return pl.DataFrame(schema=PAGES)
    hits = select(result.found, result.selection).filter(pl.col("page").is_not_null())
    counts = {"hits": SUMS["hits"], "blocked": SUMS["blocked"]}
    counted = hits.group_by("page", "service").agg(**counts, **PEOPLE, **SPAN)
    ordered = counted.sort("hits", "page", "service", descending=[True, False, False])
    return ordered.select(PAGES.keys()).collect(engine="streaming")
