"""Clocks of gateways that differ by a constant, told by what the same people do on both.

A visit shows on a gateway as a burst of lines. Where two gateways have as many bursts of the same
people, and nearly all of one lie the same time after those of the other, their clocks differ by it:
people do not wait the same number of seconds three times. Programs do, so that of a program which
asks every hour nothing is learnt but a difference that is small beside the hour. What is logged
keeps its time; only comparing takes the difference off.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Final

import polars as pl

#: A pause that ends a burst of lines.
BURST_SECONDS: Final = 30
#: Clocks differ by no more: a wrong zone is at most so far off.
FARTHEST_SECONDS: Final = 15 * 3600
#: Bursts of one moment lie so close to each other, when clocks are right.
JITTER_SECONDS: Final = 5
#: So many bursts must show a difference, and so large a part of all that two gateways share.
BURSTS: Final = 3
SHARE: Final = 0.8

#: A program waits the same time again and again; a clock is off by a smaller part of that time.
REGULAR_PART: Final = 10

#: (earlier gateway by number, other gateway, seconds that the other is ahead) and how many bursts.
Apart = Counter[tuple[int, int, int]]


def count_apart(hits: pl.DataFrame, *, by: str, gateway: str, made: str) -> Apart:
    """How far apart the bursts of whole persons (`by`) are on each two gateways.

    Only of people of whom both have the same number: else one of them missed some.
    """
    pause = pl.col(made).diff() > timedelta(seconds=BURST_SECONDS)
    begins = pause.fill_null(value=True).over(by, gateway)
    turn = pl.int_range(pl.len()).over(by, gateway)
    bursts = (
        hits.filter(pl.col(by).is_not_null())
        .sort(by, gateway, made)
        .filter(begins)
        .select(by, gateway, made, turn=turn, turns=pl.len().over(by, gateway))
    )
    bursts = bursts.with_columns(regular=_regular_pause(made).over(by, gateway))
    pairs = bursts.join(bursts, on=[by, "turn", "turns"], suffix=" other")
    apart = (pl.col(f"{made} other") - pl.col(made)).dt.total_seconds()
    farthest = pl.min_horizontal(FARTHEST_SECONDS, pl.col("regular") / REGULAR_PART)
    counted = (
        pairs.filter(pl.col(gateway) < pl.col(f"{gateway} other"))
        .select(gateway, f"{gateway} other", "regular", apart=apart)
        .filter(pl.col("apart").abs() <= farthest)
        .drop("regular")
        .group_by(pl.all())
        .len()
    )
    return Counter({(one, other, ahead): many for one, other, ahead, many in counted.rows()})


def _regular_pause(made: str) -> pl.Expr:
    """The seconds between bursts where these come at regular times, else null."""
    pauses = pl.col(made).diff().dt.total_seconds()
    alike = (pauses.diff().abs() <= 2 * JITTER_SECONDS).sum()
    return pl.when(2 * alike >= pl.len() - 2, pl.len() >= BURSTS).then(pauses.median())


def find_ahead(passes: Iterable[Apart], gateways: Collection[int]) -> Mapping[int, int]:
    """By how many seconds the clocks of gateways are ahead; those that are right are left out.

    `passes` are counts by what shows that lines are of one person, the surest first. Of two clocks
    the one of the lower number is taken for right. No pass is made once all `gateways` are known.
    """
    ahead: dict[int, int] = {}
    for apart in passes:
        for one, other in sorted({(one, other) for one, other, _ in apart}):
            seconds = _agreed(
                {sec: n for (a, b, sec), n in apart.items() if (a, b) == (one, other)}
            )
            if seconds is not None and other not in ahead:
                ahead[other] = seconds + ahead.get(one, 0)
        if len(ahead) >= len(gateways) - 1:
            break
    return {gateway: seconds for gateway, seconds in ahead.items() if seconds}


def _agreed(counts: Mapping[int, int]) -> int | None:
    """The difference that nearly all bursts agree on, 0 where clocks are right, None if none is."""
    close = {
        at: sum(many for sec, many in counts.items() if abs(sec - at) <= JITTER_SECONDS)
        for at in counts
    }
    best = max(close, key=lambda at: (close[at], counts[at], -abs(at), at))
    if close[best] < SHARE * sum(counts.values()):
        return None
    if abs(best) <= JITTER_SECONDS:
        return 0
    return best if close[best] >= BURSTS else None
