"""Requests of an invented force: who asked for what and when, before any gateway writes it down."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from generator.chance import Numbers, below, draw

#: 1 January 2024, 00:00 UTC.
START_MS = 1_704_067_200_000
#: Requests to watched sites, in turn: page, search, results, and a tunnel that shows the host only.
WATCHED = (
    ("GET", "pimeyes.com", "/en"),
    ("POST", "pimeyes.com", "/api/search/new"),
    ("GET", "jsc3.pimeyes.com", "/results.php"),
    ("CONNECT", "www.clearview.ai", ""),
    ("GET", "facecheck.id", "/"),
)


@dataclass(frozen=True)
class Plan:
    """What a log is like: bytes, users, one watched request in `hit_every` lines (0: none).

    `step_ms` is the mean time between two requests, `start_ms` the first (since 1970 UTC).
    """

    size: int
    users: int = 5_000
    hit_every: int = 50_000
    step_ms: int = 5
    start_ms: int = START_MS
    seed: int = 0


def make_requests(plan: Plan, first: int, stop: int) -> pl.DataFrame:
    """Requests number `first` to `stop` - 1.

    Columns: ms, user (a number), client, method, host, path, query, sent, received, took, tail
    (a random number). Six in ten are tunnels, as in a log of a gateway that looks into the rest.
    Escapes are as common as on the web: one URL in ten has some, one in 300 an escaped letter.
    """
    index = np.arange(first, stop, dtype=np.uint64)
    salt = plan.seed * 1_000
    number = {
        name: below(index, salt + at, limit)
        for at, (name, limit) in enumerate(
            {
                "user": plan.users,
                "kind": 1_000,
                "site": 1_200,
                "client": 1 << 18,
                "sent": 3_000,
                "received": 100_000,
                "took": 30_000,
                "tail": 1 << 32,
            }.items()
        )
    }
    ms = plan.start_ms + index * np.uint64(plan.step_ms) + below(index, salt + 90, plan.step_ms)
    watched = _watched(plan, index)
    frame = pl.DataFrame({"ms": ms.astype(np.int64), **number, "watched": watched})
    path = [draw(index, salt + 91), draw(index, salt + 92)]
    return _with_urls(frame, [pl.Series(f"path{at}", part) for at, part in enumerate(path)])


def _watched(plan: Plan, index: Numbers) -> pl.Series:
    """Which of WATCHED a request is; null for nearly all."""
    if not plan.hit_every:
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(index))
    every = np.uint64(plan.hit_every)
    turn = pl.Series((index // every % np.uint64(len(WATCHED))).astype(np.int64))
    return pl.select(pl.when(pl.Series(index % every == every - 1)).then(turn)).to_series()


def _with_urls(frame: pl.DataFrame, parts: list[pl.Series]) -> pl.DataFrame:
    words = pl.Series(["news", "shop", "mail", "cdn"])
    hosts = [f"www.{words[at % 4]}{at // 4}.example.com" for at in range(1_200)]
    methods, sites, paths = (list(column) for column in zip(*WATCHED, strict=True))
    tunnel = pl.col("kind") < 600
    escaped = (
        pl.when(pl.col("kind") >= 997)
        .then(pl.lit("caf%C3%A9%20p%2dq"))
        .when(pl.col("kind") >= 960)
        .then(pl.lit("a%20b%2Fc%3A"))
        .otherwise(pl.lit("plain"))
    )
    path = pl.format("/path/{}/{}/{}", parts[0], escaped, parts[1])
    usual = {
        "method": pl.when(tunnel).then(pl.lit("CONNECT")).otherwise(pl.lit("GET")),
        "host": pl.col("site").replace_strict(dict(enumerate(hosts)), return_dtype=pl.String),
        "path": pl.when(tunnel).then(pl.lit("")).otherwise(path),
        "query": pl.when(tunnel).then(pl.lit("")).otherwise(pl.format("q={}", pl.col("tail"))),
    }
    own = {"method": methods, "host": sites, "path": paths, "query": [""] * len(WATCHED)}
    watched = pl.col("watched")
    return frame.with_columns(
        pl.when(watched.is_null())
        .then(usual[name])
        .otherwise(watched.replace_strict(dict(enumerate(own[name])), return_dtype=pl.String))
        .alias(name)
        for name in usual
    ).with_columns(
        client=pl.format(
            "10.{}.{}.{}",
            pl.col("client") // 65_536,
            pl.col("client") // 256 % 256,
            pl.col("client") % 256,
        )
    )
