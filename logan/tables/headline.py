"""The totals that the headline and the conditions of `--fail-on` are made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

from logan.records.accounts import is_impersonal
from logan.result import ScanResult
from logan.runtime.ordered_map import map_in_order
from logan.tables.measures import PEOPLE, SPAN, SUMS
from logan.tables.parts import add_up, select_parts


class Totals(NamedTuple):
    """Totals over the selection; see `logan.tables.measures` for what each count means.

    `users` are those the logs name; `addresses` are client addresses of hits without a user;
    `nameless` are hits without a user, `nobody` those without an address as well. `host_only` are
    hits whose lines show no path, `via_connect` those of a tunnel, `via_dns` those of a look-up.
    `queries` are hits whose URL carries a query string; `inferred` those whose activity the rules
    infer from the host; `unknown` those of which the log does not say what the gateway did.
    `first_seen` and `last_seen` are UTC, None without hits. `same_lines` are hits that may be
    counted twice: their line stands, byte for byte, in another source too, which is no copy. Of
    each such line the source that has it most often is left out of that count, so `hits` less
    `same_lines` are certain.
    """

    hits: int
    users: int
    addresses: int
    services: int
    nameless: int
    nobody: int
    host_only: int
    pages: int
    searches: int
    uploads: int
    possible_uploads: int
    results: int
    contacts: int
    opt_outs: int
    beside_opt_out: int
    allowed: int
    blocked: int
    unknown: int
    blocked_searches: int
    blocked_uploads: int
    via_url: int
    via_connect: int
    via_dns: int
    queries: int
    inferred: int
    first_seen: datetime | None
    last_seen: datetime | None
    mentions: int
    same_lines: int
    inferred_searches: int
    attempts: int


def totals(result: ScanResult) -> Totals:
    """Count what the selection of a result holds."""
    hits, mentions = select_parts(result), select_parts(result, outcome="mention")
    counted = list(map_in_order(_count_part, zip(hits, mentions, strict=True)))
    sums = add_up([part.drop("services") for part, _ in counted])
    services = {name for part, _ in counted for name in part["services"].item()}
    mentioned = sum(part.item() for _, part in counted)
    return Totals(
        **sums.row(0, named=True),
        services=len(services),
        mentions=mentioned,
        same_lines=_count_same_lines(result, hits),
    )


def _count_part(part: tuple[pl.LazyFrame, pl.LazyFrame]) -> list[pl.DataFrame]:
    hits, mentions = part
    return pl.collect_all([count_totals(hits), mentions.select(mentions=pl.len())])


def count_impersonal(result: ScanResult) -> int:
    """Count the selected hits of accounts of computers or of the system."""
    return sum(map_in_order(_count_impersonal, select_parts(result)))


def _count_impersonal(hits: pl.LazyFrame) -> int:
    by_user = hits.group_by("user").len().filter(is_impersonal(pl.col("user")))
    return int(by_user.select(pl.col("len").sum()).collect().item())


def _count_same_lines(result: ScanResult, hits: Sequence[pl.LazyFrame]) -> int:
    """Count hits that stand in several sources, less those of the source that has most of them.

    Equal lines name the same person, so they are in one part.
    """
    sources = sum(source.bins.get("hit", 0) > 0 for source in result.sources)
    if sources < 2 or "text_hash" not in hits[0].collect_schema():
        return 0
    return sum(map_in_order(_count_same, hits))


def _count_same(hits: pl.LazyFrame) -> int:
    by_source = hits.filter(pl.col("text_hash").is_not_null()).group_by("text_hash", "source").len()
    lines = by_source.group_by("text_hash").agg(more=pl.col("len").sum() - pl.col("len").max())
    return int(lines.select(pl.col("more").sum()).collect().item())


def count_totals(hits: pl.LazyFrame) -> pl.LazyFrame:
    """Count everything in `Totals` but the mentions, in one row; `services` are their ids."""
    seen = (pl.col("action") == "allowed") | (pl.col("action") == "blocked")
    via_connect, via_dns = (pl.col("evidence") == kind for kind in ("connect", "dns"))
    return hits.select(
        **SUMS,
        **PEOPLE,
        **SPAN,
        services=pl.col("service").drop_nulls().unique().implode(),
        nameless=pl.col("user").is_null().sum(),
        nobody=(pl.col("user").is_null() & pl.col("client_ip").is_null()).sum(),
        host_only=(via_connect | via_dns).sum(),
        unknown=(~seen).fill_null(value=True).sum(),
        via_url=(pl.col("evidence") == "url").sum(),
        via_connect=via_connect.sum(),
        via_dns=via_dns.sum(),
        queries=pl.col("query").is_not_null().sum(),
        inferred=pl.col("inferred").fill_null(value=False).sum(),
    )
