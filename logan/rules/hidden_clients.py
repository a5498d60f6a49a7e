"""Addresses that are other gateways: a proxy behind another sees that one as its only client.

Such an address stands for everybody behind it, so neither user nor address joins its lines with
those of the gateway in front. But nearly every request of it stands there too, at the same moment
and as often; a person at another gateway does not ask for the same as somebody elsewhere, second by
second, time after time. The same holds for a proxy's own look-ups, and for its connections that a
sensor behind it sees.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Final, NamedTuple

import polars as pl

from logan.rules.gateway_bursts import SEEN_SECONDS
from logan.rules.gateway_lines import (
    GATEWAY,
    GROUP,
    HOME,
    HOUR,
    LOOKED_UP_SECONDS,
    MADE,
    NAME,
    nearest_made,
)
from logan.rules.repeats import ROW

#: So many bursts of an address must stand at the other gateway, and so large a part of all.
BURSTS: Final = 5
SHARE: Final = Fraction(4, 5)
#: Longer bursts prove nothing: where many ask for the same, much is alike by chance.
LONGEST: Final = 3

_BURST: Final = "_burst"
_SAME: Final = (HOUR, "host", "evidence", "_asked", _BURST)
#: For what proves less, the evidence that proves more.
_MORE: Final = {"connect": ("url",), "dns": ("url", "connect")}
_PAIRS: Final = {ROW: pl.UInt32, "partner": pl.UInt32}


class Client(NamedTuple):
    """An address that a gateway logged without a user; `same` of lines that prove as much."""

    evidence: str
    same: bool
    gateway: int
    address: str


#: How many bursts a client has at all (None), and how many of them another gateway has too.
Fits = Counter[tuple[Client, int | None]]


def count_fits(hits: pl.DataFrame) -> Fits:
    """How nearly what nameless clients ask for stands at other gateways: hits of whole hours.

    Hits are `gateway_lines.in_hours`.
    """
    own = hits.filter(pl.col("bin") == "hit")
    if _nameless(own).is_empty():
        return Counter()
    own = _in_bursts(own)
    hidden = _nameless(own)
    fits = _fits(_counted(hidden, _fitting_same(hidden, own)), same=True)
    for less, more in _MORE.items():
        some = hidden.filter(pl.col("evidence") == less)
        if some.is_empty():
            continue
        others = own.filter(pl.col("evidence").is_in(more))
        fits += _fits(_counted(some, _fitting_more(some, others)), same=False)
    return fits


def find_hidden(fits: Fits) -> Mapping[Client, int]:
    """The clients that are other gateways, by the number of these.

    Those with most bursts first: of two gateways that each see nobody's name, the one with fewer
    clients sees the other. None sees itself, by way of others neither.
    """
    found: dict[Client, int] = {}
    for (client, other), many in sorted(fits.items(), key=lambda item: (-item[1], str(item[0]))):
        enough = many >= BURSTS and many >= SHARE * fits[client, None]
        if other is None or not enough or client in found:
            continue
        if not client.same or client.gateway not in _behind(other, client.evidence, found):
            found[client] = other
    return found


def _behind(gateway: int, evidence: str, found: Mapping[Client, int]) -> set[int]:
    """A gateway, and all that it sees as clients of its own, by lines of a kind."""
    reached, left = {gateway}, [gateway]
    while left:
        at = left.pop()
        further = {
            to for one, to in found.items() if one[:3] == (evidence, True, at) and to not in reached
        }
        reached |= further
        left += further
    return reached


def find_hidden_pairs(hits: pl.DataFrame, hidden: Mapping[Client, int]) -> tuple[pl.DataFrame, ...]:
    """Lines (`ROW`) of other gateways with the line (`partner`) that each repeats.

    First those that prove as much as their partner, one of one, then those that prove less. Hits
    are `gateway_lines.in_hours`, of whole hours.
    """
    own = _in_bursts(hits.filter(pl.col("bin") == "hit"))
    same = _pairs_of_same(own, _of_clients(own, hidden, same=True))
    more = [pl.DataFrame(schema=_PAIRS)]
    clients = _of_clients(own, hidden, same=False).join(same, on=ROW, how="anti")
    for less, kinds in _MORE.items():
        some = clients.filter(HOME, pl.col("evidence") == less)
        others = own.filter(pl.col("evidence").is_in(kinds)).with_columns(_other=GATEWAY)
        more.append(nearest_made(some, others, (HOUR, "host", "_other")).select(ROW, "partner"))
    return same, pl.concat(more)


def _in_bursts(own: pl.DataFrame) -> pl.DataFrame:
    by = (HOUR, "host", "evidence", "_asked")
    asked = pl.when(pl.col("evidence") == "url").then("request")
    pause = pl.col(MADE).diff() > timedelta(seconds=SEEN_SECONDS)
    return (
        own.with_columns(_asked=asked)
        .sort(*by, MADE, GROUP, "source", "line")
        .with_columns(pause.fill_null(value=True).cum_sum().over(by).alias(_BURST))
    )


def _nameless(own: pl.DataFrame) -> pl.DataFrame:
    return own.filter(HOME, pl.col(NAME).is_null(), pl.col("client_ip").is_not_null())


def _counted(hidden: pl.DataFrame, fitting: pl.DataFrame) -> pl.DataFrame:
    """By client and gateway (`_other`, null for all) the number of short bursts that fit."""
    client = ("evidence", GROUP, "client_ip")
    bursts = hidden.group_by(*client, *(set(_SAME) - {"evidence"})).len("lines")
    short = bursts.filter(pl.col("lines") <= LONGEST)
    every = short.group_by(client).len("bursts").with_columns(_other=pl.lit(None, pl.UInt32))
    some = fitting.filter(pl.col("lines") <= LONGEST).group_by(*client, "_other").len("bursts")
    return pl.concat([every, some.select(every.columns)])


def _fits(counted: pl.DataFrame, *, same: bool) -> Fits:
    columns = counted.select("evidence", GROUP, "client_ip", "_other", "bursts")
    return Counter(
        {(Client(kind, same, *one), other): many for kind, *one, other, many in columns.rows()}
    )


def _fitting_same(hidden: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Bursts of clients that another gateway has as many lines of.

    Nodes of one gateway are several clients behind it: of them, all together.
    """
    clients = [*_SAME, GROUP, "client_ip"]
    lines = hidden.group_by(clients).len("lines")
    lines = lines.with_columns(every=pl.col("lines").sum().over(*_SAME, GROUP))
    others = own.group_by(*_SAME, _other=GROUP).len("theirs")
    alike = lines.join(others, on=[*_SAME], nulls_equal=True)
    as_many = pl.col("theirs") == pl.col("every")
    few = pl.col("theirs") <= LONGEST
    same = (pl.col("theirs") == pl.col("lines")) | (as_many & few)
    return alike.filter(pl.col(GROUP) != pl.col("_other"), same)


