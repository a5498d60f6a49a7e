"""Apache's "BlackBox" log of Stroom: who asked, by certificate, and both byte counts.

Definition: gchq/stroom-docs and stroom-content, Apache HTTPD BlackBox, a mod_log_config string:
`%a/%{REMOTE_PORT}e %X %t %l "%u" "%r" %s/%>s %D %I/%O/%B "%{Referer}i" "%{User-Agent}i" %V/%p`.
`%I` are the bytes that came in, `%O` those that went out; `%V/%p` is the server asked.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.escapes import backslash
from logan.formats.engine.fields import ADDRESS, NAME
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import common_log_stamp
from logan.formats.engine.values import Cells, Derivation, by_challenge

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_LINE: Final = LinePattern(
    pieces=(
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


def _own(cell: Cells, value: pl.Expr) -> pl.Expr:
    """What the server says of itself, for a request that names no other."""
    return pl.when(cell["url"].str.starts_with("/")).then(value)


def _plain(name: str) -> Derivation:
    return lambda cell: backslash(cell[name])


_COLUMNS: Final = Columns(
    time=common_log_stamp("time"),
    client_ip="client",
    user=_plain("user"),
    method=lambda cell: cell["request"].str.extract(_REQUEST, 1),
    url="url",
    host=lambda cell: _own(cell, cell["host"]),
    port=lambda cell: _own(cell, integer(cell["port"])),
    status="status",
    action=by_challenge("status"),
    bytes_sent="bytes in",
    bytes_received="bytes out",
    referrer=_plain("referrer"),
    user_agent=_plain("user agent"),
    evidence=sees("url"),
    derived={"url": lambda cell: backslash(cell["request"].str.extract(_REQUEST, 2))},
)
BLACKBOX: Final = Format(
    name="apache-blackbox",
    title="Apache HTTPD BlackBox (Stroom)",
    definition="gchq/stroom-docs, Apache HTTPD feed (BlackBox LogFormat)",
    reader=_LINE,
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    rank=6,
    samples=(
        Sample(
            '10.1.2.3/61801 - [18/Jan/2024:12:39:04 -0800] - "/C=GB/O=Force/CN=Doe Jane (jdoe)" '
            '"POST /a?b=c HTTP/1.1" 200/200 21221 2289/415/14 "https://www.example.com/" '
            '"Mozilla/5.0 (X11)" www.example.com/443',
            "time=2024-01-18T20:39:04Z user=/C=GB/O=Force/CN=Doe Jane (jdoe)"
            " client_ip=10.1.2.3 method=POST url=www.example.com:443/a?b=c status=200"
            " action=unknown bytes_sent=2289 bytes_received=415"
            " referrer=https://www.example.com/ user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(
        (
            '10.1.2.3 - - [18/Jan/2024:12:39:04 -0800] "POST /a?b=c HTTP/1.1" 200 415 '
            '"https://www.example.com/" "Mozilla/5.0 (X11)"'
        ),
    ),
)
