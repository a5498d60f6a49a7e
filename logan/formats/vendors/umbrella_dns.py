"""Cisco Umbrella and Secure Access: the DNS log as exported to S3.

Definition: docs.umbrella.com, DNS Log Formats; see `logan.formats.vendors.umbrella_record`.
"""

from typing import Final

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.delimited import Delimited, in_order
from logan.formats.engine.format import Format, Sample
from logan.formats.vendors.umbrella_record import (
    DECISION,
    DEFINITION,
    STAMP,
    TIME,
    TIME_NAMES,
    stamp_span,
    user,
)

LINE: Final = (
    '"2024-01-16 17:48:41","Doe, Jane (HQ) (Jane.Doe@force.example)",'
    '"Doe, Jane (HQ) (Jane.Doe@force.example),Site 7","10.10.1.100","203.0.113.133","Allowed",'
    '"1 (A)","NOERROR","www.example.com.","Search Engines,Photo Sharing"'
)
DNS_LOG: Final = Format(
    name="umbrella-dns",
    title="Cisco Umbrella DNS log",
    definition=DEFINITION,
    reader=Delimited(
        needs={
            "time": TIME,
            "internal ip": "[0-9A-Fa-f:.]*",
            "action": "(?i:allowed|blocked|proxied)",
            "query type": r"[0-9]+(?: \([A-Za-z0-9_-]*\))?|Other(?: \([0-9]+\))?",
            "domain": "[^ ]+",
        },
        aliases={
            "time": TIME_NAMES,
            "identity": ("most granular identity", "policy identity", "policy identity label"),
            "internal ip": ("internal ip address", "internal client ip"),
            "query type": ("record type",),
            "domain": ("destination",),
            "identity type": ("most granular identity type", "policy identity type"),
        },
        order=in_order(
            "time,identity,identities,internal ip,external ip,action,query type,response code,"
            "domain,categories,identity type,identity types,blocked categories"
        ),
        least=10,
        open_end=True,
        stamp_span=stamp_span,
    ),
    columns=Columns(
        time=STAMP,
        user=user,
        client_ip="internal ip",
        action=DECISION,
        host="domain",
        record_type="query type",
        evidence=sees("dns"),
    ),
    tunnels=NOT_LOGGED,
    rank=6,
    samples=(
        Sample(
            LINE,
            "time=2024-01-16T17:48:41Z user=Doe, Jane (HQ) (Jane.Doe@force.example)"
            " client_ip=10.10.1.100 url=www.example.com action=allowed evidence=dns",
            also=(LINE + ',"AD Users","AD Users,Sites",""',),
        ),
        Sample(
            LINE.replace('","', '", "') + ', "Networks","Networks","","","","2204063"',
            "time=2024-01-16T17:48:41Z client_ip=10.10.1.100 url=www.example.com"
            " action=allowed evidence=dns",
        ),
    ),
    near_misses=(
        (
            '"2024-01-16 17:48:41","WS-12","10.10.1.100","203.0.113.9","192.0.2.1","","ALLOWED",'
            '"http://www.example.com/a","","Mozilla/5.0","200","562","1489",""'
        ),
        (
            '"2024-01-16 17:48:41","a","b","10.10.1.100","203.0.113.133","Allowed","A","NOERROR",'
            '"www.example.com.",""'
        ),
    ),
)
