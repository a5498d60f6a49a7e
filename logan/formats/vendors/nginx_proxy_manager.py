"""nginx as Nginx Proxy Manager sets it up: its proxy hosts' log and its standard log.

Definition: NginxProxyManager, docker/rootfs/etc/nginx/conf.d/include/log.conf (`log_format proxy`
with cache status, upstream status and `[Sent-to ...]`, `log_format standard` without). Length is
that of the body sent to the client.
"""

from typing import Final

from logan.formats.engine import clock
from logan.formats.engine.base import (
    Columns,
    Fault,
    Format,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
    missing_to_null,
)
from logan.formats.engine.escapes import backslash
from logan.formats.engine.verdicts import passed_on, tunnelled

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_PATTERN: Final = Pattern(
    (
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
    )
)


def _columns(layout: Layout) -> Columns:
    del layout
    cell = {name: missing_to_null(value) for name, value in _PATTERN.cells().items()}
    status = integer(cell["status"])
    return {
        "reason": _PATTERN.reason(),
        "time": clock.clf(cell["time"]),
        "client_ip": cell["client"],
        "method": cell["method"],
        "scheme": cell["scheme"],
        "host": cell["host"],
        "url": backslash(cell["uri"]),
        "status": status,
        "action": passed_on(status, served=cell["sent to"].is_not_null()),
        "bytes_received": integer(cell["length"]),
        "referrer": backslash(cell["referrer"]),
        "user_agent": backslash(cell["user agent"]),
        "evidence": tunnelled(cell["method"]),
    }


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _PATTERN.fault(line)


PROXY_MANAGER: Final = Format(
    name="nginx-proxy-manager",
    title="Nginx Proxy Manager",
    definition="NginxProxyManager, conf.d/include/log.conf",
    shows=Shows(user=False, evidence=("url",), bytes="received", clock="offset"),
    check=_check,
    signs=_PATTERN.signs,
    pattern=_PATTERN,
    columns=_columns,
    prepare=_PATTERN.prepare,
    rank=6,
    samples=(
        (
            '[10/Jan/2024:13:55:36 +0000] - 200 200 - GET https www.example.com "/a?b=c" '
            "[Client 10.1.2.3] [Length 512] [Gzip 3.10] [Sent-to app] "
            '"Mozilla/5.0 (X11)" "http://ref.example/"'
        ),
        (
            '[10/Jan/2024:13:55:36 +0000] 444 - GET http www.example.com "/" [Client 10.1.2.3] '
            '[Length 0] [Gzip -] "curl/8" "-"'
        ),
    ),
    near_misses=(
        (
            '10.1.2.3 - - [10/Jan/2024:13:55:36 +0000] "GET http://www.example.com/ HTTP/1.1" 200 '
            '12 "-" "curl/8"'
        ),
    ),
)
