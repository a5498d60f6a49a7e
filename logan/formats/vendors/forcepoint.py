"""Forcepoint Web Security and Websense: CEF, LEEF, key=value syslog, and the cloud's CSV export.

Definitions: Forcepoint, SIEM integration of Web Protection (templates for ArcSight, QRadar and
Splunk: `in=%<bytesSent>` and `out=%<bytesReceived>`, so CEF's `in` is what the user sent);
Forcepoint Web Security Cloud, Log Export SIEM tool (columns are chosen by the customer, dates are
written by the account's locale). Key=value and LEEF lines have no time of their own.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.base import Columns, Format, Head, Layout, Sample, Shows, integer
from logan.formats.engine.cef import Event, LeefEvent
from logan.formats.engine.delimited import Rows, positions, split
from logan.formats.engine.keyvalue import PairFormat, Pairs
from logan.formats.engine.verdicts import decided, tunnelled

_BOTH: Final = Shows(user=True, evidence=("url", "connect"), bytes="both", clock="utc")
_NO_CLOCK: Final = Shows(
    user=True,
    evidence=("url", "connect"),
    bytes="both",
    clock="local",
    note="The line has no time of its own: it is the syslog header's.",
)


def _person(login: pl.Expr, user: pl.Expr) -> pl.Expr:
    """The account that logged on, else the directory's entry for the person.

    `LDAP://server OU=..,DC=../Name` names the server that answered first: one person asks several,
    so it is left out; the rest tells people of one name apart.
    """
    entry = user.str.replace(r"^(?:LDAP|WinNT)://[^ /]* *", "").str.replace_all(
        r"\\([,=\\])", "${1}"
    )
    return pl.coalesce(pl.when(login != "-").then(login), entry)


def _decision(word: pl.Expr, status: pl.Expr) -> pl.Expr:
    """The product's own word; a 407 is its challenge. `confirm` and `quota` pages stop the request
    until the user goes on, which is a request of its own."""
    said = pl.when(status == 407).then(pl.lit("407")).otherwise(word)
    return decided(
        said,
        allowed="permitted|allowed|continued?",
        blocked="blocked|denied|confirm.*|quota.*",
        challenged="407|authenticat.*",
    )


_CEF: Final = Event(
    keys=(
        "app",
        "dhost",
        "dpt",
        "src",
        "suser",
        "loginID",
        "rt",
        "in",
        "out",
        "requestMethod",
        "requestClientApplication",
        "request",
        "RefererURL",
    ),
    needs={
        "@vendor": "Forcepoint|Websense",
        "@product": "Security",
        "act": ".+",
        "request|dhost": ".+",
        "rt": r"[0-9]{10,13}|[0-9]{4}-[0-9]{2}-[0-9]{2}T.+",
    },
)


def _cef_columns(layout: Layout) -> Columns:
    del layout
    cell = _CEF.cells
    url = cell["request"]
    null = pl.lit(None, dtype=pl.Int64)
    return {
        "reason": _CEF.reason(),
        "time": pl.coalesce(clock.epoch(cell["rt"]), clock.iso_offset(cell["rt"])),
        "client_ip": cell["src"],
        "user": _person(cell["loginID"], cell["suser"]),
        "method": cell["requestMethod"],
        "scheme": pl.when(url.is_null()).then(cell["app"]),
        "url": url,
        "host": pl.when(url.is_null()).then(cell["dhost"]),
        "port": pl.when(url.is_null()).then(integer(cell["dpt"])),
        "action": _decision(cell["act"], null),
        "bytes_sent": integer(cell["in"]),
        "bytes_received": integer(cell["out"]),
        "referrer": cell["RefererURL"],
        "user_agent": cell["requestClientApplication"],
        "evidence": tunnelled(cell["requestMethod"]),
        "setup": cell["requestMethod"].str.to_uppercase() == "CONNECT",
    }


CEF: Final = Format(
    name="forcepoint-cef",
    title="Forcepoint Web Security, CEF",
    definition="Forcepoint, SIEM integration (ArcSight template)",
    shows=_BOTH,
    check=_CEF.check,
    signs=_CEF.signs,
    prepare=_CEF.prepare,
    columns=_cef_columns,
    rank=7,
    samples=(
        Sample(
            "CEF:0|Forcepoint|Security|8.5.4|9|Transaction permitted|1| act=permitted app=https "
            "dvc=10.0.0.2 dst=203.0.113.9 dhost=www.example.com dpt=443 src=10.1.2.3 "
            "suser=LDAP://10.0.0.5 OU\\=cid,DC\\=force/DOE loginID=FORCE\\\\jdoe rt=1704103200000 "
            "in=640 out=5120 requestMethod=GET requestClientApplication=Mozilla/5.0 (X11) reason=- "
            "cs1Label=Policy cs1=Default request=https://www.example.com/a?b\\=c",
            "time=2024-01-01T10:00:00Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c action=allowed bytes_sent=640"
            " bytes_received=5120 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=("CEF:0|Forcepoint|NGFW|6.8|1|Traffic Denied|5|act=Deny src=10.1.2.3 dpt=53",),
)

_LEEF: Final = LeefEvent(
    keys=(
        "usrName",
        "loginID",
        "srcBytes",
        "dstBytes",
        "proxyStatus-code",
        "serverStatus-code",
        "method",
        "RefererURL",
        "userAgent",
        "url",
    ),
    needs={
        "@vendor": "Forcepoint|Websense",
        "@event": "transaction:.+",
        "src": ".+",
        "url": ".+",
    },
)


def _leef_columns(layout: Layout) -> Columns:
    del layout
    cell = _LEEF.cells
    server, own = integer(cell["serverStatus-code"]), integer(cell["proxyStatus-code"])
    return {
        "reason": _LEEF.reason(),
        "client_ip": cell["src"],
        "user": _person(cell["loginID"], cell["usrName"]),
        "method": cell["method"],
        "url": cell["url"],
        "status": pl.when(server > 0).then(server).when(own > 0).then(own),
        "action": _decision(cell["@event"].str.strip_prefix("transaction:"), own),
        "bytes_sent": integer(cell["srcBytes"]),
        "bytes_received": integer(cell["dstBytes"]),
        "referrer": cell["RefererURL"],
        "user_agent": cell["userAgent"],
        "evidence": tunnelled(cell["method"]),
        "setup": cell["method"].str.to_uppercase() == "CONNECT",
    }


LEEF: Final = Format(
    name="forcepoint-leef",
    title="Forcepoint Web Security, LEEF",
    definition="Forcepoint, SIEM integration (QRadar template)",
    shows=_NO_CLOCK,
    check=_LEEF.check,
    signs=_LEEF.signs,
    prepare=_LEEF.prepare,
    columns=_leef_columns,
    rank=7,
    samples=(
        Sample(
            "<159>2024-01-01T10:00:00Z gw LEEF:1.0|Forcepoint|Security|8.5.3|transaction:blocked|"
            "cat=1504\tusrName=jdoe\tloginID=jdoe\tsrc=10.1.2.3\tsrcPort=34311\tsrcBytes=640\tdstBytes=0\t"
            "dst=203.0.113.9\tdstPort=443\tproxyStatus-code=403\tserverStatus-code=0\tmethod=POST\t"
            "userAgent=Mozilla/5.0 (X11)\turl=https://www.example.com/a?b=c",
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com/a?b=c status=403 action=blocked bytes_sent=640"
            " bytes_received=0 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=("LEEF:1.0|Forcepoint|NGFW|6.5|traffic:denied|src=10.1.2.3\turl=-",),
)

_KEYS: Final = [
    "vendor",
    "product",
    "product_version",
    "action",
    "severity",
    "category",
    "user",
    "loginID",
    "src_host",
    "src_port",
    "dst_host",
    "dst_ip",
    "dst_port",
    "bytes_out",
    "bytes_in",
    "http_response",
    "http_method",
    "http_content_type",
    "http_user_agent",
    "http_proxy_status_code",
    "reason",
    "disposition",
    "policy",
    "role",
    "duration",
    "url",
    "logRecordSource",
    "referrer",
]
_PAIRS: Final = PairFormat(
    pairs=Pairs(
        before="^(?:<[0-9]+>)?|^.*? | ",
        keys=tuple(_KEYS),
        ends="",
        quotes=False,
        escapes=(),
        missing=("", "-"),
    ),
    keys=(
        "user",
        "loginID",
        "bytes_out",
        "bytes_in",
        "http_response",
        "http_proxy_status_code",
        "http_method",
        "http_user_agent",
        "referrer",
    ),
    needs={"vendor": "(?:Websense|Forcepoint).*", "action": ".+", "src_host": ".+", "url": ".+"},
)


def _pair_columns(layout: Layout) -> Columns:
    del layout
    cell = _PAIRS.cells
    status = integer(cell["http_response"])
    return {
        "reason": _PAIRS.reason(),
        "client_ip": cell["src_host"],
        "user": _person(cell["loginID"], cell["user"]),
        "method": cell["http_method"],
        "url": cell["url"].str.extract("^([^ ]+)"),
        "status": pl.when(status > 0).then(status),
        "action": _decision(cell["action"], integer(cell["http_proxy_status_code"])),
        "bytes_sent": integer(cell["bytes_out"]),
        "bytes_received": integer(cell["bytes_in"]),
        "referrer": cell["referrer"],
        "user_agent": cell["http_user_agent"],
        "evidence": tunnelled(cell["http_method"]),
        "setup": cell["http_method"].str.to_uppercase() == "CONNECT",
    }


KEY_VALUE: Final = Format(
    name="forcepoint-kv",
    title="Forcepoint and Websense Web Security, key=value",
    definition="Forcepoint, SIEM integration (syslog/key-value template, since Websense 7.7)",
    shows=_NO_CLOCK,
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    prepare=_PAIRS.prepare,
    columns=_pair_columns,
    rank=6,
    samples=(
        Sample(
            "<134>2024-01-01T10:00:00Z gw vendor=Websense product=Security product_version=7.7.0 "
            "action=permitted severity=1 category=9 user=LDAP://dc1 OU=cid,DC=force/DOE\\, Jane "
            "src_host=10.1.2.3 src_port=61435 dst_host=www.example.com dst_port=443 "
            "bytes_out=640 bytes_in=5120 http_response=200 http_method=GET "
            "http_content_type=text/html;charset=UTF-8 http_user_agent=Mozilla/5.0 (X11; rv:1.7) "
            "http_proxy_status_code=200 reason=- disposition=1026 policy=role-8**Default role=4 "
            "duration=63 url=https://www.example.com/a?b=c",
            "time=2024-01-01T10:00:00Z user=OU=cid,DC=force/DOE, Jane client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11; rv:1.7)"
            " evidence=url",
        ),
    ),
    near_misses=("vendor=Websense product=Security action=permitted user=jdoe",),
)

#: The columns of the export as its documentation proposes them.
_ORDER: Final = (
    "date",
    "time",
    "user",
    "workstation",
    "category",
    "action",
    "risk_class",
    "policy_name",
    "url",
    "connection_ip",
    "destination_ip",
    "source_ip",
    "threat_type",
    "threat_name",
    "user_agent_string",
    "http_status_code",
    "http_request_method",
)
_DAY: Final = r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}"
_ROWS: Final = Rows(
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
    separators=(",",),
)


def _stamps(head: Head, layout: Layout) -> Iterator[str]:
    """The dates of the lines that fit."""
    at = layout.names.index("date")
    for line in head.lines:
        if _ROWS.check(line, layout) is None and (values := split(line)):
            yield values[at]


def _csv_layout(head: Head) -> Layout:
    layout = _ROWS.header(head) or positions(_ORDER)
    return dates.with_order(layout, _stamps(head, layout))


def _csv_columns(layout: Layout) -> Columns:
    cell = _ROWS.cells(layout)
    stamp = pl.concat_str(cell["date"], pl.lit(" "), cell["time"])
    method = cell["http_request_method"].str.to_uppercase()
    status = integer(cell["http_status_code"])
    return {
        "reason": _ROWS.reason(layout),
        "local_time": dates.date_time(stamp, layout),
        "client_ip": pl.coalesce(cell["source_ip"], cell["connection_ip"]),
        "user": cell["user"],
        "method": method,
        "url": cell["url"],
        "scheme": cell["protocol"].str.to_lowercase(),
        "status": pl.when(status > 0).then(status),
        "action": _decision(cell["action"], status),
        "bytes_sent": integer(cell["bytes_sent"]),
        "bytes_received": integer(cell["bytes_received"]),
        "referrer": cell["referrer_url"],
        "user_agent": cell["user_agent_string"],
        "evidence": tunnelled(method),
        "setup": method == "CONNECT",
    }


CSV: Final = Format(
    name="forcepoint-csv",
    title="Forcepoint Web Security Cloud, CSV export",
    definition="Forcepoint Web Security Cloud, Log Export SIEM tool",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="none",
        clock="local",
        note="Byte counts only where the export was set up with them.",
    ),
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_csv_columns,
    layout=_csv_layout,
    follow=_ROWS.follow,
    framing="csv",
    rank=6,
    samples=(
        Sample(
            '"16/12/2023","07:05:25","jane.doe@force.example","PC-7","News,Other","Allowed",'
            '"Business Usage,None","Default","www.example.com:443/","203.0.113.5","203.0.113.9",'
            '"10.1.2.3","None","None","Mozilla/5.0 (X11)","200","Connect"',
            "time=2023-12-16T07:05:25Z user=jane.doe@force.example client_ip=10.1.2.3"
            " method=CONNECT url=www.example.com:443/ status=200 action=allowed"
            " user_agent=Mozilla/5.0 (X11) evidence=connect setup=yes",
        ),
    ),
    near_misses=('"16/12/2023","07:05:25","jdoe","Allowed","www.example.com"',),
)

FORMATS: Final = (CEF, LEEF, KEY_VALUE, CSV)
