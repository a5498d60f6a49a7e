"""Squid logs in a `logformat` of the site's own, read from the string as it stands in squid.conf.

Definition: squid.conf.documented, `logformat` and the formats built in.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from logan.errors import UsageError
from logan.formats.engine import clock, escapes
from logan.formats.engine.columns import Columns, EvidenceColumn, stated_by_line
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Expressions, integer, missing_to_null
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation
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
from logan.formats.vendors.squid_codes import USERS, LogformatToken, pieces, tokens
from logan.schema import ACTION

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


def _time(cell: Cells, forms: Mapping[str, str]) -> Expressions:
    """The time of a line in a logformat: epoch, GMT, or local with or without its offset.

    `forms` are the strptime formats of the stamps.
    """
    if "seconds" in cell:
        seconds = cell["seconds"]
        if "subsecond" in cell:
            seconds = pl.concat_str(seconds, pl.lit("."), cell["subsecond"].str.zfill(3))
        return {"time": clock.epoch_seconds(seconds)}
    within = pl.duration(milliseconds=integer(cell["subsecond"])) if "subsecond" in cell else None
    if "gmt time" in cell:
        form = forms["gmt time"].replace(" %z", "").replace("%z", "")
        text = cell["gmt time"].str.replace(r" ?[+-][0-9]{4}$", "")
        time = clock.naive(text, form).dt.replace_time_zone("UTC")
    elif "local time" not in cell:
        return {"time": clock.epoch_seconds(cell["start"])}
    elif "%z" in forms["local time"]:
        time = cell["local time"].str.to_datetime(
            forms["local time"], strict=False, time_unit="us", time_zone="UTC"
        )
    else:
        local = clock.naive(cell["local time"], forms["local time"])
        return {"local_time": local if within is None else local + within}
    return {"time": time if within is None else time + within}


def _stamp(parts: Sequence[LogformatToken]) -> Stamp:
    forms = {part.field: part.stamp for part in parts if part.field and part.stamp}
    dated = {part.field for part in parts} & {"seconds", "gmt time"}
    local = "local time" in forms and "%z" not in forms["local time"] and not dated
    return Stamp("local" if local else "utc", lambda cell: _time(cell, forms))


def _code(cell: Cells) -> pl.Expr:
    return status_code(cell.first("status"))


def _path_part(at: int) -> Derivation:
    """The path, or the query behind it."""
    return lambda cell: cell.first("path").str.splitn("?", 2).struct.field(f"field_{at}")


def _host(cell: Cells) -> pl.Expr:
    """The host; by the TLS handshake where an intercepted CONNECT has only an address."""
    url = cell.first("url")
    address = url.is_null() | url.str.contains(r"^[0-9.]+:[0-9]+$|^\[[0-9A-Fa-f:]+\]:")
    tunnel = (cell.first("method") == "CONNECT").fill_null(value=True)
    named = pl.when(tunnel & address).then(cell.first("server name indication")).otherwise(None)
    return pl.coalesce(cell.first("host"), named)


def _opens(cell: Cells) -> pl.Expr:
    """Of a spliced tunnel this line is the set-up: one with its bytes follows when it ends.

    Where the logformat has no result code, that no bytes went to the client tells it: of a tunnel
    they are at least those of Squid's own reply.
    """
    method, status = cell.first("method"), _code(cell)
    if "result code" in cell:
        return opens_intercepted_tunnel(cell["result code"], method, status)
    silent = integer(cell.first("reply bytes")) == 0
    return (method == "CONNECT") & silent & ~(status >= 400).fill_null(value=False)


def _action(cell: Cells) -> pl.Expr:
    """What Squid did; a connection that it ended by `ssl_bump terminate` has no line of its end."""
    ended = (cell.first("bump mode") == "terminate").fill_null(value=False)
    decided = decide(cell.first("result code"), _code(cell), cell.first("method"))
    return pl.when(ended & (decided != "auth")).then(pl.lit("blocked", ACTION)).otherwise(decided)


def _columns(parts: Sequence[LogformatToken], names: Sequence[str]) -> Columns:
    quoting = {part.field: part.quoting for part in parts if part.field}
    return Columns(
        time=_stamp(parts),
        user=lambda cell: user_name(cell.first(*USERS)),
        client_ip=("client", "client name"),
        method=("method",),
        url=("url",),
        scheme=("scheme",),
        host=_host,
        port=("port",),
        path=_path_part(0),
        query=_path_part(1),
        status=_code,
        action=_action,
        bytes_received=("reply bytes",),
        bytes_sent=("request bytes",),
        duration_ms=("elapsed",),
        referrer=("referrer",),
        user_agent=("user agent",),
        evidence=EvidenceColumn(("url", "connect"), lambda cell: evidence(cell.first("method"))),
        repeat=lambda cell: neighbour(cell.first("result code")),
        derived={name: _plain(name, quoting.get(name, "")) for name in names},
    )


def _plain(name: str, quoting: str) -> Derivation:
    """A value without what its quoting escaped: `"` with backslashes, `#` with percent codes.

    Those of users are undone wherever they stand (`user_name`).
    """
    if quoting == '"':
        return lambda cell: missing_to_null(escapes.backslash(cell[name]))
    if quoting == "#" and name not in USERS:
        return lambda cell: missing_to_null(escapes.percent(cell[name]))
    return lambda cell: missing_to_null(cell[name])


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
    reader = LinePattern(pieces=tuple(pieces(parts)))
    names = reader.pattern.names
    _require(text, set(names))
    return Format(
        name="squid-logformat",
        title="Squid with the logformat given",
        definition=f"logformat {text}",
        reader=reader,
        columns=_columns(parts, names),
        tunnels=stated_by_line(_opens),
        note=NATIVE.note,
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
