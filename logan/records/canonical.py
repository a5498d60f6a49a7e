"""One form for hosts, users, times and addresses, whatever the gateway that wrote them.

Expressions over the raw columns of a format (`schema.RAW`); nothing here knows a format or a rule.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final

import idna
import polars as pl

from logan.runtime.fast_path import normalised, with_fallback
from logan.runtime.zones import offset_of
from logan.schema import RAW, RECORD, TIME

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
# The fast path, for plain addresses: whatever it reads next, there is one way to read it. Such an
# expression finds its groups in one pass, five times sooner than the one above.
_FAST_URL: Final = (
    r"^(?:(?P<first>[A-Za-z][A-Za-z0-9.-]*)"
    r"(?::(?://(?P<host>[^/?#:\\@\[]*)(?::(?P<port>[0-9]*))?|(?P<tunnel>[0-9]+)))?)?"
    r"(?P<path>/[^?#]*)?"
    r"(?:\?(?P<query>[^#]*))?$"
)
_PARTS: Final = pl.Struct(
    dict.fromkeys(("=scheme", "=host", "=port", "=path", "=query"), pl.String)
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
#: From 1970 up to the end of 9998, in microseconds: in any zone a date that Python knows.
_YEARS: Final = (0, 253_370_764_800_000_000)
#: No tunnel lasts longer: seven days, in milliseconds.
_LONGEST_MS: Final = 7 * 86_400_000
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

#: Behind the first of several addresses: a comma, as it is or percent-encoded.
_FURTHER: Final = "(?i) *(?:,|%2c).*$"
#: What no address or name of a machine has in it.
_NO_CLIENT: Final = r"""[\s"'<>\[\](){}|=\\]"""
#: What no name of a person has: a tab, the end of a line, a clock, an address among other words.
_NO_USER: Final = (
    r"[\t\n\r]|(?:^|[ T])[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[ .,Z]|$)"
    r"|(?: |^)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:[ :/]|$)"
)
#: What stands at an end of a name of several words and is a field of its own: one that is empty.
_BESIDE_USER: Final = "^- | -$"
_FORWARDED: Final = "(?i)^x-(?:fwd|forwarded)-for:"
# What makes a cell more than its canonical form, or nothing: all others stay as they are.
_HOST_EXCEPTION: Final = "[^a-z0-9._-]|[.]$|^-?$"
_METHOD_EXCEPTION: Final = "[^A-Z]|^$"
_SCHEME_EXCEPTION: Final = "[^a-z]"
_ADDRESS_EXCEPTION: Final = "[^a-z0-9._-]|^-?$|^unknown$"
_USER_EXCEPTION: Final = "|".join(
    (
        "^[ \t\"']|[ \t\"']$",
        r"\\\\",
        "(?i:^(?:" + "|".join(map(re.escape, _NOBODY)) + ")$)",
        _ADDRESS,
        _FORWARDED,
    )
)


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


@lru_cache(maxsize=64)
def instant(zone: str | None) -> pl.Expr:
    """The UTC time of a raw record; a time without a zone is read in `zone` (None: UTC).

    An hour that stands twice is read as its first pass and flagged by `ambiguous_time`. Null
    outside `_YEARS`: such a stamp was misread or miswritten, and no calendar of ours holds it.
    """
    local = _instant(_within_years(pl.col("local_time")), zone or "UTC", ambiguous="earliest")
    return _within_years(pl.coalesce(pl.col("time"), local).cast(TIME))


def _within_years(moment: pl.Expr) -> pl.Expr:
    """The time, null where it is in none of `_YEARS`."""
    first, last = _YEARS
    micros = moment.dt.epoch("us")
    return pl.when(micros.is_between(first, last, closed="left")).then(moment)


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
    found = pl.when(bare.is_in(list(_NOTHING))).then(None).otherwise(bare)
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
        | bare.str.contains(_ADDRESS)
        | bare.str.contains(_FORWARDED)
    )
    return pl.when(nobody).then(None).otherwise(bare)


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
    return pl.when(found.is_in([*_NOTHING, "unknown"])).then(None).otherwise(found)


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


def _url_parts(urls: pl.Series) -> pl.Series:
    """The parts of URLs (`_PARTS`); a part that is not there is null or empty."""
    if urls.null_count() == len(urls):
        return pl.Series([None], dtype=_PARTS).new_from_index(0, len(urls))
    first, host = pl.col("first"), pl.col("host")
    parts = {
        "=scheme": pl.when(host.is_not_null()).then(first),
        "=host": pl.coalesce(host, first),
        "=port": pl.coalesce("port", "tunnel"),
        "=path": pl.col("path"),
        "=query": pl.col("query"),
    }
    found = urls.str.extract_groups(_FAST_URL).struct.unnest()
    fast = found.select(**parts).to_struct()
    if not found["first"].null_count():
        return fast
    fits = pl.any_horizontal(pl.col("first", "path", "query").is_not_null())
    left = ~found.select(fits).to_series() & urls.is_not_null()
    return with_fallback(fast, left, lambda: _any_url_parts(urls.filter(left)))


def _any_url_parts(urls: pl.Series) -> pl.Series:
    """The parts of any URLs: the fallback."""
    return urls.str.extract_groups(_URL).struct.rename_fields(list(_PARTS.to_schema()))


