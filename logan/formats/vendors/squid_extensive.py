"""Squid's "extensive" log: the native one with ports, byte counts of both directions and headers.

Definition: elastic/integrations, packages/squid (the second of the two formats that it reads, with
its test lines); the codes are those of squid.conf.documented: %ts.%03tu %tr %>a %>p %Ss/%>Hs %<st
%>st %<sh %>sh and the size of the body, %rm %ru %rv %un %Sh/%<a %<p %mt, two fields, then Referer,
User-Agent, Host and X-Forwarded-For in quotes.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import Columns, EvidenceColumn, stated_by_line
from logan.formats.engine.escapes import backslash
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells, Derivation
from logan.formats.vendors.squid import (
    NATIVE,
    decide,
    epoch_span,
    evidence,
    neighbour,
    opens_intercepted_tunnel,
    status_code,
    user_name,
)

_NUMBER: Final = "-?[0-9]+|-"
_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*\""
_PIECES: Final = (
    *separated(
        (
            Piece("time", r"[0-9]{9,10}\.[0-9]{3}"),
            Piece("elapsed", "-?[0-9]+"),
            Piece("client", "[^ ]+"),
            Piece("client port", _NUMBER),
            Piece("result code", "[A-Z][A-Z_0-9]*/"),
        ),
        " +",
    ),
    *separated(
        (
            Piece("status", "[0-9]{1,3}|-"),
            Piece("reply bytes", _NUMBER),
            Piece("request bytes", _NUMBER),
            Piece("reply header bytes", _NUMBER),
            Piece("request header bytes", _NUMBER),
            Piece("body bytes", _NUMBER),
            Piece("method", "[^ ]+"),
            Piece("url", "[^ ]+"),
            Piece("version", "[0-9.]+|-"),
            Piece("user", "[^ ]+|[^ /]+(?: [^ /]+){1,7}?"),
            Piece("hierarchy", "[A-Z][A-Z_0-9]*/[^ ]*"),
            Piece("server port", _NUMBER),
            Piece("mime type", "[^ ]+"),
            Piece("error", "[^ ]+"),
            Piece("error detail", "[^ ]+"),
            Piece("referrer", _QUOTED),
            Piece("user agent", _QUOTED),
        ),
        " +",
    ),
    Piece("tail", "(?: .*)?"),
)


def _quoted(name: str) -> Derivation:
    return lambda cell: backslash(cell[name].str.strip_chars('"'))


def _opens(cell: Cells) -> pl.Expr:
    return opens_intercepted_tunnel(cell["code"], cell["method"], status_code(cell["status"]))


_COLUMNS: Final = Columns(
    time=epoch_seconds("time"),
    user=lambda cell: user_name(cell["user"]),
    client_ip="client",
    method="method",
    url="url",
    status=lambda cell: status_code(cell["status"]),
    action=lambda cell: decide(cell["code"], status_code(cell["status"]), cell["method"]),
    bytes_sent="request bytes",
    bytes_received="reply bytes",
    duration_ms="elapsed",
    referrer=_quoted("referrer"),
    user_agent=_quoted("user agent"),
    evidence=EvidenceColumn(("url", "connect"), lambda cell: evidence(cell["method"])),
    repeat=lambda cell: neighbour(cell["code"]),
    derived={"code": lambda cell: cell["result code"].str.strip_suffix("/")},
)
EXTENSIVE: Final = Format(
    name="squid-extensive",
    title="Squid, extensive log format",
    definition="elastic/integrations, packages/squid; squid.conf.documented",
    reader=LinePattern(
        pieces=_PIECES, missing=("-", ""), literals=(('"',),), stamp_span=epoch_span
    ),
    columns=_COLUMNS,
    tunnels=stated_by_line(_opens),
    note=NATIVE.note,
    rank=4,
    samples=(
        Sample(
            "1704103200.391    104 10.1.2.3 58938 TCP_MISS/200 904 123 364 123 528 GET "
            "http://www.example.com/a?b=c 1.1 FORCE%5Cjdoe HIER_DIRECT/203.0.113.9 80 text/html "
            "- - "
            '"http://ref.example/" "curl/8.14.1" "www.example.com" "-" 53 -',
            "time=2024-01-01T10:00:00.391000Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed bytes_sent=123"
            " bytes_received=904 referrer=http://ref.example/ user_agent=curl/8.14.1"
            " evidence=url",
        ),
    ),
    near_misses=(
        (
            "1704103200.391    104 10.1.2.3 TCP_MISS/200 904 GET http://www.example.com/ - "
            'HIER_DIRECT/203.0.113.9 text/html "-" "curl/8.14.1"'
        ),
    ),
)
