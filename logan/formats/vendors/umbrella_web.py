"""Cisco Umbrella and Secure Access: the web (proxy) log as exported to S3.

Definition: docs.umbrella.com, Web Log Formats; see `logan.formats.vendors.umbrella_record`. Whether
it has the CONNECT of a tunnel that was opened is said neither there nor of HTTPS inspection.
"""

from typing import Final

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.delimited import Delimited, in_order
from logan.formats.engine.format import Format, Sample
from logan.formats.vendors.umbrella_dns import LINE as DNS_LINE
from logan.formats.vendors.umbrella_record import (
    DECISION,
    DEFINITION,
    STAMP,
    TIME,
    TIME_NAMES,
    stamp_span,
    user,
)

_NUMBER: Final = "[0-9]*"
_LINE: Final = (
    '"2024-01-16 17:48:41","Doe, Jane (Jane.Doe@force.example)","10.10.1.100","203.0.113.133",'
    '"192.0.2.7","text/html","ALLOWED","https://www.example.com/a?b=""c"",d",'
    '"https://example.org/","Mozilla/5.0 (X11, Linux)","200","562","1489","1024"'
)
_MIDDLE: Final = (
    ',"","Search Engines","","","","","","AD Users","","Jane Doe,Site","AD Users,Sites"'
)
WEB_LOG: Final = Format(
    name="umbrella-web",
    title="Cisco Umbrella web (proxy) log",
    definition=DEFINITION,
    reader=Delimited(
        needs={
            "time": TIME,
            "internal ip": "[0-9A-Fa-f:.]*",
            "action": "(?i:allowed|blocked|warned|isolated|proxied)",
            "url": ".+",
            "status": _NUMBER,
            "request size": _NUMBER,
            "response size": _NUMBER,
        },
        aliases={
            "time": TIME_NAMES,
            "identity": ("policy identity label", "policy identity", "identities"),
            "internal ip": ("internal client ip",),
            "action": ("verdict",),
            "referer": ("referrer",),
            "user agent": (),
            "status": ("status code",),
            "identity type": ("policy identity type",),
            "method": ("request method",),
        },
        order=in_order(
            "time,identity,internal ip,external ip,destination ip,content type,action,url,referer,"
            "user agent,status,request size,response size,response body size,sha256,categories,"
            "av detections,puas,amp disposition,amp malware name,amp score,identity type,"
            "blocked categories,identities,identity types,method"
        ),
        least=14,
        open_end=True,
        stamp_span=stamp_span,
    ),
    columns=Columns(
        time=STAMP,
        user=user,
        client_ip="internal ip",
        action=DECISION,
        method="method",
        url="url",
        status="status",
        bytes_sent="request size",
        bytes_received="response size",
        referrer="referer",
        user_agent="user agent",
    ),
    tunnels=NOT_DOCUMENTED,
    note="The method stands in lines of version 5 and later only.",
    rank=6,
    samples=(
        Sample(
            _LINE + ',"","Search Engines","","","","",""',
            "time=2024-01-16T17:48:41Z user=Doe, Jane (Jane.Doe@force.example)"
            ' client_ip=10.10.1.100 url=https://www.example.com/a?b="c",d status=200'
            " action=allowed bytes_sent=562 bytes_received=1489"
            " referrer=https://example.org/ user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
        ),
        Sample(
            _LINE + _MIDDLE + ',"POST","","","a.jpg","1","2",""',
            "time=2024-01-16T17:48:41Z user=Doe, Jane (Jane.Doe@force.example)"
            ' client_ip=10.10.1.100 method=POST url=https://www.example.com/a?b="c",d'
            " status=200 action=allowed bytes_sent=562 bytes_received=1489"
            " referrer=https://example.org/ user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
        ),
    ),
    near_misses=(
        DNS_LINE,
        _LINE.replace("ALLOWED", "text"),
    ),
)
