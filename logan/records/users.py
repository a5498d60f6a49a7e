"""The person that a log names, in one form; what is nobody's name."""

import re
from typing import Final

import polars as pl

from logan.records.addresses import ADDRESS
from logan.runtime.fast_path import normalised

_NOBODY: Final = (
    "",
    "-",
    "none",
    "na",
    "n/a",
    "null",
    "(null)",
    "anonymous",
    "unknown",
    "unauthenticated",
    "not available",
    "not-available",
    "no_user",
    "guest?",
    "anonymous?",
)
_FORWARDED: Final = "(?i)^x-(?:fwd|forwarded)-for:"
_USER_EXCEPTION: Final = "|".join(
    (
        "^[ \t\"']|[ \t\"']$",
        r"\\\\",
        "(?i:^(?:" + "|".join(map(re.escape, _NOBODY)) + ")$)",
        ADDRESS,
        _FORWARDED,
    )
)


def user_expression(cell: pl.Expr) -> pl.Expr:
    """The person a log names, or null: an address or a forwarding header is nobody.

    `DOMAIN\\\\u` (backslash doubled by a log's own escaping) becomes `DOMAIN\\u`.
    """
    return normalised(cell, _USER_EXCEPTION, _user)


def _user(cell: pl.Expr) -> pl.Expr:
    """Any user: the fallback."""
    bare = cell.str.strip_chars(" \t\"'").str.replace_all("\\\\\\\\", "\\")
    nobody = (
        bare.str.to_lowercase().is_in(list(_NOBODY))
        | bare.str.contains(ADDRESS)
        | bare.str.contains(_FORWARDED)
    )
    return pl.when(nobody).then(None).otherwise(bare)
