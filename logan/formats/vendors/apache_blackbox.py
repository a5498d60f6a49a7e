"""Apache's "BlackBox" log of Stroom: who asked, by certificate, and both byte counts.

Definition: gchq/stroom-docs and stroom-content, Apache HTTPD BlackBox, a mod_log_config string:
`%a/%{REMOTE_PORT}e %X %t %l "%u" "%r" %s/%>s %D %I/%O/%B "%{Referer}i" "%{User-Agent}i" %V/%p`.
`%I` are the bytes that came in, `%O` those that went out; `%V/%p` is the server asked.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock, escapes
from logan.formats.engine.base import Columns, Fault, Format, Layout, Pattern, Piece, Shows, integer
from logan.formats.engine.fields import ADDRESS, NAME

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_PATTERN: Final = Pattern(
    (
        Piece("client", f"{ADDRESS}|{NAME}"),
        Piece(None, "/"),
        Piece("client port", "[0-9]+|-"),
        Piece(None, " "),
        Piece("connection", "[-+X]"),
        Piece(None, r" \["),
        Piece("time", r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
        Piece(None, r"\] "),
        Piece("ident", "[^ ]+"),
        Piece(None, ' "'),
        Piece("user", _QUOTED),
        Piece(None, '" "'),
        Piece("request", _QUOTED),
        Piece(None, '" (?:[0-9]{3}|-)/'),
        Piece("status", "[0-9]{3}|-"),
        Piece(None, " "),
        Piece("elapsed", "[0-9]+|-"),
        Piece(None, " "),
        Piece("bytes in", "[0-9]+|-"),
        Piece(None, "/"),
        Piece("bytes out", "[0-9]+|-"),
        Piece(None, "/"),
        Piece("body bytes", "[0-9]+|-"),
        Piece(None, ' "'),
        Piece("referrer", _QUOTED),
        Piece(None, '" "'),
        Piece("user agent", _QUOTED),
        Piece(None, '" '),
        Piece("host", "[^ /]+"),
        Piece(None, "/"),
        Piece("port", "[0-9]+|-"),
    )
)
_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"


def _columns(layout: Layout) -> Columns:
    del layout
    cell = _PATTERN.cells()
    request = cell["request"].str.extract_groups(_REQUEST)
    method, url = request.struct.field("method"), escapes.backslash(request.struct.field("url"))
    own = url.str.starts_with("/")
    return {
        "reason": _PATTERN.reason(),
        "time": clock.clf(cell["time"]),
        "client_ip": cell["client"],
        "user": escapes.backslash(cell["user"]),
        "method": method,
        "url": url,
        "host": pl.when(own).then(cell["host"]).otherwise(None),
        "port": pl.when(own).then(integer(cell["port"])).otherwise(None),
        "status": integer(cell["status"]),
        "bytes_sent": integer(cell["bytes in"]),
        "bytes_received": integer(cell["bytes out"]),
        "referrer": escapes.backslash(cell["referrer"]),
        "user_agent": escapes.backslash(cell["user agent"]),
    }


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _PATTERN.fault(line)


BLACKBOX: Final = Format(
    name="apache-blackbox",
    title="Apache HTTPD BlackBox (Stroom)",
    definition="gchq/stroom-docs, Apache HTTPD feed (BlackBox LogFormat)",
    shows=Shows(user=True, evidence=("url",), bytes="both", clock="offset"),
    check=_check,
    signs=_PATTERN.signs,
    pattern=_PATTERN,
    columns=_columns,
    prepare=_PATTERN.prepare,
    rank=6,
    samples=(
        (
            '10.1.2.3/61801 - [18/Jan/2024:12:39:04 -0800] - "/C=GB/O=Force/CN=Doe Jane (jdoe)" '
            '"POST /a?b=c HTTP/1.1" 200/200 21221 2289/415/14 "https://www.example.com/" '
            '"Mozilla/5.0 (X11)" www.example.com/443'
        ),
    ),
    near_misses=(
        (
            '10.1.2.3 - - [18/Jan/2024:12:39:04 -0800] "POST /a?b=c HTTP/1.1" 200 415 '
            '"https://www.example.com/" "Mozilla/5.0 (X11)"'
        ),
    ),
)
