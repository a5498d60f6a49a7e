"""Zscaler's web feed as LEEF (QRadar).

Definition: help.zscaler.com, the QRadar LEEF output type of NSS feeds (`srcBytes` is the request).
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.cef import LeefEvent
from logan.formats.engine.format import Sample
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS

_LINE: Final = (
    "LEEF:1.0|Zscaler|NSS|4.1|Allowed|cat=Allowed\tdevTime=Jan 10 2024 13:55:36 GMT\t"
    "devTimeFormat=MMM dd yyyy HH:mm:ss z\tsrc=10.1.2.3\tdst=203.0.113.9\tsrcPostNAT=192.0.2.7\t"
    "realm=HQ\tusrName=jdoe@force.example\tsrcBytes=640\tdstBytes=5120\trole=CID\tpolicy=Allowed\t"
    "url=www.example.com/a?b=c\trecordid=7\tuseragent=Mozilla/5.0 (X11)\t"
    "referer=http://ref.example/\thostname=www.example.com\tappproto=HTTPS\treqmethod=GET"
)
LEEF: Final = replace(
    PAIRS,
    name="zscaler-leef",
    title="Zscaler NSS web feed, LEEF",
    reader=LeefEvent(
        needs={"@vendor": "Zscaler", "@product": "NSS.*", "cat": ACTION, "url": ".+"},
        aliases={
            "stamp": ("devTime",),
            "zone": ("devTimeZone",),
            "user": ("usrName",),
            "location": ("realm",),
            "client": ("src",),
            "public": ("srcPostNAT",),
            "url": ("url",),
            "host": ("hostname",),
            "method": ("reqmethod", "method"),
            "status": ("respcode", "status"),
            "sent": ("srcBytes",),
            "received": ("dstBytes",),
            "protocol": ("appproto",),
            "action": ("cat",),
            "referrer": ("referer",),
            "agent": ("useragent",),
        },
    ),
    learns=None,
    columns=COLUMNS,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c action=allowed bytes_sent=640"
            " bytes_received=5120 referrer=http://ref.example/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
            also=(_LINE.replace("Jan 10 2024 13:55:36 GMT", "Wed Jan 10 13:55:36 UTC 2024"),),
        ),
    ),
    near_misses=(_LINE.replace("|Zscaler|", "|Example|"),),
)
