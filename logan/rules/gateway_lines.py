"""Lines of several gateways in the form in which they are compared: who, when, at which gateway."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial, reduce
from types import MappingProxyType
from typing import Final, NamedTuple

import polars as pl

from logan.rules.clocks import MOST_ALIKE, count_apart, count_clients_apart
from logan.rules.gateway_bursts import Bursts, count_bursts
from logan.rules.gateway_groups import GatewayGroups, find_groups
from logan.rules.repeats import ROW
from logan.rules.seen import Steps

#: A name is looked up, and a tunnel opened, so many seconds before the request or after it.
LOOKED_UP_SECONDS: Final = 10

#: The account without its domain or realm: gateways of one organisation write them in many ways.
NAME: Final = "_name"
#: What may show that lines are of one person, the surest first.
PERSONS: Final = ("client_ip", NAME)
#: The number of the gateway that wrote a line, so far as its file tells; of nodes the lowest.
GATEWAY: Final = "_gateway"
#: The same among lines that prove as much: gateways may be nodes where they write addresses only.
GROUP: Final = "_group"
#: The number of the product that wrote a line.
PRODUCT: Final = "_product"
#: When a request was made: a tunnel, when it began.
MADE: Final = "_made"
#: An hour that a line lies in or close to, and whether it lies in it.
HOUR: Final = "_hour"
HOME: Final = "_home"


class Gateways(NamedTuple):
    """The gateways of sources, and what is known of them.

    `numbers` numbers them by source; `formats` are what they write, by source: none means that all
    write the same. `ahead` says by how many seconds the clocks of some are ahead, `ahead_by_day`
    those that change; `groups` which are nodes of one.
    """

    numbers: Sequence[int]
    formats: Sequence[str | None] = ()
    ahead: Mapping[int, int] = MappingProxyType({})
    ahead_by_day: Mapping[int, Steps] = MappingProxyType({})
    groups: GatewayGroups = GatewayGroups()

    def with_groups(self, bursts: Iterable[Bursts]) -> "Gateways":
        """The same with the groups that bursts of all persons show."""
        products = dict(zip(self.numbers, self.formats, strict=True)) if self.formats else {}
        return self._replace(groups=find_groups(reduce(Bursts.plus, bursts, Bursts()), products))


def hits_and_set_ups(rows: pl.DataFrame) -> pl.DataFrame:
    """The hits among rows, and the set-ups that led to some: what is compared of them."""
    spent = (pl.col("bin") == "repeat") & pl.col("setup") & (pl.col("action") != "auth")
    return rows.filter((pl.col("bin") == "hit") | spent)


def prepared(rows: pl.DataFrame, gateways: Gateways) -> pl.DataFrame:
    """The hits among rows (`hits_and_set_ups`) with what they are compared by.

    Rows that were found to repeat another gateway's must not be among them: of two that repeat each
    other none would count.
    """
    hits = hits_and_set_ups(rows)
    nodes, ahead = gateways.groups.nodes, gateways.ahead
    seconds = of_source([ahead.get(one, 0) for one in gateways.numbers], pl.Int64)
    for one, steps in sorted(gateways.ahead_by_day.items()):
        seconds = (
            pl.when(of_source(gateways.numbers) == one).then(_of_day(steps)).otherwise(seconds)
        )
    off = pl.duration(seconds=seconds)
    began = pl.when(pl.col("evidence") == "connect").then("began")
    products = {name: at for at, name in enumerate(dict.fromkeys(gateways.formats))}
    product = [products[name] for name in gateways.formats] or [0] * len(gateways.numbers)
    number, in_urls = of_source(gateways.numbers), _in_group(gateways, nodes.get("url", {}))
    groups = {kind: _in_group(gateways, group) for kind, group in nodes.items() if group}
    group = reduce(
        lambda rest, kind: pl.when(pl.col("evidence") == kind).then(groups[kind]).otherwise(rest),
        sorted(groups),
        number,
    )
    return hits.with_columns(
        in_urls.alias(GATEWAY),
        group.alias(GROUP),
        account().alias(NAME),
        of_source(product).alias(PRODUCT),
        (pl.coalesce(began, "time") - off).alias(MADE),
        began=pl.col("began") - off,
    )


def _of_day(steps: Steps) -> pl.Expr:
    """The seconds of the day of each row; before the first day, those of that."""
    days, seconds = (pl.Series(values, dtype=pl.Int64) for values in zip(*steps, strict=True))

    def of_days(asked: pl.Series) -> pl.Series:
        at = days.search_sorted(asked.fill_null(0).cast(pl.Int64), side="right").cast(pl.Int64) - 1
        return seconds.gather(at.clip(0))

    return pl.col("time").dt.epoch("d").map_batches(of_days, return_dtype=pl.Int64)


def _in_group(gateways: Gateways, group: Mapping[int, int]) -> pl.Expr:
    return of_source([group.get(number, number) for number in gateways.numbers])


def of_source(values: Sequence[int], dtype: type[pl.DataType] = pl.UInt32) -> pl.Expr:
    """The value of the source of each row."""
    series = pl.Series(values, dtype=dtype)
    return pl.col("source").map_batches(series.gather, return_dtype=dtype)


def account() -> pl.Expr:
    """A user's account without domain or realm, in lower case."""
    bare = pl.col("user").str.to_lowercase().str.replace(r"^.*\\", "")
    return bare.str.replace("@.*$", "")


