"""Kerio Control (GFI): HTTP, Web and Filter logs, as files and by syslog.

Definition: manuals.gfi.com, Kerio Control Administrator's Guide: Using the HTTP, Web and Filter
log. The HTTP log is in the Apache or the Squid form; the Apache form ends with the number of
concurrent connections (`+4`). It has what was allowed; what was blocked is in the Filter log, if
its rule logs. The Web log has pages only (with their titles). Stamps of the Web and Filter log are
the appliance's wall clock. `-` or nothing stands for a user who did not log in. HTTPS filtering
opens what passes the firewall, not what is sent to its own (non-transparent) proxy, as the guide
says under Filtering HTTPS connections: a CONNECT is all there is of its tunnel.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS, CLIENT, IDENT
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import common_log_stamp, local
from logan.formats.engine.values import Cells, always, positive, words

#: What relays put before the message: some keep a byte order mark.
_MARK: Final = Piece(None, "\ufeff? *")
_LOCAL: Final = Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_USER: Final = '"[^"]*"|[^ "\\[]+'
_HTTP: Final = LinePattern(
    pieces=(
        _MARK,
        Piece("client", CLIENT),
        Piece(None, f" {IDENT} "),
        Piece("user", _USER),
        Piece(None, r" \["),
        Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
        Piece(None, r'\] "'),
        Piece("method", "[A-Z]+"),
        Piece(None, " "),
        Piece("url", "[^ ]+"),
        Piece(None, '(?: HTTP/[0-9.]+)?" '),
        Piece("status", "[0-9]{1,3}"),
        Piece(None, " "),
        Piece("bytes", "[0-9]+|-"),
        Piece(None, r" \+"),
        Piece("connections", "[0-9]+"),
    )
)
_WEB: Final = LinePattern(
    pieces=(
        _MARK,
        Piece(None, r"\["),
        _LOCAL,
        Piece(None, r"\] "),
        Piece("client", ADDRESS),
        Piece(None, " "),
        Piece("user", f"(?:{_USER})?"),
        Piece(None, ' ?"'),
        Piece("title", ".*?"),
        Piece(None, '" '),
        Piece("url", "[a-z]+://[^ ]+"),
    )
)
_FILTER: Final = LinePattern(
    pieces=(
        _MARK,
        Piece(None, r"\["),
        _LOCAL,
        Piece(None, r"\] "),
        Piece("decision", "ALLOW|DENY|DROP|PERMIT"),
        Piece(None, " URL '"),
        Piece("rule", ".*?"),
        Piece(None, "' "),
        Piece("client", ADDRESS),
        Piece(None, " "),
        Piece("user", f"(?:(?:{_USER}) )?"),
        Piece(None, "HTTPS? "),
        Piece("method", "[A-Z]+"),
        Piece(None, " "),
        Piece("url", "[^ ]+"),
    )
)


def _user(cell: Cells) -> pl.Expr:
    return cell["user"].str.strip_chars(' "')


_WALL: Final = local("time", "%d/%b/%Y %H:%M:%S")
_HTTP_COLUMNS: Final = Columns(
    time=common_log_stamp("time"),
    client_ip="client",
    user=_user,
    method="method",
    url="url",
    status=positive("status"),
    action=always("allowed"),
    bytes_received="bytes",
)
_WEB_COLUMNS: Final = Columns(
    time=_WALL,
    client_ip="client",
    user=_user,
    url="url",
    # A page with its title was delivered.
    action=always("allowed"),
    evidence=sees("url"),
)
_FILTER_COLUMNS: Final = Columns(
    time=_WALL,
    client_ip="client",
    user=_user,
    method="method",
    url="url",
    action=words("decision", allowed=("allow", "permit"), blocked=("deny", "drop")),
)
_DEFINITION: Final = "manuals.gfi.com, Kerio Control Administrator's Guide, Logs"
HTTP: Final = Format(
    name="kerio-http",
    title="Kerio Control HTTP log",
    definition=_DEFINITION,
    reader=_HTTP,
    columns=_HTTP_COLUMNS,
    tunnels=LOGGED_ALONE,
    note="What was blocked is in the Filter log, where its rule logs.",
    rank=6,
    samples=(
        Sample(
            "10.1.2.3 - jdoe [01/Jan/2024:10:00:00 +0100] "
            '"GET http://www.example.com/a?b=c HTTP/1.1" 304 512 +4',
            "time=2024-01-01T09:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=304 action=allowed bytes_received=512"
            " evidence=url",
        ),
    ),
    near_misses=(
        '10.1.2.3 - jdoe [01/Jan/2024:10:00:00 +0100] "GET http://www.example.com/ HTTP/1.1" 304 5',
    ),
)
WEB: Final = Format(
    name="kerio-web",
    title="Kerio Control Web log",
    definition=_DEFINITION,
    reader=_WEB,
    columns=_WEB_COLUMNS,
    tunnels=NOT_LOGGED,
    note="Pages only: no uploads, no method, no status.",
    rank=6,
    samples=(
        Sample(
            '[01/Jan/2024 10:00:00] 10.1.2.3 jdoe "Example "site" | Start" https://www.example.com/a?b=c',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c action=allowed evidence=url",
        ),
        Sample(
            '[01/Jan/2024 10:00:01] 10.1.2.3 "Example" https://www.example.com/',
            "time=2024-01-01T10:00:01Z client_ip=10.1.2.3 url=https://www.example.com/"
            " action=allowed evidence=url",
        ),
        Sample(
            "<134>1 2024-01-01T10:00:00+01:00 control KerioControl - - - \ufeff "
            '[01/Jan/2024 10:00:00] 10.1.2.3 jdoe "Example" https://www.example.com/',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/ action=allowed evidence=url",
        ),
    ),
    near_misses=(
        "[01/Jan/2024 10:00:00] 10.1.2.3 jdoe https://www.example.com/",
        "[IPv4] 10.1.2.3 [Hostname] ws12 - User jdoe logged out",
    ),
)
FILTER: Final = Format(
    name="kerio-filter",
    title="Kerio Control Filter log",
    definition=_DEFINITION,
    reader=_FILTER,
    columns=_FILTER_COLUMNS,
    tunnels=LOGGED_ALONE,
    rank=6,
    samples=(
        Sample(
            "[01/Jan/2024 10:00:00] DENY URL 'Face search' 10.1.2.3 jdoe HTTP GET "
            "http://www.example.com/a?b=c",
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c action=blocked evidence=url",
        ),
        Sample(
            "[01/Jan/2024 10:00:00] ALLOW URL 'Staff' 10.1.2.3 HTTP GET http://www.example.com/",
            "time=2024-01-01T10:00:00Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/ action=allowed evidence=url",
        ),
    ),
    near_misses=(
        '[01/Jan/2024 10:00:00] DENY "Rule" packet from LAN, proto:TCP, len:48, 10.1.2.3:3864',
    ),
)
