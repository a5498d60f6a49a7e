"""Zscaler's DNS log as CSV: of a feed, with a header or in the portal's order, or exported.

Definition: help.zscaler.com, NSS Feed Output Format: DNS Logs, "View a sample DNS log" (19 values),
and DNS Insights Logs: Columns. What the fields mean is in `logan.formats.vendors.zscaler_dns`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.delimited import Delimited
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Sample
from logan.formats.vendors.zscaler_dns import JSON, NAMES, SHAPES
from logan.formats.vendors.zscaler_record import MISSING

_TABLE: Final = Delimited(
    needs={"stamp": ".*[0-9].*", **SHAPES},
    aliases={
        **{name: names for name, names in NAMES.items() if name not in ("type", "answered")},
        "stamp": (*NAMES["stamp"], "Event Time", "Logged Time"),
        "client": (*NAMES["client"], "Client IP"),
        "host": (*NAMES["host"], "Requested Domain"),
        "type": (*NAMES["type"], "DNS Request Type"),
        "action": (*NAMES["action"], "Request Action"),
        "answered": (*NAMES["answered"], "Response Action"),
    },
    missing=MISSING,
)
_STAMP: Final = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}"
#: What the portal proposes for a feed ("View a sample DNS log").
_ORDER: Final = (
    "stamp user department location action answered reqrule resrule type host answer port took "
    "client server category answercategory owner device"
)
_ROW: Final = (
    '"Wed Jan 10 13:55:36 2024","jdoe@force.example","CID","HQ","Allow","Allow","DNS_1","None","A",'
    '"www.example.com","203.0.113.9","53","0","10.1.2.3","192.0.2.53","News","Other","jdoe","WS11"'
)
CSV: Final = replace(
    JSON,
    name="zscaler-dns-csv",
    title="Zscaler DNS log, CSV with a header (feed or DNS Insights export)",
    reader=_TABLE,
    samples=(
        Sample(
            "No.,Event Time,User,Location,Client IP,DNS Request Type,Requested Domain,"
            "Request Action,Response Action\n"
            '1,"Wednesday, January 10, 2024 1:55:36 PM",jdoe@force.example,HQ,10.1.2.3,A,'
            "www.example.com,Allow,Block",
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=blocked evidence=dns",
        ),
        Sample(
            "time,login,location,reqaction,resaction,reqtype,req,cip\n"
            '"Wed Jan 10 13:55:36 2024","HQ","HQ","Allow","Allow","A","www.example.com","10.1.2.3"',
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=allowed"
            " evidence=dns",
        ),
    ),
    near_misses=(
        "Event Time,User,Client IP,Requested Domain\n2024-01-10 13:55:36,a,10.1.2.3,b.example",
    ),
)
BARE: Final = replace(
    JSON,
    name="zscaler-dns-csv-bare",
    title="Zscaler DNS feed, CSV without a header (19 values)",
    reader=Delimited(
        needs={
            "stamp": _STAMP,
            **SHAPES,
            "answered": "[A-Za-z_ ]*",
            "port": "[0-9]+",
            "took": "[0-9]+",
            "client": f"{ADDRESS}|",
            "server": f"{ADDRESS}|",
        },
        aliases={"zone": ("zone",)},
        missing=MISSING,
        headed=False,
        order=tuple(_ORDER.split()),
    ),
    samples=(
        Sample(
            _ROW,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=allowed evidence=dns",
        ),
    ),
    near_misses=(_ROW.replace('"53"', '"x"'), _ROW.replace('"Allow","Allow"', '"a","b"')),
)
