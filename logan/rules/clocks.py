"""Clocks of gateways that differ by a constant, told by what the same people do on both.

A visit shows on a gateway as a burst of lines. Where two gateways have as many bursts of the same
people, and nearly all of one lie the same time after those of the other, their clocks differ by it:
people do not wait the same number of seconds three times. Programs do, so that of a program which
asks every hour nothing is learnt but a difference that is small beside the hour. What is logged
keeps its time; only comparing takes the difference off.

A gateway that sees another one as its only client names none of the people. There the requests
themselves tell: nearly all that came from that address was asked for at the other, by anybody, and
each time the same number of seconds away.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from logan.rules.seen import Steps

#: A pause that ends a burst of lines.
BURST_SECONDS: Final = 30
#: Clocks differ by no more: a wrong zone is at most so far off.
FARTHEST_SECONDS: Final = 15 * 3600
#: Bursts of one moment lie so close to each other, when clocks are right.
JITTER_SECONDS: Final = 5
#: So many bursts must show a difference, and so large a part of all that two gateways share.
BURSTS: Final = 3
SHARE: Final = 0.8

#: Of requests that one gateway has more often nothing is learnt: some lie at any distance.
MOST_ALIKE: Final = 10
#: So many requests of an address must show a difference; others less than this part of them.
REQUESTS: Final = 5
OTHERWISE: Final = 0.5

#: A program waits the same time again and again; a clock is off by a smaller part of that time.
REGULAR_PART: Final = 10

#: A clock that drifts is off by so much more each day; one that is not put forward, or is when
#: others are not, by an hour more, so often in what is read together. Less than so many days may be
#: chance.
DRIFT_SECONDS: Final = 5
HOUR_SECONDS: Final = 3600
HOUR_STEPS: Final = 4
CHANGING_DAYS: Final = 4

#: How often there is what the other columns of a table of counts say. Tables, as there are nearly
#: as many differences as bursts.
TIMES: Final = "times"
#: Bursts apart: of two gateways, by number, the lower (`one`) and the `other`, by how many
#: `seconds` the other is ahead, and on which `day` since 1970 by its clock.
APART: Final = pl.Schema(
    {
        "one": pl.UInt32,
        "other": pl.UInt32,
        "seconds": pl.Int32,
        "day": pl.Int32,
        TIMES: pl.UInt32,
    }
)
#: Requests apart: of a nameless client, by gateway (`one`) and `address`, and another gateway, by
#: how many `seconds` the first is ahead; without another, how many there are at all.
CLIENTS_APART: Final = pl.Schema(
    {
        "one": pl.UInt32,
        "address": pl.String,
        "other": pl.UInt32,
        "seconds": pl.Int32,
        TIMES: pl.UInt32,
    }
)


class ClocksAhead(NamedTuple):
    """By how many seconds clocks of gateways are ahead, right ones left out: always, or by day."""

    always: Mapping[int, int]
    by_day: Mapping[int, Steps]


def count_apart(hits: pl.DataFrame, *, by: str, gateway: str, made: str) -> pl.DataFrame:
    """How far apart the bursts of whole persons (`by`) are on each two gateways (`APART`).

    Only of people of whom both have the same number: else one of them missed some.
    """
    pause = pl.col(made).diff() > timedelta(seconds=BURST_SECONDS)
    begins = pause.fill_null(value=True).over(by, gateway)
    turn = pl.int_range(pl.len()).over(by, gateway)
    bursts = (
        hits.select(by, gateway, made)
        .drop_nulls(by)
        .sort(by, gateway, made)
        .filter(begins)
        .select(by, gateway, made, turn=turn, turns=pl.len().over(by, gateway))
    )
    if bursts.height < 2:
        return pl.DataFrame(schema=APART)
    bursts = bursts.with_columns(regular=_regular_pause(made).over(by, gateway))
    pairs = bursts.join(bursts, on=[by, "turn", "turns"], suffix=" other")
    apart = (pl.col(f"{made} other") - pl.col(made)).dt.total_seconds()
    farthest = pl.min_horizontal(FARTHEST_SECONDS, pl.col("regular") / REGULAR_PART)
    day = pl.col(f"{made} other").dt.epoch("d")
    return (
        pairs.filter(pl.col(gateway) < pl.col(f"{gateway} other"))
        .select(one=gateway, other=f"{gateway} other", regular="regular", seconds=apart, day=day)
        .filter(pl.col("seconds").abs() <= farthest)
        .group_by("one", "other", "seconds", "day")
        .len(TIMES)
        .cast(APART)
    )


def count_clients_apart(
    hits: pl.DataFrame, *, alike: Sequence[str], name: str, gateway: str, made: str
) -> pl.DataFrame:
    """How far what nameless clients asked for is from the like (`alike`) at other gateways
    (`CLIENTS_APART`).

    Of hits that have all that is alike; `name` is their account.
    """
    few = (pl.len() <= MOST_ALIKE).over(*alike, gateway)
    pause = pl.col(made).diff() > timedelta(seconds=JITTER_SECONDS)
    begins = pause.fill_null(value=True).over(*alike, gateway, "client_ip")
    lines = hits.filter(few, pl.col(made).is_not_null()).sort(*alike, gateway, "client_ip", made)
    lines = lines.filter(begins).select(*alike, gateway, "client_ip", name, made)
    clients = lines.filter(pl.col(name).is_null() & pl.col("client_ip").is_not_null())
    if clients.is_empty():
        return pl.DataFrame(schema=CLIENTS_APART)
    pairs = clients.join(lines, on=list(alike), suffix=" other", nulls_equal=True)
    apart = (pl.col(made) - pl.col(f"{made} other")).dt.total_seconds()
    some = (
        pairs.filter(pl.col(gateway) != pl.col(f"{gateway} other"))
        .select(one=gateway, address="client_ip", other=f"{gateway} other", seconds=apart)
        .filter(pl.col("seconds").abs() <= FARTHEST_SECONDS)
    )
    every = clients.select(one=gateway, address="client_ip", other=None, seconds=0)
    counted = pl.concat([some, every], how="vertical_relaxed").group_by(pl.all()).len(TIMES)
    return counted.cast(CLIENTS_APART)


def agreed_of_clients(counts: pl.DataFrame) -> pl.DataFrame:
    """The differences that nearly all requests of an address agree on, and no others (`APART`)."""
    which = ["one", "address", "other"]
    totals = counts.filter(pl.col("other").is_null()).select("one", "address", total=TIMES)
    close = _with_close(counts.filter(pl.col("other").is_not_null()), which)
    best = _best_of(close, which).select(*which, best="seconds", agree="close")
    far = (pl.col("seconds") - pl.col("best")).abs() > 2 * JITTER_SECONDS
    rest = pl.col("close").filter(far).max().fill_null(0)
    judged = close.join(best, on=which).group_by(*which, "best", "agree").agg(rest=rest)
    agreed = judged.join(totals, on=["one", "address"]).filter(
        pl.col("agree") >= pl.max_horizontal(REQUESTS, SHARE * pl.col("total")),
        pl.col("rest") < OTHERWISE * pl.col("agree"),
    )
    turned = pl.col("other") < pl.col("one")
    return (
        agreed.select(
            pl.min_horizontal("one", "other").alias("one"),
            pl.max_horizontal("one", "other").alias("other"),
            pl.when(turned).then("best").otherwise(-pl.col("best")).alias("seconds"),
            pl.lit(0).alias("day"),
            pl.col("agree").alias(TIMES),
        )
        .group_by("one", "other", "seconds", "day")
        .agg(pl.col(TIMES).sum())
        .cast(APART)
    )


def _with_close(counts: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Counts by difference, of those alike in `by`, and how many are about the same (`close`)."""
    ordered = counts.group_by(*by, "seconds").agg(pl.col(TIMES).cast(pl.Int64).sum())
    ordered = ordered.sort(*by, "seconds")
    group = ordered.select(pl.struct(by).rle_id()).to_series() if by else pl.Series([0])
    # So far from one group to the next that nothing of two is close.
    place = (group.cast(pl.Int64) * (4 * FARTHEST_SECONDS) + ordered["seconds"]).to_numpy()
    up_to = np.concatenate(([0], np.cumsum(ordered[TIMES].to_numpy())))
    first = np.searchsorted(place, place - JITTER_SECONDS, side="left")
    end = np.searchsorted(place, place + JITTER_SECONDS, side="right")
    return ordered.with_columns(close=pl.Series(up_to[end] - up_to[first], dtype=pl.Int64))


