"""Smoothwall's web filter report, exported as CSV.

Definition: help.smoothwall.net, Logs and reports, Web filter: the table's columns Time, Username,
Source IP, Group, Code, URL and Categories, with a header. The time is the appliance's wall clock in
the order of its locale. Images and other page furniture are of log levels that the page hides, and
the export with it. Neither that page nor those on HTTPS inspection policies say whether a tunnel
that was opened has a row beside its requests. Smoothwall's own files are in the formats of
`logan.formats.vendors.dansguardian`.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.delimited import ANYTHING, Delimited
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import integer
from logan.formats.engine.lessons import date_order
from logan.formats.engine.stamps import ordered_date
from logan.formats.engine.values import Cells, matched

_TIME: Final = "[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4},?[ T]+[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*"


def _status(cell: Cells) -> pl.Expr:
    """The code where it is a status, not a word."""
    code = integer(cell["code"])
    return pl.when(code.is_between(100, 599)).then(code)


_HEADER: Final = "Time,Username,Source IP,Group,Code,URL,Categories\n"
_ROW: Final = (
    '15/04/2024 12:50:04,jdoe,10.1.2.3,Staff,200,"https://www.example.com/a?b=c,d",'
    '"Search Engines, News"'
)
SMOOTHWALL: Final = Format(
    name="smoothwall",
    title="Smoothwall Filter report, CSV",
    definition="help.smoothwall.net, Web filter report",
    reader=Delimited(
        needs={
            "time": _TIME,
            "client": ADDRESS,
            "group": ".*",
            "code": ".*",
            "url": ANYTHING,
            "categories": ".*",
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
    ),
    learns=date_order("time"),
    columns=Columns(
        time=ordered_date("time"),
        user="user",
        client_ip="client",
        method="method",
        url="url",
        status=_status,
        action=matched(
            "code",
            allowed="allow.*|permit.*|ok",
            blocked=".*(?:block|den[iy]|ban).*",
            status=_status,
        ),
    ),
    tunnels=NOT_DOCUMENTED,
    note="Hides images and the like unless the report's log level is raised.",
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
