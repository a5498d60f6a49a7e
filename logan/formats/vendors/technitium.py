"""Technitium DNS Server: its text log with queries in it, and the CSV that its query log exports.

Definition: TechnitiumSoftware/DnsServer, DnsServerCore/LogManager.cs (`logQueries`), the export of
query logs (APIDOCS.md, Export Query Logs) and ApplicationCommon/IDnsQueryLogger.cs (what
became of a query). The text log says with each stamp whether it is UTC or the server's own clock;
the apps that keep queries keep UTC.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.fields import V4, V6
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, words

_OPENING: Final = r"\[[0-9-]{10} [0-9:]{8} (?:UTC|Local)\] "
_QUERY: Final = (
    Piece(None, r"\["),
    Piece("stamp", "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"),
    Piece(None, " "),
    Piece("zone", "(?:UTC|Local)"),
    Piece(None, r"\] \["),
    Piece("client", rf"(?:{V4}|\[{V6}\])"),
    Piece(None, ":"),
    Piece("port", "[0-9]{1,5}"),
    Piece(None, r"\] \["),
    Piece("transport", "[A-Z0-9]+"),
    Piece(None, r"\] QNAME: "),
    Piece("name", "[^; ]+"),
    Piece(None, "; QTYPE: "),
    Piece("type", "[A-Za-z0-9_]+"),
    Piece(None, "; QCLASS: "),
    Piece("class", "[A-Za-z0-9_]+"),
    Piece("rest", ";.*"),
)


def _wall(cell: Cells) -> Expressions:
    wall = clock.naive(cell["stamp"], "%Y-%m-%d %H:%M:%S")
    universal = cell["zone"] == "UTC"
    return {
        "time": pl.when(universal).then(wall.dt.replace_time_zone("UTC")),
        "local_time": pl.when(~universal).then(wall),
    }


def _universal(cell: Cells) -> Expressions:
    """.NET writes the `Z` where the database said that it keeps UTC."""
    return {"time": clock.iso_offset(cell["timestamp"].str.strip_suffix("Z") + "Z")}


TECHNITIUM: Final = Format(
    name="technitium",
    title="Technitium DNS Server, log with queries",
    definition="TechnitiumSoftware/DnsServer, DnsServerCore/LogManager.cs",
    reader=LinePattern(pieces=_QUERY),
    columns=Columns(
        time=Stamp("local", _wall),
        user=None,
        client_ip="client",
        action=None,
        host="name",
        record_type="type",
        evidence=sees("dns"),
    ),
    tunnels=NOT_LOGGED,
    note=f"{LOOK_UP_NOTE} Does not say what was blocked.",
    preamble=rf"^{_OPENING}[^\[]",
    rank=6,
    samples=(
        Sample(
            "[2024-01-10 13:55:36 UTC] [10.1.2.3:50759] [UDP] QNAME: www.example.com; QTYPE: A; "
            "QCLASS: IN; RCODE: NoError; ANSWER: [203.0.113.9]",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            also=(
                (
                    "[2024-01-10 13:55:36 Local] [10.1.2.3:50759] [TLS] QNAME: www.example.com; "
                    "QTYPE: HTTPS; QCLASS: IN; NO RESPONSE FROM SERVER!"
                ),
            ),
        ),
    ),
    near_misses=(
        "[2024-01-10 13:55:36 UTC] Logging started.",
        "[2024-01-10 13:55:36 UTC] [10.1.2.3:50759] [UDP] MISSING QUESTION!; RCODE: FormatError",
    ),
)
EXPORT: Final = Format(
    name="technitium-csv",
    title="Technitium DNS Server, query log exported as CSV",
    definition="TechnitiumSoftware/DnsServer, APIDOCS.md, Export Query Logs",
    reader=Delimited(
        needs={
            "rownumber": "[0-9]+",
            "timestamp": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z?",
            "clientipaddress": "[0-9A-Fa-f.:]+(?:%.*)?",
            "responsetype": "[A-Za-z0-9]+",
            "rcode": "[A-Za-z0-9]+",
            "domain": ".*",
        },
    ),
    columns=Columns(
        time=Stamp("utc", _universal),
        user=None,
        client_ip="clientipaddress",
        action=words(
            "responsetype",
            allowed=(),
            blocked=(
                "Blocked",
                "UpstreamBlocked",
                "UpstreamBlockedCached",
                "CacheBlocked",
                "Dropped",
            ),
        ),
        host="domain",
        record_type="type",
        evidence=sees("dns"),
    ),
    tunnels=NOT_LOGGED,
    note=LOOK_UP_NOTE,
    rank=6,
    samples=(
        Sample(
            "RowNumber,Timestamp,ClientIpAddress,Protocol,ResponseType,ResponseRtt,RCODE,Domain,"
            "Type,Class,Answer\n"
            "1,2024-01-10T13:55:36.1234567Z,10.1.2.3,Udp,Recursive,12.5,NoError,www.example.com,A,"
            "IN,203.0.113.9\n"
            "2,2024-01-10T13:55:37.0000000,2001:db8::3,Https,Blocked,,NxDomain,www.example.com,"
            'HTTPS,IN,"SOA a b"',
            "time=2024-01-10T13:55:36.123456Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:37Z client_ip=2001:db8::3 url=www.example.com"
            " action=blocked evidence=dns",
        ),
    ),
    near_misses=("Timestamp,Domain,RCODE\n2024-01-10T13:55:36Z,www.example.com,NoError",),
)
