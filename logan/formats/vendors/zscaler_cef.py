"""Zscaler's web feed as CEF (ArcSight, Sentinel).

Definition: zscaler/microsoft-resources, ZIA log feeds (`in` is the size of the response, `out` that
of the request). Some templates put the site's public address into `src` and the user's own into
`sourceTranslatedAddress`: of the two the private one is the user's.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.cef import CefEvent
from logan.formats.engine.format import Sample
from logan.formats.engine.values import Cells
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS

_PRIVATE: Final = (
    r"^(?:10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|f[cd]"
    r"|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.)"
)


def _client(cell: Cells) -> pl.Expr:
    """The private one of the two addresses, where only the second is."""
    first, second = cell["client"], cell["public"]
    swapped = ~first.str.contains(_PRIVATE) & second.str.contains(_PRIVATE)
    return pl.when(swapped.fill_null(value=False)).then(second).otherwise(first)


_LINE: Final = (
    "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3| act=Allowed reason=Allowed app=HTTPS cat=News "
    "dhost=www.example.com dst=203.0.113.9 src=10.1.2.3 sourceTranslatedAddress=192.0.2.7 in=5120 "
    "outcome=200 out=640 request=www.example.com/a?b\\=c rt=Jan 10 2024 13:55:36 "
    "requestContext=http://ref.example/ requestClientApplication=Mozilla/5.0 (X11) "
    "requestMethod=GET suser=jdoe@force.example spriv=HQ externalId=7"
)
CEF: Final = replace(
    PAIRS,
    name="zscaler-cef",
    title="Zscaler NSS web feed, CEF",
    reader=CefEvent(
        needs={
            "@vendor": "Zscaler",
            "@product": "NSS(?:W|w)eb[Ll]og",
            "act": ACTION,
            "request": ".+",
        },
        aliases={
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
        },
    ),
    learns=None,
    columns=replace(COLUMNS, client_ip=_client),
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 referrer=http://ref.example/"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
            also=(f"Jan 10 13:55:36 zscaler-nss {_LINE}",),
        ),
    ),
    near_misses=(
        _LINE.replace("NSSWeblog", "NSSFWlog"),
        _LINE.replace("|Zscaler|", "|Example|"),
    ),
)
