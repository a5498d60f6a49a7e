"""NetScaler Gateway (Citrix Access Gateway): requests of VPN sessions in its syslog (ns.log).

Definition: NetScaler, Syslog Message Reference, SSLVPN HTTPREQUEST; set audit syslogParams
(`dateFormat` MMDDYYYY, DDMMYYYY or YYYYMMDD; `timeZone` GMT_TIME, which the stamp says, or
LOCAL_TIME). Lines as Splunk Connect for Syslog, SEKOIA and Araqne keep them among their tests. The
client is the address that the session came from. A request that a policy stopped has another event
(`HTTP_RESOURCEACCESS_DENIED`), which is not read: where it names a service, it is a reject.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, where

_CLOCK: Final = "[0-9]{2,4}/[0-9]{2}/[0-9]{2,4}:[0-9]{2}:[0-9]{2}:[0-9]{2}"
_START: Final = (
    Piece(None, " *"),
    Piece("stamp", _CLOCK),
    Piece("zone", "(?: GMT)?"),
    Piece(None, " +"),
    Piece("unit", "[^ ]+"),
    Piece(None, " "),
    Piece("engine", "[^ ]+"),
    Piece(None, " : (?:[a-z][^ ]* )?"),
)
_REQUEST: Final = (
    *_START,
    Piece(None, "SSLVPN HTTPREQUEST "),
    Piece("event", "[0-9]+(?: [0-9]+)?"),
    Piece(None, " : +Context "),
    Piece("account", "[^ ]+"),
    Piece(None, "@"),
    Piece("client", ADDRESS),
    Piece(None, " - SessionId: [0-9]+ ?- "),
    Piece("host", "[^ /]+"),
    Piece(None, " User "),
    Piece("user", "[^ :]+(?: [^ :]+)*"),
    Piece(None, r" : Group\(s\) "),
    Piece("groups", "[^ :]+(?: [^ :]+)*"),
    Piece(None, f" : Vserver [^ ]+ - {_CLOCK}(?: GMT)? (?:: )?(?:SSO is [A-Z]+ : )?"),
    Piece("method", "[A-Z]+"),
    Piece(None, " "),
    Piece("target", "[^ ]+"),
    Piece(None, "(?: [^ ]+)*"),
)
#: Sessions and the unit's own business. What was denied is no part of them.
_KINDS: Final = (
    "SSLVPN (?:LOG(?:IN|OUT)|TCPCONN[A-Z_]*|UDPFLOWSTAT|ICA[A-Z_]*|Message|NONHTTP_[A-Z_]+)"
    "|(?:[A-RT-Z]|S[A-RT-Z]|SS[A-KM-Z]|SSL[A-UW-Z_])[A-Z_]* [A-Za-z_]+|SSLLOG [A-Z_]+"
)
_OTHER: Final = (
    *_START,
    Piece("kind", _KINDS),
    Piece(None, " "),
    Piece("event", "[0-9]+(?: [0-9]+)?"),
    Piece(None, " : "),
    Piece("words", ".*"),
)
_READER: Final = LineVariants(
    shapes={"request": _REQUEST, "other": _OTHER},
    missing=("", "N/A"),
    literals=((" : ",),),
    # A session or its groups twice: a user wrote the first ones as his name, or the last ones in
    # what he asked for.
    doubtful=r" - SessionId: .* - SessionId: | : Group\(s\) .* : Group\(s\) ",
)


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """The order of day and month."""
    stamps = [found.group() for line in records if (found := re.search(_CLOCK, line))]
    return dates.with_order(layout, stamps) if stamps else layout


def _time(cell: Cells) -> Expressions:
    wall = cell["stamp"].str.replace("^([0-9/]+):", "${1} ")
    return clock.in_zone(dates.date_time(wall, cell.layout), cell["zone"])


def _path(cell: Cells) -> pl.Expr:
    return "/" + cell["target"].str.extract(r"^/?([^?]*)")


_SESSION: Final = (
    "12/19/2024:09:40:29 GMT gw1 0-PPE-0 : default SSLVPN HTTPREQUEST 40844823 0 : Context "
    "jdoe@192.0.2.7 - SessionId: 1096160 - www.example.com User jdoe : Group(s) N/A : Vserver "
    "203.0.113.9:443 - 12/19/2024:09:40:29 GMT : SSO is ON : GET /a?b=c - -"
)
_OLD: Final = (
    "<12> 19/12/2024:09:40:29 gw1 ABC-D : SSLVPN HTTPREQUEST 1234567 : Context jdoe@192.0.2.7 - "
    "SessionId: 12345- www.example.com User jdoe : Group(s) staff : Vserver 203.0.113.9:443 - "
    "19/12/2024:09:40:29 GET a/b.gif - -"
)
_CONNECTION: Final = (
    "12/19/2024:09:40:29 GMT gw1 0-PPE-0 : default SSLVPN TCPCONNSTAT 40844824 0 : Context "
    "jdoe@192.0.2.7 - SessionId: 1096160 - User jdoe - Client_ip 192.0.2.7 - Nat_ip 10.9.9.9 - "
    "Vserver 203.0.113.9:443 - Source 192.0.2.7:59549 - Destination 198.51.100.3:443 - "
    "Total_bytes_send 0 - Total_bytes_recv 51251 - Access Allowed"
)
GATEWAY: Final = Format(
    name="netscaler-gateway",
    title="NetScaler Gateway, requests of VPN sessions",
    definition="NetScaler, Syslog Message Reference, SSLVPN HTTPREQUEST",
    reader=_READER,
    learns=_learn,
    columns=Columns(
        time=Stamp("local", _time),
        user="user",
        client_ip="client",
        action=None,
        method="method",
        host="host",
        path=_path,
        query=lambda cell: cell["target"].str.extract(r"\?(.*)$"),
        evidence=sees("url"),
        repeat=where(
            lambda cell: cell[SHAPE] != "request", "no request: an event that names no site"
        ),
    ),
    tunnels=NOT_LOGGED,
    note="Requests of clientless and VPN sessions only; connections name addresses, no hosts.",
    rank=6,
    samples=(
        Sample(
            _SESSION,
            "time=2024-12-19T09:40:29Z user=jdoe client_ip=192.0.2.7 method=GET"
            " url=www.example.com/a?b=c action=unknown evidence=url",
        ),
        Sample(
            _OLD,
            "time=2024-12-19T09:40:29Z user=jdoe client_ip=192.0.2.7 method=GET"
            " url=www.example.com/a/b.gif action=unknown evidence=url",
        ),
        Sample(
            f"{_SESSION}\n{_CONNECTION}",
            "time=2024-12-19T09:40:29Z user=jdoe client_ip=192.0.2.7 method=GET"
            " url=www.example.com/a?b=c action=unknown evidence=url",
            "time=2024-12-19T09:40:29Z action=unknown evidence=url"
            " repeat=no request: an event that names no site",
        ),
    ),
    near_misses=(
        _SESSION.replace(" HTTPREQUEST ", " HTTP_RESOURCEACCESS_DENIED "),
        _SESSION.replace("12/19/2024:09:40:29 GMT gw1", "Dec 19 09:40:29 gw1"),
    ),
)
