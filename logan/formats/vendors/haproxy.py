"""HAProxy: HTTP, HTTPS and TCP logs, and the lines about connections that failed.

Definition: HAProxy Configuration Manual, sections 8.2.2 (tcplog), 8.2.3 (httplog), 8.2.4
(httpslog), 8.2.5 (error log), 8.5 (session state) and 8.8 (captures). The accept date is local
time; `%B` counts what went to the client. HAProxy logs a path unless the client sent a whole URL,
so the host is known from a proxy request, from the SNI of httpslog, or where the site captures the
Host header: a captured value that is a bare domain name is taken for it. A line is cut at 1,024
bytes unless `len` says more.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Layout, integer, missing_to_null
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, where

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
_HTTP: Final = (
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
_TCP: Final = (
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
_ERROR: Final = (*_START, Piece("frontend", "[^ /]+/[^ ]+"), Piece("error", ": .*"))
_HOSTLESS: Final = "its requests carry no host: capture the Host header to show visits"
_TCP_ALONE: Final = "tcplog names no host: add %[ssl_fc_sni] or log HTTP to show visits"
_READER: Final = LineVariants(
    shapes={"http": _HTTP, "tcp": _TCP, "error": _ERROR}, missing=("-", "-1", "")
)
_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>[^ ]+)"
_CAPTURED_HOST: Final = r"[{|]((?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]+\.?(?::[0-9]+)?)[|}]"
#: `%[fc_err]/.../%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc`
_SNI: Final = r'^" (?:[^ /]+/){4}[^ /]+ ([^ /]+)/[^ /]*/[^ ]*'
#: What a site put behind tcplog's own fields: `%[ssl_fc_sni]`, or `{...}` as captures are written.
_TCP_SNI: Final = r'^ [{"]?((?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]+\.?)(?:[|}" ]|$)'


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """Says so where most requests and connections of the head name no host."""
    requests = [found for line in records if (found := _READER.match(line, "http"))]
    named = sum(map(_names_host, requests))
    hostless = len(requests) - named
    tunnels = [found for line in records if (found := _READER.match(line, "tcp"))]
    connections = sum(not re.match(_TCP_SNI, found["tail"]) for found in tunnels)
    named += len(tunnels) - connections
    if hostless + connections <= named:
        return layout
    return layout._replace(names_no_host=_HOSTLESS if hostless >= connections else _TCP_ALONE)


def _names_host(found: dict[str, str]) -> bool:
    absolute = re.match(r"[A-Za-z_-]+ [^/* ]", found["request"])
    captured = re.search(_CAPTURED_HOST, found["captures"])
    return bool(absolute or captured or re.match(_SNI, found["tail"]))


def _action(cell: Cells) -> pl.Expr:
    """`P` ended by HAProxy itself, with 403 by a deny rule; a named server took what is not.

    A server that answers 407 is a proxy behind it: no site may.
    """
    state, status = cell["termination state"], integer(cell["status"])
    served = ~cell["backend and server"].str.ends_with("/<NOSRV>")
    return (
        pl.when((status == 407) | ((status == 401) & ~served))
        .then(pl.lit("auth"))
        .when(state.str.starts_with("P") & ~(status == 400).fill_null(value=False))
        .then(pl.lit("blocked"))
        .when(served)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


def _host(cell: Cells) -> pl.Expr:
    """The host of a path: by the SNI of httpslog, or a captured header that is a domain name.

    That of a connection, by the SNI behind it.
    """
    captured = cell["captures"].str.extract(_CAPTURED_HOST)
    named = pl.coalesce(missing_to_null(cell["tail"].str.extract(_SNI)), captured)
    tunnel = pl.when(cell[SHAPE] == "tcp").then(cell["tail"].str.extract(_TCP_SNI))
    local = cell["url"].str.contains("^[/*]").fill_null(value=False)
    return pl.coalesce(pl.when(local).then(named), tunnel)


_COLUMNS: Final = Columns(
    time=local("accept date", "%d/%b/%Y:%H:%M:%S%.f"),
    user=None,
    client_ip="client",
    method="method",
    url="url",
    host=_host,
    status="status",
    action=_action,
    bytes_received=lambda cell: integer(cell["bytes"].str.strip_prefix("+")),
    evidence=connects(lambda cell: (cell["method"] == "CONNECT") | cell["request"].is_null()),
    repeat=where(
        lambda cell: cell["error"].is_not_null(), "a connection that failed before any request"
    ),
    derived={
        "method": lambda cell: cell["request"].str.extract(_REQUEST, 1),
        "url": lambda cell: cell["request"].str.extract(_REQUEST, 2),
    },
)
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
    reader=_READER,
    learns=_learn,
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="Names a host only for proxy requests, with httpslog, or where Host or the SNI is logged.",
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
