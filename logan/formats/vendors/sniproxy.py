"""sniproxy's access log: connections that are passed on by the name in TLS or in the Host header.

Definition: dlundquist/sniproxy, connection.c (`log_connection`: client, listener, server, the name,
what was sent to and came from the server's and the client's side) and logger.c (in a file a local
stamp stands in front, or one in UTC where it was built so; over syslog that of the header). What
was sent to the client is the first number, what came from it the last. A name that was not found is
a dash. It opens no tunnel.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import digits
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import Cells

_SOCKET: Final = rf"(?:\[{ADDRESS}\]|{ADDRESS})(?::[0-9]+)?"


def _client(cell: Cells) -> pl.Expr:
    """The address without its port, which of IPv6 only brackets tell apart."""
    bracketed = cell["client"].str.extract(r"^\[([^\]]+)\]", 1)
    return pl.coalesce(bracketed, cell["client"].str.replace(r"^([0-9.]+):[0-9]+$", "${1}"))


def _action(cell: Cells) -> pl.Expr:
    """What a server answered was passed on; why there was no answer is not said."""
    answered = digits(cell["from server"]) > 0
    return pl.when(answered).then(pl.lit("allowed")).otherwise(pl.lit("unknown"))


_LINE: Final = (
    "2024-01-10 13:55:36 10.1.2.3:50000 -> 192.0.2.1:443 -> 203.0.113.9:443 [www.example.com]"
    " 5120/5120 bytes tx 640/640 bytes rx 1.250 seconds"
)
_SYSLOG: Final = (
    "Jan 10 13:55:36 gw1 sniproxy[77]: [2001:db8::7]:50000 -> 192.0.2.1:443 -> 203.0.113.9:443"
    " [www.example.com] 0/0 bytes tx 0/640 bytes rx 0.250 seconds"
)
SNIPROXY: Final = Format(
    name="sniproxy",
    title="sniproxy access log",
    definition="dlundquist/sniproxy, connection.c and logger.c",
    reader=LinePattern(
        pieces=(
            Piece("client", _SOCKET),
            Piece(None, " -> "),
            Piece("listener", "[^ ]+"),
            Piece(None, " -> "),
            Piece("server", "[^ ]+"),
            Piece(None, r" \["),
            Piece("host", r"[^\] ]+"),
            Piece(None, r"\] "),
            Piece("to client", "[0-9]+"),
            Piece(None, "/"),
            Piece("from server", "[0-9]+"),
            Piece(None, " bytes tx "),
            Piece("to server", "[0-9]+"),
            Piece(None, "/"),
            Piece("from client", "[0-9]+"),
            Piece(None, " bytes rx "),
            Piece("seconds", r"-?[0-9.]+"),
            Piece(None, " seconds"),
        ),
        missing=("-", "(null)"),
    ),
    columns=Columns(
        time=None,
        user=None,
        client_ip=_client,
        action=_action,
        host="host",
        bytes_sent="from client",
        bytes_received="to client",
        evidence=sees("connect"),
    ),
    tunnels=LOGGED_ALONE,
    note="Names no users; the host alone of every connection.",
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=allowed"
            " bytes_sent=640 bytes_received=5120 evidence=connect",
        ),
        Sample(
            _SYSLOG,
            "time=2024-01-10T13:55:36Z client_ip=2001:db8::7 url=www.example.com action=unknown"
            " bytes_sent=640 bytes_received=0 evidence=connect",
        ),
    ),
    near_misses=(
        _LINE.replace(" bytes tx", ""),
        _LINE.replace("10.1.2.3:50000 -> ", ""),
    ),
)
