"""F5 BIG-IP: look-ups that a DNS logging profile writes.

Definition: F5, DNS logging profile (queries and responses, each switched on by itself). Its manuals
print no line: the fields are those that Exabeam's public parsers (BIG-IP DNS, `syslog-f5-dns-query`
and `-response`) read. The stamp names no zone: it is taken for the unit's wall clock.
"""

from typing import Final

from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import local
from logan.formats.engine.values import where

_START: Final = (
    Piece(None, " *"),
    Piece("stamp", "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"),
    Piece(None, " "),
    Piece("unit", "[^ ]+"),
    Piece(None, " qid [0-9]+ "),
)
_QUERY: Final = (
    *_START,
    Piece(None, "from "),
    Piece("client", ADDRESS),
    Piece(None, "(?:%[0-9]+)?(?:#[0-9]+)?: "),
    Piece("view", "(?:view [^ ]+: )?"),
    Piece(None, "query: "),
    Piece("name", "[^ ]+"),
    Piece(None, " (?:IN|CH|HS|ANY) "),
    Piece("type", "[A-Z0-9]+"),
    Piece(None, "(?: [^ ]+)*"),
)
_RESPONSE: Final = (
    *_START,
    Piece(None, "to "),
    Piece("client", ADDRESS),
    Piece(None, r"(?:%[0-9]+)?(?:#[0-9]+)?: \["),
    Piece("code", r"[^\]]*"),
    Piece(None, r"\] response: "),
    Piece("name", "[^ ]+"),
    Piece(None, " [0-9]+ (?:IN|CH|HS|ANY) "),
    Piece("type", "[A-Z0-9]+"),
    Piece(None, " .*"),
)
_LINE: Final = (
    "2024-01-10 13:55:36 bigip1.force.example qid 47310 from 10.1.2.3#41234: view none: query: "
    "www.example.com IN A + (10.9.9.9%0)"
)
_ANSWER: Final = (
    "2024-01-10 13:55:36 bigip1.force.example qid 47310 to 10.1.2.3#41234: [NOERROR qr,rd,ra] "
    "response: www.example.com. 60 IN A 203.0.113.9;"
)
F5_DNS: Final = Format(
    name="f5-dns",
    title="F5 BIG-IP DNS queries and responses",
    definition="F5, DNS logging profile, as Exabeam's public parsers read it",
    reader=LineVariants(shapes={"query": _QUERY, "response": _RESPONSE}, literals=((" qid ",),)),
    columns=Columns(
        time=local("stamp", "%Y-%m-%d %H:%M:%S"),
        user=None,
        client_ip="client",
        action=None,
        host="name",
        record_type="type",
        evidence=sees("dns"),
        companion=where(lambda cell: cell[SHAPE] == "response", "answer"),
    ),
    tunnels=NOT_LOGGED,
    note=LOOK_UP_NOTE,
    rank=6,
    samples=(
        Sample(
            f"{_LINE}\n{_ANSWER}",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=unknown"
            " evidence=dns",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=unknown"
            " evidence=dns companion=answer",
        ),
    ),
    near_misses=(_LINE.replace(" qid ", " id "), _LINE.replace(" query: ", " notify: ")),
)
