"""Hits of which no line says whether another gateway logged the same request."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from logan.rules.gateway_bursts import SEEN_SECONDS
from logan.rules.gateway_lines import (
    GATEWAY,
    GROUP,
    HOME,
    HOUR,
    MADE,
    NAME,
    nearest_made,
    of_source,
)
from logan.rules.repeats import ROW


def count_undecided(hits: pl.DataFrame) -> int:
    """How many hits (`in_hours`) of whole hours may be those of another gateway.

    They name no user, or the other does, and their addresses differ: the same person behind a
    gateway that hides its clients, or two people.
    """
    alike = pl.when(pl.col("evidence") == "url").then("request")
    own = hits.filter(HOME, pl.col("bin") == "hit").with_columns(alike=alike)
    by = (HOUR, "host", "evidence", "alike")
    pause = pl.col(MADE).diff() > timedelta(seconds=SEEN_SECONDS)
    bursts = own.sort(*by, MADE).with_columns(burst=pause.fill_null(value=True).cum_sum().over(by))
    lines = bursts.group_by(*by, "burst", GROUP).agg(
        pl.len().alias("lines"), nameless=pl.col(NAME).is_null().any()
    )
    most = lines.group_by(*by, "burst").agg(
        more=pl.col("lines").sum() - pl.col("lines").max(), nameless=pl.col("nameless").any()
    )
    return int(most.filter("nameless")["more"].sum()) + _weaker(own)


def _weaker(own: pl.DataFrame) -> int:
    """How many nameless look-ups and handshakes lie beside a line that proves more, of others.

    A proxy looks names up itself, and a sensor behind it sees its address.
    """
    nameless = own.filter(pl.col(NAME).is_null())
    found = 0
    for less, more in (("dns", ["url", "connect"]), ("connect", ["url"])):
        some = nameless.filter(pl.col("evidence") == less)
        if some.is_empty():
            continue
        others = own.filter(pl.col("evidence").is_in(more))
        near = nearest_made(some, others, (HOUR, "host")).join(
            own.select(partner=ROW, _other=GATEWAY), on="partner"
        )
        beside = near.join(some.select(ROW, GATEWAY), on=ROW)
        found += beside.filter(pl.col(GATEWAY) != pl.col("_other")).height
    return found


def count_alike_in_files(
    found: pl.DataFrame, gateways: Sequence[int], possible: Sequence[int]
) -> int:
    """How many hits of whole persons stand in two files that may be of one gateway or of two.

    Both number sources: `gateways` by what they are taken for, `possible` by what they may be.
    """
    person = pl.coalesce(pl.col("user").str.to_lowercase(), "client_ip")
    hits = found.filter((pl.col("bin") == "hit") & person.is_not_null()).select(
        "time",
        "host",
        "evidence",
        who=person,
        alike=pl.when(pl.col("evidence") == "url").then("request"),
        of=of_source(gateways),
        maybe=of_source(possible),
    )
    by = ("who", "of", "host", "evidence", "alike")
    pause = pl.col("time").diff() > timedelta(seconds=SEEN_SECONDS)
    bursts = hits.sort(*by, "time").with_columns(
        burst=pause.fill_null(value=True).cum_sum().over(by)
    )
    lines = bursts.group_by(*by, "burst", "maybe").len("lines")
    more = lines.group_by(*by, "burst").agg(pl.col("lines").sum() - pl.col("lines").max())
    return int(more["lines"].sum())
