"""Which lines tell of one request: it counts once, and the others are repeats of it.

A gateway may write several lines about a request: that a tunnel was set up and that it ended, the
requests inside it, a remark of a filter, the answer to a look-up. Which of them there are, only the
lines themselves show. So a line is a repeat of a line that was read, never of one that might have
been; and what was decided about a request goes to that line of it which counts.

Lines of one request name the same host, and the same client address or user. Where neither is
known (a resolver's remarks), they stand in one log and name the same service.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from logan.rules.companions import (
    COMPANION_SECONDS,
    GUEST,
    PLACE,
    decide_companions,
    is_companion,
    is_hit,
    names_nobody,
)
from logan.rules.repeats import ROW, applied, combined, folded, with_repeat_of
from logan.rules.tunnel_set_ups import set_ups_of_requests, set_ups_of_tunnels

#: What is compared of a request; `compared_requests` makes them.
REQUESTS: Final = ("request", "target", "no_method")
#: The columns of a finding that are looked at, beside `ROW` and `REQUESTS`.
SHOWN: Final = (
    *("time", "began", "user", "client_ip", "scheme", "host", "evidence", "action", "source"),
    *("line", "setup", "companion", "service", "bin", "bytes_received"),
)
COMPARED: Final = (*SHOWN, *REQUESTS)


def compared_requests() -> list[pl.Expr]:
    """`REQUESTS`: the method and path of a request, its path; whether it names no method.

    No path is the shortest.
    """
    path = pl.col("path").fill_null("/")
    return [
        pl.struct("method", path).hash().alias("request"),
        path.hash().alias("target"),
        pl.col("method").is_null().alias("no_method"),
    ]


def concerned(rows: pl.DataFrame) -> bool:
    """Whether a row may be a repeat of another by what its own line says."""
    return bool(rows.select((is_hit() & (pl.col("setup") | is_companion())).any()).item())


#: What kinds of hits there are: with a user or without, set-ups, companions.
Kinds = set[tuple[bool, bool, bool]]


def kinds_of(rows: pl.DataFrame) -> Kinds:
    """The kinds of the hits among rows, and of the repeats, which may be partners."""
    listed = rows.select(
        named=pl.col("user").is_not_null(),
        setup=is_hit() & pl.col("setup"),
        companion=is_hit() & is_companion(),
        relevant=pl.col("bin").is_in(["hit", "repeat"]),
    ).unique()
    return set(listed.filter("relevant").drop("relevant").rows())


def reach_others(kinds: Kinds) -> bool:
    """Whether lines of one user may tell of the same request as lines that name no user."""
    both = len({named for named, _, _ in kinds}) > 1
    return both and any(companion or (setup and not named) for named, setup, companion in kinds)


def lost_sources(rows: pl.DataFrame) -> pl.Series:
    """The sources of answers and remarks that name nobody."""
    lost = rows.select("source", lost=is_hit() & is_companion() & names_nobody())
    return lost.filter("lost")["source"].unique()


def without_repeats(found: pl.DataFrame, logs: Sequence[int]) -> pl.DataFrame:
    """Findings with the final `action` of hits, and repeats in their bin; rows and order stay.

    Adds `REPEAT_OF`: rows by their number, from 0.
    """
    if not concerned(found):
        return with_repeat_of(found)
    rows = found.with_columns(compared_requests()).with_row_index(ROW).select(ROW, *COMPARED)
    lost = {logs[source] for source in lost_sources(rows)}
    decided = combined(find_repeats(placed(rows, logs, lost)))
    return applied(found.with_row_index(ROW), decided).drop(ROW)


def placed(rows: pl.DataFrame, logs: Sequence[int], lost: Collection[int]) -> pl.DataFrame:
    """The rows that may tell of one request, with `PLACE` and `GUEST`.

    `logs` numbers the logs by source (files that one gateway wrote one after the other), `lost` are
    the logs with answers or remarks that name nobody. These belong to an hour of their log, in
    which the lines of that hour, and those close to it, are guests.
    """
    log = pl.lit(pl.Series(logs, dtype=pl.UInt32)).gather(pl.col("source"))
    relevant = rows.filter(pl.col("bin").is_in(["hit", "repeat"])).with_columns(_log=log)
    unnamed = is_companion() & names_nobody()
    person = pl.concat_str(pl.lit("of "), pl.coalesce("client_ip", folded("user")))
    place = pl.when(unnamed).then(_hour("time")).otherwise(person).fill_null("")
    home = relevant.with_columns(place.alias(PLACE), pl.lit(value=False).alias(GUEST))
    if not lost:
        return home
    margin = timedelta(seconds=COMPANION_SECONDS)
    near = pl.concat_list(pl.col("time") - margin, pl.col("time") + margin)
    visiting = (
        relevant.filter(~unnamed & pl.col("_log").is_in(list(lost)))
        .with_columns(_near=near.list.eval(pl.element().dt.truncate("1h")).list.unique())
        .explode("_near")
        .with_columns(_hour("_near").alias(PLACE), pl.lit(value=True).alias(GUEST))
    )
    return pl.concat([home, visiting.drop("_near")])


def _hour(column: str) -> pl.Expr:
    hour = pl.col(column).dt.truncate("1h").dt.epoch("s")
    return pl.concat_str(pl.lit("at "), pl.col("_log"), pl.lit(" "), hour)


def find_repeats(rows: pl.DataFrame) -> pl.DataFrame:
    """What the rows of whole places (`placed`) show about each other: `DECIDED`, in no order.

    Nothing of most rows, and of some more than once (`combined`).
    """
    rows = rows.with_columns(user=folded("user"))
    own = rows.filter(is_hit() & ~is_companion() & ~pl.col(GUEST))
    tunnels = set_ups_of_tunnels(own)
    inner = set_ups_of_requests(own.join(tunnels, on=ROW, how="anti"))
    return pl.concat([tunnels, inner, decide_companions(rows)])
