"""Cisco Umbrella and Secure Access: DNS, web (proxy) and IP logs as exported to S3, CSV.

Definition: docs.umbrella.com, Umbrella User Guide: Log Formats and Versioning; DNS, Web and IP Log
Formats. Every cell is quoted; columns were only ever added at the end, so old and new lines can
stand in one file. Times are UTC. A header row is optional (version 11 and later). Whether the web
log has the CONNECT of a tunnel that was opened is said neither there nor of HTTPS inspection.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, NOT_LOGGED, Columns, sees
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Layout
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import utc
from logan.formats.engine.values import Cells, matched

_TIME: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_ADDRESS: Final = "[0-9A-Fa-f:.]*"
_NUMBER: Final = "[0-9]*"
_DEFINITION: Final = "docs.umbrella.com, Log Formats and Versioning"
#: Identity types that are people; the others are networks, tunnels and devices.
_PEOPLE: Final = "(?i)user"
#: How accounts from a directory are shown: `Jane Doe (jane.doe@force.example)`.
_ACCOUNT: Final = r"@|\\"


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`"2024-01-01 09:`, where the time is the first column."""
    found = re.match('"?[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:', line)
    return found.span() if found and layout.names[:1] == ("time",) else None


_DNS_READER: Final = Delimited(
    needs={
        "time": _TIME,
        "internal ip": _ADDRESS,
        "action": "(?i:allowed|blocked|proxied)",
        "query type": r"[0-9]+(?: \([A-Za-z0-9_-]*\))?|Other(?: \([0-9]+\))?",
        "domain": "[^ ]+",
    },
    aliases={
        "time": ("timestamp", "date"),
        "identity": ("most granular identity", "policy identity", "policy identity label"),
        "internal ip": ("internal ip address", "internal client ip"),
        "action": (),
        "query type": ("record type",),
        "domain": ("destination",),
        "identity type": ("most granular identity type", "policy identity type"),
    },
    order=(
        "time",
        "identity",
        "identities",
        "internal ip",
        "external ip",
        "action",
        "query type",
        "response code",
        "domain",
        "categories",
        "identity type",
        "identity types",
        "blocked categories",
    ),
    least=10,
    open_end=True,
    stamp_span=_stamp_span,
)
_WEB_READER: Final = Delimited(
    needs={
        "time": _TIME,
        "internal ip": _ADDRESS,
        "action": "(?i:allowed|blocked|warned|isolated|proxied)",
        "url": ".+",
        "status": _NUMBER,
        "request size": _NUMBER,
        "response size": _NUMBER,
    },
    aliases={
        "time": ("timestamp", "date"),
        "identity": ("policy identity label", "policy identity", "identities"),
        "internal ip": ("internal client ip",),
        "action": ("verdict",),
        "url": (),
        "referer": ("referrer",),
        "user agent": (),
        "status": ("status code",),
        "request size": (),
        "response size": (),
        "identity type": ("policy identity type",),
        "method": ("request method",),
    },
    order=(
        "time",
        "identity",
        "internal ip",
        "external ip",
        "destination ip",
        "content type",
        "action",
        "url",
        "referer",
        "user agent",
        "status",
        "request size",
        "response size",
        "response body size",
        "sha256",
        "categories",
        "av detections",
        "puas",
        "amp disposition",
        "amp malware name",
        "amp score",
        "identity type",
        "blocked categories",
        "identities",
        "identity types",
        "method",
    ),
    least=14,
    open_end=True,
    stamp_span=_stamp_span,
)
_PORT: Final = "[0-9]{1,5}"
_IP_READER: Final = Delimited(
    needs={
        "time": _TIME,
        "source ip": "[0-9A-Fa-f:.]+",
        "source port": _PORT,
        "destination ip": "[0-9A-Fa-f:.]+",
        "destination port": _PORT,
    },
    aliases={
        "time": ("timestamp", "date"),
        "identity": ("identities",),
        "source ip": (),
        "source port": (),
        "destination ip": (),
        "destination port": (),
        "identity type": ("identity types",),
    },
    order=(
        "time",
        "identity",
        "source ip",
        "source port",
        "destination ip",
        "destination port",
        "categories",
        "identity type",
    ),
    least=7,
    open_end=True,
    stamp_span=_stamp_span,
)
_BLIND: Final = "it names destination addresses only, never hosts: it cannot show visits"


def _user(cell: Cells) -> pl.Expr:
    """The identity, if its type says a person; in lines without a type, if it is an account's."""
    person = cell["identity"].str.contains(_ACCOUNT)
    people = pl.coalesce(cell["identity type"].str.contains(_PEOPLE), person)
    return pl.when(people).then(cell["identity"])


