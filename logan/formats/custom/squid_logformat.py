"""Squid logs in a `logformat` of the site's own, read from the string as it stands in squid.conf.

Definition: squid.conf.documented, `logformat` and the formats built in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.errors import UsageError
from logan.formats.engine import clock, escapes
from logan.formats.engine.base import (
    Clock,
    Columns,
    Fault,
    Format,
    Layout,
    Pattern,
    integer,
    missing_to_null,
)
from logan.formats.vendors import weblog
from logan.formats.vendors.squid import (
    NATIVE,
    decide,
    evidence,
    neighbour,
    opens_intercepted_tunnel,
    status_code,
    user_name,
)
from logan.formats.vendors.squid_codes import CODES, Token, pieces, tokens

#: What a bare name in `access_log` means.
_BUILT_IN: Final = {
    "squid": NATIVE,
    "common": weblog.SQUID_COMMON,
    "combined": weblog.SQUID_COMBINED,
}
_USELESS: Final = {
    "referrer": "Squid's referrer log names neither method nor result, and some versions leave out "
    "requests without a Referer: it can count no visits and clear nobody",
    "useragent": "Squid's useragent log names no address: it cannot show visits",
}
_USELESS_STRINGS: Final = {
    "%ts.%03tu %>a %{Referer}>h %ru": "referrer",
    '%>a [%tl] "%{User-Agent}>h"': "useragent",
}


def _time_columns(cell: Mapping[str, pl.Expr], stamps: Mapping[str, str]) -> Columns:
    """The time of a line in a logformat: epoch, GMT, or local with or without its offset."""
    if "seconds" in cell:
        seconds = cell["seconds"]
        if "subsecond" in cell:
            seconds = pl.concat_str(seconds, pl.lit("."), cell["subsecond"].str.zfill(3))
        return {"time": clock.epoch_seconds(seconds)}
    within = pl.duration(milliseconds=integer(cell["subsecond"])) if "subsecond" in cell else None
    if "gmt time" in cell:
        form = stamps["gmt time"].replace(" %z", "").replace("%z", "")
        text = cell["gmt time"].str.replace(r" ?[+-][0-9]{4}$", "")
        time = clock.naive(text, form).dt.replace_time_zone("UTC")
    elif "local time" not in cell:
        return {"time": clock.epoch_seconds(cell["start"])}
    elif "%z" in stamps["local time"]:
        time = cell["local time"].str.to_datetime(
            stamps["local time"], strict=False, time_unit="us", time_zone="UTC"
        )
    else:
        local = clock.naive(cell["local time"], stamps["local time"])
        return {"local_time": local if within is None else local + within}
    return {"time": time if within is None else time + within}


def _columns(pattern: Pattern, parts: Sequence[Token]) -> Columns:
    stamps = {part.field: part.stamp for part in parts if part.field and part.stamp}
    quoted = {part.field for part in parts if part.quoting == '"'}
    cell = {
        name: missing_to_null(escapes.backslash(value) if name in quoted else value)
        for name, value in pattern.cells().items()
    }
    null = pl.lit(None, dtype=pl.String)
    get = {name: cell.get(name, null) for name in (*cell, *(f for f, _ in CODES.values()))}
    users = ("user", "login", "external user", "certificate user", "ident")
    status, code, method = status_code(get["status"]), get["result code"], get["method"]
    path = get["path"].str.splitn("?", 2)
    return {
        "reason": pattern.reason(),
        "repeat": neighbour(code),
        **_time_columns(cell, stamps),
        "duration_ms": integer(get["elapsed"]),
        "client_ip": pl.coalesce(get["client"], get["client name"]),
        "user": user_name(pl.coalesce(get[name] for name in users)),
        "method": method,
        "url": get["url"],
        "scheme": get["scheme"],
        "host": pl.coalesce(get["host"], _named(get, method)),
        "port": integer(get["port"]),
        "path": path.struct.field("field_0"),
        "query": path.struct.field("field_1"),
        "status": status,
        "action": decide(code, status),
        "bytes_received": integer(get["reply bytes"]),
        "bytes_sent": integer(get["request bytes"]),
        "referrer": cell.get("referrer", null),
        "user_agent": cell.get("user agent", null),
        "evidence": evidence(method),
        "setup": opens_intercepted_tunnel(code, method)
        & ~get["bump mode"].is_in(["splice", "none", "terminate"]).fill_null(value=False),
    }


def _named(get: Mapping[str, pl.Expr], method: pl.Expr) -> pl.Expr:
    """The host by the TLS handshake, where an intercepted CONNECT has only an address."""
    sni = get["server name indication"]
    address = get["url"].is_null() | get["url"].str.contains(
        r"^[0-9.]+:[0-9]+$|^\[[0-9A-Fa-f:]+\]:"
    )
    return pl.when((method == "CONNECT").fill_null(value=True) & address).then(sni).otherwise(None)


def from_logformat(logformat: str) -> Format:
    """The format of logs that Squid writes by this `logformat`, or by its own one of that name.

    A leading `logformat NAME` is taken off. A local time without `%z` needs a zone from the user.
    Raises UsageError where the string names no time, nothing that holds the request's host, or is
    one of the built-in formats that cannot show visits.
    """
    text = re.sub(r"^\s*logformat\s+\S+\s+", "", logformat).strip()
    useless = _USELESS.get(_USELESS_STRINGS.get(re.sub(" +", " ", text), text))
    if useless:
        raise UsageError(f"--squid-logformat: {useless}. Use the access_log written beside it")
    if text in _BUILT_IN:
        return _BUILT_IN[text]
    parts = tuple(tokens(text))
    pattern = Pattern(tuple(pieces(parts)))
    _require(text, set(pattern.names))

    def check(line: str, layout: Layout) -> Fault | None:
        del layout
        return pattern.fault(line)

    def columns(layout: Layout) -> Columns:
        del layout
        return _columns(pattern, parts)

    local = any(t.field == "local time" and "%z" not in t.stamp for t in parts)
    clock_kind: Clock = (
        "local" if local and not {"seconds", "gmt time"} & set(pattern.names) else "utc"
    )
    return Format(
        name="squid-logformat",
        title="Squid with the logformat given",
        definition=f"logformat {text}",
        shows=replace(NATIVE.shows, clock=clock_kind),
        check=check,
        columns=columns,
        prepare=pattern.prepare,
        rank=9,
        samples=(),
        near_misses=(),
    )


def _require(text: str, names: set[str]) -> None:
    if "%" not in text:
        raise UsageError(
            f"--squid-logformat {text!r}: neither a format string nor one of Squid's own formats "
            f"({', '.join(_BUILT_IN)})"
        )
    if not {"seconds", "start", "local time", "gmt time"} & names:
        raise UsageError("--squid-logformat: no time in it; logan needs one of %ts %tl %tg %tS")
    if not {"url", "host", "server name indication"} & names:
        raise UsageError("--squid-logformat: no host in it; logan needs one of %ru %>rd %ssl::>sni")
