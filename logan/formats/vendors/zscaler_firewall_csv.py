"""Zscaler's firewall log as CSV: of a feed, with a header or in the portal's order, or exported.

Definition: help.zscaler.com, NSS Feed Output Format: Firewall Logs, "View a sample Firewall log"
(36 values, no host among them), and Firewall Insights Logs: Columns. What the fields mean is in
`logan.formats.vendors.zscaler_firewall`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.delimited import Delimited
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Sample
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.vendors.zscaler_firewall import (
    JSON,
    NAMES,
    NAMES_NO_HOST,
    RECORD,
    SHAPES,
    learn_host_column,
)
from logan.formats.vendors.zscaler_record import MISSING

_TABLE: Final = Delimited(
    needs={"stamp": ".*[0-9].*", **SHAPES},
    aliases={
        **NAMES,
        "stamp": (*NAMES["stamp"], "Event Time", "Logged Time"),
        "client": (*NAMES["client"], "Client Source IP"),
        "server": (*NAMES["server"], "Client Destination IP", "Server Destination IP"),
        "port": (*NAMES["port"], "Client Destination Port"),
        "service": (*NAMES["service"], "Network Service", "Network Application"),
        "host": (*NAMES["host"], "Client Destination Name"),
        "sent": (*NAMES["sent"], "Outbound Bytes"),
        "received": (*NAMES["received"], "Inbound Bytes"),
    },
    missing=MISSING,
)
_STAMP: Final = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}"
#: What the portal proposes for a feed ("View a sample Firewall log").
_ORDER: Final = (
    "stamp user department location port clientport serverport outport client server outaddress "
    "reached tunnel tunnelport forwarding action dnat stateful aggregate service application "
    "protocol category country average rule received sent seconds duration sessions ipsrule threat "
    "threatname owner device"
)
_ROW: Final = (
    '"Wed Jan 10 13:55:36 2024","jdoe@force.example","CID","HQ","443","36084","443","0","10.1.2.3",'
    '"203.0.113.9","0.0.0.0","203.0.113.9","10.9.9.9","0","GRE","Drop","No","Yes","No","HTTPS",'
    '"ebay","TCP","Online Shopping","United States","21","Firewall_1","5120","640","0","21","1",'
    '"None","None","None","NA","NA"'
)
CSV: Final = replace(
    JSON,
    name="zscaler-firewall-csv",
    title="Zscaler firewall log, CSV with a header (feed or Firewall Insights export)",
    reader=_TABLE,
    learns=learn_host_column,
    samples=(
        Sample(
            "No.,Event Time,User,Location,Client Source IP,Client Destination IP,"
            "Client Destination Name,Client Destination Port,Network Service,Action,"
            "Inbound Bytes,Outbound Bytes\n"
            '1,"Wednesday, January 10, 2024 1:55:36 PM",jdoe@force.example,HQ,10.1.2.3,203.0.113.9,'
            "www.example.com,443,HTTPS,Allow,5120,640",
            RECORD,
        ),
        Sample(
            "time,login,location,cdport,csip,cdip,cdfqdn,action,nwsvc,inbytes,outbytes\n"
            '"Wed Jan 10 13:55:36 2024","HQ","HQ","443","10.1.2.3","203.0.113.9","www.example.com",'
            '"Block/Reset","HTTPS","5120","640"',
            RECORD.replace(" user=jdoe@force.example", "").replace("allowed", "blocked"),
        ),
    ),
    near_misses=(
        "Event Time,User,Client Source IP,Action\n2024-01-10 13:55:36,jdoe,10.1.2.3,Allow",
    ),
)
BARE: Final = replace(
    JSON,
    name="zscaler-firewall-csv-bare",
    title="Zscaler firewall feed, CSV without a header (36 values)",
    reader=Delimited(
        needs={
            "stamp": _STAMP,
            **SHAPES,
            "port": "[0-9]+",
            "clientport": "[0-9]+",
            "client": ADDRESS,
            "server": ADDRESS,
            "received": "[0-9]+",
            "sent": "[0-9]+",
        },
        aliases={"host": ("host",), "zone": ("zone",)},
        missing=MISSING,
        headed=False,
        order=tuple(_ORDER.split()),
    ),
    learns=names_no_host_unless(lambda _: False, NAMES_NO_HOST),
    samples=(
        Sample(
            _ROW,
            RECORD.replace(" url=www.example.com:443", " url=:443").replace("allowed", "blocked")
            + " repeat=no request: it names no host",
        ),
    ),
    near_misses=(_ROW.replace('"443"', '"x"'), _ROW.replace('"Drop"', '"GRE"')),
)
