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
from functools import partial
from typing import Any, Final, Literal

import polars as pl

from logan.schema import ACTION, REPEAT_REASON
from logan.vocabulary import RepeatReason

#: Requests inside an intercepted tunnel begin this soon after its CONNECT.
SETUP_SECONDS: Final = 60
#: Two lines about one tunnel agree about its beginning to so many seconds.
START_SECONDS: Final = 2
#: Where stamps have fractions of a second, they agree to so many milliseconds.
EXACT_MS: Final = 100
#: Where the log does not say how long a tunnel lasted, it ended this soon after its set-up.
TUNNEL_HOURS: Final = 12
#: An answer or remark is written so many seconds before or after the line of its request.
COMPANION_SECONDS: Final = 10
#: What is written so soon before or after a line is about its request, not about the next one.
CLOSE_SECONDS: Final = 2
#: What is said of a session comes when it ends: so long after a line about one of its requests.
SESSION_SECONDS: Final = 3600

#: What is compared of a request; `compared_requests` makes them.
REQUESTS: Final = ("request", "target", "no_method")
#: The columns of a finding that are looked at, beside `ROW` and `REQUESTS`.
SHOWN: Final = (
    *("time", "began", "user", "client_ip", "scheme", "host", "evidence", "action", "source"),
    *("line", "setup", "companion", "service", "bin", "bytes_received"),
)
COMPARED: Final = (*SHOWN, *REQUESTS)
Strategy = Literal["nearest", "forward", "backward"]

ROW: Final = "_row"
#: Rows are compared with those of their place only.
PLACE: Final = "_place"
#: A row that also stands in a place of others, to be compared with them.
GUEST: Final = "_guest"

#: Of which row a row is a repeat, and why.
REPEAT_OF: Final[dict[str, Any]] = {"partner": pl.UInt32, "why": REPEAT_REASON}
#: What is found out about a row: whether it is a repeat, what was done with its request.
DECIDED: Final[dict[str, Any]] = {
    ROW: pl.UInt32,
    "again": pl.Boolean,
    "verdict": ACTION,
    **REPEAT_OF,
}

_PERSON: Final = ("user", "client_ip", "host")
_ORDER: Final = ("time", "source", "line")


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
    return bool(rows.select((_hit() & (pl.col("setup") | _told())).any()).item())


#: What kinds of hits there are: with a user or without, set-ups, companions.
Kinds = set[tuple[bool, bool, bool]]


def kinds_of(rows: pl.DataFrame) -> Kinds:
    """The kinds of the hits among rows, and of the repeats, which may be partners."""
    listed = rows.filter(pl.col("bin").is_in(["hit", "repeat"])).select(
        named=pl.col("user").is_not_null(), setup=_hit() & pl.col("setup"), told=_hit() & _told()
    )
    return set(listed.unique().rows())


def reach_others(kinds: Kinds) -> bool:
    """Whether lines of one user may tell of the same request as lines that name no user."""
    both = len({named for named, _, _ in kinds}) > 1
    return both and any(told or (setup and not named) for named, setup, told in kinds)


def lost_sources(rows: pl.DataFrame) -> pl.Series:
    """The sources of answers and remarks that name nobody."""
    return rows.filter(_hit() & _told() & _nobody())["source"].unique()


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


def with_repeat_of(found: pl.DataFrame) -> pl.DataFrame:
    """Rows with `REPEAT_OF`, null where nothing of it was found out."""
    missing = REPEAT_OF.keys() - set(found.columns)
    return found.with_columns(pl.lit(None, REPEAT_OF[name]).alias(name) for name in sorted(missing))


def placed(rows: pl.DataFrame, logs: Sequence[int], lost: Collection[int]) -> pl.DataFrame:
    """The rows that may tell of one request, with `PLACE` and `GUEST`.

    `logs` numbers the logs by source (files that one gateway wrote one after the other), `lost` are
    the logs with answers or remarks that name nobody. These belong to an hour of their log, in
    which the lines of that hour, and those close to it, are guests.
    """
    log = pl.lit(pl.Series(logs, dtype=pl.UInt32)).gather(pl.col("source"))
    relevant = rows.filter(pl.col("bin").is_in(["hit", "repeat"])).with_columns(_log=log)
    unnamed = pl.col("companion").is_not_null() & _nobody()
    person = pl.concat_str(pl.lit("of "), pl.coalesce("client_ip", _lower("user")))
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
    rows = rows.with_columns(user=_lower("user"))
    own = rows.filter(_hit() & ~_told() & ~pl.col(GUEST))
    tunnels = _set_ups_of_tunnels(own)
    inner = _set_ups_of_requests(own.join(tunnels, on=ROW, how="anti"))
    return pl.concat([tunnels, inner, _companions(rows)])


