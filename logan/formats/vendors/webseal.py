"""IBM Security Verify Access (WebSEAL): request log of the reverse proxy in its long form.

Definition: IBM Security Verify Access, WebSEAL, Customized HTTP request logs. What
`request-log-format` adds to the combined log: the time taken, the junction's own time, the virtual
host, the junction and the TLS session. Sites may put a counter and their own header in front. Users
who did not log in are `unauthenticated`.
"""

from typing import Final

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import common_log_stamp

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_LINE: Final = LinePattern(
    pieces=(
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


_COLUMNS: Final = Columns(
    time=common_log_stamp("time"),
    client_ip="client",
    user="user",
    method="method",
    url="url",
    host="host",
    status="status",
    action=None,
    bytes_received="bytes",
    referrer="referrer",
    user_agent="agent",
    evidence=sees("url"),
)
_SAMPLE: Final = (
    '10.1.2.3 - jdoe [01/Jan/2024:10:00:00 +0100] "GET /app/a?b=c HTTP/1.1" 200 231 '
    '"https://www.example.com/" "Mozilla/5.0 (X11)" 1 7065 www.example.com /app "SSK: TLSV12: 3C"'
)
WEBSEAL: Final = Format(
    name="webseal",
    title="IBM WebSEAL request log",
    definition="IBM Security Verify Access, WebSEAL, request-log-format",
    reader=_LINE,
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    note="A reverse proxy: it shows visits to an organisation's own sites only.",
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-01T09:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=www.example.com/app/a?b=c status=200 action=unknown bytes_received=231"
            " referrer=https://www.example.com/ user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            "<118>Jan  1 10:00:02 host-1 request_instance01 41 10.1.2.3 - unauthenticated "
            '[01/Jan/2024:10:00:00 +0100] "POST /app/b HTTP/1.1" 204 - "-" "session" "App" 1 7065 '
            'www.example.com /app "None"',
            "time=2024-01-01T09:00:00Z client_ip=10.1.2.3 method=POST"
            " url=www.example.com/app/b status=204 action=unknown user_agent=App"
            " evidence=url",
        ),
    ),
    near_misses=(
        _SAMPLE.split(" 1 7065")[0],
        _SAMPLE.replace("+0100", ""),
    ),
)
