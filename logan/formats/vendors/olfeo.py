"""Olfeo: the gateway's log (like the common log, with its own stamp and tail) and the cloud's JSON.

Definition: Olfeo, Export des journaux par syslog (on premises), Livelog (SaaS). The gateway writes
`[day/month/year time]` without a zone, in the order of its locale, then the category's number and
name. Livelog has `timestamp` in milliseconds since 1970 and both byte counts from the user's view.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.base import (
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
)
from logan.formats.engine.fields import CLIENT, IDENT, USER, USER_OF_WORDS
from logan.formats.engine.json_lines import Shape, need, stamp_span
from logan.formats.engine.verdicts import decided, tunnelled

_LINE: Final = Pattern(
    (
        Piece(None, " *"),
        Piece("client", CLIENT),
        Piece(None, f" {IDENT} "),
        Piece("user", f"{USER}|{USER_OF_WORDS}"),
        Piece(None, r" \["),
        Piece("time", "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}"),
        Piece(None, r'\] "'),
        Piece("method", "[A-Za-z_-]+"),
        Piece(None, " "),
        Piece("url", '[^ "]+'),
        Piece(None, '(?: HTTP/[0-9.]+)?" '),
        Piece("status", "[0-9]{3}|-"),
        Piece(None, " "),
        Piece("bytes", "[0-9]+|-"),
        Piece(None, " [^ ]+ "),
        Piece("category number", "[0-9]+|-"),
        Piece(None, " "),
        Piece("category", ".+"),
    )
)


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _LINE.fault(line)


def _layout(head: Head) -> Layout:
    stamps = [found["time"] for line in head.lines if (found := _LINE.match(line))]
    return dates.with_order(Layout(), stamps) if stamps else Layout()


def _columns(layout: Layout) -> Columns:
    cell = _LINE.cells()
    return {
        "reason": _LINE.reason(),
        "local_time": dates.date_time(cell["time"], layout),
        "client_ip": cell["client"],
        "user": cell["user"],
        "method": cell["method"],
        "url": cell["url"],
        "status": integer(cell["status"]),
        "bytes_received": integer(cell["bytes"]),
        "evidence": tunnelled(cell["method"]),
    }


_OWN: Final = (
    '10.1.2.3 - jdoe [15/04/2024 12:50:04] "GET https://www.example.com/a?b=c HTTP/1.1" 200 512 - '
    "512 Shopping"
)
GATEWAY: Final = Format(
    name="olfeo",
    title="Olfeo Secure Web Gateway",
    definition="Olfeo, Export des journaux par syslog",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="received",
        clock="local",
        note="The order of day and month is that of the gateway's locale.",
    ),
    check=_check,
    signs=_LINE.signs,
    pattern=_LINE,
    prepare=_LINE.prepare,
    columns=_columns,
    layout=_layout,
    rank=6,
    samples=(
        _OWN,
        ' 10.1.2.3 - - [02/17/2024 07:51:20] "CONNECT www.example.com:443 HTTP/1.1" 403 - - 0 No',
    ),
    near_misses=(
        _OWN.replace("15/04/2024 12", "15/Apr/2024:12"),
        _OWN.replace(" - 512 Shopping", ""),
    ),
)

_SHAPE: Final = Shape(
    (
        need("timestamp", regex="^[0-9]{13}$"),
        need("type", regex="^(?:proxy|dns)$"),
        need("category_label", "theme_label"),
        need("domain", "url"),
        need("display_name", "user_id"),
    )
)
_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": "timestamp",
    "kind": "type",
    "user": "display_name",
    "source": "src_ip",
    "method": "http_method",
    "url": "url",
    "host": "domain",
    "status": "user_status_code",
    "decision": "action",
    "sent": "user_sent_bytes",
    "received": "user_received_bytes",
}


def _check_livelog(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _livelog_columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    return {
        "reason": _SHAPE.reason_at(layout),
        "time": clock.epoch(cell["time"]),
        "user": cell["user"],
        "client_ip": cell["source"],
        "method": cell["method"],
        "url": pl.coalesce(cell["url"], cell["host"]),
        "host": cell["host"],
        "status": integer(cell["status"]),
        "action": decided(
            cell["decision"], allowed="allow|authorize|warn.*|coach.*", blocked="block|deny|forbid"
        ),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "evidence": pl.when(cell["kind"] == "dns")
        .then(pl.lit("dns"))
        .otherwise(tunnelled(cell["method"])),
    }


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    del layout
    return stamp_span(line, "timestamp")


_OBJECT: Final = (
    '{"user_id":"u1","display_name":"Jane Doe","category_id":"1000","category_label":"Search",'
    '"url":"https://www.example.com/a?b=c","action":"allow","domain":"www.example.com",'
    '"src_ip":"10.1.2.3","timestamp":1704103200852,"http_method":"GET","http_version":"1.1",'
    '"user_received_bytes":"4664","user_sent_bytes":"836","user_status_code":"200",'
    '"theme_label":"Search","type":"proxy","dns_answer":""}'
)
LIVELOG: Final = Format(
    name="olfeo-livelog",
    title="Olfeo SaaS Livelog",
    definition="Olfeo SaaS, Livelog",
    shows=Shows(user=True, evidence=("url", "connect", "dns"), bytes="both", clock="utc"),
    check=_check_livelog,
    signs=_SHAPE.signs,
    columns=_livelog_columns,
    stamp_span=_stamp_span,
    rank=7,
    samples=(
        _OBJECT,
        _OBJECT.replace('"proxy"', '"dns"').replace("https://www.example.com/a?b=c", ""),
    ),
    near_misses=(_OBJECT.replace('"proxy"', '"mail"'), _OBJECT.replace("1704103200852", '"1704"')),
)
FORMATS: Final = (GATEWAY, LIVELOG)
