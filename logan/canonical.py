"""One form for hosts, users, times and addresses, whatever the gateway that wrote them.

Expressions over the raw columns of a format (`schema.RAW`); nothing here knows a format or a rule.
"""

import ipaddress
from typing import Final

import idna
import polars as pl

from logan.schema import RAW, RECORD, TIME
from logan.zones import offset_of

# Browsers read a backslash as a slash and the last @ as the end of the user info (WHATWG URL);
# a gateway logs what it was sent, so the same reading decides which host was meant.
_URL: Final = (
    r"^(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?:[^/?#\\]*@)?"
    r"(?P<host>\[[^\]/]*\]|[^/?#:\\]*)"
    r"(?::(?P<port>[0-9]*))?"
    r"(?P<path>[/\\][^?#]*)?"
    r"(?:\?(?P<query>[^#]*))?(?:#.*)?$"
)
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
_NOTHING: Final = ("", "-")
_ADDRESS: Final = (
    r"^\[?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r"|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[^ \]]*)?)\]?$"
)
_ADDRESS_AND_PORT: Final = (
    r"^(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9]{1,3}(?:\.[0-9]{1,3}){3})):[0-9]+$"
)

# A host may be written with percent codes or full-width letters; both mean the plain character
# (RFC 3986 section 2.3; UTS 46 mapping). Only unreserved characters are decoded.
_UNRESERVED: Final = "abcdefghijklmnopqrstuvwxyz0123456789-._~ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HOST_CODES: Final = {
    **{f"%{ord(char):02x}": char for char in _UNRESERVED},
    **{chr(ord(char) + 0xFEE0): char for char in _UNRESERVED},
    "\u3002": ".",
    "\uff61": ".",
}


def _instant(local: pl.Expr, zone: str, *, ambiguous: str) -> pl.Expr:
    """A wall clock in a zone as UTC. Times that the zone skips are read as an hour later."""
    offset = offset_of(zone)
    if offset is not None:
        return (local - offset).dt.replace_time_zone("UTC")
    placed = local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
    skipped = (local + pl.duration(hours=1)).dt.replace_time_zone(
        zone, ambiguous="latest", non_existent="null"
    )
    return pl.coalesce(placed, skipped).dt.convert_time_zone("UTC")


def ambiguous_time(zone: str | None) -> pl.Expr:
    """True where a wall clock stood twice in its zone (the hour after summer time ends)."""
    if zone is None or offset_of(zone) is not None:
        return pl.lit(value=False)
    early = _instant(pl.col("local_time"), zone, ambiguous="earliest")
    late = _instant(pl.col("local_time"), zone, ambiguous="latest")
    return (early != late).fill_null(value=False)


def instant(zone: str | None) -> pl.Expr:
    """The UTC time of a raw record; a time without a zone is read in `zone` (None: UTC).

    An hour that stands twice is read as its first pass and flagged by `ambiguous_time`.
    """
    local = _instant(pl.col("local_time"), zone or "UTC", ambiguous="earliest")
    return pl.coalesce(pl.col("time"), local).cast(TIME)


def host_expression(cell: pl.Expr) -> pl.Expr:
    """A host in lower case, decoded, without user info, port, brackets and trailing dots."""
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
    return pl.when(bare.is_in(list(_NOTHING))).then(None).otherwise(bare)


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


def user_expression(cell: pl.Expr) -> pl.Expr:
    """The person a log names, or null: an address or a forwarding header is nobody.

    `DOMAIN\\\\u` (backslash doubled by a log's own escaping) becomes `DOMAIN\\u`.
    """
    bare = cell.str.strip_chars(" \t\"'").str.replace_all("\\\\\\\\", "\\")
    nobody = (
        bare.str.to_lowercase().is_in(list(_NOBODY))
        | bare.str.contains(_ADDRESS)
        | bare.str.contains("(?i)^x-(?:fwd|forwarded)-for:")
    )
    return pl.when(nobody).then(None).otherwise(bare)


def address_expression(cell: pl.Expr) -> pl.Expr:
    """An address without port, brackets or zone id; a host name (log_fqdn) stays."""
    split = cell.str.extract_groups(_ADDRESS_AND_PORT)
    bare = pl.coalesce(split.struct.field("v6"), split.struct.field("v4"), cell)
    bare = bare.str.strip_chars(" []").str.replace("%.*$", "").str.to_lowercase()
    return pl.when(bare.is_in(list(_NOTHING))).then(None).otherwise(bare)


def same_address(text: str) -> str:
    """The canonical spelling of an address (RFC 5952), or the text where it is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def _text(name: str) -> pl.Expr:
    column = pl.col(name)
    return pl.when(column.is_in(list(_NOTHING))).then(None).otherwise(column)


def _filled(raw: pl.DataFrame) -> pl.DataFrame:
    """The raw frame with every column of `schema.RAW`, typed; what a format lacks is null."""
    return raw.with_columns(
        pl.col(name).cast(dtype, strict=False).alias(name)
        if name in raw.columns
        else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RAW.items()
    )


def records(raw: pl.DataFrame, *, zone: str | None) -> pl.DataFrame:
    """Canonical records from raw ones, one row each, in order.

    `raw` has `source`, `line` and `text` beside the raw columns. A row keeps its `reason` (it is no
    record), gets one where its time cannot be read, and keeps `repeat`, `setup` and `text` for the
    rules; `ambiguous` marks times that stood twice.
    """
    frame = _filled(raw)
    url = pl.col("url").str.extract_groups(_URL)
    host = pl.coalesce(_text("host"), url.struct.field("host"))
    origin = pl.col("url").str.contains("^[/*]")
    scheme = pl.coalesce(_text("scheme"), url.struct.field("scheme")).str.to_lowercase()
    path = pl.coalesce(_text("path"), url.struct.field("path"))
    query = pl.coalesce(_text("query"), url.struct.field("query")).str.strip_prefix("?")
    port = pl.coalesce(pl.col("port"), url.struct.field("port").cast(pl.Int32, strict=False))
    frame = frame.with_columns(
        time=instant(zone),
        ambiguous=ambiguous_time(zone),
        user=user_expression(pl.col("user")),
        client_ip=address_expression(pl.col("client_ip")),
        method=_text("method").str.to_uppercase(),
        scheme=scheme,
        host=host_expression(pl.when(pl.col("host").is_null() & origin).then(None).otherwise(host)),
        port=port,
        path=path,
        query=query,
        referrer=_text("referrer"),
        user_agent=_text("user_agent"),
        action=pl.col("action").fill_null("unknown"),
        evidence=pl.col("evidence").fill_null("url"),
        setup=pl.col("setup").fill_null(value=False),
    )
    frame = frame.with_columns(
        host=punycode(frame["host"]),
        reason=pl.coalesce(
            pl.col("reason"),
            pl.when(pl.col("time").is_null()).then(pl.lit("time: cannot be read")),
        ),
    )
    return frame.select(*RECORD, "text", "reason", "repeat", "setup", "ambiguous")
