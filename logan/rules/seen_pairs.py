"""Which lines of several gateways tell of one request, pair by pair, and what follows from that.

Lines of whole persons are compared, and those of whole hours where a client is another gateway.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from logan.rules.gateway_bursts import SEEN_SECONDS
from logan.rules.gateway_groups import Doubtful, Pairs
from logan.rules.gateway_lines import (
    GATEWAY,
    GROUP,
    HOME,
    LOOKED_UP_SECONDS,
    MADE,
    NAME,
    account,
    nearest_made,
)
from logan.rules.hidden_clients import Client, find_hidden_pairs
from logan.rules.repeats import DECIDED, REPEAT_OF, ROW, combined, find_nearest, folded, repeats
from logan.rules.tunnel_set_ups import SETUP_SECONDS

#: What is found out about a row, beside `repeats.DECIDED`: the user whom another line names,
#: and of a line without a user the address that a line with one proves to be that user's;
#: of one whose user stands otherwise in the other, both names.
#: And whether little speaks for it that the gateways see the same traffic.
SEEN: Final = {
    **DECIDED,
    **dict.fromkeys(("named", "address", "name", "other_name"), pl.String),
    "doubtful": pl.Boolean,
}
#: What lines that prove the same agree in, beside person, host and time. A line that names no
#: method may be of a request of any, once those of the same method are taken together.
_ALIKE: Final = (("url", ("request",)), ("url", ("target",)), ("connect", ()), ("dns", ()))
_PAIRS: Final = {ROW: pl.UInt32, "partner": pl.UInt32}


def find_seen(hits: pl.DataFrame, *, by: str, doubtful: Doubtful) -> pl.DataFrame:
    """What hits (`prepared`) of whole persons show about each other: `SEEN`, in no order.

    `by` says who is one person: the `client_ip`, or the account (`NAME`). `doubtful` are pairs of
    gateways by evidence, as in `gateway_groups.GatewayGroups`.
    """
    every = hits.filter(pl.col(by).is_not_null())
    known = _beside_others(every, by)
    if known.height < 2:
        return pl.DataFrame(schema=SEEN)
    left, spent = (known.filter(pl.col("bin") == kind) for kind in ("hit", "repeat"))
    found = [pl.DataFrame(schema=SEEN)]
    for evidence, asked in _ALIKE:
        pairs = _alike(left.filter(pl.col("evidence") == evidence), (by, "host", *asked))
        pairs = _with_doubt(pairs, left, doubtful.get(evidence, frozenset()))
        found.append(_decided(pairs, left, weighty=True))
        left = updated(left, found[-1])
    for less, more in (("connect", ["url"]), ("dns", ["url", "connect"])):
        proving = left.filter(pl.col("evidence").is_in(more))
        some = left.filter(pl.col("evidence") == less)
        if some.is_empty():
            continue
        # Where its gateway logs set-ups, that of a tunnel is known: none of another log is its.
        own = some.join(spent, on=(by, "host", GATEWAY), how="semi", nulls_equal=True)
        rest = some.join(own, on=ROW, how="anti")
        of_own = pl.DataFrame(schema=_PAIRS)
        if not own.is_empty():
            of_own = _within(own, pl.concat([proving, _set_ups_of_requests(every, by)]), by)
        pairs = pl.concat([of_own, _within(rest, pl.concat([proving, spent]), by)])
        sure = pairs.with_columns(doubtful=False)
        found.append(_decided(sure, pl.concat([left, spent]), weighty=False))
        left = updated(left, found[-1])
    return pl.concat(found)


def _beside_others(hits: pl.DataFrame, by: str) -> pl.DataFrame:
    """The hits of whole persons without those that no line of another gateway lies near.

    Nothing is shown about these, and of a year's they are most. Lines of a person and host are near
    that lie between no pause longer than any that a pair may have (a line lasts from its beginning
    to its end); a look-up may go with a line of its own gateway; set-ups that led to a request say
    of all of their host whether a tunnel has some.
    """
    alike = pl.struct(by, "host").hash()  # of two people by chance: then both are kept
    times = (pl.min_horizontal(MADE, "began"), pl.max_horizontal(MADE, "began"))
    lines = hits.select(
        GATEWAY,
        GROUP,
        at=pl.int_range(pl.len(), dtype=pl.UInt32),
        alike=alike,
        first=times[0],
        last=times[1],
        other=(pl.col("evidence") == "dns") | (pl.col("bin") == "repeat"),
    ).sort("alike", "first")
    before = pl.col("last").cum_max().shift().over("alike")
    pause = pl.col("first") > before + timedelta(seconds=max(SEEN_SECONDS, LOOKED_UP_SECONDS))
    numbers = lines.with_columns(_burst=pause.fill_null(value=True).cum_sum())
    several = [pl.col(one).min() != pl.col(one).max() for one in (GATEWAY, GROUP)]
    near = pl.any_horizontal(*several, pl.col("other").any()).over("_burst")
    return hits[numbers.filter(near)["at"].sort()]


def _set_ups_of_requests(lines: pl.DataFrame, by: str) -> pl.DataFrame:
    """The set-ups of tunnels whose inner requests their gateway logged: these they stand for."""
    setups = lines.filter(pl.col("bin") == "repeat")
    inside = pl.col("scheme").fill_null("https") != "http"
    requests = lines.filter((pl.col("evidence") == "url") & inside)
    led = find_nearest(
        setups, requests, by=(by, "host", GATEWAY), within=SETUP_SECONDS, strategy="forward"
    )
    return setups.join(led, on=ROW, how="semi")


def find_seen_behind(hits: pl.DataFrame, hidden: Mapping[Client, int]) -> pl.DataFrame:
    """What hits (`in_hours`) of whole hours show of lines whose client is another gateway: `SEEN`.

    The address is that gateway's, and proves to be nobody's.
    """
    same, less = find_hidden_pairs(hits, hidden)
    own = hits.filter(HOME)
    guests = hits.filter(~pl.col(HOME)).join(own, on=ROW, how="anti").unique(ROW)
    both = pl.concat([own, guests])
    shown = [
        _decided(pairs.with_columns(doubtful=False), both, weighty=weighty)
        for pairs, weighty in ((same, True), (less, False))
    ]
    return pl.concat(shown).with_columns(address=pl.lit(None, pl.String))


def _with_doubt(pairs: pl.DataFrame, hits: pl.DataFrame, doubtful: Pairs) -> pl.DataFrame:
    """Pairs with `doubtful`: whether the gateways of both are one of these pairs of gateways."""
    if not doubtful or pairs.is_empty():
        return pairs.with_columns(doubtful=False)
    own, theirs = hits.select(ROW, GROUP), hits.select(partner=ROW, other=GROUP)
    both = pairs.join(own, on=ROW).join(theirs, on="partner")
    either = (pl.min_horizontal(GROUP, "other"), pl.max_horizontal(GROUP, "other"))
    listed = pl.DataFrame(sorted(doubtful), schema=dict.fromkeys("ab", pl.UInt32), orient="row")
    known = both.with_columns(a=either[0], b=either[1]).join(
        listed.with_columns(doubtful=True), on=["a", "b"], how="left"
    )
    return known.select(ROW, "partner", pl.col("doubtful").fill_null(value=False))


def summed(seen: pl.DataFrame) -> pl.DataFrame:
    """One row each; of several verdicts, that the request was blocked."""
    first = pl.col("named", "address").sort_by("named", "address").drop_nulls().first()
    return combined(seen).join(seen.group_by(ROW).agg(first), on=ROW)


def updated(hits: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Those of the hits that are none of the repeats, with what was seen of them elsewhere."""
    if seen.is_empty():
        return hits
    known = hits.join(summed(seen), on=ROW, how="left", maintain_order="left")
    kept = known.filter(~pl.col("again").fill_null(value=False)).with_columns(
        action=pl.coalesce("verdict", "action"), user=pl.coalesce("user", "named")
    )
    return kept.with_columns(account().alias(NAME)).select(hits.columns)


