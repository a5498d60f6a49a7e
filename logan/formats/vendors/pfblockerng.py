"""pfBlockerNG on pfSense: look-ups answered and blocked (dns_reply.log, dnsbl.log, unified.log).

Definition: pfsense/FreeBSD-ports, pfSense-pkg-pfBlockerNG-devel, pfb_unbound.py (`DNS-reply`: kind
of the answer, its type, type asked for, time to live, name, client, address, country;
`DNSBL-python`: name, client, mode, kind of block, group, what fitted, feed, `-` where the event
before was the same). Stamps are the firewall's wall clock, without a year. A client that is not
known is `Unknown`, or 127.0.0.1 in dnsbl.log.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells

_YEARLESS: Final = "[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_STAMP: Final = f"{_YEARLESS}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
_CELL: Final = Piece(None, ",[^,]*")
_ASKED: Final = (
    Piece(None, ","),
    Piece("name", "[^,]+"),
    Piece(None, ","),
    Piece("client", f"{ADDRESS}|Unknown"),
)
_REPLY: Final = (
    Piece(None, "DNS-reply,"),
    Piece("stamp", _STAMP),
    *(_CELL, _CELL, _CELL, _CELL),
    *_ASKED,
    Piece(None, ",.*"),
)
_BLOCK: Final = (
    Piece(None, "DNSBL-python,"),
    Piece("stamp", _STAMP),
    *_ASKED,
    Piece(None, "(?:,[^,]*){4,7}"),
)


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """The first stamp, from which the year is counted, where stamps have none."""
    first = re.search(f",({_YEARLESS}),", records[0]) if records else None
    return layout if first is None else dates.year_opens(layout, first.group(1))


def _time(cell: Cells) -> Expressions:
    stamp = cell["stamp"]
    dated = clock.naive(stamp, "%Y-%m-%d %H:%M:%S")
    return {"local_time": pl.coalesce(dated, dates.dated_from_first(stamp, cell.layout))}


def _action(cell: Cells) -> pl.Expr:
    blocked = (cell[SHAPE] == "block").fill_null(value=False)
    return pl.when(blocked).then(pl.lit("blocked")).otherwise(pl.lit("unknown"))


_ANSWERED: Final = "DNS-reply,Jan 10 13:55:36,reply,A,A,300,www.example.com,10.1.2.3,203.0.113.9,GB"
_BLOCKED: Final = (
    "DNSBL-python,Jan 10 13:55:40,www.example.com,10.1.2.3,Python,DNSBL_A,Police,example.com,Feed,+"
)
PFBLOCKERNG: Final = Format(
    name="pfblockerng",
    title="pfBlockerNG, DNS replies and blocks",
    definition="pfsense/FreeBSD-ports, pfSense-pkg-pfBlockerNG-devel, pfb_unbound.py",
    reader=LineVariants(
        shapes={"reply": _REPLY, "block": _BLOCK},
        missing=("", "Unknown"),
        literals=(("DNS-reply,", "DNSBL-python,"),),
    ),
    learns=_learn,
    columns=Columns(
        time=Stamp("local", _time),
        user=None,
        client_ip="client",
        action=_action,
        host="name",
        evidence=sees("dns"),
    ),
    tunnels=NOT_LOGGED,
    note=f"{LOOK_UP_NOTE} Stamps have no year: give --year.",
    rank=6,
    samples=(
        Sample(
            f"{_ANSWERED}\n{_BLOCKED}",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=unknown"
            " evidence=dns",
            "time=2024-01-10T13:55:40Z client_ip=10.1.2.3 url=www.example.com action=blocked"
            " evidence=dns",
        ),
        Sample(
            _ANSWERED.replace("10.1.2.3", "Unknown").replace("Jan 10 ", "2024-01-10 "),
            "time=2024-01-10T13:55:36Z url=www.example.com action=unknown evidence=dns",
        ),
    ),
    near_misses=(
        _ANSWERED.replace("DNS-reply,", "DNS-query,"),
        _BLOCKED.replace(",10.1.2.3,", ",ws12,"),
    ),
)
