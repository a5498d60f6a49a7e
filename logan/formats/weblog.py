"""Common and combined log format: Squid's, Apache's and nginx's.

Definitions: httpd.apache.org/docs/2.4/logs.html (common, combined), nginx ngx_http_log_module
(combined), squid.conf.documented (logformat common, combined: Squid's result code ends the line).
"""

import re
from collections.abc import Callable
from typing import Final

import polars as pl

from logan.formats import clock
from logan.formats.base import (
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
)
from logan.formats.squid import decide, opens_intercepted_tunnel

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_COMMON: Final = (
    Piece("virtual host", r"(?:[A-Za-z0-9._*-]+(?::[0-9]+)? )??"),
    Piece("client", "[^ ]+"),
    Piece(None, " "),
    Piece("ident", "[^ ]+"),
    Piece(None, " "),
    Piece("user", r'"[^"]*"|[^\[]+?'),
    Piece(None, r" \["),
    Piece("time", r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
    Piece(None, r'\] "'),
    Piece("request", _QUOTED),
    Piece(None, '" '),
    Piece("status", "[0-9]{3}|-|0"),
    Piece(None, " "),
    Piece("bytes", "[0-9]+|-"),
)
_COMBINED: Final = (
    *_COMMON,
    Piece(None, ' "'),
    Piece("referrer", _QUOTED),
    Piece(None, '" "'),
    Piece("user agent", _QUOTED),
    Piece(None, '"'),
)
_SQUID_TAIL: Final = (
    Piece(None, " "),
    Piece("result code", "[A-Z][A-Z_0-9]*"),
    Piece(None, ":"),
    Piece("hierarchy", "[A-Z][A-Z_0-9]*"),
)
_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"


def _columns(pattern: Pattern) -> Columns:
    cell = pattern.cells()
    request = cell["request"].str.extract_groups(_REQUEST)
    method, url = request.struct.field("method"), request.struct.field("url")
    status = integer(cell["status"])
    status = pl.when(status > 0).then(status).otherwise(None)
    vhost = cell["virtual host"].str.strip_chars(" ").str.extract("^([^:]+)")
    own = url.str.starts_with("/")
    code = cell.get("result code", pl.lit(None, dtype=pl.String))
    null = pl.lit(None, dtype=pl.String)
    return {
        "reason": pattern.reason(),
        "time": clock.clf(cell["time"]),
        "client_ip": cell["client"],
        "user": cell["user"].str.strip_chars('"'),
        "method": method,
        "url": url,
        "host": pl.when(own).then(vhost).otherwise(None),
        "status": status,
        "action": decide(code, status) if "result code" in cell else _by_challenge(status),
        "bytes_received": integer(cell["bytes"]),
        "referrer": cell.get("referrer", null),
        "user_agent": cell.get("user agent", null),
        "evidence": pl.when(method == "CONNECT").then(pl.lit("connect")).otherwise(pl.lit("url")),
        "setup": opens_intercepted_tunnel(code, method)
        if "result code" in cell
        else pl.lit(value=False),
    }


def _by_challenge(status: pl.Expr) -> pl.Expr:
    """These logs do not say what a proxy decided; only its own challenge shows in the status."""
    return pl.when(status == 407).then(pl.lit("auth")).otherwise(pl.lit("unknown"))


_NAMES_A_HOST: Final = re.compile(r'"(?:[A-Za-z_-]+ [A-Za-z][A-Za-z0-9+.-]*://|CONNECT )')
_BLIND: Final = (
    "its requests carry no host (a web server's own log): it cannot show visits to other sites"
)


def _layout(pattern: Pattern) -> Callable[[Head], Layout]:
    def layout(head: Head) -> Layout:
        fitting = [line for line in head.lines if pattern.fault(line) is None]
        hosted = any(_NAMES_A_HOST.search(line) or _has_vhost(line) for line in fitting)
        return Layout(blind=None if hosted or not fitting else _BLIND)

    return layout


def _has_vhost(line: str) -> bool:
    """Two words before the ident: the first is the virtual host."""
    return len(line.split(" [", 1)[0].split(" ")) > 3


def _format(name: str, title: str, pieces: tuple[Piece, ...], rank: int, sample: str) -> Format:
    pattern = Pattern(pieces)

    def check(line: str, layout: Layout) -> Fault | None:
        del layout
        return pattern.fault(line)

    def columns(layout: Layout) -> Columns:
        del layout
        return _columns(pattern)

    return Format(
        name=name,
        title=title,
        definition="httpd.apache.org/docs/2.4/logs.html; squid.conf.documented",
        shows=Shows(
            user=True,
            evidence=("url", "connect"),
            bytes="received",
            clock="offset",
            note="A web server's own log names no host: it cannot show visits to other sites.",
        ),
        check=check,
        columns=columns,
        layout=_layout(pattern),
        rank=rank,
        samples=(sample,),
        near_misses=(
            '10.1.2.3 - jdoe [10/Jan/2024 13:55:36] "GET http://www.example.com/ HTTP/1.1" 200 12',
        ),
    )


_SAMPLE: Final = (
    "10.1.2.3 - jdoe [10/Jan/2024:13:55:36 +0000] "
    '"GET http://www.example.com/a HTTP/1.1" 200 2326'
)
COMMON: Final = _format("common", "Common log format", _COMMON, 1, _SAMPLE)
COMBINED: Final = _format(
    "combined", "Combined log format", _COMBINED, 2, _SAMPLE + ' "-" "Mozilla/5.0 (X11)"'
)
SQUID_COMMON: Final = _format(
    "squid-common",
    "Squid, logformat common",
    (*_COMMON, *_SQUID_TAIL),
    3,
    _SAMPLE + " TCP_MISS:HIER_DIRECT",
)
SQUID_COMBINED: Final = _format(
    "squid-combined",
    "Squid, logformat combined",
    (*_COMBINED, *_SQUID_TAIL),
    4,
    _SAMPLE + ' "-" "Mozilla/5.0 (X11)" TCP_DENIED:HIER_NONE',
)