def combined(decided: pl.DataFrame) -> pl.DataFrame:
    """One row each; of several verdicts, that the request was blocked; of pairs the first."""
    blocked = (pl.col("verdict") == "blocked").any()
    verdict = pl.when(blocked).then(pl.lit("blocked", ACTION)).otherwise(_first_verdict())
    repeated = pl.col(*REPEAT_OF).drop_nulls().first()
    return decided.group_by(ROW).agg(pl.col("again").any(), verdict.alias("verdict"), repeated)


def applied(rows: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Rows with what was decided about them (`combined`) in `bin`, `action` and `REPEAT_OF`."""
    known = rows.join(decided, on=ROW, how="left", maintain_order="left")
    return known.with_columns(
        bin=pl.when("again").then(pl.lit("repeat")).otherwise("bin"),
        action=pl.coalesce("verdict", "action"),
    ).drop("again", "verdict")


def _first_verdict() -> pl.Expr:
    return pl.col("verdict").drop_nulls().first()


def _hit() -> pl.Expr:
    return pl.col("bin") == "hit"


def _told() -> pl.Expr:
    return pl.col("companion").is_not_null()


def _nobody() -> pl.Expr:
    return pl.col("user").is_null() & pl.col("client_ip").is_null()


def _lower(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase()


def _set_ups_of_tunnels(hits: pl.DataFrame) -> pl.DataFrame:
    """A set-up is a repeat of the tunnel that the same log has from its end; one of one tunnel.

    What was refused led to no tunnel, and is none. A set-up that led to none is a repeat of a
    refusal at once: its host was known only when the handshake named it.
    """
    passed = hits.filter(~_blocked())
    setups = passed.filter("setup")
    tunnels = passed.filter(~pl.col("setup") & (pl.col("evidence") == "connect"))
    same = _pairs(setups, tunnels, by=("_log", *_PERSON))
    left = setups.filter(pl.col("user").is_null()).join(same, on=ROW, how="anti")
    free = tunnels.join(same, left_on=ROW, right_on="partner", how="anti")
    # A CONNECT without a user belongs to anybody at its address: the challenge may come after it.
    others = _pairs(left, free, by=("_log", "client_ip", "host"))
    led = pl.concat([same, others])
    refused = hits.filter(~pl.col("setup") & (pl.col("evidence") == "connect"), _blocked())
    rest = setups.join(led, on=ROW, how="anti")
    ended = find_nearest(
        rest, refused, by=("_log", *_PERSON), within=START_SECONDS, strategy="forward"
    )
    return repeats(pl.concat([led, ended.select(led.columns)]), "tunnel_set_up")


def _blocked() -> pl.Expr:
    return pl.col("action") == "blocked"


def _pairs(setups: pl.DataFrame, tunnels: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Set-ups (`ROW`) with the tunnel (`partner`) that each led to.

    Those first whose beginnings agree well: else a set-up soon behind another would be taken for
    that of the first one's tunnel.
    """
    dated = tunnels.filter(pl.col("began").is_not_null())
    well = _bracketed(setups, dated, by=by, leeway=timedelta(milliseconds=EXACT_MS))
    setups = setups.join(well, on=ROW, how="anti")
    tunnels = tunnels.join(well, left_on=ROW, right_on="partner", how="anti")
    leeway = timedelta(seconds=START_SECONDS)
    return pl.concat([well, _bracketed(setups, tunnels, by=by, leeway=leeway)])


def _bracketed(
    setups: pl.DataFrame, tunnels: pl.DataFrame, *, by: Sequence[str], leeway: timedelta
) -> pl.DataFrame:
    """Set-ups with their tunnels, as brackets belong together.

    A tunnel closes the last set-up that is open when it begins, or, where that is not known, when
    it ends. Going up to a depth and down from it alternate, so what follows one is its other.
    """
    if setups.is_empty() or tunnels.is_empty():
        return pl.DataFrame(schema={ROW: pl.UInt32, "partner": pl.UInt32})
    keys = [pl.col(key).cast(pl.String).fill_null("") for key in by]
    setups = setups.join(tunnels, on=list(by), how="semi", nulls_equal=True)
    kept: list[str | pl.Expr] = [ROW, "source", "line", "began", *keys]
    opening = setups.select(*kept, at="time", step=pl.lit(1, pl.Int32))
    closing = tunnels.select(
        *kept, at=pl.coalesce(pl.col("began") + leeway, "time"), step=pl.lit(-1, pl.Int32)
    )
    events = pl.concat([opening, closing]).sort(
        *by,
        "at",
        "step",
        "source",
        "line",
        descending=[False] * len(by) + [False, True, False, False],
    )
    depth = pl.col("step").cum_sum().over(by) + (pl.col("step") == -1)
    later = pl.col(ROW, "step", "began", "at").shift(-1).over(*by, "depth").name.prefix("next ")
    paired = events.with_columns(depth=depth).with_columns(later)
    fits = (pl.col("next began") - pl.col("at")).abs() <= leeway
    lasted = pl.col("next at") - pl.col("at") <= timedelta(hours=TUNNEL_HOURS)
    is_pair = (pl.col("step") == 1) & (pl.col("next step") == -1) & pl.coalesce(fits, lasted)
    return paired.filter(is_pair).select(ROW, partner=pl.col(f"next {ROW}"))


def _set_ups_of_requests(hits: pl.DataFrame) -> pl.DataFrame:
    """A CONNECT whose inner requests are logged too is a repeat of them.

    If it was refused, so were they: what is inside is the gateway's own page.
    """
    setups = hits.filter("setup")
    # A request in the clear did not come through a tunnel.
    inside = pl.col("scheme").fill_null("https") != "http"
    inner = hits.filter(~pl.col("setup") & (pl.col("evidence") == "url") & inside)
    again, verdicts = [], []
    # What came through a tunnel that nobody is named for may be nearer in the name of somebody.
    for some, by in ((setups.filter(pl.col("user").is_null()), _PERSON[1:]), (setups, _PERSON)):
        again.append(find_nearest(some, inner, by=by, within=SETUP_SECONDS, strategy="forward"))
        refused = some.filter(_blocked())
        unsaid = inner.filter(pl.col("action") == "unknown")
        verdicts.append(
            find_nearest(unsaid, refused, by=by, within=SETUP_SECONDS, strategy="backward")
        )
    shown = repeats(pl.concat(again), "tunnel_set_up")
    return pl.concat([shown, _verdicts(pl.concat(verdicts), ROW, "theirs")])


def _companions(rows: pl.DataFrame) -> pl.DataFrame:
    """An answer or remark is a repeat of the nearest line about the same; else it counts.

    Of several remarks about a request that has no line of its own, the first counts.
    """
    told = rows.filter(_hit() & _told() & ~pl.col(GUEST))
    if told.is_empty():
        return pl.DataFrame(schema=DECIDED)
    lines = rows.filter(~_told())
    near = _partners(told, lines, within=COMPANION_SECONDS)
    ends = told.filter(pl.col("companion") == "session").join(near, on=ROW, how="anti")
    before = _partners(ends, lines, within=SESSION_SECONDS, strategy="backward")
    partners = pl.concat([near, before])
    alone = told.join(partners, on=ROW, how="anti")
    # What names the host only may tell of a request whose address another remark has.
    seen = alone.filter(pl.col("evidence") == "url")
    vague = _partners(alone.filter(pl.col("evidence") != "url"), seen, within=CLOSE_SECONDS)
    further = _further(alone.join(vague, on=ROW, how="anti"))
    found = pl.concat([partners, vague, further])
    close = pl.col("apart") <= timedelta(seconds=CLOSE_SECONDS)
    telling = found.filter(
        (pl.col("theirs") == "unknown") | (close & (pl.col("action") == "blocked"))
    )
    return pl.concat(
        [
            repeats(found, "answer_or_remark"),
            _verdicts(telling, "partner", "action"),
            _of_close_remarks(told, rows),
        ]
    )


def _of_close_remarks(told: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The verdict of a remark for each line so close to it that both tell of the same.

    Two look-ups of one moment (both kinds of address) have their remarks in any order.
    """
    deciding = told.filter(pl.col("action").is_in(["allowed", "blocked"]))
    unsaid = rows.filter(_hit() & ~_told() & (pl.col("action") == "unknown"))
    return _verdicts(_partners(unsaid, deciding, within=CLOSE_SECONDS), ROW, "theirs")


def _partners(
    some: pl.DataFrame, others: pl.DataFrame, *, within: int, strategy: Strategy = "nearest"
) -> pl.DataFrame:
    """The nearest of the others in the same place, about the same host, of no other user.

    In a place of nobody (`placed`) hosts need not agree: an answer names what the asked name stands
    for.
    """
    here = pl.col(PLACE).str.starts_with("at ")
    nearest = partial(find_nearest, within=within, strategy=strategy)
    known, lost = some.filter(~here), some.filter(here)
    named, nameless = (
        known.filter(~pl.col("user").is_null()),
        known.filter(pl.col("user").is_null()),
    )
    same = nearest(named, others, by=(PLACE, "user", "host"))
    rest = named.join(same, on=ROW, how="anti")
    unnamed = others.filter(pl.col("user").is_null())
    return pl.concat(
        [
            same,
            nearest(rest, unnamed, by=(PLACE, "host")),
            nearest(nameless, others.filter(~here), by=(PLACE, "host")),
            nearest(lost, others.filter(here), by=(PLACE, "service")),
        ]
    )


#: What `find_nearest` finds.
_NEAREST: Final[dict[str, Any]] = {
    ROW: pl.UInt32,
    "action": ACTION,
    "partner": pl.UInt32,
    "theirs": ACTION,
    "apart": pl.Duration("us"),
}


def find_nearest(
    some: pl.DataFrame,
    others: pl.DataFrame,
    *,
    by: Sequence[str],
    within: int,
    strategy: Strategy,
) -> pl.DataFrame:
    """For each row (`ROW`, `action`) the nearest other (`partner`, `theirs`), how far `apart`."""
    if some.is_empty() or others.is_empty():
        return pl.DataFrame(schema=_NEAREST)
    keys = [pl.col(key).cast(pl.String).fill_null("") for key in by]
    left = some.sort(_ORDER).select(ROW, "action", "time", *keys)
    right = others.sort(_ORDER).select(
        "time", *keys, partner=ROW, theirs="action", their_time="time"
    )
    joined = left.join_asof(
        right,
        on="time",
        by=list(by),
        strategy=strategy,
        tolerance=timedelta(seconds=within),
        check_sortedness=False,
    ).filter(pl.col("partner").is_not_null())
    apart = (pl.col("time") - pl.col("their_time")).abs()
    return joined.select(ROW, "action", "partner", "theirs", apart=apart)


def _further(alone: pl.DataFrame) -> pl.DataFrame:
    """Remarks that follow another about the same, with the first of them as `partner`.

    Of answers each stands for a look-up of its own.
    """
    by = (PLACE, "user", "host", "request")
    here = pl.col(PLACE).str.starts_with("at ")
    lines = alone.filter(pl.col("companion") != "answer").with_columns(
        host=pl.when(here).then("service").otherwise("host")
    )
    lines = lines.sort(*by, *_ORDER)
    pause = pl.col("time").diff() > timedelta(seconds=CLOSE_SECONDS)
    burst = pause.fill_null(value=True).cum_sum().over(by)
    lines = lines.with_columns(burst=burst)
    first = pl.col(ROW, "action", "time").first().over(*by, "burst").name.prefix("first ")
    apart = (pl.col("time") - pl.col("first time")).abs()
    return (
        lines.with_columns(first)
        .filter(pl.col(ROW) != pl.col(f"first {ROW}"))
        .select(ROW, "action", partner=f"first {ROW}", theirs="first action", apart=apart)
    )


def repeats(pairs: pl.DataFrame, why: RepeatReason) -> pl.DataFrame:
    """What it means of rows that they are repeats, each of its `partner`: `DECIDED`."""
    return pairs.select(
        ROW,
        again=pl.lit(value=True),
        verdict=pl.lit(None, ACTION),
        partner="partner",
        why=pl.lit(why, REPEAT_REASON),
    )


def _verdicts(pairs: pl.DataFrame, row: str, verdict: str) -> pl.DataFrame:
    """What is said about rows by another line, where it says something."""
    said = pairs.filter(pl.col(verdict).is_in(["allowed", "blocked"]))
    none = {name: pl.lit(None, dtype) for name, dtype in REPEAT_OF.items()}
    row_said = pl.col(row).alias(ROW)
    return said.select(row_said, again=pl.lit(value=False), verdict=pl.col(verdict), **none)
