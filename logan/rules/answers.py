"""What the method and the answer leave of what a request asked for.

A request asks; only its answer shows that a page was opened or a search begun. A redirect shows
nothing: what it leads to is a request of its own. An error shows nothing either, and a search that
was answered with one is an attempt. A photo has left the organisation whatever the answer says.
What the gateway itself blocked stays what it asked for: every count knows `blocked` apart.

Status codes as RFC 9110 has them, section 15: 304 shows a page that the browser has already; 301
and 308 only say that the same is to be asked for elsewhere.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import polars as pl

from logan.rules.model import Rules
from logan.rules.signature import Signature
from logan.schema import ACTIVITY
from logan.vocabulary import Activity

#: What Cloudflare answers in a site's place: challenges, beacons, resized pictures.
_EDGE_PATH: Final = "/cdn-cgi/"
_MOVED: Final = (301, 308)
#: A socket instead of a page, no page at all, and where to look instead.
_NOTHING_SHOWN: Final = (101, 204, 205, 300, *_MOVED, 302, 303, 305, 307)
_REFUSED: Final = 400
#: What an answer must show to have happened.
_SHOWN: Final[tuple[Activity, ...]] = ("page", "results", "payment")
#: What is answered with a redirect where all is well; without an answer it did not happen.
_FOLLOWED: Final[tuple[Activity, ...]] = ("click_out", "email_link")
#: What happens by being asked for, but not where the site only says where to ask for it.
_ASKED: Final[tuple[Activity, ...]] = ("search", "account", "opt_out")


def answered(signatures: Sequence[Signature]) -> pl.Expr:
    """`activity` as method and answer leave it: for requests to one service, after its rules.

    `signatures` are the service's. Where one asks for methods or a status, its word holds.
    Needs `activity`, `rule`, `method`, `path`, `status`, `action` and `evidence`.
    """
    activity, rule = pl.col("activity"), pl.col("rule")
    by_method = rule.is_in([one.id for one in signatures if one.methods]).fill_null(False)
    by_status = rule.is_in([one.id for one in signatures if one.status]).fill_null(False)
    edge = pl.col("path").fill_null("").str.starts_with(_EDGE_PATH)
    head = (pl.col("method") == "HEAD").fill_null(False) & ~by_method
    status = pl.when(~blocked()).then("status")
    # A POST that no signature knows is a page where it solved a challenge: then like GET of it.
    challenge = rule.is_null() & (activity == "page")
    asked_once = pl.col("method").is_null() | (pl.col("method") == "GET") | challenge
    hidden = status.is_in(_NOTHING_SHOWN) & activity.is_in(_SHOWN) & asked_once
    moved = status.is_in(_MOVED) & activity.is_in(_ASKED)
    failed = (status >= _REFUSED) & activity.is_in([*_SHOWN, *_FOLLOWED])
    shown_nothing = (hidden | moved | failed).fill_null(False) & ~by_status
    attempt = ((status >= _REFUSED) & (activity == "search")).fill_null(False) & ~by_status
    changed = (
        pl.when(edge | shown_nothing)
        .then(pl.lit("asset"))
        .when(head)
        .then(pl.lit("poll"))
        .when(attempt)
        .then(pl.lit("api"))
        .otherwise(activity)
    )
    dead_tunnel = (status >= _REFUSED).fill_null(False) & ~by_status
    of_tunnel = pl.when(dead_tunnel).then(pl.lit("contact")).otherwise(activity)
    seen = pl.col("evidence") == "url"
    return pl.when(seen).then(changed).otherwise(of_tunnel).cast(ACTIVITY)


@cache
def blocked() -> pl.Expr:
    """True where the gateway stopped the request: then the answer is its own, not the service's."""
    return (pl.col("action") == "blocked").fill_null(False)


@cache
def refused() -> pl.Expr:
    """True where a request went out and was answered with an error."""
    status = pl.col("status") >= _REFUSED
    return (status & (pl.col("evidence") == "url")).fill_null(False) & ~blocked()


def attempted(rules: Rules) -> pl.Expr:
    """True where a search was asked for and refused: no search was started."""
    searches = [one.id for one in rules.signatures.values() if one.activity == "search"]
    asked = pl.col("rule").is_in(searches) & (pl.col("activity") == "api")
    return asked.fill_null(False) & refused()
