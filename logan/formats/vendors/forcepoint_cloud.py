"""Forcepoint Web Security Cloud: the CSV export of its SIEM tool.

Definition: Forcepoint Web Security Cloud, Log Export SIEM tool (columns are chosen by the customer,
dates are written by the account's locale).
"""

from typing import Final

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.delimited import Delimited, in_order
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.lessons import date_order
from logan.formats.engine.stamps import ordered_date
from logan.formats.engine.values import joined, positive
from logan.formats.vendors.forcepoint import verdict

_DAY: Final = r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}"
_READER: Final = Delimited(
    needs={
        "date": _DAY,
        "time": "[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?: ?[AP]M)?",
        "action": "[A-Za-z ]+",
        "url": "[^ ]+",
        "http_request_method": "[A-Za-z]+",
    },
    aliases={
        "date": ("Date",),
        "time": ("Time",),
        "user": ("User", "User Name"),
        "url": ("URL", "URL - Full", "URL Full"),
        "connection_ip": ("Connection IP",),
        "source_ip": ("Source IP",),
        "action": ("Action",),
        "user_agent_string": ("User Agent", "User Agent String"),
        "http_status_code": ("HTTP Status Code",),
        "http_request_method": ("Request Method", "HTTP Request Method"),
        "protocol": ("Protocol",),
        "bytes_sent": ("Bytes Sent",),
        "bytes_received": ("Bytes Received",),
        "referrer_url": ("Referrer URL - Full", "Referrer URL"),
    },
    missing=("", "-", "None", "Not available", "Unknown"),
    order=in_order(
        "date,time,user,workstation,category,action,risk_class,policy_name,url,connection_ip,"
        "destination_ip,source_ip,threat_type,threat_name,user_agent_string,http_status_code,"
        "http_request_method"
    ),
)


_COLUMNS: Final = Columns(
    time=ordered_date(joined("date", "time")),
    user="user",
    client_ip=("source_ip", "connection_ip"),
    action=verdict("action", status="http_status_code"),
    method=lambda cell: cell["http_request_method"].str.to_uppercase(),
    url="url",
    scheme=lambda cell: cell["protocol"].str.to_lowercase(),
    status=positive("http_status_code"),
    bytes_sent="bytes_sent",
    bytes_received="bytes_received",
    referrer="referrer_url",
    user_agent="user_agent_string",
)
_CONNECT: Final = (
    '"16/12/2023","07:05:25","jane.doe@force.example","PC-7","News,Other","Allowed",'
    '"Business Usage,None","Default","www.example.com:443/","203.0.113.5","203.0.113.9",'
    '"10.1.2.3","None","None","Mozilla/5.0 (X11)","200","Connect"'
)
CSV: Final = Format(
    name="forcepoint-csv",
    title="Forcepoint Web Security Cloud, CSV export",
    definition="Forcepoint Web Security Cloud, Log Export SIEM tool",
    reader=_READER,
    learns=date_order("date"),
    columns=_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note="Byte counts only where the export was set up with them.",
    rank=6,
    samples=(
        Sample(
            _CONNECT,
            "time=2023-12-16T07:05:25Z user=jane.doe@force.example client_ip=10.1.2.3"
            " method=CONNECT url=www.example.com:443/ status=200 action=allowed"
            " user_agent=Mozilla/5.0 (X11) evidence=connect setup=yes",
        ),
        Sample(
            _CONNECT.replace("www.example.com:443/", "https://www.example.com/a?b=c").replace(
                "Connect", "Get"
            ),
            "time=2023-12-16T07:05:25Z user=jane.doe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=('"16/12/2023","07:05:25","jdoe","Allowed","www.example.com"',),
)
