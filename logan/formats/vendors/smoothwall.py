"""Smoothwall Filter: the web filter report exported as CSV.

Definition: help.smoothwall.net, Logs and reports, Web filter: the table's columns Time, Username,
Source IP, Group, Code, URL and Categories, with a header. The time is the appliance's wall clock in
the order of its locale. Images and other page furniture are of log levels that the page hides, and
the export with it. Smoothwall's own files are in the formats of
`logan.formats.vendors.dansguardian`.
"""

from typing import Final

import polars as pl

from logan.formats.engine import dates
from logan.formats.engine.base import Columns, Format, Head, Layout, Sample, Shows, integer
from logan.formats.engine.delimited import ANYTHING, Rows, split
from logan.formats.engine.verdicts import decided, tunnelled

_TIME: Final = "[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4},?[ T]+[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*"
_ROWS: Final = Rows(
    needs={
        "time": _TIME,
        "client": "[0-9A-Fa-f:.]+",
        "group": ".*",
        "code": ".*",
        "url": ANYTHING,
    },
    aliases={
        "time": ("date time", "date and time", "timestamp"),
        "user": ("username", "user name"),
        "client": ("source ip", "client ip", "ip address", "ip"),
        "group": ("group name", "filter group"),
        "code": ("status", "status code", "action"),
        "url": ("domain url", "web address"),
        "method": ("request method",),
    },
    columns=("categories",),
)


def _layout(head: Head) -> Layout | None:
    layout = _ROWS.header(head)
    if layout is None or "categories" not in (name.lower() for name in layout.names):
        return None
    at = layout.names.index("time")
    rows = (split(line, layout.option("separator") or ",") for line in head.lines)
    stamps = [row[at] for row in rows if row and len(row) > at]
    return dates.with_order(layout, stamps)


def _columns(layout: Layout) -> Columns:
    cell = _ROWS.cells(layout)
    status = integer(cell["code"])
    return {
        "reason": _ROWS.reason(layout),
        "local_time": dates.date_time(cell["time"].str.replace("T", " ", literal=True), layout),
        "user": cell["user"],
        "client_ip": cell["client"],
        "method": cell["method"],
        "url": cell["url"],
        "status": pl.when(status.is_between(100, 599)).then(status),
        "action": decided(
            cell["code"], allowed="allow.*|permit.*|ok", blocked=".*(?:block|den[iy]|ban).*"
        ),
        "evidence": tunnelled(cell["method"]),
    }


_HEADER: Final = "Time,Username,Source IP,Group,Code,URL,Categories\n"
_ROW: Final = (
    '15/04/2024 12:50:04,jdoe,10.1.2.3,Staff,200,"https://www.example.com/a?b=c,d",'
    '"Search Engines, News"'
)
SMOOTHWALL: Final = Format(
    name="smoothwall",
    title="Smoothwall Filter report, CSV",
    definition="help.smoothwall.net, Web filter report",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="none",
        clock="local",
        note="Hides images and the like unless the report's log level is raised.",
    ),
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_columns,
    layout=_layout,
    follow=_ROWS.follow,
    framing="csv",
    rank=5,
    samples=(
        Sample(
            _HEADER + _ROW,
            "time=2024-04-15T12:50:04Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c,d status=200 action=unknown evidence=url",
        ),
        Sample(
            _HEADER + _ROW.replace("15/04/2024", "2024-04-15").replace(",200,", ",Blocked,"),
            "time=2024-04-15T12:50:04Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c,d action=blocked evidence=url",
        ),
    ),
    near_misses=(
        "Time,Username,URL\n15/04/2024 12:50:04,jdoe,https://www.example.com/",
        _HEADER.replace(",Categories", "") + _ROW,
    ),
)
