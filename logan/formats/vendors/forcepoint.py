"""Forcepoint Web Security and Websense: CEF and LEEF.

Definitions: Forcepoint, SIEM integration of Web Protection (templates for ArcSight and QRadar:
`in=%<bytesSent>` and `out=%<bytesReceived>`, so CEF's `in` is what the user sent). LEEF lines have
no time of their own.
"""

from typing import Final

import polars as pl

from logan.formats.engine.cef import CefEvent, LeefEvent
from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import integer
from logan.formats.engine.stamps import epoch, first, iso_utc
from logan.formats.engine.values import Cells, Derivation, Given, beside, matched, positive

NO_CLOCK: Final = "The line has no time of its own: it is the syslog header's."


def person(user: str) -> Derivation:
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


def verdict(word: Given, *, status: Given | None = None) -> Derivation:
    """The product's own word, and its own status. `confirm` and `quota` pages stop the request
    until the user goes on, which is a request of its own."""
    return matched(
        word,
        allowed="permitted|allowed|continued?",
        blocked="blocked|denied|confirm.*|quota.*",
        challenged="authenticat.*",
        status=status,
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
    columns=Columns(
        time=first(epoch("rt"), iso_utc("rt")),
        user=person("suser"),
        client_ip="src",
        action=verdict("act"),
        method="requestMethod",
        scheme=beside("request", "app"),
        url="request",
        host=beside("request", "dhost"),
        port=lambda cell: integer(beside("request", "dpt")(cell)),
        bytes_sent="in",
        bytes_received="out",
        referrer="RefererURL",
        user_agent="requestClientApplication",
    ),
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


def _status(cell: Cells) -> pl.Expr:
    """The site's status, else the proxy's own."""
    codes = ("serverStatus-code", "proxyStatus-code")
    return pl.coalesce(positive(name)(cell) for name in codes)


def _word(cell: Cells) -> pl.Expr:
    return cell["@event"].str.strip_prefix("transaction:")


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
    columns=Columns(
        time=None,
        user=person("usrName"),
        client_ip="src",
        action=verdict(_word, status="proxyStatus-code"),
        method="method",
        url="url",
        status=_status,
        bytes_sent="srcBytes",
        bytes_received="dstBytes",
        referrer="RefererURL",
        user_agent="userAgent",
    ),
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=NO_CLOCK,
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