def apart(hits: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """How far apart the hits (`prepared`) of whole persons are on each two gateways
    (`clocks.APART`)."""
    own = hits.select("bin", by, GATEWAY, MADE).filter(pl.col("bin") == "hit")
    return count_apart(own, by=by, gateway=GATEWAY, made=MADE)


#: What like requests of several gateways agree in.
ALIKE: Final = ("host", "evidence", "_asked")


def alike_request() -> pl.Expr:
    """One value for requests that are alike (`ALIKE`)."""
    return pl.concat_str("host", "evidence", _asked().cast(pl.String).fill_null(""))


def _asked() -> pl.Expr:
    return pl.when(pl.col("evidence") == "url").then("request")


def asked_often(hits: pl.DataFrame) -> pl.DataFrame:
    """The requests of gateways, among some hits (`prepared`), that are too many to learn from.

    They have more of them than these, or as many: what is left of them need not be looked at.
    """
    own = hits.filter(pl.col("bin") == "hit").with_columns(_asked=_asked())
    counted = own.group_by(*ALIKE, GATEWAY).len()
    return counted.filter(pl.col("len") > MOST_ALIKE).select(*ALIKE, GATEWAY)


def not_asked_often(hits: pl.DataFrame, often: pl.DataFrame) -> pl.DataFrame:
    """Hits (`prepared`) alone, without requests that are too many to learn from (`asked_often`)."""
    asked = hits.filter(pl.col("bin") == "hit").with_columns(_asked=_asked())
    rest = asked.join(often, on=[*ALIKE, GATEWAY], how="anti", nulls_equal=True)
    return rest.select(hits.columns)


def clients_apart(hits: pl.DataFrame) -> pl.DataFrame:
    """How far the hits (`prepared`) of nameless clients are from the like at other gateways
    (`clocks.CLIENTS_APART`)."""
    own = hits.filter(pl.col("bin") == "hit").with_columns(_asked=_asked())
    return count_clients_apart(own, alike=ALIKE, name=NAME, gateway=GATEWAY, made=MADE)


def shared(hits: pl.DataFrame, *, by: str) -> Bursts:
    """Bursts of hits (`prepared`) of whole persons in visits that several gateways logged.

    At an address several people may work, whom their accounts tell apart; by the address alone go
    lines that stand beside some without an account.
    """
    count = partial(count_bursts, gateway=GATEWAY, made=MADE, product=PRODUCT)
    if by == NAME:
        return count(hits, by=(NAME,))
    some_nameless = hits.filter(pl.col(NAME).is_null().any().over(by))
    return count(some_nameless, by=(by,)).plus(count(hits, by=(by, NAME)))


def in_hours(hits: pl.DataFrame) -> pl.DataFrame:
    """Hits (`prepared`) in their hour, and once more in another one that they lie close to."""
    margin = timedelta(seconds=LOOKED_UP_SECONDS)
    near = pl.concat_list(pl.col(MADE), pl.col(MADE) - margin, pl.col(MADE) + margin)
    hours = near.list.eval(pl.element().dt.truncate("1h")).list.unique()
    placed = hits.filter(pl.col(MADE).is_not_null()).with_columns(hours.alias(HOUR)).explode(HOUR)
    return placed.with_columns((pl.col(HOUR) == pl.col(MADE).dt.truncate("1h")).alias(HOME))


def nearest_made(some: pl.DataFrame, others: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """For each row (`ROW`) the nearest of others (`partner`) alike in `by`, how far `apart`."""
    if some.is_empty() or others.is_empty():
        places = {f"_{name}": others.schema[name] for name in ("source", "line")}
        rows = dict.fromkeys((ROW, "partner"), pl.UInt32)
        return pl.DataFrame(schema={**rows, **places, "apart": pl.Duration("us")})
    by = list(dict.fromkeys(by))
    order = (MADE, "source", "line")
    left = some.sort(order).select(ROW, MADE, *by)
    right = others.sort(order).select(
        MADE, *by, partner=ROW, _theirs=MADE, _source="source", _line="line"
    )
    joined = left.join_asof(
        right,
        on=MADE,
        by=by,
        strategy="nearest",
        tolerance=timedelta(seconds=LOOKED_UP_SECONDS),
        check_sortedness=False,
    ).filter(pl.col("partner").is_not_null())
    apart = (pl.col(MADE) - pl.col("_theirs")).abs()
    return joined.select(ROW, "partner", "_source", "_line", apart=apart)
