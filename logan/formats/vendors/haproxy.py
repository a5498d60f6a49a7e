"""HAProxy: HTTP, HTTPS and TCP logs, and the lines about connections that failed.

Definition: HAProxy Configuration Manual, sections 8.2.2 (tcplog), 8.2.3 (httplog), 8.2.4
(httpslog), 8.2.5 (error log), 8.5 (session state) and 8.8 (captures). The accept date is local
time; `%B` counts what went to the client. HAProxy logs a path unless the client sent a whole URL,
so the host is known from a proxy request, from the SNI of httpslog, or where the site captures the
Host header: a captured value that is a bare domain name is taken for it. A line is cut at 1,024
bytes unless `len` says more.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import (
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Sample,
    Shows,
    integer,
    missing_to_null,
    separated,
)
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.variants import Variants

_START: Final = (
    Piece("client", rf"\[?{ADDRESS}\]?|unix"),
    Piece(None, ":"),
    Piece("client port", "[0-9]+"),
    Piece(None, r" \["),
    Piece("accept date", r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}"),
    Piece(None, r"\] "),
)
_ROUTE: Final = (Piece("frontend", "[^ ]+"), Piece("backend and server", "[^ /]+/[^ ]+"))
_TIMES: Final = r"-?[0-9]+"
_COUNTS: Final = (
    Piece("connections", r"[0-9]+/[0-9]+/[0-9]+/[0-9]+/\+?[0-9]+"),
    Piece("queues", "[0-9]+/[0-9]+"),
)
_HTTP: Final = Pattern(
    (
        *_START,
        *separated(
            (
                *_ROUTE,
                Piece("timers", rf"(?:{_TIMES}/){{4}}\+?{_TIMES}"),
                Piece("status", "[0-9]{3}|-1"),
                Piece("bytes", r"\+?[0-9]+"),
                Piece("request cookie", "[^ ]+"),
                Piece("response cookie", "[^ ]+"),
                Piece("termination state", "[A-Za-z-]{4}"),
                *_COUNTS,
            ),
            " ",
        ),
        Piece("captures", r"(?: \{.*\})?"),
        Piece(None, ' "'),
        Piece("request", '[^"]*'),
        Piece("tail", '(?:" ?.*)?'),  # no quote: the line was cut
    )
)
_TCP: Final = Pattern(
    (
        *_START,
        *separated(
            (
                *_ROUTE,
                Piece("timers", rf"{_TIMES}/{_TIMES}/\+?{_TIMES}"),
                Piece("bytes", r"\+?[0-9]+"),
                Piece("termination state", "[A-Za-z-]{2}"),
                *_COUNTS,
            ),
            " ",
        ),
        Piece("tail", "(?: .*)?"),
    )
)
_ERROR: Final = Pattern((*_START, Piece("frontend", "[^ /]+/[^ ]+"), Piece("error", ": .*")))
_LINES: Final = Variants((("http", _HTTP), ("tcp", _TCP), ("error", _ERROR)))

_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>[^ ]+)"
_CAPTURED_HOST: Final = r"[{|]((?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]+(?::[0-9]+)?)[|}]"
#: `%[fc_err]/.../%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc`
_SNI: Final = r'^" (?:[^ /]+/){4}[^ /]+ ([^ /]+)/[^ /]*/[^ ]*'


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _LINES.fault(line)


def _layout(head: Head) -> Layout:
    """Blind where no request of the head names a host, or it has connections alone."""
    requests = [found for line in head.lines if (found := _HTTP.match(line))]
    if any(map(_names_host, requests)):
        return Layout()
    if requests:
        return Layout(blind="its requests carry no host: capture the Host header to show visits")
    if any(_TCP.match(line) for line in head.lines):
        return Layout(blind="tcplog names no host: add %[ssl_fc_sni] or log HTTP to show visits")
    return Layout()


def _names_host(found: dict[str, str]) -> bool:
    absolute = re.match(r"[A-Za-z_-]+ [^/* ]", found["request"])
    captured = re.search(_CAPTURED_HOST, found["captures"])
    return bool(absolute or captured or re.match(_SNI, found["tail"]))


def _action(cell: dict[str, pl.Expr], status: pl.Expr) -> pl.Expr:
    """`P` ended by HAProxy itself, with 403 by a deny rule; a named server took what is not."""
    state = cell["termination state"]
    served = ~cell["backend and server"].str.ends_with("/<NOSRV>")
    return (
        pl.when(status.is_in([401, 407]) & ~served)
        .then(pl.lit("auth"))
        .when(state.str.starts_with("P") & ~(status == 400).fill_null(value=False))
        .then(pl.lit("blocked"))
        .when(served)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


def _columns(layout: Layout) -> Columns:
    del layout
    cell = {name: missing_to_null(value, ("-", "-1", "")) for name, value in _LINES.cells().items()}
    request = cell["request"].str.extract_groups(_REQUEST)
    method, url = request.struct.field("method"), request.struct.field("url")
    own = url.str.contains("^[/*]")
    captured = cell["captures"].str.extract(_CAPTURED_HOST)
    status = integer(cell["status"])
    tunnelled = (method == "CONNECT") | cell["request"].is_null()
    return {
        "reason": _LINES.reason(),
        "repeat": pl.when(cell["error"].is_not_null()).then(
            pl.lit("a connection that failed before any request")
        ),
        "local_time": clock.naive(cell["accept date"], "%d/%b/%Y:%H:%M:%S%.f"),
        "client_ip": cell["client"],
        "method": method,
        "url": url,
        "host": pl.when(own.fill_null(value=False)).then(
            pl.coalesce(missing_to_null(cell["tail"].str.extract(_SNI)), captured)
        ),
        "status": status,
        "action": _action(cell, status),
        "bytes_received": integer(cell["bytes"].str.strip_prefix("+")),
        "evidence": pl.when(tunnelled).then(pl.lit("connect")).otherwise(pl.lit("url")),
    }


_SAMPLE: Final = (
    "10.1.2.3:50000 [10/Jan/2024:13:55:36.123] web~ sites/web1 0/0/1/12/13 200 2326 - - ---- "
    '2/2/0/0/0 0/0 {www.example.com|Mozilla/5.0 (X11)} {} "GET /a?b=c HTTP/1.1"'
)
_PROXY: Final = (
    "10.1.2.3:50000 [10/Jan/2024:13:55:36.123] proxy proxy/<NOSRV> 0/-1/-1/-1/3 403 188 - - PR-- "
    '2/2/0/0/0 0/0 "CONNECT www.example.com:443 HTTP/1.1"'
)
HAPROXY: Final = Format(
    name="haproxy",
    title="HAProxy httplog, httpslog and tcplog",
    definition="HAProxy Configuration Manual, section 8.2",
    shows=Shows(
        user=False,
        evidence=("url", "connect"),
        bytes="received",
        clock="local",
        note="Names a host only for proxy requests, with httpslog, or where Host is captured.",
    ),
    check=_check,
    signs=_LINES.signs,
    columns=_columns,
    prepare=_LINES.prepare,
    layout=_layout,
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 method=GET"
            " url=www.example.com/a?b=c status=200 action=allowed bytes_received=2326"
            " evidence=url",
        ),
        Sample(
            _PROXY,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443 status=403 action=blocked bytes_received=188"
            " evidence=connect setup=yes",
        ),
    ),
    near_misses=(
        '10.1.2.3:50000 [10/Jan/2024:13:55:36 +0000] "GET /a HTTP/1.1" 200 12',
        "Proxy web started.",
    ),
)
