"""One spelling for one account, where a log writes it in several that differ in case only.

Windows, Kerberos and mail accounts know no case (Microsoft: sAMAccountName and UPN are matched
without it), and Squid's basic authentication ignores it too unless told otherwise (`auth_param
basic casesensitive off`). Without this one officer would be counted as three. Nothing else is
merged here: `FORCE\\jdoe`, `jdoe@force.example` and `jdoe` stay three accounts, unless gateways
that logged the same requests prove them one (`logan.rules.seen_twice`).
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

from logan.records.users import user_expression

#: Accounts of Windows itself, of its services and of computers, by the names that they have in
#: several languages (Microsoft: "Local accounts", "Security identifiers"; a computer's
#: sAMAccountName ends in `$`), and the principal of a host (MIT Kerberos, "Principal names").
_IMPERSONAL: Final = (
    r"(?i)^(?:nt authority|autorite nt|autorité nt|nt-autorität|autoridade nt|nt service"
    r"|iis apppool|window manager|font driver host)[\\.]"
    r"|^(?:system|local service|network service)$|[$](?:@|$)|^host/"
)


def canonical_user(name: str) -> str | None:
    """A user as records name them, from any form in which a log may; None for what is nobody."""
    found: str | None = pl.select(user_expression(pl.lit(name, dtype=pl.String))).item()
    return found


def account_key(user: pl.Expr) -> pl.Expr:
    """What all spellings of one account have in common: the canonical user in lower case.

    Null for what is nobody. Files about people and users of logs are joined on it.
    """
    return user_expression(user).str.to_lowercase()


def is_impersonal(user: pl.Expr) -> pl.Expr:
    """True where an account is a computer's or the system's; whoever sat there is not named.

    Null where there is no user.
    """
    return user.str.contains(_IMPERSONAL)


def respell(findings: pl.LazyFrame) -> tuple[pl.LazyFrame, int]:
    """The findings with each account in its most frequent spelling, and how many were respelt.

    Ties go to the spelling that sorts first, so the order of lines does not matter.
    """
    spellings = find_spellings(findings)
    if not spellings:
        return findings, 0
    return findings.with_columns(pl.col("user").replace(spellings)), count_accounts(spellings)


def find_spellings(findings: pl.LazyFrame) -> dict[str, str]:
    """The spellings that give way, with the one that is taken for each (see `respell`)."""
    counts = findings.select("user").drop_nulls().group_by("user").len().collect()
    folded = counts.with_columns(account=pl.col("user").str.to_lowercase())
    several = folded.filter(pl.col("account").is_duplicated())
    if several.is_empty():
        return {}
    best = several.sort("len", "user", descending=[True, False]).group_by(
        "account", maintain_order=True
    )
    chosen = best.agg(spelling=pl.col("user").first())
    table = several.join(chosen, on="account").filter(pl.col("user") != pl.col("spelling"))
    return dict(table.select("user", "spelling").iter_rows())


def count_accounts(spellings: Iterable[str]) -> int:
    """How many accounts these spellings are of."""
    return pl.Series(list(spellings), dtype=pl.String).str.to_lowercase().n_unique()
