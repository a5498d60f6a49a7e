"""Forcepoint Web Security and Websense: CEF, LEEF and key=value syslog.

Definitions: Forcepoint, SIEM integration of Web Protection (templates for ArcSight, QRadar and
Splunk: `in=%<bytesSent>` and `out=%<bytesReceived>`, so CEF's `in` is what the user sent).
Key=value and LEEF lines have no time of their own. The cloud's export is in `forcepoint_cloud`.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.cef import CefEvent, LeefEvent
from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import Expressions, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation
from logan.formats.engine.verdicts import decided

_NO_CLOCK: Final = "The line has no time of its own: it is the syslog header's."


def _person(user: str) -> Derivation:
    """The account that logged on, else the directory's entry for the person.

    `LDAP://server OU=..,DC=../Name` names the server that answered first: one person asks several,
    so it is left out; the rest tells people of one name apart.
    """

    def person(cell: Cells) -> pl.Expr:
        login = cell["loginID"]
        entry = cell[user].str.replace(r"^(?:LDAP|WinNT)://[^ /]* *", "")
        entry = entry.str.replace_all(r"\\([,=\\])", "${1}")
        return pl.coalesce(pl.when(login != "-").then(login), entry)

    return person


def decide(word: pl.Expr, status: pl.Expr) -> pl.Expr:
    """The product's own word; a 407 is its challenge. `confirm` and `quota` pages stop the request
    until the user goes on, which is a request of its own."""
    said = pl.when(status == 407).then(pl.lit("407")).otherwise(word)
    return decided(
        said,
        allowed="permitted|allowed|continued?",
        blocked="blocked|denied|confirm.*|quota.*",
        challenged="407|authenticat.*",
    )


def _positive(cell: pl.Expr) -> pl.Expr:
    number = integer(cell)
    return pl.when(number > 0).then(number)


def _instant(cell: Cells) -> Expressions:
    return {"time": pl.coalesce(clock.epoch(cell["rt"]), clock.iso_offset(cell["rt"]))}


def _without_url(name: str) -> Derivation:
    """What is known of a request beside its address, where that lacks."""
    return lambda cell: pl.when(cell["request"].is_null()).then(cell[name])


_CEF: Final = Columns(
    time=Stamp("utc", _instant),
    user=_person("suser"),
    client_ip="src",
    action=lambda cell: decide(cell["act"], pl.lit(None, dtype=pl.Int64)),
    method="requestMethod",
    scheme=_without_url("app"),
    url="request",
    host=_without_url("dhost"),
    port=lambda cell: integer(_without_url("dpt")(cell)),
    bytes_sent="in",
    bytes_received="out",
    referrer="RefererURL",
    user_agent="requestClientApplication",
)
CEF: Final = Format(
    name="forcepoint-cef",
    title="Forcepoint Web Security, CEF",
    definition="Forcepoint, SIEM integration (ArcSight template)",
    reader=CefEvent(
        needs={
            "@vendor": "Forcepoint|Websense",
            "@product": "Security",
            "act": ".+",
            "request|dhost": ".+",
            "rt": r"[0-9]{10,13}|[0-9]{4}-[0-9]{2}-[0-9]{2}T.+",
        },
    ),
    columns=_CEF,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
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


def _leef_status(cell: Cells) -> pl.Expr:
    """The site's status, else the proxy's own."""
    return pl.coalesce(_positive(cell["serverStatus-code"]), _positive(cell["proxyStatus-code"]))


def _leef_action(cell: Cells) -> pl.Expr:
    word = cell["@event"].str.strip_prefix("transaction:")
    return decide(word, integer(cell["proxyStatus-code"]))


_LEEF: Final = Columns(
    time=None,
    user=_person("usrName"),
    client_ip="src",
    action=_leef_action,
    method="method",
    url="url",
    status=_leef_status,
    bytes_sent="srcBytes",
    bytes_received="dstBytes",
    referrer="RefererURL",
    user_agent="userAgent",
)
LEEF: Final = Format(
    name="forcepoint-leef",
    title="Forcepoint Web Security, LEEF",
    definition="Forcepoint, SIEM integration (QRadar template)",
    reader=LeefEvent(
        needs={
            "@vendor": "Forcepoint|Websense",
            "@event": "transaction:.+",
            "src": ".+",
            "url": ".+",
        }
    ),
    columns=_LEEF,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=_NO_CLOCK,
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
_KEYS: Final = (
    "vendor product product_version action severity category user loginID src_host "
    "src_port dst_host dst_ip dst_port bytes_out bytes_in http_response http_method "
    "http_content_type http_user_agent http_proxy_status_code reason disposition policy "
    "role duration url logRecordSource referrer "
)
_PAIRS: Final = Columns(
    time=None,
    user=_person("user"),
    client_ip="src_host",
    action=lambda cell: decide(cell["action"], integer(cell["http_proxy_status_code"])),
    method="http_method",
    url=lambda cell: cell["url"].str.extract("^([^ ]+)"),
    status=lambda cell: _positive(cell["http_response"]),
    bytes_sent="bytes_out",
    bytes_received="bytes_in",
    referrer="referrer",
    user_agent="http_user_agent",
)
KEY_VALUE: Final = Format(
    name="forcepoint-kv",
    title="Forcepoint and Websense Web Security, key=value",
    definition="Forcepoint, SIEM integration (syslog/key-value template, since Websense 7.7)",
    reader=KeyValue(
        pairs=Pairs(
            before="^(?:<[0-9]+>)?|^.*? | ",
            keys=tuple(_KEYS.split()),
            ends="",
            quotes=False,
            escapes=(),
            missing=("", "-"),
        ),
        needs={
            "vendor": "(?:Websense|Forcepoint).*",
            "action": ".+",
            "src_host": ".+",
            "url": ".+",
        },
    ),
    columns=_PAIRS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=_NO_CLOCK,
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
