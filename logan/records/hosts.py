"""One form for hosts: lower case, decoded, IDNA, without what stands around them."""

from typing import Final

import idna
import polars as pl

from logan.records.empty_cells import NOTHING
from logan.runtime.fast_path import normalised

# A host may be written with percent codes or full-width letters; both mean the plain character
# (RFC 3986 section 2.3; UTS 46 mapping). Only unreserved characters are decoded.
_UNRESERVED: Final = "abcdefghijklmnopqrstuvwxyz0123456789-._~ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HOST_CODES: Final = {
    **{f"%{ord(char):02x}": char for char in _UNRESERVED},
    **{chr(ord(char) + 0xFEE0): char for char in _UNRESERVED},
    "\u3002": ".",
    "\uff61": ".",
}
# What makes a cell more than its canonical form, or nothing: all others stay as they are.
_HOST_EXCEPTION: Final = "[^a-z0-9._-]|[.]$|^-?$"


def host_expression(cell: pl.Expr) -> pl.Expr:
    """A host in lower case, decoded, without user info, port, brackets and trailing dots.

    Letters beyond ASCII are in their IDNA form; what IDNA refuses stays as it is.
    """
    return normalised(cell, _HOST_EXCEPTION, _host)


def _host(cell: pl.Expr) -> pl.Expr:
    """Any host: the fallback."""
    decoded = cell.str.replace_many(
        list(_HOST_CODES), list(_HOST_CODES.values()), ascii_case_insensitive=True
    )
    bare = (
        decoded.str.to_lowercase()
        .str.replace(r"^.*@", "")
        .str.replace(r"^\[(.*)\](?::[0-9]*)?$", "$1")
        .str.replace(r"^([^:]*):[0-9]*$", "$1")
        .str.strip_chars(" ")
        .str.strip_chars_end(".")
    )
    found = pl.when(bare.is_in(list(NOTHING))).then(None).otherwise(bare)
    return found.map_batches(punycode, return_dtype=pl.String, is_elementwise=True)


def punycode(hosts: pl.Series) -> pl.Series:
    """Hosts with letters beyond ASCII in their IDNA form; what IDNA refuses stays as it is."""
    foreign = hosts.unique().drop_nulls()
    foreign = foreign.filter(foreign.str.contains("[^\\x00-\\x7f]"))
    if foreign.is_empty():
        return hosts
    encoded = {host: _to_ascii(host) for host in foreign}
    return hosts.replace(encoded)


def _to_ascii(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return host
