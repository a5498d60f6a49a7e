"""What several gateways saw: a request that a proxy, another behind it, a sensor and a name server
logged counts once.

Lines of one request name the same host, and the same client address or account, within a few
seconds. The best evidence is kept: a URL before a tunnel before a look-up, a line with a user
before one without. What one gateway logs twice is two requests; so of lines that prove the same,
the first of one gateway belongs to the first of the other, the second to the second. Lines that
prove less (a look-up, a handshake) are as many as a browser likes: all of them go with the visit.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

import polars as pl

from logan.rules.clocks import Apart, count_apart, find_ahead
from logan.rules.same_request import (
    COMPARED,
    DECIDED,
    REPEAT_OF,
    ROW,
    combined,
    repeats,
    request,
    with_repeat_of,
)
from logan.schema import REPEAT_REASON

#: Gateways log one request within so many seconds of each other.
SEEN_SECONDS: Final = 5
#: A name is looked up, and a tunnel opened, so many seconds before the request or after it.
LOOKED_UP_SECONDS: Final = 10

#: The account without its domain or realm: gateways of one organisation write them in many ways.
NAME: Final = "_name"
#: What may show that lines are of one person, the surest first.
PERSONS: Final = ("client_ip", NAME)
#: The number of the gateway that wrote a line, so far as its file tells.
GATEWAY: Final = "_gateway"
#: When a request was made: a tunnel, when it began.
MADE: Final = "_made"

#: What is found out about a row, beside `same_request.DECIDED`: the user whom another line names,
#: and of a line without a user the address that a line with one proves to be that user's.
#: of one whose user stands otherwise in the other, both names.
SEEN: Final = {**DECIDED, **dict.fromkeys(("named", "address", "name", "other_name"), pl.String)}
_PROVING: Final = ("url", "connect", "dns")
_PAIRS: Final = {ROW: pl.UInt32, "partner": pl.UInt32}


class Seen(NamedTuple):
    """What was found out by comparing gateways.

    How many `lines` repeat one of another gateway; the `addresses` that proved to be a user's, and
    the `names` that did, in lower case, with the one to be used; by how many seconds the clocks of
    gateways are `ahead`; how many hits are `untold`: another gateway
    has their like, and neither user nor address says whether it is the same request.
    """

    lines: int = 0
    addresses: frozenset[str] = frozenset()
    names: Mapping[str, str] = MappingProxyType({})
    ahead: Mapping[int, int] = MappingProxyType({})
    untold: int = 0


def without_seen(found: pl.DataFrame, gateways: Sequence[int]) -> tuple[pl.DataFrame, Seen]:
    """Findings with what another gateway saw too in its bin; rows and their order stay.

    A hit gets the user and the verdict that another line of its request has. `gateways` numbers the
    gateways by source. `same_request.REPEAT_OF` is added, or stays where it is known.
    """
    found = with_repeat_of(found)
    there = origins(found, gateways)
    if len(there) < 2:
        return found, Seen()
    hits = _hits_of(found, gateways, {})
    ahead = find_ahead((apart(hits, by=by) for by in PERSONS), {number for number, _ in there})
    lines, addresses, pairs = 0, set[str](), set[tuple[str, str]]()
    for by in PERSONS:
        shown = find_seen(_hits_of(found, gateways, ahead), by=by)
        seen = summed(shown)
        pairs |= names_in(shown)
        lines += int(seen["again"].sum())
        addresses.update(seen["address"].drop_nulls())
        known = found.with_row_index(ROW).join(seen, on=ROW, how="left", maintain_order="left")
        found = known.with_columns(
            bin=pl.when("again").then(pl.lit("repeat")).otherwise("bin"),
            action=pl.coalesce("verdict", "action"),
            user=pl.coalesce("user", "named"),
            **{name: pl.coalesce(name, f"{name}_right") for name in REPEAT_OF},
        ).select(found.columns)
    untold = count_untold(_hits_of(found, gateways, ahead))
    names = one_name(pairs)
    return with_one_name(found, names), Seen(lines, frozenset(addresses), names, ahead, untold)


def _hits_of(
    found: pl.DataFrame, gateways: Sequence[int], ahead: Mapping[int, int]
) -> pl.DataFrame:
    rows = found.with_columns(request=request()).with_row_index(ROW)
    known = rows.filter(pl.col("why").ne_missing(pl.lit("other_gateway", REPEAT_REASON)))
    return prepared(known.select(ROW, *COMPARED), gateways, ahead)


def apart(hits: pl.DataFrame, *, by: str) -> Apart:
    """How far apart the hits (`prepared`) of whole persons are on each two gateways."""
    own = hits.filter(pl.col("bin") == "hit")
    return count_apart(own, by=by, gateway=GATEWAY, made=MADE)


def origins(rows: pl.DataFrame, gateways: Sequence[int]) -> set[tuple[int, bool]]:
    """The gateways that hits are of, and whether they are look-ups: of one origin none is twice."""
    hits = rows.filter(pl.col("bin") == "hit")
    kinds = hits.select("source", pl.col("evidence") == "dns").unique().rows()
    return {(gateways[source], looked_up) for source, looked_up in kinds}


def prepared(rows: pl.DataFrame, gateways: Sequence[int], ahead: Mapping[int, int]) -> pl.DataFrame:
    """The hits among rows with what they are compared by, and the set-ups that led to some.

    `gateways` numbers the gateways by source, `ahead` says by how many seconds the clocks of some
    are ahead. Rows that were found to repeat another gateway's must not be among them: of two that
    repeat each other none would count.
    """
    spent = (pl.col("bin") == "repeat") & pl.col("setup") & (pl.col("action") != "auth")
    hits = rows.filter((pl.col("bin") == "hit") | spent)
    numbers = pl.Series(gateways, dtype=pl.UInt32)
    late = pl.Series([ahead.get(number, 0) for number in gateways], dtype=pl.Int64)
    gateway = pl.col("source").map_batches(numbers.gather, return_dtype=pl.UInt32)
    seconds = pl.col("source").map_batches(late.gather, return_dtype=pl.Int64)
    off = pl.duration(seconds=seconds)
    began = pl.when(pl.col("evidence") == "connect").then("began")
    return hits.with_columns(
        gateway.alias(GATEWAY),
        account().alias(NAME),
        (pl.coalesce(began, "time") - off).alias(MADE),
        began=pl.col("began") - off,
    )


def count_untold(hits: pl.DataFrame) -> int:
    """How many hits (`prepared`) of whole hours may be those of another gateway.

    They name no user, or the other does, and their addresses differ: the same person behind a
    gateway that hides its clients, or two people.
    """
    alike = pl.when(pl.col("evidence") == "url").then("request")
    own = hits.filter(pl.col("bin") == "hit").with_columns(
        alike=alike, hour=pl.col(MADE).dt.truncate("1h")
    )
    by = ("hour", "host", "evidence", "alike")
    pause = pl.col(MADE).diff() > timedelta(seconds=SEEN_SECONDS)
    bursts = own.sort(*by, MADE).with_columns(burst=pause.fill_null(value=True).cum_sum().over(by))
    lines = bursts.group_by(*by, "burst", GATEWAY).agg(
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
        others = own.filter(pl.col("evidence").is_in(more))
        near = _nearest_made(some, others, ("hour", "host")).join(
            own.select(partner=ROW, _other=GATEWAY), on="partner"
        )
        beside = near.join(some.select(ROW, GATEWAY), on=ROW)
        found += beside.filter(pl.col(GATEWAY) != pl.col("_other")).height
    return found


def account() -> pl.Expr:
    """A user's account without domain or realm, in lower case."""
    bare = pl.col("user").str.to_lowercase().str.replace(r"^.*\\", "")
    return bare.str.replace("@.*$", "")


