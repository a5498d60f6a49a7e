"""CoreDNS, the log plugin's default format: a query and what was answered, on one line.

Definition: coredns.io, plugins log (`{common}`, and `{combined}` with the opcode behind it) and
errors; coredns/coredns, plugin/log/log.go and plugin/errors/errors.go. The name is in lower case
and ends in a dot, an IPv6 client stands in brackets. Some releases put an RFC 3339 stamp in front,
others none: the time is then that of the journal or the container's log. A line of the errors
plugin names a query that has a line of its own where `log` is on.
"""

import re
from typing import Final

from logan.formats.engine import clock
from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import V4, V6
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions
from logan.formats.engine.lessons import own_stamps
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, where

_STAMPED: Final = f"{clock.ISO_OFFSET} "
_STAMP: Final = f"(?:{_STAMPED})?"
_TYPE: Final = "(?:[A-Z][A-Za-z0-9-]*|-)"
_QUERY: Final = (
    Piece("stamp", _STAMP),
    Piece("level", r"(?:\[INFO\] )?"),
    Piece("client", rf"(?:{V4}|\[{V6}\])"),
    Piece(None, ":"),
    Piece("port", "[0-9]{1,5}"),
    Piece(None, " - "),
    Piece("id", "[0-9]{1,5}"),
    Piece(None, ' "'),
    Piece("type", _TYPE),
    Piece(None, " "),
    Piece("class", "[A-Z]+[0-9]*"),
    Piece(None, " "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("transport", "(?:udp|tcp)"),
    Piece(None, " "),
    Piece("size", "[0-9]+"),
    Piece(None, " "),
    Piece("dnssec", "(?:true|false)"),
    Piece(None, " "),
    Piece("buffer", "[0-9]+"),
    Piece(None, '" '),
    Piece("code", "(?:[A-Z0-9]+|-)"),
    Piece("answer", r"(?: (?:[a-z]{2}(?:,[a-z]{2})*|-) [0-9]+ [0-9.]+s)"),
    Piece("opcode", '(?: "(?:[0-9]+|-)")?'),
)
_ERROR: Final = (
    Piece("stamp", _STAMP),
    Piece("level", r"\[ERROR\]"),
    Piece(None, " plugin/errors: "),
    Piece("number", "[0-9]+"),
    Piece(None, " "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("type", _TYPE),
    Piece("rest", ": .*"),
)


def _time(cell: Cells) -> Expressions:
    if cell.layout.stamps.own == "none":
        return {}
    return {"time": clock.iso_offset(cell["stamp"].str.strip_chars_end(" "))}


COREDNS: Final = Format(
    name="coredns",
    title="CoreDNS, log plugin",
    definition="coredns.io, plugins log and errors",
    reader=LineVariants(
        shapes={"query": _QUERY, "error": _ERROR},
        literals=((' "', "plugin/errors: "),),
    ),
    learns=own_stamps(re.compile(_STAMPED).match),
    columns=Columns(
        time=Stamp("offset", _time),
        user=None,
        client_ip="client",
        action=None,
        host="name",
        record_type="type",
        evidence=sees("dns"),
        companion=where(lambda cell: cell[SHAPE] == "error", "remark"),
    ),
    tunnels=NOT_LOGGED,
    note=f"{LOOK_UP_NOTE} In a cluster the client may be a node or a forwarder.",
    preamble=r"^(?:[^ ]+:[0-9]+(?: on .*)?|CoreDNS-[0-9].*|[a-z0-9]+/[a-z0-9]+, go[0-9].*"
    r"|\[(?:INFO|WARNING)\] plugin/.*)$",
    rank=6,
    samples=(
        Sample(
            '2024-01-10T13:55:36.123Z [INFO] 10.1.2.3:50759 - 29008 "A IN www.example.com. udp 41'
            ' false 4096" NOERROR qr,rd,ra 68 0.037990251s',
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            also=(
                (
                    '2024-01-10T13:55:36.123000000Z stdout F [INFO] 10.1.2.3:50759 - 29008 "AAAA IN'
                    ' www.example.com. tcp 41 true 65535" NXDOMAIN qr,aa,rd 134 0.000100083s "0"'
                ),
                (
                    "2024-01-10T13:55:36.123+00:00 ns1 coredns[812]: [INFO] 10.1.2.3:50759 - 29008"
                    ' "HTTPS IN www.example.com. udp 41 false 1232" - - 0 2.000400083s'
                ),
            ),
        ),
        Sample(
            "2024-01-10T13:55:36.123Z [ERROR] plugin/errors: 2 www.example.com. A: read udp"
            " 10.1.2.3:50759->192.0.2.53:53: i/o timeout",
            "time=2024-01-10T13:55:36.123000Z url=www.example.com action=unknown evidence=dns"
            " companion=remark",
        ),
    ),
    near_misses=(
        "2024-01-10T13:55:36.123Z [INFO] plugin/reload: Running configuration SHA512 = 1d2e",
        '2024-01-10T13:55:36.123Z [INFO] 10.1.2.3:50759 - 29008 "GET / HTTP/1.1" 200 68 0.03s',
    ),
)
