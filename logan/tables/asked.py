"""The users that a reader asked for by name: whether they occur, and who may be meant as well.

A name in another form counts nothing, and that must not look like a clean result.
"""

from typing import Final, NamedTuple

import polars as pl

from logan.result import ScanResult

#: Similar names that are listed for one user.
_MOST: Final = 5


class AskedUser(NamedTuple):
    """A user as asked for: `seen` in any finding of the whole input, hit or not; `similar` names.

    Similar are accounts of the same name in another form or domain (`FORCE\\u`, `u@force.example`,
    `u`) that were not asked for. No log proves them one person.
    """

    user: str
    seen: bool
    similar: tuple[str, ...]


def check_users(result: ScanResult) -> tuple[AskedUser, ...]:
    """Look for every user of the selection among the findings, in the order asked."""
    if not result.selection.users:
        return ()
    names = result.found.select(pl.col("user").drop_nulls().unique().sort()).collect()["user"]
    known = {name.lower(): name for name in names}
    asked = {user.lower() for user in result.selection.users}
    others = {folded: name for folded, name in known.items() if folded not in asked}
    return tuple(
        AskedUser(user, user.lower() in known, _find_similar(user.lower(), others))
        for user in result.selection.users
    )


def _find_similar(user: str, others: dict[str, str]) -> tuple[str, ...]:
    account = _name_account(user)
    similar = [name for folded, name in others.items() if _name_account(folded) == account]
    return tuple(similar[:_MOST])


def _name_account(user: str) -> str:
    """Give the part of a name that a directory would know in any domain."""
    return user.rpartition("\\")[2].partition("@")[0]