def _folded(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase()


def names_in(seen: pl.DataFrame) -> set[tuple[str, str]]:
    """Pairs of names that two gateways have for the user of one request."""
    return set(seen.select("name", "other_name").drop_nulls().unique().rows())


def one_name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For names in lower case the one to be used: of those of one user the longest.

    The longest has the domain or realm; ties go to the one that sorts first.
    """
    group: dict[str, frozenset[str]] = {}
    for pair in sorted(pairs):
        both = frozenset(pair).union(*(group.get(name.lower(), ()) for name in pair))
        group |= {name.lower(): both for name in both}
    return {name: min(names, key=lambda one: (-len(one), one)) for name, names in group.items()}


def with_one_name(rows: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Rows with the one name (`one_name`) of each user who has several."""
    if not names:
        return rows
    return rows.with_columns(user=_folded("user").replace_strict(names, default=pl.col("user")))


def find_seen(hits: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """What hits (`prepared`) of whole persons show about each other: `SEEN`, in no order.

    `by` says who is one person: the `client_ip`, or the account (`NAME`).
    """
    known = hits.filter(pl.col(by).is_not_null())
    left, spent = (known.filter(pl.col("bin") == kind) for kind in ("hit", "repeat"))
    found = [pl.DataFrame(schema=SEEN)]
    for evidence in _PROVING:
        keys = (by, "host", "request") if evidence == "url" else (by, "host")
        pairs = _alike(left.filter(pl.col("evidence") == evidence), keys)
        found.append(_decided(pairs, left, weighty=True))
        left = updated(left, found[-1])
    for less, more in (("connect", ["url"]), ("dns", ["url", "connect"])):
        proving = pl.concat([left.filter(pl.col("evidence").is_in(more)), spent])
        pairs = _within(left.filter(pl.col("evidence") == less), proving, by)
        found.append(_decided(pairs, pl.concat([left, spent]), weighty=False))
        left = updated(left, found[-1])
    return pl.concat(found)


def summed(seen: pl.DataFrame) -> pl.DataFrame:
    """One row each; of several verdicts, that the request was blocked."""
    first = pl.col("named", "address").sort_by("named", "address").drop_nulls().first()
    return combined(seen).join(seen.group_by(ROW).agg(first), on=ROW)


def updated(hits: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Those of the hits that are none of the repeats, with what was seen of them elsewhere."""
    known = hits.join(summed(seen), on=ROW, how="left", maintain_order="left")
    kept = known.filter(~pl.col("again").fill_null(value=False)).with_columns(
        action=pl.coalesce("verdict", "action"), user=pl.coalesce("user", "named")
    )
    return kept.with_columns(account().alias(NAME)).select(hits.columns)


def _alike(some: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Lines (`ROW`) of other gateways about what the line `partner` is about, one of one.

    Lines follow each other in a burst; the first of each gateway's lines in it are one request, the
    second another. Names that differ are different people, whatever their address.
    """
    if some.is_empty() or some[GATEWAY].n_unique() < 2:
        return pl.DataFrame(schema=_PAIRS)
    same = _grouped(some.filter(pl.col(NAME).is_not_null()), (*by, NAME))
    rest = some.join(same, on=ROW, how="anti")
    # Beside a line with a name only those without one may be about the same.
    return pl.concat([same, _grouped(rest, by).filter(pl.col("nameless"))]).select(ROW, "partner")


def _grouped(lines: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Of each group of lines about one request all but the best, which is their `partner`."""
    by = list(dict.fromkeys(by))
    order = (MADE, GATEWAY, "source", "line")
    pause = pl.col(MADE).diff() > timedelta(seconds=SEEN_SECONDS)
    turn = pl.int_range(pl.len()).over(*by, "_burst", GATEWAY)
    numbered = (
        lines.sort(*by, *order)
        .with_columns(_burst=pause.fill_null(value=True).cum_sum().over(by))
        .with_columns(_turn=turn, nameless=pl.col(NAME).is_null())
    )
    unsaid = pl.col("action") == "unknown"
    best = numbered.sort("nameless", unsaid, *order)
    group = (*by, "_burst", "_turn")
    best = best.with_columns(
        partner=pl.col(ROW).first().over(group), _theirs=pl.col("client_ip").first().over(group)
    )
    others = best.filter(pl.col(ROW) != pl.col("partner"))
    if "client_ip" not in by:  # those of one address have been compared already
        others = others.filter(pl.col("client_ip").ne_missing(pl.col("_theirs")))
    return others.select(ROW, "partner", "nameless")


def _within(some: pl.DataFrame, proving: pl.DataFrame, by: str) -> pl.DataFrame:
    """The nearest line that proves more about the same host, of another gateway.

    A look-up goes with a line of its own gateway too. A request in the clear came through no
    tunnel.
    """
    if some.is_empty() or proving.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    where = proving.select(by, _other=GATEWAY).unique()
    asked = some.join(where, on=by).filter(
        (pl.col("evidence") == "dns") | (pl.col("_other") != pl.col(GATEWAY))
    )
    at = pl.concat_list(MADE, "began").list.drop_nulls().list.unique()
    made = proving.with_columns(at.alias(MADE), _other=GATEWAY).explode(MADE)
    clear = (pl.col("evidence") == "url") & (pl.col("scheme") == "http")
    named, nameless = pl.col(NAME).is_not_null(), pl.col(NAME).is_null()
    keys = (by, "host", "_other")
    pairs = []
    for tunnel, others in ((True, made.filter(~clear.fill_null(value=False))), (False, made)):
        these = asked.filter((pl.col("evidence") == "connect") == tunnel)
        pairs += [
            _nearest_made(these.filter(named), others.filter(named), (*keys, NAME)),
            _nearest_made(these.filter(named), others.filter(nameless), keys),
            _nearest_made(these.filter(nameless), others, keys),
        ]
    order = ("apart", "_source", "_line")
    nearest = pl.concat(pairs).sort(order).unique(ROW, keep="first", maintain_order=True)
    return nearest.select(ROW, "partner")


def _nearest_made(some: pl.DataFrame, others: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
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


def _decided(pairs: pl.DataFrame, hits: pl.DataFrame, *, weighty: bool) -> pl.DataFrame:
    """What follows from pairs: the one is a repeat, and what it says goes to the other.

    `weighty` lines saw the same request: if one gateway blocked it, it was blocked. What a gateway
    did with a handshake counts where nobody else says; with a look-up, not at all.
    """
    said = hits.select(ROW, "user", "client_ip", "action", "evidence")
    theirs = said.select(partner=ROW, their_user="user", their_action="action")
    both = pairs.join(said, on=ROW).join(theirs, on="partner")
    nameless = pl.col("user").is_null() & pl.col("their_user").is_not_null()
    otherwise = _folded("user") != _folded("their_user")
    repeated = repeats(both, "other_gateway").hstack(
        both.select(
            named=pl.lit(None, pl.String),
            address=pl.when(nameless).then("client_ip"),
            name=pl.when(otherwise).then("user"),
            other_name=pl.when(otherwise).then("their_user"),
        )
    )
    counts = (pl.col("their_action") == "unknown") & (pl.col("evidence") != "dns")
    if weighty:
        counts = counts | (pl.col("action") == "blocked")
    known = counts & pl.col("action").is_in(["allowed", "blocked"])
    unnamed = pl.col("their_user").is_null()
    kept = both.select(
        pl.col("partner").alias(ROW),
        again=pl.lit(value=False),
        verdict=pl.when(known).then("action"),
        **{name: pl.lit(None, dtype) for name, dtype in REPEAT_OF.items()},
        named=pl.when(unnamed).then("user"),
        **dict.fromkeys(("address", "name", "other_name"), pl.lit(None, pl.String)),
    )
    return pl.concat([repeated, kept])
