"""nginx as Nginx Proxy Manager sets it up: its proxy hosts' log and its standard log.

Definition: NginxProxyManager, docker/rootfs/etc/nginx/conf.d/include/log.conf (`log_format proxy`
with cache status, upstream status and `[Sent-to ...]`, `log_format standard` without). Length is
that of the body sent to the client.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns
from logan.formats.engine.escapes import backslash
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import common_log_stamp
from logan.formats.engine.values import Cells
from logan.formats.engine.verdicts import passed_on

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_LINE: Final = LinePattern(
    missing=("-", ""),
    pieces=(
        Piece(None, r"\["),
        Piece("time", r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
        Piece(None, r"\] "),
        Piece("cache and upstream", "(?:[A-Z-]+ (?:[0-9]{3}|-) )?"),
        Piece("status", "[0-9]{3}|-"),
        Piece(None, " - "),
        Piece("method", "[A-Za-z_-]+"),
        Piece(None, " "),
        Piece("scheme", "[a-z]+"),
        Piece(None, " "),
        Piece("host", "[^ ]+"),
        Piece(None, ' "'),
        Piece("uri", _QUOTED),
        Piece(None, r'" \[Client '),
        Piece("client", r"[^\]]+"),
        Piece(None, r"\] \[Length "),
        Piece("length", "[0-9]+|-"),
        Piece(None, r"\] \[Gzip [^\]]*\]"),
        Piece("sent to", r"(?: \[Sent-to [^\]]*\])?"),
        Piece(None, ' "'),
        Piece("user agent", _QUOTED),
        Piece(None, '" "'),
        Piece("referrer", _QUOTED),
        Piece(None, '"'),
    ),
)


def _action(cell: Cells) -> pl.Expr:
    return passed_on(integer(cell["status"]), served=cell["sent to"].is_not_null())


_COLUMNS: Final = Columns(
    time=common_log_stamp("time"),
    user=None,
    client_ip="client",
    method="method",
    scheme="scheme",
    host="host",
    url=lambda cell: backslash(cell["uri"]),
    status="status",
    action=_action,
    bytes_received="length",
    referrer=lambda cell: backslash(cell["referrer"]),
    user_agent=lambda cell: backslash(cell["user agent"]),
)
PROXY_MANAGER: Final = Format(
    name="nginx-proxy-manager",
    title="Nginx Proxy Manager",
    definition="NginxProxyManager, conf.d/include/log.conf",
    reader=_LINE,
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    rank=6,
    samples=(
        Sample(
            '[10/Jan/2024:13:55:36 +0000] - 200 200 - GET https www.example.com "/a?b=c" '
            "[Client 10.1.2.3] [Length 512] [Gzip 3.10] [Sent-to app] "
            '"Mozilla/5.0 (X11)" "http://ref.example/"',
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=512 referrer=http://ref.example/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
        Sample(
            '[10/Jan/2024:13:55:36 +0000] 444 - GET http www.example.com "/" [Client 10.1.2.3] '
            '[Length 0] [Gzip -] "curl/8" "-"',
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/ status=444 action=unknown bytes_received=0"
            " user_agent=curl/8 evidence=url",
        ),
    ),
    near_misses=(
        (
            '10.1.2.3 - - [10/Jan/2024:13:55:36 +0000] "GET http://www.example.com/ HTTP/1.1" 200 '
            '12 "-" "curl/8"'
        ),
    ),
)