def _fitting_more(hidden: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Bursts of clients each line of which has one beside it at another gateway, proving more.

    Where that was asked by several people in a row, anybody's would be beside one.
    """
    others = others.with_columns(_other=GATEWAY).filter(_is_of_one())
    there = others.select(HOUR, "_other").unique()
    asked = hidden.join(there, on=HOUR).filter(pl.col("_other") != pl.col(GATEWAY))
    near = nearest_made(asked, others, (HOUR, "host", "_other"))
    beside = near.join(others.select("_other", partner=ROW).unique(), on="partner")
    counted = hidden.join(beside.select(ROW, "_other").unique(), on=ROW)
    fitting = counted.group_by(*_SAME, GROUP, "client_ip", "_other").len("lines")
    whole = hidden.group_by(*_SAME, GROUP, "client_ip").len("lines")
    return fitting.join(whole, on=[*_SAME, GROUP, "client_ip", "lines"], nulls_equal=True)


def _is_of_one() -> pl.Expr:
    """True for lines of a gateway in a row that one person asked for."""
    by, order = (HOUR, "host", "_other"), (MADE, "source", "line")
    pause = pl.col(MADE).diff() > timedelta(seconds=LOOKED_UP_SECONDS)
    row = pause.fill_null(value=True).cum_sum().over(by, order_by=order)
    return pl.coalesce(NAME, "client_ip").n_unique().over(*by, row) == 1


def _of_clients(own: pl.DataFrame, hidden: Mapping[Client, int], *, same: bool) -> pl.DataFrame:
    """Lines of clients that are other gateways, with the number of these (`_other`); guests too."""
    listed = pl.DataFrame(
        [(*client, other) for client, other in sorted(hidden.items()) if client.same is same],
        schema={
            "evidence": pl.String,
            "same": pl.Boolean,
            GROUP: pl.UInt32,
            "client_ip": pl.String,
            "_other": pl.UInt32,
        },
        orient="row",
    ).with_columns(pl.col("evidence").cast(own.schema["evidence"]))
    nameless = own.filter(pl.col(NAME).is_null() & pl.col("client_ip").is_not_null())
    return nameless.join(listed.drop("same"), on=["evidence", GROUP, "client_ip"])


def _pairs_of_same(own: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """The first line of a burst with the first of the other gateway, the second with the second.

    Guests take their turn: else what follows an hour's end would be the first again.
    """
    order, turn = (MADE, "source", "line"), pl.int_range(pl.len())
    some = clients.sort(order).with_columns(_turn=turn.over(*_SAME, GROUP, "_other"))
    others = own.with_columns(_other=GROUP).sort(order)
    others = others.with_columns(_turn=turn.over(*_SAME, "_other"))
    by = [*_SAME, "_other", "_turn"]
    home = some.filter(HOME)
    paired = home.join(others.select(*by, partner=ROW), on=by, nulls_equal=True)
    return paired.select(ROW, "partner")