def _alike(some: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Lines (`ROW`) of other gateways about what the line `partner` is about, one of one.

    Lines follow each other in a burst; the first of each gateway's lines in it are one request, the
    second another. Names that differ are different people, whatever their address. Two methods are
    two requests, and only of a line that names none it may be either.
    """
    if "target" in by and not some["no_method"].any():
        return pl.DataFrame(schema=_PAIRS)
    if some.is_empty() or some[GROUP].n_unique() < 2:
        return pl.DataFrame(schema=_PAIRS)
    same = _grouped(some.filter(pl.col(NAME).is_not_null()), (*by, NAME))
    # Beside a line with a name only those without one may be about the same. What belongs together
    # already keeps its turn: else the next request would be taken for it.
    others = _grouped(some, by).filter(pl.col("nameless") | pl.col("their nameless"))
    others = others.join(same, on=ROW, how="anti")
    return pl.concat([same, others]).select(ROW, "partner")


def _grouped(lines: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Of each group of lines about one request all but the best, which is their `partner`."""
    by = list(dict.fromkeys(by))
    order = (MADE, GROUP, "source", "line")
    pause = pl.col(MADE).diff() > timedelta(seconds=SEEN_SECONDS)
    turn = pl.int_range(pl.len()).over(*by, "_burst", GROUP)
    numbered = (
        lines.sort(*by, *order)
        .with_columns(_burst=pause.fill_null(value=True).cum_sum().over(by))
        .with_columns(_turn=turn, nameless=pl.col(NAME).is_null())
    )
    unsaid = pl.col("action") == "unknown"
    least = ["no_method"] if "target" in by else []
    best = numbered.sort(*least, "nameless", unsaid, *order)
    theirs = pl.col(ROW, "client_ip", "nameless", "no_method").first()
    best = best.with_columns(theirs.over(*by, "_burst", "_turn").name.prefix("their "))
    others = best.filter(pl.col(ROW) != pl.col(f"their {ROW}")).rename({f"their {ROW}": "partner"})
    if "target" in by:
        others = others.filter("no_method")
    if "client_ip" not in by:  # those of one address have been compared already
        others = others.filter(pl.col("client_ip").ne_missing(pl.col("their client_ip")))
    return others.select(ROW, "partner", "nameless", "their nameless")


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
    if asked.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    at = pl.concat_list(MADE, "began").list.drop_nulls().list.unique()
    made = proving.with_columns(at.alias(MADE), _other=GATEWAY).explode(MADE)
    clear = (pl.col("evidence") == "url") & (pl.col("scheme") == "http")
    named, nameless = pl.col(NAME).is_not_null(), pl.col(NAME).is_null()
    keys = (by, "host", "_other")
    pairs = []
    for tunnel, others in ((True, made.filter(~clear.fill_null(value=False))), (False, made)):
        these = asked.filter((pl.col("evidence") == "connect") == tunnel)
        if these.is_empty():
            continue
        pairs += [
            nearest_made(these.filter(named), others.filter(named), (*keys, NAME)),
            nearest_made(these.filter(named), others.filter(nameless), keys),
            nearest_made(these.filter(nameless), others, keys),
        ]
    order = ("apart", "_source", "_line")
    nearest = pl.concat(pairs).sort(order).unique(ROW, keep="first", maintain_order=True)
    return nearest.select(ROW, "partner")


def _decided(pairs: pl.DataFrame, hits: pl.DataFrame, *, weighty: bool) -> pl.DataFrame:
    """What follows from pairs: the one is a repeat, and what it says goes to the other.

    `weighty` lines saw the same request: if one gateway blocked it, it was blocked. What a gateway
    did with a handshake counts where nobody else says; with a look-up, not at all.
    """
    if pairs.is_empty():
        return pl.DataFrame(schema=SEEN)
    said = hits.select(ROW, "user", "client_ip", "action", "evidence")
    theirs = said.select(partner=ROW, their_user="user", their_action="action")
    both = pairs.join(said, on=ROW).join(theirs, on="partner")
    nameless = pl.col("user").is_null() & pl.col("their_user").is_not_null()
    otherwise = folded("user") != folded("their_user")
    repeated = repeats(both, "other_gateway").hstack(
        both.select(
            named=pl.lit(None, pl.String),
            address=pl.when(nameless).then("client_ip"),
            name=pl.when(otherwise).then("user"),
            other_name=pl.when(otherwise).then("their_user"),
            doubtful="doubtful",
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
        doubtful=pl.lit(value=False),
    )
    return pl.concat([repeated, kept])
