"""What a gateway decided, read from its own word for it; never guessed from a status."""

from typing import Final

import polars as pl

from logan.schema import ACTION

#: An address that names a host, and nothing of a request to it.
_BARE: Final = "^(?i:https://)?[^/?]+/?$"


def decided(
    word: pl.Expr, *, allowed: str = "", blocked: str = "", challenged: str = ""
) -> pl.Expr:
    """The action that a word means by the vendor's list; a word on no list is unknown.

    Each list is a regular expression that the word must fit whole, in any case. Empty: no word.
    """
    action: pl.Expr = pl.lit("unknown")
    for name, words in (("allowed", allowed), ("blocked", blocked), ("auth", challenged)):
        if words:
            fits = word.str.contains(f"(?i)^(?:{words})$").fill_null(value=False)
            action = pl.when(fits).then(pl.lit(name)).otherwise(action)
    return action.cast(ACTION)


def challenged(status: pl.Expr, action: pl.Expr) -> pl.Expr:
    """The action, but where a gateway asks who somebody is: its answer has the status 407."""
    asks = (status == 407).fill_null(value=False)
    return pl.when(asks).then(pl.lit("auth", dtype=ACTION)).otherwise(action)


def tunnelled(method: pl.Expr, address: pl.Expr | None = None) -> pl.Expr:
    """The evidence of a request by its method: of a CONNECT only host and bytes are seen.

    Nor is more seen where a line has no method, and its address neither a path nor a scheme in the
    clear: HTTPS that was not opened.
    """
    connect = (method.str.to_uppercase() == "CONNECT").fill_null(value=False)
    if address is not None:
        connect |= method.is_null() & address.str.contains(_BARE).fill_null(value=False)
    return pl.when(connect).then(pl.lit("connect")).otherwise(pl.lit("url"))


def passed_on(status: pl.Expr, *, served: pl.Expr) -> pl.Expr:
    """What a balancer did: a request that a service took was let through; 407 is a challenge."""
    return (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(served)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )
