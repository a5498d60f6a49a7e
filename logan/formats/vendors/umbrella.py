"""Cisco Umbrella and Secure Access: DNS, web (proxy) and IP logs as exported to S3, CSV.

Definition: docs.umbrella.com, Umbrella User Guide: Log Formats and Versioning; DNS, Web and IP Log
Formats. Every cell is quoted; columns were only ever added at the end, so old and new lines can
stand in one file. Times are UTC. A header row is optional (version 11 and later).
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Format, Head, Layout, Shows, integer
from logan.formats.engine.delimited import Rows, positions
from logan.formats.engine.verdicts import decided, tunnelled

_TIME: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_ADDRESS: Final = "[0-9A-Fa-f:.]*"
_NUMBER: Final = "[0-9]*"
_DEFINITION: Final = "docs.umbrella.com, Log Formats and Versioning"
#: Identity types that are people; the others are networks, tunnels and devices.
_PEOPLE: Final = "(?i)user"
#: How accounts from a directory are shown: `Jane Doe (jane.doe@force.example)`.
_ACCOUNT: Final = r"@|\\"

DNS: Final = Rows(
    needs={
        "time": _TIME,
        "internal ip": _ADDRESS,
        "action": "(?i:allowed|blocked|proxied)",
        "query type": r"[0-9]+(?: \([A-Za-z0-9_-]*\))?",
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
)
_DNS_COLUMNS: Final = positions(
    (
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
)
WEB: Final = Rows(
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
)
_WEB_COLUMNS: Final = positions(
    (
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
)
_PORT: Final = "[0-9]{1,5}"
IP: Final = Rows(
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
)
_IP_COLUMNS: Final = positions(
    (
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
)
_BLIND: Final = "it names destination addresses only, never hosts: it cannot show visits"


def _named(rows: Rows, columns: Layout, head: Head) -> Layout:
    """The columns by the optional header; else by their places."""
    return rows.header(head) or columns


def _user(cell: dict[str, pl.Expr]) -> pl.Expr:
    """The identity, if its type says a person; in lines without a type, if it is an account's."""
    person = cell["identity"].str.contains(_ACCOUNT)
    people = pl.coalesce(cell["identity type"].str.contains(_PEOPLE), person)
    return pl.when(people).then(cell["identity"])


def _utc(cell: pl.Expr) -> pl.Expr:
    return clock.naive(cell, "%Y-%m-%d %H:%M:%S").dt.replace_time_zone("UTC")


def _decision(word: pl.Expr) -> pl.Expr:
    """Proxied: sent on to the selective proxy. Past a warning or in isolation the user went on."""
    return decided(word, allowed="allowed|proxied|warned|isolated", blocked="blocked")


def _dns_columns(layout: Layout) -> Columns:
    cell = DNS.cells(layout)
    return {
        "reason": DNS.reason(layout),
        "time": _utc(cell["time"]),
        "user": _user(cell),
        "client_ip": cell["internal ip"],
        "host": cell["domain"],
        "action": _decision(cell["action"]),
        "evidence": pl.lit("dns"),
    }


def _web_columns(layout: Layout) -> Columns:
    cell = WEB.cells(layout)
    return {
        "reason": WEB.reason(layout),
        "time": _utc(cell["time"]),
        "user": _user(cell),
        "client_ip": cell["internal ip"],
        "method": cell["method"],
        "url": cell["url"],
        "status": integer(cell["status"]),
        "action": _decision(cell["action"]),
        "bytes_sent": integer(cell["request size"]),
        "bytes_received": integer(cell["response size"]),
        "referrer": cell["referer"],
        "user_agent": cell["user agent"],
        "evidence": tunnelled(cell["method"]),
    }


def _ip_columns(layout: Layout) -> Columns:
    cell = IP.cells(layout)
    return {
        "reason": IP.reason(layout),
        "time": _utc(cell["time"]),
        "user": _user(cell),
        "client_ip": cell["source ip"],
        "host": cell["destination ip"],
        "port": integer(cell["destination port"]),
        "evidence": pl.lit("connect"),
    }


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`"2024-01-01 09:`, where the time is the first column."""
    found = re.match('"?[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:', line)
    return found.span() if found and layout.names[:1] == ("time",) else None


_DNS_LINE: Final = (
    '"2024-01-16 17:48:41","Doe, Jane (HQ) (Jane.Doe@force.example)",'
    '"Doe, Jane (HQ) (Jane.Doe@force.example),Site 7","10.10.1.100","203.0.113.133","Allowed",'
    '"1 (A)","NOERROR","www.example.com.","Search Engines,Photo Sharing"'
)
DNS_LOG: Final = Format(
    name="umbrella-dns",
    title="Cisco Umbrella DNS log",
    definition=_DEFINITION,
    shows=Shows(user=True, evidence=("dns",), bytes="none", clock="utc"),
    check=DNS.check,
    signs=DNS.signs,
    prepare=DNS.prepare,
    columns=_dns_columns,
    layout=lambda head: _named(DNS, _DNS_COLUMNS, head),
    follow=DNS.follow,
    stamp_span=_stamp_span,
    framing="csv",
    rank=6,
    samples=(
        _DNS_LINE,
        _DNS_LINE + ',"AD Users","AD Users,Sites",""',
        _DNS_LINE.replace('","', '", "') + ', "Networks","Networks","","","","2204063"',
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
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="utc",
        note="The method stands in lines of version 5 and later only.",
    ),
    check=WEB.check,
    signs=WEB.signs,
    prepare=WEB.prepare,
    columns=_web_columns,
    layout=lambda head: _named(WEB, _WEB_COLUMNS, head),
    follow=WEB.follow,
    stamp_span=_stamp_span,
    framing="csv",
    rank=6,
    samples=(
        _WEB_LINE + ',"","Search Engines","","","","",""',
        _WEB_LINE + _WEB_MIDDLE + ',"POST","","","a.jpg","1","2",""',
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
    shows=Shows(
        user=True,
        evidence=("connect",),
        bytes="none",
        clock="utc",
        note="Names addresses only: cannot show visits to sites.",
    ),
    check=IP.check,
    signs=IP.signs,
    prepare=IP.prepare,
    columns=_ip_columns,
    layout=lambda head: _ip_layout(head),
    follow=IP.follow,
    stamp_span=_stamp_span,
    framing="csv",
    rank=6,
    samples=(_IP_LINE, _IP_LINE + ',"Roaming Computers"'),
    near_misses=(_DNS_LINE, _IP_LINE.replace("55605", "web")),
)


def _ip_layout(head: Head) -> Layout:
    layout = _named(IP, _IP_COLUMNS, head)
    fits = any(IP.check(line, layout) is None for line in head.lines)
    return layout._replace(blind=_BLIND if fits else None)


FORMATS: Final = (DNS_LOG, WEB_LOG, IP_LOG)
