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

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

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

#: (earlier gateway by number, other gateway, seconds that the other is ahead, day since 1970 by its
#: clock) and how many bursts.
Apart = Counter[tuple[int, int, int, int]]
#: The day from which a clock is so many seconds ahead, in order of days.
Steps = tuple[tuple[int, int], ...]


class ClocksAhead(NamedTuple):
    """By how many seconds clocks of gateways are ahead, right ones left out: always, or by day."""

    always: Mapping[int, int]
    by_day: Mapping[int, Steps]


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
    day = pl.col(f"{made} other").dt.epoch("d")
    counted = (
        pairs.filter(pl.col(gateway) < pl.col(f"{gateway} other"))
        .select(gateway, f"{gateway} other", "regular", apart=apart, day=day)
        .filter(pl.col("apart").abs() <= farthest)
        .drop("regular")
        .group_by(pl.all())
        .len()
    )
    return Counter({tuple(key): many for *key, many in counted.rows()})


#: (gateway and address of a nameless client, another gateway, seconds that the first is ahead) and
#: how many requests; without another gateway, how many there are at all.
ClientsApart = Counter[tuple[int, str, int | None, int]]


def count_clients_apart(
    hits: pl.DataFrame, *, alike: Sequence[str], name: str, gateway: str, made: str
) -> ClientsApart:
    """How far what nameless clients asked for is from the like (`alike`) at other gateways.

    Of hits that have all that is alike; `name` is their account.
    """
    few = (pl.len() <= MOST_ALIKE).over(*alike, gateway)
    pause = pl.col(made).diff() > timedelta(seconds=JITTER_SECONDS)
    begins = pause.fill_null(value=True).over(*alike, gateway, "client_ip")
    lines = hits.filter(few, pl.col(made).is_not_null()).sort(*alike, gateway, "client_ip", made)
    lines = lines.filter(begins).select(*alike, gateway, "client_ip", name, made)
    clients = lines.filter(pl.col(name).is_null() & pl.col("client_ip").is_not_null())
    pairs = clients.join(lines, on=list(alike), suffix=" other", nulls_equal=True)
    apart = (pl.col(made) - pl.col(f"{made} other")).dt.total_seconds()
    some = (
        pairs.filter(pl.col(gateway) != pl.col(f"{gateway} other"))
        .select(gateway, "client_ip", f"{gateway} other", apart=apart)
        .filter(pl.col("apart").abs() <= FARTHEST_SECONDS)
    )
    counted = some.group_by(pl.all()).len()
    found: ClientsApart = Counter({(a, ip, b, sec): n for a, ip, b, sec, n in counted.rows()})
    for one, address, many in clients.group_by(gateway, "client_ip").len().rows():
        found[one, address, None, 0] = many
    return found


def agreed_of_clients(counts: ClientsApart) -> Apart:
    """The differences that nearly all requests of an address agree on, and no others."""
    found: Apart = Counter()
    sides: dict[tuple[int, str, int], dict[int, int]] = {}
    for (one, address, other, seconds), many in counts.items():
        if other is not None:
            sides.setdefault((one, address, other), {})[seconds] = many
    for (one, address, other), by_seconds in sorted(sides.items()):
        total = counts[one, address, None, 0]
        close = _close(by_seconds)
        best = _best(by_seconds, close)
        rest = max((n for at, n in close.items() if abs(at - best) > 2 * JITTER_SECONDS), default=0)
        if close[best] >= max(REQUESTS, SHARE * total) and rest < OTHERWISE * close[best]:
            lower, higher, ahead = (other, one, best) if other < one else (one, other, -best)
            found[lower, higher, ahead, 0] += close[best]
    return found


def _close(counts: Mapping[int, int]) -> Mapping[int, int]:
    """For each difference how many are about the same."""
    return {
        at: sum(many for sec, many in counts.items() if abs(sec - at) <= JITTER_SECONDS)
        for at in counts
    }


def _best(counts: Mapping[int, int], close: Mapping[int, int]) -> int:
    return max(close, key=lambda at: (close[at], counts[at], -abs(at), at))


def _regular_pause(made: str) -> pl.Expr:
    """The seconds between bursts where these come at regular times, else null."""
    pauses = pl.col(made).diff().dt.total_seconds()
    alike = (pauses.diff().abs() <= 2 * JITTER_SECONDS).sum()
    return pl.when(2 * alike >= pl.len() - 2, pl.len() >= BURSTS).then(pauses.median())


def find_ahead(passes: Iterable[Apart], gateways: Collection[int]) -> ClocksAhead:
    """By how many seconds the clocks of gateways are ahead.

    `passes` are counts by what shows that lines are of one person, the surest first. Of two clocks
    the one of the lower number is taken for right. No pass is made once all `gateways` are known.
    """
    ahead: dict[int, int] = {}
    by_day: dict[int, Steps] = {}
    for apart in passes:
        for (one, other), counts in sorted(_by_pair(apart).items()):
            if other in ahead or other in by_day:
                continue
            seconds = _agreed(_of_all_days(counts))
            if seconds is not None:
                ahead[other] = seconds + ahead.get(one, 0)
            elif one not in by_day and (steps := _changing(counts)):
                by_day[other] = tuple((day, sec + ahead.get(one, 0)) for day, sec in steps)
        if len(ahead) + len(by_day) >= len(gateways) - 1:
            break
    return ClocksAhead({gateway: sec for gateway, sec in ahead.items() if sec}, by_day)


#: By seconds and day, how many bursts of two gateways.
_OfPair = Counter[tuple[int, int]]


def _by_pair(apart: Apart) -> Mapping[tuple[int, int], _OfPair]:
    pairs: dict[tuple[int, int], _OfPair] = {}
    for (one, other, seconds, day), many in apart.items():
        pairs.setdefault((one, other), Counter())[seconds, day] += many
    return pairs


def _of_all_days(counts: _OfPair) -> Mapping[int, int]:
    found: Counter[int] = Counter()
    for (seconds, _), many in counts.items():
        found[seconds] += many
    return found


def _changing(counts: _OfPair) -> Steps:
    """From which day on a clock is how far ahead, where days differ as those of clocks do."""
    days: dict[int, dict[int, int]] = {}
    for (seconds, day), many in counts.items():
        days.setdefault(day, {})[seconds] = many
    steps: list[tuple[int, int]] = []
    fitting = hours = 0
    for day, of_day in sorted(days.items()):
        close = _close(of_day)
        best = _best(of_day, close)
        fitting += close[best]
        if steps:
            step = abs(best - steps[-1][1])
            drifted = step <= JITTER_SECONDS + DRIFT_SECONDS * (day - steps[-1][0] - 1)
            hours += not drifted
            if not drifted and abs(step - HOUR_SECONDS) > JITTER_SECONDS:
                return ()
        steps.append((day, best))
    enough = len(steps) >= CHANGING_DAYS and hours <= HOUR_STEPS
    return tuple(steps) if enough and fitting >= SHARE * sum(counts.values()) else ()


def _agreed(counts: Mapping[int, int]) -> int | None:
    """The difference that nearly all bursts agree on, 0 where clocks are right, None if none is."""
    close = _close(counts)
    best = _best(counts, close)
    if close[best] < SHARE * sum(counts.values()):
        return None
    if abs(best) <= JITTER_SECONDS:
        return 0
    return best if close[best] >= BURSTS else None
