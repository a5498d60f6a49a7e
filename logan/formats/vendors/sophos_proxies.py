"""Sophos UTM web protection and Sophos Web Appliance: two proxies, one line for each request.

Definitions: docs.sophos.com, Sophos UTM, Web Filtering log (httpproxy: the stamp is wall clock);
nsg/swa, Interpreting Log Files (sophos_log: `in` comes from the client, `t` is the epoch, `act` is
negative where the request was stopped, bytes beyond ASCII are written `\\xNN`).
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.cef import with_domain
from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.escapes import backslash
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import TEXT, Expressions, integer
from logan.formats.engine.stamps import Stamp, epoch_seconds
from logan.formats.engine.values import Cells, positive
from logan.formats.vendors.sophos import verdict
from logan.schema import ACTION

_UTM_STAMP: Final = (
    r"([0-9]{4}:[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}:[0-9]{2}) [^ ]+ httpproxy\[[0-9]*\]: "
)
_REQUEST: Final = r"^(?P<method>[A-Z]+) (?P<url>[^ ]*)"


_UTM: Final = KeyValue(
    needs={"sys": "SecureWeb", "sub": "http", "srcip": ".+", "id": "[0-9]{4}"},
    beside={"time": (_UTM_STAMP,)},
)
_APPLIANCE: Final = KeyValue(
    needs={"h": ".+", "t": "[0-9]{9,10}", "act": "-?[0-9]", "req": ".+", "dom|cat": ".+"},
)


def _time(_cell: Cells) -> Expressions:
    return {"local_time": clock.naive(TEXT.str.extract(_UTM_STAMP, 1), "%Y:%m:%d-%H:%M:%S")}


def _decision(cell: Cells) -> pl.Expr:
    code = integer(cell["act"])
    return (
        pl.when(integer(cell["s"]) == 407)
        .then(pl.lit("auth"))
        .when(code < 0)
        .then(pl.lit("blocked"))
        .when(code > 0)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


_UTM_COLUMNS: Final = Columns(
    time=Stamp("local", _time),
    client_ip="srcip",
    user=lambda cell: with_domain(cell["user"], cell["ad_domain"]),
    method="method",
    url="url",
    status=positive("statuscode"),
    action=lambda cell: verdict(cell["action"], integer(cell["statuscode"])),
    bytes_received="size",
    referrer="referer",
    user_agent="ua",
)
_APPLIANCE_COLUMNS: Final = Columns(
    time=epoch_seconds("t"),
    client_ip="h",
    user=lambda cell: backslash(cell["u"]),
    method=lambda cell: pl.coalesce(cell["meth"], cell["req"].str.extract(_REQUEST, 1)),
    url=lambda cell: cell["req"].str.extract(_REQUEST, 2),
    status="s",
    action=_decision,
    bytes_sent="in",
    bytes_received="out",
    referrer="ref",
    user_agent="ua",
)
_UTM_SAMPLE: Final = (
    '2024:01:22-06:09:59 utm1 httpproxy[5207]: id="0001" severity="info" sys="SecureWeb" '
    'sub="http" name="http access" action="pass" method="GET" srcip="10.1.2.3" '
    'dstip="203.0.113.9" user="jdoe" ad_domain="FORCE" statuscode="200" cached="0" size="10750" '
    'request="0xe39fe800" url="http://www.example.com/a?b=c" referer="http://example.org/" '
    'error="" auth="2" ua="Mozilla/5.0 (X11)" categoryname="News" content-type="text/html"'
)
_APPLIANCE_SAMPLE: Final = (
    r'h=10.1.2.3 u="FORCE\\jdo\xc3\xa9" s=200 X=- t=1705314600 T=284453 Ts=0 act=1 '
    r'cat="0x220000002a" app="-" type="text/html" in=1255 out=26198 meth=GET ref="-" '
    r'ua="Mozilla/5.0 (X11)" req="GET http://www.example.com/a HTTP/1.1" dom="example.com"'
)
UTM: Final = Format(
    name="sophos-utm",
    title="Sophos UTM web protection (httpproxy)",
    definition="docs.sophos.com, Sophos UTM, Web Filtering log",
    reader=_UTM,
    columns=_UTM_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            _UTM_SAMPLE,
            "time=2024-01-22T06:09:59Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=10750 referrer=http://example.org/ user_agent=Mozilla/5.0"
            " (X11) evidence=url",
        ),
        Sample(
            "<30>" + _UTM_SAMPLE,
            "time=2024-01-22T06:09:59Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=10750 referrer=http://example.org/ user_agent=Mozilla/5.0"
            " (X11) evidence=url",
        ),
    ),
    near_misses=(
        _UTM_SAMPLE.replace("httpproxy", "afcd"),
        _UTM_SAMPLE.replace('sub="http"', 'sub="ips"'),
    ),
)
APPLIANCE: Final = Format(
    name="sophos-swa",
    title="Sophos Web Appliance (sophos_log)",
    definition="docs.sophos.com/nsg/swa, Interpreting Log Files",
    reader=_APPLIANCE,
    columns=_APPLIANCE_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            _APPLIANCE_SAMPLE,
            "time=2024-01-15T10:30:00Z user=FORCE\\jdoé client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a status=200 action=allowed bytes_sent=1255"
            " bytes_received=26198 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            "<27>Mar 24 21:45:28 swa1 " + _APPLIANCE_SAMPLE,
            "time=2024-01-15T10:30:00Z user=FORCE\\jdoé client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a status=200 action=allowed bytes_sent=1255"
            " bytes_received=26198 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(_APPLIANCE_SAMPLE.replace(" act=1", ""),),
)
