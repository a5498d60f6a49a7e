"""Sophos UTM web protection: one line for each request.

Definition: docs.sophos.com, Sophos UTM, Web Filtering log (httpproxy: the stamp is wall clock).
"""

from typing import Final

import polars as pl

from logan.formats.engine.cef import with_domain
from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import TEXT
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, positive
from logan.formats.vendors.sophos import verdict

_STAMP: Final = (
    r"([0-9]{4}:[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}:[0-9]{2}) [^ ]+ httpproxy\[[0-9]*\]: "
)


def _stamp(_cell: Cells) -> pl.Expr:
    return TEXT.str.extract(_STAMP, 1)


_LINE: Final = (
    '2024:01:22-06:09:59 utm1 httpproxy[5207]: id="0001" severity="info" sys="SecureWeb" '
    'sub="http" name="http access" action="pass" method="GET" srcip="10.1.2.3" '
    'dstip="203.0.113.9" user="jdoe" ad_domain="FORCE" statuscode="200" cached="0" size="10750" '
    'request="0xe39fe800" url="http://www.example.com/a?b=c" referer="http://example.org/" '
    'error="" auth="2" ua="Mozilla/5.0 (X11)" categoryname="News" content-type="text/html"'
)
UTM: Final = Format(
    name="sophos-utm",
    title="Sophos UTM web protection (httpproxy)",
    definition="docs.sophos.com, Sophos UTM, Web Filtering log",
    reader=KeyValue(
        needs={"sys": "SecureWeb", "sub": "http", "srcip": ".+", "id": "[0-9]{4}"},
        beside={"time": (_STAMP,)},
    ),
    columns=Columns(
        time=local(_stamp, "%Y:%m:%d-%H:%M:%S"),
        user=lambda cell: with_domain(cell["user"], cell["ad_domain"]),
        client_ip="srcip",
        method="method",
        url="url",
        status=positive("statuscode"),
        action=verdict("action", status="statuscode"),
        bytes_received="size",
        referrer="referer",
        user_agent="ua",
    ),
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-22T06:09:59Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=10750 referrer=http://example.org/ user_agent=Mozilla/5.0"
            " (X11) evidence=url",
        ),
    ),
    near_misses=(_LINE.replace("httpproxy", "afcd"), _LINE.replace('sub="http"', 'sub="ips"')),
)
