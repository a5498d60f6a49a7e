"""Cisco Secure Web Appliance (WSA, IronPort): the access log as W3C.

Definition: AsyncOS for Cisco Secure Web Appliance User Guide, Standard W3C Fields; what they mean
is in `logan.formats.vendors.cisco_wsa`.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import elff
from logan.formats.engine.extended_log import ExtendedLog
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.values import Cells
from logan.formats.vendors.cisco_wsa import COLUMNS, DEFINITION, NOTE, TUNNELS, as_connect
from logan.formats.vendors.squid import epoch_span, status_code


def _result(cell: Cells) -> pl.Expr:
    found = cell.first("x-resultcode-httpstatus").str.extract("^([^/]+)")
    return pl.coalesce(cell.first("sc-result-code"), found)


def _w3c_status(cell: Cells) -> pl.Expr:
    found = cell.first("x-resultcode-httpstatus").str.extract("/([0-9]+)$")
    return pl.coalesce(cell.first("sc-http-status"), found)


_W3C_COLUMNS: Final = replace(
    elff.COLUMNS,
    **{
        name: getattr(COLUMNS, name)
        for name in ("user", "client_ip", "method", "url", "host", "status", "action")
    },
    bytes_received="sc-bytes",
    evidence=COLUMNS.evidence,
    derived={
        "client": lambda cell: cell.first("c-ip"),
        "user": lambda cell: cell.first("cs-username", "x-cs-username"),
        "method": lambda cell: as_connect(cell.first("cs-method")),
        "url": lambda cell: cell.first("cs-url", "cs-uri"),
        "server": lambda cell: cell.first("s-hostname", "x-hierarchy-origin").str.replace(
            "^.*/", ""
        ),
        "result code": _result,
        "code": lambda cell: status_code(_w3c_status(cell)),
        "tag": lambda cell: cell.first("x-acltag"),
    },
)
#: Fields that only this appliance has.
_OWN_FIELDS: Final = ("x-acltag", "x-resultcode-httpstatus", "x-wbrs-score")
W3C: Final = Format(
    name="cisco-wsa-w3c",
    title="Cisco Secure Web Appliance, W3C",
    definition=DEFINITION,
    reader=ExtendedLog(needs=_OWN_FIELDS, stamp_span=epoch_span),
    columns=_W3C_COLUMNS,
    tunnels=TUNNELS,
    note=NOTE,
    rank=7,
    samples=(
        Sample(
            "#Version: 1.0\n#Software: AsyncOS for Web 12.5.1-011\n"
            "#Fields: timestamp x-elapsed-time c-ip x-resultcode-httpstatus sc-bytes cs-method "
            "cs-url "
            "cs-username x-hierarchy-origin cs-mime-type x-acltag cs(User-Agent)\n"
            "1704103200.123 35 10.1.2.3 TCP_MISS/200 3004 GET http://www.example.com/a?b=c "
            '"FORCE\\jdoe@realm" DIRECT/www.example.com text/html '
            "DEFAULT_CASE_12-DefaultGroup-NONE "
            '"Mozilla/5.0 (X11)"',
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=3004 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(
        "#Fields: timestamp c-ip cs-method cs-url\n1704103200.1 10.1.2.3 GET http://a.example/",
    ),
)
