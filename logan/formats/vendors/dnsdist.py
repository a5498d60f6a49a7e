"""dnsdist, PowerDNS' balancer: the packets that LogAction and LogResponseAction write down.

Definition: dnsdist.org, Actions, LogAction and LogResponseAction; PowerDNS/pdns,
dnsdistdist/dnsdist-actions-factory.cc. The nanoseconds of a stamp have no zeros in front:
`[1704894936.5000000]` is five milliseconds past the second.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, where
from logan.formats.vendors.powerdns import ENDPOINT, QUERY_TYPE

_STAMP: Final = r"(?:\[[0-9]{9,10}\.[0-9]{1,9}\] )?"
_PACKET: Final = (
    Piece("stamp", _STAMP),
    Piece(None, "Packet from "),
    Piece("client", ENDPOINT),
    Piece(None, " for "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("type", QUERY_TYPE),
    Piece("rest", " with id [0-9]+"),
)
_REPLY: Final = (
    Piece("stamp", _STAMP),
    Piece(None, "Answer to "),
    Piece("client", ENDPOINT),
    Piece(None, " for "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("type", QUERY_TYPE),
    Piece("rest", r" \([^)]*\) with id [0-9]+"),
)


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """Whether lines carry their own stamp."""
    own = [record.startswith("[") for record in records]
    return layout if all(own) else layout.with_stamps(own="some" if any(own) else "none")


def _packet_time(cell: Cells) -> Expressions:
    if cell.layout.stamps.own == "none":
        return {}
    seconds = cell["stamp"].str.extract(r"^\[([0-9]+)").cast(pl.Int64, strict=False)
    nanoseconds = cell["stamp"].str.extract(r"\.([0-9]+)\]").cast(pl.Int64, strict=False)
    moment = seconds * 1_000_000 + nanoseconds // 1_000
    return {"time": pl.from_epoch(moment, time_unit="us").dt.replace_time_zone("UTC")}


DNSDIST: Final = Format(
    name="powerdns-dnsdist",
    title="dnsdist, LogAction and LogResponseAction",
    definition="dnsdist.org, LogAction and LogResponseAction",
    reader=LineVariants(
        shapes={"packet": _PACKET, "reply": _REPLY}, literals=(("Packet from ", "Answer to "),)
    ),
    learns=_learn,
    columns=Columns(
        time=Stamp("utc", _packet_time),
        user=None,
        client_ip="client",
        action=None,
        host="name",
        record_type="type",
        evidence=sees("dns"),
        companion=where(lambda cell: cell[SHAPE] == "reply", "answer"),
    ),
    tunnels=NOT_LOGGED,
    note=f"{LOOK_UP_NOTE} A file has no stamps unless includeTimestamp is on.",
    rank=6,
    samples=(
        Sample(
            "[1704894936.5000000] Packet from 10.1.2.3:50759 for www.example.com. A with id 4711\n"
            "[1704894936.900000000] Answer to 10.1.2.3:50759 for www.example.com. A (No Error) "
            "with id 4711",
            "time=2024-01-10T13:55:36.005000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:36.900000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
        ),
        Sample(
            "2024-01-10T13:55:36Z ns1 dnsdist[812]: Packet from [2001:db8::3]:50759 for "
            "www.example.com. AAAA with id 4711",
            "time=2024-01-10T13:55:36Z client_ip=2001:db8::3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=("2024-01-10T13:55:36Z ns1 dnsdist[812]: Packet from 10.1.2.3:50759 was dropped",),
)