_STAMP: Final = utc("time", "%Y-%m-%d %H:%M:%S")
#: Proxied: sent on to the selective proxy. Past a warning or in isolation the user went on.
_DECISION: Final = matched("action", allowed="allowed|proxied|warned|isolated", blocked="blocked")
_DNS: Final = Columns(
    time=_STAMP,
    user=_user,
    client_ip="internal ip",
    action=_DECISION,
    host="domain",
    evidence=sees("dns"),
)
_WEB: Final = Columns(
    time=_STAMP,
    user=_user,
    client_ip="internal ip",
    action=_DECISION,
    method="method",
    url="url",
    status="status",
    bytes_sent="request size",
    bytes_received="response size",
    referrer="referer",
    user_agent="user agent",
)
_IP: Final = Columns(
    time=_STAMP,
    user=_user,
    client_ip="source ip",
    action=None,
    host="destination ip",
    port="destination port",
)
_DNS_LINE: Final = (
    '"2024-01-16 17:48:41","Doe, Jane (HQ) (Jane.Doe@force.example)",'
    '"Doe, Jane (HQ) (Jane.Doe@force.example),Site 7","10.10.1.100","203.0.113.133","Allowed",'
    '"1 (A)","NOERROR","www.example.com.","Search Engines,Photo Sharing"'
)
DNS_LOG: Final = Format(
    name="umbrella-dns",
    title="Cisco Umbrella DNS log",
    definition=_DEFINITION,
    reader=_DNS_READER,
    columns=_DNS,
    tunnels=NOT_LOGGED,
    rank=6,
    samples=(
        Sample(
            _DNS_LINE,
            "time=2024-01-16T17:48:41Z user=Doe, Jane (HQ) (Jane.Doe@force.example)"
            " client_ip=10.10.1.100 url=www.example.com action=allowed evidence=dns",
        ),
        Sample(
            _DNS_LINE + ',"AD Users","AD Users,Sites",""',
            "time=2024-01-16T17:48:41Z user=Doe, Jane (HQ) (Jane.Doe@force.example)"
            " client_ip=10.10.1.100 url=www.example.com action=allowed evidence=dns",
        ),
        Sample(
            _DNS_LINE.replace('","', '", "') + ', "Networks","Networks","","","","2204063"',
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
_WEB_LINE: Final = (
    '"2024-01-16 17:48:41","Doe, Jane (Jane.Doe@force.example)","10.10.1.100","203.0.113.133",'
    '"192.0.2.7","text/html","ALLOWED","https://www.example.com/a?b=""c"",d",'
    '"https://example.org/","Mozilla/5.0 (X11, Linux)","200","562","1489","1024"'
)
_WEB_MIDDLE: Final = (
    ',"","Search Engines","","","","","","AD Users","","Jane Doe,Site","AD Users,Sites"'
)
WEB_LOG: Final = Format(
    name="umbrella-web",
    title="Cisco Umbrella web (proxy) log",
    definition=_DEFINITION,
    reader=_WEB_READER,
    columns=_WEB,
    tunnels=NOT_DOCUMENTED,
    note="The method stands in lines of version 5 and later only.",
    rank=6,
    samples=(
        Sample(
            _WEB_LINE + ',"","Search Engines","","","","",""',
            "time=2024-01-16T17:48:41Z user=Doe, Jane (Jane.Doe@force.example)"
            ' client_ip=10.10.1.100 url=https://www.example.com/a?b="c",d status=200'
            " action=allowed bytes_sent=562 bytes_received=1489"
            " referrer=https://example.org/ user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
        ),
        Sample(
            _WEB_LINE + _WEB_MIDDLE + ',"POST","","","a.jpg","1","2",""',
            "time=2024-01-16T17:48:41Z user=Doe, Jane (Jane.Doe@force.example)"
            ' client_ip=10.10.1.100 method=POST url=https://www.example.com/a?b="c",d'
            " status=200 action=allowed bytes_sent=562 bytes_received=1489"
            " referrer=https://example.org/ user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
        ),
    ),
    near_misses=(
        _DNS_LINE,
        _WEB_LINE.replace("ALLOWED", "text"),
    ),
)
_IP_LINE: Final = (
    '"2024-01-16 17:48:41","WS-12","10.10.1.100","55605", "203.0.113.9","443",'
    '"Unauthorized IP Tunnel Access"'
)
IP_LOG: Final = Format(
    name="umbrella-ip",
    title="Cisco Umbrella IP log",
    definition=_DEFINITION,
    reader=_IP_READER,
    learns=names_no_host_unless(lambda _: False, _BLIND),
    columns=_IP,
    tunnels=NOT_LOGGED,
    note="Names addresses only: cannot show visits to sites.",
    rank=6,
    samples=(
        Sample(
            _IP_LINE,
            "time=2024-01-16T17:48:41Z client_ip=10.10.1.100 url=203.0.113.9:443"
            " action=unknown evidence=connect",
        ),
        Sample(
            _IP_LINE + ',"Roaming Computers"',
            "time=2024-01-16T17:48:41Z client_ip=10.10.1.100 url=203.0.113.9:443"
            " action=unknown evidence=connect",
        ),
    ),
    near_misses=(_DNS_LINE, _IP_LINE.replace("55605", "web")),
)
