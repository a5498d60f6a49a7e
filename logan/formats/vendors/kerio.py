"""Kerio Control (GFI): the HTTP log, as a file and by syslog.

Definition: manuals.gfi.com, Kerio Control Administrator's Guide: Using the HTTP log. It is in the
Apache or the Squid form; the Apache form ends with the number of concurrent connections (`+4`). It
has what was allowed; what was blocked is in the Filter log, if its rule logs. `-` or nothing stands
for a user who did not log in. HTTPS filtering opens what passes the firewall, not what is sent to
its own (non-transparent) proxy, as the guide says under Filtering HTTPS connections: a CONNECT is
all there is of its tunnel.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, Columns
from logan.formats.engine.fields import CLIENT, IDENT
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import common_log_stamp, local
from logan.formats.engine.values import Cells, by_challenge, positive

DEFINITION: Final = "manuals.gfi.com, Kerio Control Administrator's Guide, Logs"
#: What relays put before the message: some keep a byte order mark.
MARK: Final = Piece(None, "\ufeff? *")
USER: Final = '"[^"]*"|[^ "\\[]+'
#: The stamp of the Web and the Filter log, and what it means.
LOCAL: Final = Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")
LOCAL_TIME: Final = local("time", "%d/%b/%Y %H:%M:%S")


def user(cell: Cells) -> pl.Expr:
    """The name without its quotes, and without the space behind it where it may lack."""
    return cell["user"].str.strip_chars(' "')


HTTP: Final = Format(
    name="kerio-http",
    title="Kerio Control HTTP log",
    definition=DEFINITION,
    reader=LinePattern(
        pieces=(
            MARK,
            Piece("client", CLIENT),
            Piece(None, f" {IDENT} "),
            Piece("user", USER),
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
    ),
    columns=Columns(
        time=common_log_stamp("time"),
        client_ip="client",
        user=user,
        method="method",
        url="url",
        status=positive("status"),
        action=by_challenge("status", otherwise="allowed"),
        bytes_received="bytes",
    ),
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
