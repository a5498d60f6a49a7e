"""Bursts of like requests of one person on several gateways: how many lines each of them has.

Tunnels of one moment that nodes share out evenly are told from one tunnel seen twice by what went
through them, and by how long they lasted; unless two gateways count bytes in their own ways: then
the sizes of one tunnel differ, but grow and shrink together from one tunnel to the next.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import polars as pl

#: Gateways log one request within so many seconds of each other.
SEEN_SECONDS: Final = 5
#: A pause that ends a visit: after it a person may have moved from one gateway to another.
VISIT_SECONDS: Final = 600
#: Two lines of one tunnel agree in the bytes that came back, and in how long it lasted, to this
#: part and these numbers: a proxy adds a head of its own, and hears of the end a little later.
UNLIKE_PART: Final = 0.1
UNLIKE_BYTES: Final = 2_000
UNLIKE_SECONDS: Final = 5

#: For each gateway of a visit, by number, how many lines of a burst it has: also none.
Pattern = tuple[tuple[int, int], ...]
#: The columns that show that lines are of one person.
Person = tuple[str, ...]
#: How often there is a pattern, by the evidence of its lines and what shows their person.
Patterns = Counter[tuple[str, Person, Pattern]]


#: What else is looked at of hits.
_COMPARED: Final = (
    *("time", "began", "source", "line", "bin", "host"),
    *("request", "target", "no_method", "bytes_received"),
)


@dataclass(frozen=True, slots=True)
class Bursts:
    """The bursts of persons: how often there is a pattern.

    `unmeasured` are those of tunnels alone, whatever their bytes and length. `steps` say of each
    two gateways how often their sizes of a tunnel both grew or both shrank since the one before
    (True), and how often one grew and the other shrank.
    """

    patterns: Patterns = field(default_factory=Counter)
    unmeasured: Patterns = field(default_factory=Counter)
    steps: Counter[tuple[int, int, bool]] = field(default_factory=Counter)

    def plus(self, other: "Bursts") -> "Bursts":
        """The bursts of both."""
        return Bursts(
            self.patterns + other.patterns,
            self.unmeasured + other.unmeasured,
            self.steps + other.steps,
        )


def count_bursts(
    hits: pl.DataFrame, *, by: Sequence[str], gateway: str, made: str, product: str
) -> Bursts:
    """Bursts of like requests of whole persons (`by`) in visits that several gateways logged.

    Where a line of a visit names no method, requests are alike that differ in it. Tunnels of one
    moment are alike that agree in bytes and length, where all of them are of one `product`.
    """
    who, pause = [*by, "evidence"], pl.col(made).diff()
    known = pl.all_horizontal(pl.col(by).is_not_null())
    visit = (pause > timedelta(seconds=VISIT_SECONDS)).fill_null(value=True)
    compared = list(dict.fromkeys((*who, gateway, made, product, *_COMPARED)))
    own = hits.select(compared).filter((pl.col("bin") == "hit") & known).sort(*who, made)
    lines = own.with_columns(_visit=visit.cum_sum().over(who))
    who.append("_visit")
    lines = lines.filter(pl.col(gateway).n_unique().over(who) > 1)
    if lines.is_empty():
        return Bursts()
    asked = pl.when(pl.col("no_method").any().over(who)).then("target").otherwise("request")
    lines = lines.with_columns(_asked=pl.when(pl.col("evidence") == "url").then(asked))
    what = [*who, "host", "_asked"]
    ends = (pause > timedelta(seconds=SEEN_SECONDS)).fill_null(value=True)
    bursts = lines.sort(*what, made).with_columns(_burst=ends.cum_sum().over(what))
    what.append("_burst")
    measured = _with_kinds_of_tunnels(bursts, what, product)
    tunnels = bursts.filter(pl.col("evidence") == "connect")
    present = lines.select(*who, gateway).unique().sort(gateway)
    there = present.group_by(who).agg(_joined(gateway).alias("_there"))
    return Bursts(
        _patterns(measured, [*what, "_kind"], gateway, there, tuple(by)),
        _patterns(tunnels, what, gateway, there, tuple(by)),
        _steps(tunnels, what, by=by, gateway=gateway, made=made, product=product),
    )


def _joined(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.join(" ")


def _patterns(
    lines: pl.DataFrame, burst: Sequence[str], gateway: str, there: pl.DataFrame, person: Person
) -> Patterns:
    """How often bursts have so many lines at each of the gateways that are `there` in a visit."""
    counted = lines.group_by(*burst, gateway).len("_lines").sort(gateway)
    shown = pl.concat_str(gateway, pl.lit(":"), "_lines").str.join(" ").alias("_shown")
    visit = [name for name in there.columns if name != "_there"]
    patterns = counted.group_by(burst).agg(shown).join(there, on=visit)
    kinds = patterns.group_by("evidence", "_there", "_shown").len()
    return Counter({(kind, person, _pattern(*two)): many for kind, *two, many in kinds.rows()})


def _steps(
    tunnels: pl.DataFrame,
    burst: Sequence[str],
    *,
    by: Sequence[str],
    gateway: str,
    made: str,
    product: str,
) -> Counter[tuple[int, int, bool]]:
    """How the sizes of tunnels go together that two gateways of one product logged in turn."""
    known = tunnels.filter(pl.col("bytes_received").is_not_null())
    place = pl.struct(made, "bytes_received").rank("ordinal").over(*burst, gateway)
    ordered = known.with_columns(_place=place).sort(gateway)
    both = [*burst, "_place"]
    of_one = (pl.len() == 2) & (pl.col(product).n_unique() == 1) & (pl.col(gateway).n_unique() == 2)
    sizes = ordered.filter(of_one.over(both)).group_by(both, maintain_order=True)
    pairs = sizes.agg(
        pl.col(gateway).first().alias("_one"),
        pl.col(gateway).last().alias("_other"),
        pl.col("bytes_received").first().alias("_size"),
        pl.col("bytes_received").last().alias("_other_size"),
        pl.col(made).min().alias("_at"),
    )
    series = [*by, "host", "_one", "_other"]
    in_turn = pairs.sort(*series, "_at", "_place", "_size", "_other_size")
    grown = [pl.col(size).diff().over(series).sign() for size in ("_size", "_other_size")]
    steps = in_turn.select("_one", "_other", *grown).filter(
        (pl.col("_size") * pl.col("_other_size")) != 0
    )
    alike = pl.col("_size") == pl.col("_other_size")
    counted = steps.group_by("_one", "_other", alike.alias("_alike")).len()
    return Counter({(one, other, both): many for one, other, both, many in counted.rows()})


def _with_kinds_of_tunnels(bursts: pl.DataFrame, what: Sequence[str], product: str) -> pl.DataFrame:
    """Lines with a number (`_kind`) that those of one burst share which may be of one tunnel.

    Products count bytes in their own ways, so that of several nothing is compared.
    """
    tunnels = bursts.filter(pl.col("evidence") == "connect")
    of_one = (pl.len() > 1) & (pl.col(product).n_unique() == 1)
    known = tunnels.filter(of_one.over(what))
    if known.is_empty():
        return bursts.with_columns(_kind=pl.lit(0, pl.UInt32))
    lasted = (pl.col("time") - pl.col("began")).dt.total_seconds()
    measured = known.with_columns(_lasted=lasted, _kind=pl.lit(0, pl.UInt32))
    keys = [*what, "_kind"]
    for size, least in (("bytes_received", UNLIKE_BYTES), ("_lasted", UNLIKE_SECONDS)):
        before = pl.col(size).shift()
        grown = pl.col(size) > before * (1 + UNLIKE_PART) + least
        all_known = pl.col(size).is_not_null().all()
        step = (grown.fill_null(value=False) & all_known).cum_sum()
        kinds = measured.sort(*keys, size).with_columns(_step=step.over(keys))
        measured = kinds.with_columns(
            _kind=pl.struct("_kind", "_step").rank("dense").over(what).cast(pl.UInt32)
        )
    numbered = measured.select("source", "line", "_kind")
    return bursts.join(numbered, on=["source", "line"], how="left").with_columns(
        pl.col("_kind").fill_null(0)
    )


def _pattern(there: str, shown: str) -> Pattern:
    """The lines of each gateway that is there, of texts such as `1 4 7` and `1:2 4:2`."""
    pairs = (part.split(":") for part in shown.split())
    lines = {int(gateway): int(count) for gateway, count in pairs}
    return tuple((gateway, lines.get(gateway, 0)) for gateway in map(int, there.split()))
