"""IBM Security Verify Access (WebSEAL): request log of the reverse proxy in its long form.

Definition: IBM Security Verify Access, WebSEAL, Customized HTTP request logs. What
`request-log-format` adds to the combined log: the time taken, the junction's own time, the virtual
host, the junction and the TLS session. Sites may put a counter and their own header in front. Users
who did not log in are `unauthenticated`.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Pattern, Piece, Shows, integer
from logan.formats.engine.fields import ADDRESS

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_LINE: Final = Pattern(
    (
        # An instance's own header and a counter, where a site logs them.
        Piece(None, r"(?:[^\[\"]{1,200} )?"),
        Piece("client", ADDRESS),
        Piece(None, " [^ ]+ "),
        Piece("user", r"[^\[ ]+"),
        Piece(None, r" \["),
        Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
        Piece(None, r'\] "'),
        Piece("method", "[A-Za-z_-]+"),
        Piece(None, " "),
        Piece("url", r"[^ \"]+"),
        Piece(None, '(?: HTTP/[0-9.]+)?" '),
        Piece("status", "[0-9]{3}"),
        Piece(None, " "),
        Piece("bytes", "[0-9]+|-"),
        Piece(None, ' "'),
        Piece("referrer", _QUOTED),
        Piece(None, f'" "(?:{_QUOTED}" ")?'),
        Piece("agent", _QUOTED),
        Piece(None, '" [0-9]+ [0-9]+ '),
        Piece("host", "[^ ]+"),
        Piece(None, " "),
        Piece("junction", "[^ ]+"),
        Piece(None, ' "'),
        Piece("tls", "None|SSK: [A-Z0-9]+: [0-9A-F]+|[A-Z0-9_:. -]*"),
        Piece(None, '" *'),
    )
)


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _LINE.fault(line)


def _columns(layout: Layout) -> Columns:
    del layout
    cell = _LINE.cells()
    return {
        "reason": _LINE.reason(),
        "time": clock.clf(cell["time"]),
        "client_ip": cell["client"],
        "user": cell["user"],
        "method": cell["method"],
        "url": cell["url"],
        "host": cell["host"],
        "status": integer(cell["status"]),
        "bytes_received": integer(cell["bytes"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.lit("url"),
    }


_SAMPLE: Final = (
    '10.1.2.3 - jdoe [01/Jan/2024:10:00:00 +0100] "GET /app/a?b=c HTTP/1.1" 200 231 '
    '"https://www.example.com/" "Mozilla/5.0 (X11)" 1 7065 www.example.com /app "SSK: TLSV12: 3C"'
)
WEBSEAL: Final = Format(
    name="webseal",
    title="IBM WebSEAL request log",
    definition="IBM Security Verify Access, WebSEAL, request-log-format",
    shows=Shows(
        user=True,
        evidence=("url",),
        bytes="received",
        clock="offset",
        note="A reverse proxy: it shows visits to an organisation's own sites only.",
    ),
    check=_check,
    signs=_LINE.signs,
    pattern=_LINE,
    prepare=_LINE.prepare,
    columns=_columns,
    rank=6,
    samples=(
        _SAMPLE,
        (
            "<118>Jan  1 10:00:02 host-1 request_instance01 41 10.1.2.3 - unauthenticated "
            '[01/Jan/2024:10:00:00 +0100] "POST /app/b HTTP/1.1" 204 - "-" "session" "App" 1 7065 '
            'www.example.com /app "None"'
        ),
    ),
    near_misses=(
        _SAMPLE.split(" 1 7065")[0],
        _SAMPLE.replace("+0100", ""),
    ),
)
