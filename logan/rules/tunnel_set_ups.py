"""Which set-ups of tunnels repeat the tunnel they led to, or a request inside it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from logan.rules.repeats import ROW, find_nearest, repeats, verdicts

#: Requests inside an intercepted tunnel begin this soon after its CONNECT.
SETUP_SECONDS: Final = 60
#: Two lines about one tunnel agree about its beginning to so many seconds.
START_SECONDS: Final = 2
#: Where stamps have fractions of a second, they agree to so many milliseconds.
EXACT_MS: Final = 100
#: Where the log does not say how long a tunnel lasted, it ended this soon after its set-up.
TUNNEL_HOURS: Final = 12

_PERSON: Final = ("user", "client_ip", "host")


def set_ups_of_tunnels(hits: pl.DataFrame) -> pl.DataFrame:
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


def set_ups_of_requests(hits: pl.DataFrame) -> pl.DataFrame:
    """A CONNECT whose inner requests are logged too is a repeat of them.

    If it was refused, so were they: what is inside is the gateway's own page.
    """
    setups = hits.filter("setup")
    # A request in the clear did not come through a tunnel.
    inside = pl.col("scheme").fill_null("https") != "http"
    inner = hits.filter(~pl.col("setup") & (pl.col("evidence") == "url") & inside)
    again, refusals = [], []
    # What came through a tunnel that nobody is named for may be nearer in the name of somebody.
    for some, by in ((setups.filter(pl.col("user").is_null()), _PERSON[1:]), (setups, _PERSON)):
        again.append(find_nearest(some, inner, by=by, within=SETUP_SECONDS, strategy="forward"))
        refused = some.filter(_blocked())
        unsaid = inner.filter(pl.col("action") == "unknown")
        refusals.append(
            find_nearest(unsaid, refused, by=by, within=SETUP_SECONDS, strategy="backward")
        )
    shown = repeats(pl.concat(again), "tunnel_set_up")
    return pl.concat([shown, verdicts(pl.concat(refusals), ROW, "theirs")])