def _best_of(close: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The difference that most agree on (`_with_close`), of those alike in `by`."""
    ordered = close.sort(*by, "close", TIMES, -pl.col("seconds").abs(), "seconds")
    return ordered.group_by(by, maintain_order=True).last() if by else ordered.tail(1)


def _regular_pause(made: str) -> pl.Expr:
    """The seconds between bursts where these come at regular times, else null."""
    pauses = pl.col(made).diff().dt.total_seconds()
    alike = (pauses.diff().abs() <= 2 * JITTER_SECONDS).sum()
    return pl.when(2 * alike >= pl.len() - 2, pl.len() >= BURSTS).then(pauses.median())


def find_ahead(passes: Iterable[pl.DataFrame], gateways: Collection[int]) -> ClocksAhead:
    """By how many seconds the clocks of gateways are ahead.

    `passes` are counts (`APART`) by what shows that lines are of one person, the surest first. Of
    two clocks the one of the lower number is taken for right. No pass is made once all `gateways`
    are known.
    """
    ahead: dict[int, int] = {}
    by_day: dict[int, Steps] = {}
    for apart in passes:
        for (one, other), counts in sorted(
            apart.partition_by("one", "other", as_dict=True).items()
        ):
            if other in ahead or other in by_day:
                continue
            seconds = _agreed(counts)
            if seconds is not None:
                ahead[other] = seconds + ahead.get(one, 0)
            elif one not in by_day and (steps := _changing(counts)):
                by_day[other] = tuple((day, sec + ahead.get(one, 0)) for day, sec in steps)
        if len(ahead) + len(by_day) >= len(gateways) - 1:
            break
    return ClocksAhead({gateway: sec for gateway, sec in ahead.items() if sec}, by_day)


def _changing(counts: pl.DataFrame) -> Steps:
    """From which day on a clock is how far ahead, where days differ as those of clocks do."""
    days = _best_of(_with_close(counts, ["day"]), ["day"])
    steps: list[tuple[int, int]] = []
    fitting = hours = 0
    for day, best, close in days.select("day", "seconds", "close").rows():
        fitting += close
        if steps:
            step = abs(best - steps[-1][1])
            drifted = step <= JITTER_SECONDS + DRIFT_SECONDS * (day - steps[-1][0] - 1)
            hours += not drifted
            if not drifted and abs(step - HOUR_SECONDS) > JITTER_SECONDS:
                return ()
        steps.append((day, best))
    enough = len(steps) >= CHANGING_DAYS and hours <= HOUR_STEPS
    return tuple(steps) if enough and fitting >= SHARE * int(counts[TIMES].sum()) else ()


def _agreed(counts: pl.DataFrame) -> int | None:
    """The difference that nearly all bursts agree on, 0 where clocks are right, None if none is."""
    best = _best_of(_with_close(counts, []), [])
    seconds, close = best.select("seconds", "close").row(0)
    if close < SHARE * int(counts[TIMES].sum()):
        return None
    if abs(seconds) <= JITTER_SECONDS:
        return 0
    return seconds if close >= BURSTS else None
