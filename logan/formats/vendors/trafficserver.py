"""Apache Traffic Server's Netscape Extended-2 log. (Its Squid format is Squid's, its Common and
Extended formats are the common log with numbers behind it.)

Definition: docs.trafficserver.apache.org, Logging, Configuration Examples, and Cache Result Codes:
behind the common log stand the server's status and length, the lengths of bodies (`cqcl`, `pqcl`)
and headers (`cqhl`, `pshl`, `pqhl`, `sshl`), the seconds that it took (`tts`), the route, how
client and proxy ended, and the cache result code. A CONNECT is a blind tunnel.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, Columns
from logan.formats.engine.fields import CLIENT, USER
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import common_log_stamp
from logan.formats.engine.values import Cells, Derivation
from logan.schema import ACTION

_NUMBER: Final = "-?[0-9]+|-"
_COUNTS: Final = ("sssc", "sscl", "cqcl", "pqcl", "cqhl", "pshl", "pqhl", "sshl", "tts")
_REQUEST: Final = "^([A-Za-z-]+) (.*?)(?: HTTP/[0-9.]+)?$"
_PIECES: Final = (
    Piece("client", CLIENT),
    Piece(None, " - "),
    Piece("user", USER),
    Piece(None, r" \["),
    Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
    Piece(None, r'\] "'),
    Piece("request", r"(?:[^\"\\]|\\.)*"),
    Piece(None, '" '),
    *separated(
        (
            Piece("status", "[0-9]{3}"),
            Piece("pscl", _NUMBER),
            *(Piece(name, _NUMBER) for name in _COUNTS),
            Piece("route", "[A-Z][A-Z_]*|-"),
            Piece("client end", "[A-Z][A-Z_]*|-"),
            Piece("proxy end", "[A-Z][A-Z_]*|-"),
            Piece("result", "[A-Z][A-Z_0-9]*|-"),
        ),
        " ",
    ),
)


def _of_request(group: int) -> Derivation:
    return lambda cell: cell["request"].str.extract(_REQUEST, group)


def _sum(*names: str) -> Derivation:
    """The sum of a body and its headers."""
    return lambda cell: pl.sum_horizontal(integer(cell[name]) for name in names)


def _action(cell: Cells) -> pl.Expr:
    denied = cell["result"].is_in(["ERR_PROXY_DENIED", "ERR_CONNECT_DENIED", "TCP_DENIED"])
    return (
        pl.when(cell["status"] == "407")
        .then(pl.lit("auth"))
        .when(denied)
        .then(pl.lit("blocked"))
        .when(cell["result"].str.starts_with("TCP_"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


_LINE: Final = (
    '10.1.2.3 - jdoe [10/Jan/2024:13:55:36 +0000] "GET http://www.example.com/a?b=c HTTP/1.1" '
    "200 2326 200 2326 100 100 540 290 560 300 0 DIRECT FIN FIN TCP_MISS"
)
EXTENDED2: Final = Format(
    name="trafficserver-extended2",
    title="Apache Traffic Server, Netscape Extended-2",
    definition="docs.trafficserver.apache.org, Logging, Configuration Examples",
    reader=LinePattern(pieces=_PIECES, missing=("-",)),
    columns=Columns(
        time=common_log_stamp("time"),
        user="user",
        client_ip="client",
        method=_of_request(1),
        url=_of_request(2),
        status="status",
        action=_action,
        bytes_sent=_sum("cqcl", "cqhl"),
        bytes_received=_sum("pscl", "pshl"),
    ),
    tunnels=LOGGED_ALONE,
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=2616 evidence=url",
        ),
        Sample(
            _LINE.replace("GET http://www.example.com/a?b=c", "CONNECT www.example.com:443")
            .replace("200 2326 200", "403 0 000")
            .replace("TCP_MISS", "ERR_PROXY_DENIED")
            .replace("jdoe", "-"),
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=CONNECT url=www.example.com:443"
            " status=403 action=blocked bytes_sent=640 bytes_received=290 evidence=connect",
        ),
    ),
    near_misses=(
        _LINE.removesuffix(" DIRECT FIN FIN TCP_MISS"),
        _LINE.replace("10/Jan/2024", "2024-01-10"),
    ),
)
