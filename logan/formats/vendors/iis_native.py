"""IIS's own log format, the fifteen comma-separated fields that W3C logging replaced.

Definition: learn.microsoft.com, IIS Log File Format (IIS 6.0 to 10): client address, user, date,
time, service and instance, server name, server address, time taken, bytes from the client, bytes
sent to it, service status, Windows status, request type, target, parameters. The time is local and
the date in the order of the server's locale. The target is a path: no host is logged.
"""

from typing import Final

import polars as pl

from logan.formats.engine import dates
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
    missing_to_null,
    separated,
)
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.verdicts import tunnelled

_LINE: Final = Pattern(
    (
        *separated(
            (
                Piece("client", ADDRESS),
                Piece("user", "[^,]+"),
                Piece("date", "[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}"),
                Piece("time", "[0-9]{1,2}:[0-9]{2}:[0-9]{2}"),
                Piece("service", "[A-Z0-9]+SVC[0-9]*"),
                Piece("server name", "[^,]*"),
                Piece("server address", "[^,]*"),
                Piece("time taken", "[0-9]+"),
                Piece("received", "[0-9]+"),
                Piece("sent", "[0-9]+"),
                Piece("status", "[0-9]+"),
                Piece("windows status", "[0-9]+"),
                Piece("method", "[^,]+"),
                Piece("target", "[^,]*"),
            ),
            ", ?",
        ),
        Piece(None, ", ?"),
        Piece("parameters", ".*?"),
        Piece(None, ",? ?"),
    )
)


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _LINE.fault(line)


def _layout(head: Head) -> Layout:
    fields = [found for line in head.lines if (found := _LINE.match(line))]
    layout = dates.with_order(Layout(), (found["date"] for found in fields))
    if any("://" in found["target"] or found["method"] == "CONNECT" for found in fields):
        return layout
    blind = "IIS's own format logs no host: switch to W3C with cs-host to show visits"
    return layout._replace(blind=blind)


def _columns(layout: Layout) -> Columns:
    cell = {name: missing_to_null(value) for name, value in _LINE.cells().items()}
    stamp = pl.concat_str(cell["date"], pl.lit(" "), cell["time"])
    status = integer(cell["status"])
    return {
        "reason": _LINE.reason(),
        "local_time": dates.date_time(stamp, layout),
        "client_ip": cell["client"],
        "user": cell["user"],
        "method": cell["method"],
        "url": cell["target"],
        "query": cell["parameters"],
        "status": pl.when(status > 0).then(status),
        "action": pl.when(status == 407).then(pl.lit("auth")).otherwise(pl.lit("unknown")),
        "bytes_sent": integer(cell["received"]),
        "bytes_received": integer(cell["sent"]),
        "evidence": tunnelled(cell["method"]),
    }


_SAMPLE: Final = (
    "10.1.2.3, FORCE\\jdoe, 1/25/2024, 13:55:36, W3SVC1, WEB1, 192.0.2.9, 120, 640, 2326, 200, 0, "
    "GET, /a, b=c,"
)
IIS_NATIVE: Final = Format(
    name="iis-native",
    title="IIS log file format (not W3C)",
    definition="learn.microsoft.com, IIS Log File Format",
    shows=Shows(
        user=True,
        evidence=("url",),
        bytes="both",
        clock="local",
        note="Names no host; where no date is past the 12th, give --date-order.",
    ),
    check=_check,
    signs=((",",), ("SVC",)),
    pattern=_LINE,
    columns=_columns,
    prepare=_LINE.prepare,
    layout=_layout,
    rank=6,
    samples=(_SAMPLE,),
    near_misses=("10.1.2.3, -, 1/25/2024, 13:55:36, W3SVC1, WEB1, 192.0.2.9, 120, 640",),
)
