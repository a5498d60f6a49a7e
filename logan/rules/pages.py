"""The address of a page that a tracker's request carries, and whether it is one of the user's own.

Trackers repeat the address of the page they sit on: in a parameter, else in the referrer.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.rules.model import Rules, Site
from logan.rules.signature import Signature
from logan.rules.spelling import unescape

#: Characters of an address that are looked at; browsers and servers take no longer ones.
_LONGEST: Final = 8192
_ADDRESS: Final = r"^(?i:(?:https?:)?//)(?:[^/?#@]*@)?([^/?#:]+)(?::[0-9]*)?([^?#]*)"


def parameter(name: str) -> tuple[pl.Expr, pl.Expr]:
    """Whether the query has a parameter, and the first value of it without percent-encoding.

    A parameter without `=` is there and has an empty value.
    """
    letters = "".join(c if c.isalnum() else f"\\x{{{ord(c):x}}}" for c in name)
    query = pl.col("query").str.strip_prefix("?")
    present = f"(?:^|[&;]){letters}(?:=([^&]*))?(?:&|$)"
    value = unescape(query.str.extract(present, 1)).fill_null("")
    there = query.str.contains(present)
    return there, pl.when(there).then(value)


def carried_page(signature: Signature) -> pl.Expr:
    """Host and path of the page whose address a request carries; null where it carries none.

    Without its query, which may hold what a person typed.
    """
    candidates = []
    if signature.page_param is not None:
        _, value = parameter(signature.page_param)
        candidates.append(page_place(unescape(value)))
    if signature.page_referrer:
        candidates.append(page_place(pl.col("referrer")))
    return pl.coalesce(candidates)


def page_place(address: pl.Expr) -> pl.Expr:
    """Host and path of an address, without its query; null where it is none."""
    parts = address.str.head(_LONGEST).str.extract_groups(_ADDRESS).struct
    return parts.field("1").str.to_lowercase().str.strip_chars_end(".") + parts.field("2")


def on_own_sites(page: pl.Expr, sites: Sequence[Site]) -> pl.Expr:
    """True where a page (host and path) is one of the organisation's own that matter."""
    parts = page.str.splitn("/", 2).struct
    host, path = parts.field("field_0"), "/" + parts.field("field_1").fill_null("")
    tests = [
        ((host == site.domain) | host.str.ends_with("." + site.domain))
        & path.str.contains(f"^(?:{site.pages or '.*'})$")
        for site in sites
    ]
    return pl.any_horizontal(pl.lit(False), *tests).fill_null(False)


def pages(rules: Rules) -> pl.Expr:
    """The page that a tracker's hit carried, as host and path; null for everything else."""
    found: pl.Expr = pl.lit(None, dtype=pl.String)
    for signature in rules.signatures.values():
        if signature.carries_page:
            here = pl.col("rule") == signature.id
            found = pl.when(here).then(carried_page(signature)).otherwise(found)
    return found
