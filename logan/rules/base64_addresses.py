"""Hosts in addresses that links carry in base64: `u=a1aHR0cHM6Ly9...` of Bing's redirects.

Only of addresses that begin with `http://` or `https://` and have their host in lower case, as
browsers write it; in the alphabets of RFC 4648 (also that for URLs), padded or not. Imports nothing
that imports Polars: patterns are compiled before it is needed.
"""

import re
from base64 import b64encode, urlsafe_b64decode
from binascii import Error
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

#: How `https://` and `http://` begin in base64, whatever follows; the longest host behind them
#: (RFC 1035) ends within so many characters.
SCHEME: Final = "aHR0c(?:HM6Ly|DovL)"
LONGEST: Final = 344
_ADDRESS: Final = re.compile(rf"{SCHEME}[A-Za-z0-9+/_-]+")
_HOST: Final = re.compile(rb"https?://([a-z0-9.-]+)")
_TO_URL_SAFE: Final = str.maketrans("+/", "-_")


def encoded_patterns(name: str) -> tuple[str, ...]:
    """What stands in a line that has a name in base64: one text for each place among three bytes.

    Letters whose bits belong to what stands before or behind the name are left out.
    """
    return tuple(
        re.escape(b64encode(b"?" * before + name.encode()).decode()[skipped:][:whole])
        for before, skipped in ((0, 0), (1, 2), (2, 3))
        for whole in [(before + len(name)) * 8 // 6 - skipped]
    )


def hosts_in_base64(line: str) -> list[str]:
    """The hosts of all addresses in base64 in a line, in order."""
    found = (_HOST.match(_decoded(code)) for code in _ADDRESS.findall(line))
    return [host[1].decode() for host in found if host]


def _decoded(code: str) -> bytes:
    whole = code[: len(code) - (len(code) % 4 == 1)].translate(_TO_URL_SAFE)
    try:
        return urlsafe_b64decode(whole + "=" * (-len(whole) % 4))
    except Error:
        return b""


def with_hosts_of_base64(text: "pl.Series", names: Iterable[str]) -> "pl.Series":
    """Lines, each with those hosts behind it that it has in base64 and that hold one of the names.

    Nulls stay.
    """
    bearing = text.str.contains(SCHEME).fill_null(value=False).arg_true()
    if bearing.is_empty():
        return text
    known = tuple(names)
    spelled = [
        " ".join([line, *(host for host in hosts_in_base64(line) if any(n in host for n in known))])
        for line in text.gather(bearing).to_list()
    ]
    return text.scatter(bearing, spelled)
