"""One form for addresses of clients, whatever stands around them and however they are spelled."""

import re
from ipaddress import AddressValueError, IPv6Address
from typing import Final

import polars as pl

from logan.records.empty_cells import NOTHING
from logan.runtime.fast_path import normalised

#: An IPv4 or IPv6 address, in brackets or not.
ADDRESS: Final = (
    r"^\[?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r"|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[^ \]]*)?)\]?$"
)
_ADDRESS_AND_PORT: Final = (
    r"^(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9]{1,3}(?:\.[0-9]{1,3}){3})):[0-9]+$"
)
#: Behind the first of several addresses: a comma, as it is or percent-encoded.
_FURTHER: Final = "(?i) *(?:,|%2c).*$"
_ADDRESS_EXCEPTION: Final = "[^a-z0-9._-]|^-?$|^unknown$"


def address_expression(cell: pl.Expr) -> pl.Expr:
    """An address without port, brackets or zone id, in one spelling; a host name stays.

    Of several, as proxies list them in X-Forwarded-For, the first: the client's (RFC 7239, section
    5.2, which has `unknown` for one that is hidden). IPv6 is spelled as in RFC 5952, an IPv4
    address mapped to IPv6 is that of IPv4 (RFC 4291, section 2.5.5.2): a client that two gateways
    spell in two ways is one.
    """
    return normalised(cell, _ADDRESS_EXCEPTION, _address)


def _address(cell: pl.Expr) -> pl.Expr:
    """Any address: the fallback."""
    split = cell.str.extract_groups(_ADDRESS_AND_PORT)
    bare = pl.coalesce(split.struct.field("v6"), split.struct.field("v4"), cell)
    bare = bare.str.replace(_FURTHER, "").str.strip_chars(" []").str.replace("%.*$", "")
    bare = bare.str.to_lowercase()
    found = bare.map_batches(_one_spelling, return_dtype=pl.String, is_elementwise=True)
    return pl.when(found.is_in([*NOTHING, "unknown"])).then(None).otherwise(found)


def _one_spelling(addresses: pl.Series) -> pl.Series:
    """Every IPv6 address as `_ipv6` spells it, each different one looked at once."""
    known = addresses.filter(addresses.str.contains(":", literal=True)).unique().to_list()
    return addresses.replace({text: _ipv6(text) for text in known}) if known else addresses


def _ipv6(text: str) -> str:
    """An IPv6 address in its one spelling, without a port of five digits; other text as it is."""
    for spelled in (text, re.sub(":[0-9]{5}$", "", text)):
        try:
            address = IPv6Address(spelled)
        except AddressValueError:
            continue
        return str(address.ipv4_mapped or address)
    return text
