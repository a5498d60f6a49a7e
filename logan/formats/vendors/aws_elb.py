"""Amazon's Classic Load Balancer and Network Load Balancer access logs.

Definition: docs.aws.amazon.com, Access logs for your Classic Load Balancer (the user agent and the
TLS fields were appended in 2014; the request of a TCP listener is three dashes; the instance is `-`
where none was reached), and Access logs for your Network Load Balancer (TLS listeners only; one
line at the end of a connection; `domain_name` is the server name that the client sent, percent
encoded; bytes are counted inside TLS; where TLS did not come about the cipher is `-`; fields are
appended over the years). Times are UTC, as the names of the files are.
"""

import re
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, NOT_DOCUMENTED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import utc
from logan.formats.engine.values import Cells, where
from logan.formats.vendors.aws import ALB

_QUOTED: Final = r'"(?:[^\"\\]|\\.)*"'
_SECONDS: Final = r"-?[0-9.]+"
_CLASSIC: Final = (
    *separated(
        (
            Piece("time", r"[0-9-]{10}T[0-9:]{8}(?:\.[0-9]{1,9})?Z"),
            Piece("elb", "[A-Za-z0-9-]+"),
            Piece("client", "[^ ]+:[0-9]+"),
            Piece("target", "[^ ]+:[0-9]+|-"),
            Piece("request processing time", _SECONDS),
            Piece("backend processing time", _SECONDS),
            Piece("response processing time", _SECONDS),
            Piece("elb status code", "[0-9]{3}|-"),
            Piece("backend status code", "[0-9]{3}|-|0"),
            Piece("received bytes", "[0-9]+"),
            Piece("sent bytes", "[0-9]+"),
            Piece("request", _QUOTED),
        ),
        " ",
    ),
    Piece("user agent", f"(?: {_QUOTED})?"),
    Piece("ssl cipher", "(?: [^ ]+)?"),
    Piece("ssl protocol", "(?: [^ ]+)?"),
)
_NETWORK: Final = (
    *separated(
        (
            Piece("type", "tls"),
            Piece("version", r"[0-9]+\.[0-9]+"),
            Piece("time", r"[0-9-]{10}T[0-9:]{8}(?:\.[0-9]{1,9})?"),
            Piece("elb", "net/[^ ]+"),
            Piece("listener", "[^ ]+"),
            Piece("client", "[^ ]+:[0-9]+"),
            Piece("destination", "[^ ]+:[0-9]+"),
            Piece("connection time", "[0-9]+|-"),
            Piece("tls handshake time", "[0-9]+|-"),
            Piece("received bytes", "[0-9]+|-"),
            Piece("sent bytes", "[0-9]+|-"),
            Piece("incoming tls alert", "[0-9]+|-"),
            Piece("chosen cert arn", "[^ ]+"),
            Piece("chosen cert serial", "[^ ]+"),
            Piece("tls cipher", "[^ ]+"),
            Piece("tls protocol version", "[^ ]+"),
            Piece("tls named group", "[^ ]+"),
            Piece("domain name", "[^ ]+"),
        ),
        " ",
    ),
    Piece("tail", "(?: .*)?"),
)

_ONLY_TCP: Final = (
    "its first lines are connections of TCP listeners, which name no host: only HTTP and HTTPS "
    "listeners log requests"
)
_NO_SERVER_NAME: Final = (
    "its first lines name no server (domain_name is -): they cannot show visits"
)


def _served(cell: Cells) -> pl.Expr:
    """What an instance took was let through; what none took may have failed by itself."""
    return (
        pl.when(cell["target"].is_not_null()).then(pl.lit("allowed")).otherwise(pl.lit("unknown"))
    )


def _is_of_tcp_listener(cell: Cells) -> pl.Expr:
    return cell["request"].str.contains("^- - - ?$").fill_null(value=False)


def _opened(cell: Cells) -> pl.Expr:
    named = cell["tls cipher"].is_not_null()
    return pl.when(named).then(pl.lit("allowed")).otherwise(pl.lit("unknown"))


def _names_none(cell: Cells) -> pl.Expr:
    return cell["domain name"].is_null()


def _names_site(line: str) -> bool:
    return line.split(" ")[17] != "-"


