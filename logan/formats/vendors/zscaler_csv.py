"""Zscaler's web log as CSV with a header: of a feed, or exported from Web Insights.

Definition: see `logan.formats.vendors.zscaler_record`; help.zscaler.com, Web Insights Logs:
Columns, and Policy Reasons, of which an export has one where a feed has a word. A feed without a
header has the order its admin chose: that of the portal is in `logan.formats.vendors.zscaler_bare`,
another needs a mapping.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Sample
from logan.formats.engine.values import matched
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS, MISSING, NAMES

#: A reason has several words, of which the first is written large; but `Quarantined`.
_REASON: Final = "[A-Z][^ ]* .+|Quarantined"
_LET_THROUGH: Final = "allow(?:ed)?(?: .*)?|isolate(?: .*)?|bypassed .*"
_STOPPED: Final = (
    r"(?:.*\b(?:not allowed|block(?:ed)?|den(?:y|ied)|dropped|quarantined?|cautioned|warned)\b"
    r"|.* quota exceeded |caution(?:ed)? |violates ).*|block(?:ed)?|caution(?:ed)?"
)
CSV: Final = replace(
    PAIRS,
    name="zscaler-csv",
    title="Zscaler web log, CSV with a header (feed or Web Insights export)",
    reader=Delimited(
        needs={
            "action": f"{ACTION}|{_REASON}",
            "url": ".+",
            "stamp": ".*[0-9].*",
            "sent": "[0-9]+|",
        },
        aliases={
            **{name: names for name, names in NAMES.items() if name != "public"},
            "stamp": (*NAMES["stamp"], "Event Time", "Logged Time"),
            "action": ("action", "Policy Action"),
            "client": (*NAMES["client"], "Client IP"),
            "sent": (*NAMES["sent"], "Sent Bytes", "Request Size"),
            "received": (*NAMES["received"], "Received Bytes", "Response Size"),
            "method": (*NAMES["method"], "Request Method"),
            "status": (*NAMES["status"], "Response Code"),
            "referrer": (*NAMES["referrer"], "Referer URL", "Referrer URL"),
            "agent": (*NAMES["agent"], "User Agent"),
        },
        missing=MISSING,
    ),
    learns=None,
    columns=replace(
        COLUMNS,
        action=matched("action", allowed=_LET_THROUGH, blocked=_STOPPED, status="status"),
    ),
    samples=(
        Sample(
            "time,login,proto,eurl,action,reqsize,respsize,cip,reqmethod,respcode,ua,ereferer\n"
            '"Fri Dec 31 07:07:07 2021","jdoe@force.example","HTTPS","www.example.com/a?b=c",'
            '"Allowed","640","5120","10.1.2.3","GET","200","Mozilla/5.0 (X11, Linux)","None"',
            "time=2021-12-31T07:07:07Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
        ),
        Sample(
            "No.,Event Time,User,Location,Policy Action,URL,Protocol,Client IP,Request Method,"
            "Response Code,Sent Bytes,Received Bytes,Referrer URL\n"
            '1,"Wednesday, January 10, 2024 1:55:36 PM",jdoe@force.example,HQ,'
            "Not allowed to browse this category,www.example.com/a,HTTPS,10.1.2.3,GET,"
            "403 - Forbidden,640,5120,ref.example/",
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a status=403 action=blocked bytes_sent=640"
            " bytes_received=5120 referrer=ref.example/ evidence=url",
        ),
    ),
    near_misses=("time,user,url,action\n2024-01-10 13:55:36,jdoe,www.example.com/,Allowed",),
)
