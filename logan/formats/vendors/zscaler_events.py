"""Zscaler's web feed as CEF (ArcSight, Sentinel) and LEEF (QRadar).

Definitions: zscaler/microsoft-resources, ZIA log feeds (CEF: `in` is the size of the response,
`out` that of the request); the QRadar LEEF output type of NSS feeds (`srcBytes` is the request).
Some CEF templates put the site's public address into `src` and the user's own into
`sourceTranslatedAddress`: of the two the private one is the user's.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.cef import CefEvent, LeefEvent
from logan.formats.engine.format import Sample
from logan.formats.engine.values import Cells
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS

Names = Mapping[str, tuple[str, ...]]

_CEF_NAMES: Final[Names] = {
    "stamp": ("rt",),
    "zone": ("dtz",),
    "user": ("suser",),
    "location": ("spriv",),
    "client": ("src",),
    "public": ("sourceTranslatedAddress",),
    "url": ("request",),
    "host": ("dhost",),
    "method": ("requestMethod",),
    "status": ("outcome",),
    "sent": ("out",),
    "received": ("in",),
    "protocol": ("app",),
    "action": ("act",),
    "referrer": ("requestContext",),
    "agent": ("requestClientApplication",),
}
_LEEF_NAMES: Final[Names] = {
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
}
_PRIVATE: Final = (
    r"^(?:10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|f[cd]"
    r"|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.)"
)
_CEF: Final = CefEvent(
    needs={"@vendor": "Zscaler", "@product": "NSS(?:W|w)eb[Ll]og", "act": ACTION, "request": ".+"},
    aliases=_CEF_NAMES,
)
_LEEF: Final = LeefEvent(
    needs={"@vendor": "Zscaler", "@product": "NSS.*", "cat": ACTION, "url": ".+"},
    aliases=_LEEF_NAMES,
)


def _client(cell: Cells) -> pl.Expr:
    """The private one of the two addresses, where only the second is."""
    first, second = cell["client"], cell["public"]
    swapped = ~first.str.contains(_PRIVATE) & second.str.contains(_PRIVATE)
    return pl.when(swapped.fill_null(value=False)).then(second).otherwise(first)


_CEF_SAMPLE: Final = (
    "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3| act=Allowed reason=Allowed app=HTTPS cat=News "
    "dhost=www.example.com dst=203.0.113.9 src=10.1.2.3 sourceTranslatedAddress=192.0.2.7 in=5120 "
    "outcome=200 out=640 request=www.example.com/a?b\\=c rt=Jan 10 2024 13:55:36 "
    "requestContext=http://ref.example/ requestClientApplication=Mozilla/5.0 (X11) "
    "requestMethod=GET suser=jdoe@force.example spriv=HQ externalId=7"
)
_LEEF_SAMPLE: Final = (
    "LEEF:1.0|Zscaler|NSS|4.1|Allowed|cat=Allowed\tdevTime=Jan 10 2024 13:55:36 GMT\t"
    "devTimeFormat=MMM dd yyyy HH:mm:ss z\tsrc=10.1.2.3\tdst=203.0.113.9\tsrcPostNAT=192.0.2.7\t"
    "realm=HQ\tusrName=jdoe@force.example\tsrcBytes=640\tdstBytes=5120\trole=CID\tpolicy=Allowed\t"
    "url=www.example.com/a?b=c\trecordid=7\tuseragent=Mozilla/5.0 (X11)\t"
    "referer=http://ref.example/\thostname=www.example.com\tappproto=HTTPS\treqmethod=GET"
)
CEF: Final = replace(
    PAIRS,
    name="zscaler-cef",
    title="Zscaler NSS web feed, CEF",
    reader=_CEF,
    learns=None,
    columns=replace(COLUMNS, client_ip=_client),
    samples=(
        Sample(
            _CEF_SAMPLE,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 referrer=http://ref.example/"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
            also=(f"Jan 10 13:55:36 zscaler-nss {_CEF_SAMPLE}",),
        ),
    ),
    near_misses=(
        _CEF_SAMPLE.replace("NSSWeblog", "NSSFWlog"),
        _CEF_SAMPLE.replace("|Zscaler|", "|Example|"),
    ),
)
LEEF: Final = replace(
    PAIRS,
    name="zscaler-leef",
    title="Zscaler NSS web feed, LEEF",
    reader=_LEEF,
    learns=None,
    columns=COLUMNS,
    samples=(
        Sample(
            _LEEF_SAMPLE,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c action=allowed bytes_sent=640"
            " bytes_received=5120 referrer=http://ref.example/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
            also=(
                _LEEF_SAMPLE.replace("Jan 10 2024 13:55:36 GMT", "Wed Jan 10 13:55:36 UTC 2024"),
            ),
        ),
    ),
    near_misses=(_LEEF_SAMPLE.replace("|Zscaler|", "|Example|"),),
)