_CLASSIC_LINE: Final = (
    "2024-01-10T13:55:36.123456Z lb 10.1.2.3:50000 192.0.2.9:80 0.000086 0.001048 0.001337 200 200 "
    '12 2326 "GET https://www.example.com:443/a?b=c HTTP/1.1"'
)
_TLS: Final = ' "Mozilla/5.0" DHE-RSA-AES128-SHA TLSv1.2'
_FRONT: Final = "time=2024-01-10T13:55:36.123456Z client_ip=10.1.2.3"
_SEEN: Final = (
    f"{_FRONT} method=GET url=https://www.example.com:443/a?b=c status=200 action=allowed"
    " bytes_sent=12 bytes_received=2326"
)
CLASSIC: Final = Format(
    name="aws-elb",
    title="AWS Classic Load Balancer",
    definition="docs.aws.amazon.com, Access logs for your Classic Load Balancer",
    reader=LinePattern(pieces=_CLASSIC, literals=(('"',),)),
    columns=replace(
        ALB.columns,
        action=_served,
        repeat=where(_is_of_tcp_listener, "no request: a connection of a TCP listener"),
    ),
    tunnels=NOT_DOCUMENTED,
    learns=names_no_host_unless(re.compile(' "[^"]+://').search, _ONLY_TCP),
    note="TCP listeners log connections without a host.",
    rank=6,
    samples=(
        Sample(_CLASSIC_LINE + _TLS, f"{_SEEN} user_agent=Mozilla/5.0 evidence=url"),
        Sample(_CLASSIC_LINE, f"{_SEEN} evidence=url"),
        Sample(
            _CLASSIC_LINE.replace(
                "192.0.2.9:80 0.000086 0.001048 0.001337 200 200", "- -1 -1 -1 503 0"
            )
            + _TLS,
            f"{_FRONT} method=GET url=https://www.example.com:443/a?b=c status=503 action=unknown"
            " bytes_sent=12 bytes_received=2326 user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            _CLASSIC_LINE.partition(' "')[0].replace("200 200", "- -")
            + ' "- - - " "-" ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2',
            f"{_FRONT} action=allowed bytes_sent=12 bytes_received=2326 evidence=url"
            " repeat=no request: a connection of a TCP listener",
        ),
    ),
    near_misses=(
        _CLASSIC_LINE.partition(' "')[0],
        _CLASSIC_LINE.replace("13:55:36.123456Z", "13:55:36"),
        f"https {_CLASSIC_LINE}{_TLS}",
    ),
)
_NETWORK_LINE: Final = (
    "tls 2.0 2024-01-10T13:55:36 net/lb/c6e77e28c25b2234 a3d4b5e8bb8464cd 10.1.2.3:51341 "
    "192.0.2.9:443 5000 2 98 246 - arn:aws:acm:eu-west-2:1:certificate/2a10 - "
    "ECDHE-RSA-AES128-SHA tlsv12 - www.example.com"
)
_CONNECTION: Final = (
    "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com:443 action=allowed"
    " bytes_sent=98 bytes_received=246"
)
NETWORK: Final = Format(
    name="aws-nlb",
    title="AWS Network Load Balancer, TLS listeners",
    definition="docs.aws.amazon.com, Access logs for your Network Load Balancer",
    reader=LinePattern(pieces=_NETWORK, missing=("-",), literals=(("tls ",), (" net/",))),
    columns=Columns(
        time=utc("time", "%Y-%m-%dT%H:%M:%S%.f"),
        user=None,
        client_ip=lambda cell: cell["client"].str.replace(":[0-9]+$", ""),
        action=_opened,
        host="domain name",
        port=lambda cell: (
            cell["destination"].str.extract(":([0-9]+)$").cast(pl.Int64, strict=False)
        ),
        bytes_sent="received bytes",
        bytes_received="sent bytes",
        duration_ms="connection time",
        repeat=where(_names_none, "no request: a connection that names no host"),
        evidence=sees("connect"),
    ),
    tunnels=LOGGED_ALONE,
    learns=names_no_host_unless(_names_site, _NO_SERVER_NAME),
    note="One line a TLS connection, however many requests passed through it.",
    rank=6,
    samples=(
        Sample(
            f'{_NETWORK_LINE} h2 h2 "h2","http/1.1" 2024-01-10T13:55:31',
            f"{_CONNECTION} evidence=connect",
            also=(f"{_NETWORK_LINE} - - -", _NETWORK_LINE),
        ),
        Sample(
            f"{_NETWORK_LINE} - - -".replace(
                "ECDHE-RSA-AES128-SHA tlsv12 - www.example.com", "- - - -"
            ),
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=:443 action=unknown bytes_sent=98"
            " bytes_received=246 evidence=connect"
            " repeat=no request: a connection that names no host",
        ),
    ),
    near_misses=(
        _NETWORK_LINE.replace("tls 2.0", "tcp 2.0"),
        _NETWORK_LINE.replace(" www.example.com", ""),
        _NETWORK_LINE.replace("net/lb", "app/lb"),
    ),
)
