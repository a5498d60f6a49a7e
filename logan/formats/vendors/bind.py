"""BIND 9's query log, and that of the appliances built on it: Infoblox NIOS, EfficientIP, BlueCat.

Definition: BIND 9 Administrator Reference Manual, logging (`print-time`, `print-category`,
`print-severity`; category queries: client object, address#port, the name in brackets, view, name,
class, type, flags, the server's address); Infoblox NIOS Administrator Guide, Capturing DNS Queries
and Responses. Stamps are local time, or UTC with `iso8601-utc`; many sites leave them to syslog.
A response beside its query, a refusal and an RPZ rewrite are further lines about one look-up.
EfficientIP SOLIDserver (its DNS Guardian included): `answer:`, with `-> NOERROR` behind the
server's address, a number in front of `client`, and `List Matched`, which has no client object; as
SEKOIA-IO/intake-formats, EfficientIP, has them in its test lines.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions
from logan.formats.engine.lessons import own_stamps
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells

_STAMP: Final = (
    r"(?:(?:[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
    r") )?"
)
_STAMPED: Final = _STAMP.removesuffix("?")
_START: Final = (
    Piece("stamp", _STAMP),
    Piece("category", "(?:[a-z-]+: )?"),
    Piece("severity", "(?:(?:info|notice|warning|error|critical|debug(?: [0-9]+)?): )?"),
)
_CLIENT: Final = (
    *_START,
    Piece("connection", "(?:[0-9]+:)?"),
    Piece(None, "client "),
    Piece("object", "(?:@0x[0-9a-f]+ )?"),
    Piece("client", "[0-9A-Fa-f.:]+(?:%[^#]*)?"),
    Piece(None, "#"),
    Piece("port", "[0-9]+"),
    Piece("key", r"(?:/key [^ ]+)?"),
    Piece("question", r"(?: \([^)]*\))?"),
    Piece(None, ":? "),
    Piece("view", "(?:view [^ ]+: )?"),
    Piece("transport", "(?:(?:UDP|TCP|DoT|DoH): )?"),
)
_QUERY: Final = (
    *_CLIENT,
    Piece(None, "query: "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("class", "[A-Z0-9]+"),
    Piece(None, " "),
    Piece("type", "[A-Z0-9]+"),
    Piece("response", "(?: response: [A-Z0-9]+)?"),
    Piece("rest", "(?: .*)?"),
)
#: Of BIND `response:`; of appliances built on it `answer:` too.
_ANSWER: Final = (
    *_CLIENT,
    Piece(None, "(?:response|answer): "),
    Piece("name", "[^ ]+"),
    Piece("rest", " [A-Z0-9]+ [A-Z0-9]+(?: .*)?"),
)
#: `query failed (SERVFAIL) for`, `query (cache) '...' denied`, `rpz QNAME NXDOMAIN rewrite` ...
_REMARK: Final = (*_CLIENT, Piece("remark", "[A-Za-z].*"))
_RESOLVING: Final = (
    *_START,
    Piece("remark", "[A-Za-z][A-Za-z ()-]* resolving"),
    Piece(None, " '"),
    Piece("name", "[^/']+"),
    Piece("rest", "/[^']*'.*"),
)
_FORMAT_ERROR: Final = (
    *_START,
    Piece("remark", "DNS format error from [^ ]+ resolving"),
    Piece(None, " "),
    Piece("name", "[^/ ]+"),
    Piece("type", "/[A-Z0-9]+ for "),
    Piece("client", ADDRESS),
    Piece("rest", "#[0-9]+: .*"),
)
#: EfficientIP's DNS Guardian: what lists of names say of a query.
_LISTED: Final = (
    *_START,
    Piece(None, "List Matched "),
    Piece("client", ADDRESS),
    Piece(None, "#"),
    Piece("port", "[0-9]+"),
    Piece(None, ": query: "),
    Piece("name", "[^ ]+"),
    Piece("rest", " [A-Z0-9]+ [A-Z0-9]+(?: .*)?"),
)
#: Infoblox sends its RPZ decisions as CEF among the lines of named.
_RPZ: Final = (
    *_START,
    Piece("maker", r"CEF:[0-9]+\|Infoblox\|NIOS\|[^|]*\|RPZ[^|]*\|[^|]*\|[0-9]+\|"),
    Piece("addresses", ".*? ?src="),
    Piece("client", ADDRESS),
    Piece(None, ' .*msg="'),
    Piece("remark", "rpz [A-Z-]+ [A-Z-]+ rewrite"),
    Piece(None, " "),
    Piece("name", "[^ ]+"),
    Piece("rest", " .*"),
)
_READER: Final = LineVariants(
    shapes={
        "query": _QUERY,
        "answer": _ANSWER,
        "remark": _REMARK,
        "resolving": _RESOLVING,
        "format error": _FORMAT_ERROR,
        "listed": _LISTED,
        "rpz": _RPZ,
    },
    literals=(("client ", " resolving ", "List Matched ", "CEF:"),),
)
_BLOCKS: Final = r" denied$|^rpz .*(?:NXDOMAIN|NODATA|DROP|CNAME|Local-Data) rewrite"


def _time(cell: Cells) -> Expressions:
    if cell.layout.stamps.own == "none":
        return {}
    stamp = cell["stamp"].str.strip_chars_end(" ")
    walls = ("%d-%b-%Y %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")
    return {
        "time": clock.iso_offset(stamp),
        "local_time": pl.coalesce(clock.naive(stamp, wall) for wall in walls),
    }


def _companion(cell: Cells) -> pl.Expr:
    """What a line says of a look-up that may have a line of its own, as its category is logged."""
    answered = (cell[SHAPE] == "answer") | (cell["response"].fill_null("") != "")
    return (
        pl.when(answered)
        .then(pl.lit("answer"))
        .when(cell[SHAPE].is_in(["remark", "resolving", "format error", "listed", "rpz"]))
        .then(pl.lit("remark"))
    )


def _host(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["name"], cell["question"].str.extract(r"\((.*)\)"))


def _action(cell: Cells) -> pl.Expr:
    refused = cell["remark"].fill_null("").str.contains(_BLOCKS)
    return pl.when(refused).then(pl.lit("blocked")).otherwise(pl.lit("unknown"))


_OWN_STAMP: Final = (
    "10-Jan-2024 13:55:36.123 queries: info: client @0x7f85b4026ed0 10.1.2.3#50000 "
    "(www.example.com): query: www.example.com IN A +E(0)K (192.0.2.53)"
)
_SYSLOG: Final = (
    "<30>2024-01-10T13:55:36.123Z ns1 named[812]: client 10.1.2.3#50000 (www.example.com): view "
    "internal: query: www.example.com IN AAAA + (192.0.2.53)"
)
_INFOBLOX: Final = (
    "<30>Jan 10 13:55:36 ns1 named[812]: 10-Jan-2024 13:55:36.205 client 10.1.2.3#50000: UDP: "
    "query: www.example.com IN A response: NOERROR + www.example.com. 60 IN A 203.0.113.9;"
)
BIND: Final = Format(
    name="bind",
    title="BIND 9 query log (also Infoblox NIOS, EfficientIP, BlueCat)",
    definition="BIND 9 Administrator Reference Manual, logging",
    reader=_READER,
    learns=own_stamps(re.compile(_STAMPED).match),
    columns=Columns(
        time=Stamp("local", _time),
        user=None,
        client_ip="client",
        action=_action,
        host=_host,
        record_type="type",
        evidence=sees("dns"),
        companion=_companion,
    ),
    tunnels=NOT_LOGGED,
    note=LOOK_UP_NOTE,
    rank=6,
    samples=(
        Sample(
            _OWN_STAMP,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            also=(_SYSLOG,),
        ),
        Sample(
            _INFOBLOX,
            "time=2024-01-10T13:55:36.205000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
        ),
        Sample(
            "<30>2024-01-10T13:55:36.123Z ns1 named[812]: 26914:client 10.1.2.3#50000 "
            "(www.example.com.): answer: www.example.com. IN A (192.0.2.53) -> NOERROR 60 A "
            "203.0.113.9\n"
            "<30>2024-01-10T13:55:36.123Z ns1 named[812]: List Matched 10.1.2.3#50000: query: "
            "www.example.com IN A (192.0.2.53) {DTP} [phishing,active30]",
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=remark",
        ),
    ),
    near_misses=(
        "10-Jan-2024 13:55:36.123 general: info: zone example.com/IN: loaded serial 7",
        "10-Jan-2024 13:55:36.123 client connected from 10.1.2.3",
    ),
)
