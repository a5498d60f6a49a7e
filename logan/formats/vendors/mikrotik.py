"""MikroTik RouterOS: requests to the web proxy and queries of the DNS cache, by syslog or on disk.

Definition: manual.mikrotik.com, Web Proxy (a request as it is logged; HTTPS is relayed, never
opened) and Log (topics, prefixes, remote log formats, files on disk). The messages of the topic
`dns` are in no document of the vendor's: they are read as parsers of others have them, alike. Over
syslog topics stand in front only if told to; a rule's prefix ends in a colon. `done query` answers
a query, mostly without its name; `local query` is what the router itself asks for.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import LOGGED_ALONE, Columns, connects, unopened
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions
from logan.formats.engine.lessons import own_stamps
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, where, words

_DISK: Final = "(?:[A-Za-z]{3}/[0-9]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} )?"
_PREFIX: Final = Piece("prefix", "(?:[^ :]+: )?")
_DNS: Final = (Piece("stamp", _DISK), Piece("topics", "(?:dns(?:,[a-z,-]+)? )?"), _PREFIX)
_NUMBER: Final = Piece("number", "#[0-9]+")
_ASKED: Final = (
    _NUMBER,
    Piece(None, " "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("type", r"[A-Z][A-Z0-9]*(?: \([0-9]+\))?"),
)
_REQUEST: Final = (
    Piece("stamp", _DISK),
    Piece("topics", "(?:web-proxy(?:,[a-z,-]+)? )?"),
    _PREFIX,
    Piece("client", ADDRESS),
    Piece(None, " "),
    Piece("method", "[A-Z]+"),
    Piece(None, " "),
    Piece("url", "[^ ]+"),
    Piece(None, " +action="),
    Piece("action", "[a-z-]+"),
    Piece(None, " cache="),
    Piece("cache", "[A-Z_]+"),
)
_QUERY: Final = (
    *_DNS,
    Piece(None, "query from "),
    Piece("client", ADDRESS),
    Piece(None, ": "),
    *_ASKED,
)
_LOCAL: Final = (*_DNS, Piece(None, "local query: "), *_ASKED)
_DONE: Final = (
    *_DNS,
    Piece(None, "done query: "),
    _NUMBER,
    Piece(None, " "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("address", ADDRESS),
)
#: `dns name exists, but no appropriate record`, `timeout` ...
_FAILED: Final = (
    *_DNS,
    Piece(None, "done query: "),
    _NUMBER,
    Piece(None, " "),
    Piece("outcome", "[a-z][a-z ,-]*"),
)


def _has_stamp(record: str) -> bool:
    """As in files on the router's disk."""
    return record[3:4] == "/"


def _time(cell: Cells) -> Expressions:
    if cell.layout.stamps.own == "none":
        return {}
    return {"local_time": clock.naive(cell["stamp"].str.strip_chars_end(" "), "%b/%d/%Y %H:%M:%S")}


def _repeat(cell: Cells) -> pl.Expr:
    own = pl.when(cell[SHAPE] == "local").then(pl.lit("no client's look-up: the router's own"))
    return own.when(cell[SHAPE] == "failed").then(pl.lit("no name: a query that was not answered"))


def _looked_up(cell: Cells) -> pl.Expr:
    return cell[SHAPE] != "request"


MIKROTIK: Final = Format(
    name="mikrotik",
    title="MikroTik RouterOS, web proxy and DNS",
    definition="manual.mikrotik.com, Web Proxy; Log",
    reader=LineVariants(
        shapes={
            "request": _REQUEST,
            "query": _QUERY,
            "local": _LOCAL,
            "done": _DONE,
            "failed": _FAILED,
        },
        literals=((" action=", "query from ", "local query: ", "done query: "),),
    ),
    learns=own_stamps(_has_stamp),
    columns=Columns(
        time=Stamp("local", _time),
        user=None,
        client_ip="client",
        method="method",
        url="url",
        host="name",
        record_type="type",
        action=words("action", allowed="allow", blocked=("deny", "redirect")),
        evidence=connects(unopened("method", "url"), look_up=_looked_up),
        companion=where(lambda cell: cell[SHAPE] == "done", "answer"),
        repeat=_repeat,
    ),
    tunnels=LOGGED_ALONE,
    note="Names no users. Only plain HTTP and what is sent to the proxy is seen: HTTPS that a"
    " router merely forwards is not in its log.",
    rank=6,
    samples=(
        Sample(
            "Jan/10/2024 13:55:36 web-proxy,account 10.1.2.3 GET http://www.example.com/a?b"
            "  action=allow cache=MISS\n"
            "Jan/10/2024 13:55:37 web-proxy,account 10.1.2.3 CONNECT www.example.com:443"
            "  action=deny cache=MISS",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=GET url=http://www.example.com/a?b"
            " action=allowed evidence=url",
            "time=2024-01-10T13:55:37Z client_ip=10.1.2.3 method=CONNECT url=www.example.com:443"
            " action=blocked evidence=connect",
        ),
        Sample(
            "<30>2024-01-10T13:55:36Z router dns,info core1: query from 10.1.2.3: #2137 "
            "www.example.com. UNKNOWN (65)\n"
            "<30>2024-01-10T13:55:37Z router dns,info core1: done query: #2137 www.example.com "
            "203.0.113.9\n"
            "<30>2024-01-10T13:55:38Z router dns,info core1: local query: #2138 www.example.com. A",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:37Z url=www.example.com action=unknown evidence=dns"
            " companion=answer",
            "time=2024-01-10T13:55:38Z url=www.example.com action=unknown evidence=dns"
            " repeat=no client's look-up: the router's own",
        ),
    ),
    near_misses=(
        "<30>Jan 10 13:55:36 router user admin logged in from 10.1.2.3 via winbox",
        "<30>Jan 10 13:55:36 router 10.1.2.3 GET http://www.example.com/ cache=MISS",
    ),
)
