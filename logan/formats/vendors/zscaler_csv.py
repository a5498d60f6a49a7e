"""Zscaler's web log as CSV with a header: of a feed, or exported from Web Insights.

Definition: see `logan.formats.vendors.zscaler_record`. A feed without a header has the order its
admin chose: that of the portal is in `logan.formats.vendors.zscaler_bare`, another needs a mapping.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Sample
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS, MISSING, NAMES

CSV: Final = replace(
    PAIRS,
    name="zscaler-csv",
    title="Zscaler web log, CSV with a header (feed or Web Insights export)",
    reader=Delimited(
        needs={"action": ACTION, "url": ".+", "stamp": ".*[0-9].*", "sent": "[0-9]+|"},
        aliases={
            **{name: names for name, names in NAMES.items() if name != "public"},
            "stamp": (*NAMES["stamp"], "Event Time", "Logged Time"),
            "action": ("action", "Policy Action"),
            "client": (*NAMES["client"], "Client IP"),
            "sent": (*NAMES["sent"], "Sent Bytes", "Request Size"),
            "received": (*NAMES["received"], "Received Bytes", "Response Size"),
            "method": (*NAMES["method"], "Request Method"),
            "status": (*NAMES["status"], "Response Code"),
            "referrer": (*NAMES["referrer"], "Referer URL"),
            "agent": (*NAMES["agent"], "User Agent"),
        },
        missing=MISSING,
    ),
    learns=None,
    columns=COLUMNS,
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
    ),
    near_misses=("time,user,url,action\n2024-01-10 13:55:36,jdoe,www.example.com/,Allowed",),
)