def _given(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A part of the request as the format gives it, else as its URL has it."""
    if frame[name].null_count() == len(frame):
        return pl.col(f"={name}")
    return pl.coalesce(_text(name), f"={name}")


def _text(name: str) -> pl.Expr:
    return _something(pl.col(name))


def _something(cell: pl.Expr) -> pl.Expr:
    """The cell, null where it says that there is nothing."""
    return pl.when(cell.is_in(list(_NOTHING))).then(None).otherwise(cell)


def _filled(raw: pl.DataFrame) -> pl.DataFrame:
    """A line's number and text and every column of `schema.RAW`, typed; what lacks is null."""
    schema, rows = raw.schema, len(raw)
    columns = [raw["source"], raw["line"], raw["text"]]
    for name, kind in RAW.items():
        if name not in schema:
            columns.append(pl.Series(name, [None], dtype=kind).new_from_index(0, rows))
        elif schema[name] == kind:
            columns.append(raw[name])
        else:
            columns.append(raw[name].cast(kind, strict=False))
    return pl.DataFrame(columns)


#: What lines say about other lines, beside their record.
_BESIDE: Final = ("repeat", "companion", "setup", "began", "ambiguous")


def records(raw: pl.DataFrame, *, zone: str | None) -> pl.DataFrame:
    """Canonical records from raw ones, one row each, in order.

    `raw` has `source`, `line` and `text` beside the raw columns. A row keeps its `reason` (it is no
    record), gets one where its time cannot be read, and keeps `repeat`, `companion`, `setup` and
    `text` for the rules; `began` is the time less the duration, null where the log has none;
    `ambiguous` marks times that stood twice.
    """
    frame = _filled(raw)
    frame = frame.hstack(_url_parts(frame["url"]).struct.unnest())
    given = {name: _given(frame, name) for name in ("scheme", "host", "path", "query")}
    url_port = pl.col("=port").cast(pl.Int32, strict=False)
    host = given["host"]
    starred = frame["url"].str.starts_with("*")
    if starred.any():  # the server as a whole, `OPTIONS *`: no host of that name
        host = pl.when(~(pl.col("host").is_null() & starred.fill_null(value=False))).then(host)
    canonical = {
        "time": instant(zone),
        "user": user_expression(pl.col("user")),
        "client_ip": address_expression(pl.col("client_ip")),
        "method": normalised(pl.col("method"), _METHOD_EXCEPTION, _method),
        "scheme": normalised(given["scheme"], _SCHEME_EXCEPTION, _scheme),
        "host": host_expression(host),
        "port": pl.coalesce("port", url_port),
        "path": given["path"],
        "query": given["query"].str.strip_prefix("?"),
        "referrer": _text("referrer"),
        "user_agent": _text("user_agent"),
        "action": pl.col("action").fill_null("unknown"),
        "evidence": pl.col("evidence").fill_null("url"),
        # A gateway that does not tell tunnels it opened from others: every CONNECT may be such a
        # one. It is a repeat only where a request inside it follows (`rules.across_lines`).
        "setup": (pl.coalesce("setup", _is_connect()) & ~_failed()).fill_null(value=False),
        "began": _began(frame, zone),
        "ambiguous": ambiguous_time(zone),
    }
    names = (*RECORD, "text", "reason", *_BESIDE)
    records = frame.select(**{name: canonical.get(name, name) for name in names})
    if records["time"].null_count():
        no_time = pl.when(pl.col("time").is_null()).then(pl.lit("time: cannot be read"))
        records = records.with_columns(reason=pl.coalesce("reason", no_time))
    return _without_impossible(records)


def _without_impossible(records: pl.DataFrame) -> pl.DataFrame:
    """The records; those whose client or user cannot be one get a reason.

    Formats tell their fields apart; where one let by what was left of a prefix, or of another
    field, a false person would be named. Here it is seen for all of them.
    """
    checks = {
        "client_ip": pl.col("client_ip").str.contains(_NO_CLIENT),
        "user": pl.col("user").str.contains(_NO_USER),
    }
    if records["user"].str.contains(" ", literal=True).any():
        checks["user"] |= _with_another_field()
    found = records.select(**checks)
    if not any(found[name].any() for name in checks):
        return records
    words = {"client_ip": "client: no address and no name", "user": "user: more than a name"}
    reasons = [pl.when(found[name]).then(pl.lit(words[name])) for name in checks]
    return records.with_columns(reason=pl.coalesce("reason", *reasons))


def _is_connect() -> pl.Expr:
    return pl.col("method").str.to_uppercase() == "CONNECT"


def _failed() -> pl.Expr:
    """True where a tunnel was asked for and answered with an error: nothing came through it.

    What a gateway refused may have its page of refusal inside.
    """
    refused = (pl.col("action") == "blocked").fill_null(value=False)
    return ((pl.col("status") >= 400) & ~refused).fill_null(value=False)


def _with_another_field() -> pl.Expr:
    """True where a user is a name and the field beside it: empty, or the request's own host."""
    user, host = pl.col("user").str.to_lowercase(), pl.col("host")
    led = user.str.starts_with(pl.concat_str(host, pl.lit(" ")))
    trailed = user.str.ends_with(pl.concat_str(pl.lit(" "), host))
    return user.str.contains(_BESIDE_USER) | (led | trailed).fill_null(value=False)


def _began(frame: pl.DataFrame, zone: str | None) -> pl.Expr:
    """When a request or tunnel began; null where its line has no duration to be believed."""
    if frame["duration_ms"].null_count() == len(frame):
        return pl.lit(None, dtype=TIME)
    lasted = pl.col("duration_ms")
    lasted = pl.when(lasted.is_between(0, _LONGEST_MS)).then(lasted)
    return instant(zone) - pl.duration(milliseconds=lasted)


def _method(cell: pl.Expr) -> pl.Expr:
    return _something(cell).str.to_uppercase()


def _scheme(cell: pl.Expr) -> pl.Expr:
    return cell.str.to_lowercase()
