"""Sophos UTM web protection and Sophos Web Appliance: two proxies, one line for each request.

Definitions: docs.sophos.com, Sophos UTM, Web Filtering log (httpproxy: the stamp is wall clock);
nsg/swa, Interpreting Log Files (sophos_log: `in` comes from the client, `t` is the epoch, `act` is
negative where the request was stopped, bytes beyond ASCII are written `\\xNN`).
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock, escapes
from logan.formats.engine.base import TEXT, Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.cef import with_domain
from logan.formats.engine.keyvalue import PairFormat
from logan.formats.vendors.sophos import verdict
from logan.schema import ACTION

_UTM: Final = PairFormat(
    keys=(
        "name",
        "action",
        "method",
        "user",
        "ad_domain",
        "statuscode",
        "size",
        "url",
        "referer",
        "ua",
    ),
    needs={"sys": "SecureWeb", "sub": "http", "srcip": ".+", "id": "[0-9]{4}"},
)
_APPLIANCE: Final = PairFormat(
    keys=("u", "s", "in", "out", "meth", "ref", "ua"),
    needs={"h": ".+", "t": "[0-9]{9,10}", "act": "-?[0-9]", "req": ".+", "dom|cat": ".+"},
)
_UTM_STAMP: Final = (
    r"([0-9]{4}:[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}:[0-9]{2}) [^ ]+ httpproxy\[[0-9]*\]: "
)
_REQUEST: Final = r"^(?P<method>[A-Z]+) (?P<url>[^ ]*)"


def _check_utm(line: str, layout: Layout) -> Fault | None:
    return _UTM.check(line, layout) if re.search(_UTM_STAMP, line) else Fault("time", line)


def _utm_columns(layout: Layout) -> Columns:
    del layout
    cell = _UTM.cells
    status = integer(cell["statuscode"])
    tunnel = (cell["method"] == "CONNECT").fill_null(value=False)
    stamp = TEXT.str.extract(_UTM_STAMP, 1)
    no_stamp = pl.when(stamp.is_null()).then(pl.lit("time: not as this format writes it"))
    return {
        "reason": pl.coalesce(no_stamp, _UTM.reason()),
        "local_time": clock.naive(stamp, "%Y:%m:%d-%H:%M:%S"),
        "client_ip": cell["srcip"],
        "user": with_domain(cell["user"], cell["ad_domain"]),
        "method": cell["method"],
        "url": cell["url"],
        "status": pl.when(status > 0).then(status),
        "action": verdict(cell["action"], status),
        "bytes_received": integer(cell["size"]),
        "referrer": cell["referer"],
        "user_agent": cell["ua"],
        "evidence": pl.when(tunnel).then(pl.lit("connect")).otherwise(pl.lit("url")),
        "setup": tunnel,
    }


def _appliance_steps(layout: Layout) -> Sequence[Columns]:
    request = pl.col("=req").str.extract_groups(_REQUEST)
    return (*_APPLIANCE.prepare(layout), {"=request": request})


def _appliance_columns(layout: Layout) -> Columns:
    del layout
    cell = _APPLIANCE.cells
    asked = pl.col("=request").struct
    method = pl.coalesce(cell["meth"], asked.field("method"))
    tunnel = (method == "CONNECT").fill_null(value=False)
    status = integer(cell["s"])
    code = integer(cell["act"])
    action = (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(code < 0)
        .then(pl.lit("blocked"))
        .when(code > 0)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )
    return {
        "reason": _APPLIANCE.reason(),
        "time": clock.epoch_seconds(cell["t"]),
        "client_ip": cell["h"],
        "user": escapes.backslash(cell["u"]),
        "method": method,
        "url": asked.field("url"),
        "status": status,
        "action": action.cast(ACTION),
        "bytes_sent": integer(cell["in"]),
        "bytes_received": integer(cell["out"]),
        "referrer": cell["ref"],
        "user_agent": cell["ua"],
        "evidence": pl.when(tunnel).then(pl.lit("connect")).otherwise(pl.lit("url")),
        "setup": tunnel,
    }


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
    shows=Shows(user=True, evidence=("url", "connect"), bytes="received", clock="local"),
    check=_check_utm,
    signs=_UTM.signs,
    prepare=_UTM.prepare,
    columns=_utm_columns,
    rank=6,
    samples=(_UTM_SAMPLE, "<30>" + _UTM_SAMPLE),
    near_misses=(
        _UTM_SAMPLE.replace("httpproxy", "afcd"),
        _UTM_SAMPLE.replace('sub="http"', 'sub="ips"'),
    ),
)
APPLIANCE: Final = Format(
    name="sophos-swa",
    title="Sophos Web Appliance (sophos_log)",
    definition="docs.sophos.com/nsg/swa, Interpreting Log Files",
    shows=Shows(user=True, evidence=("url", "connect"), bytes="both", clock="utc"),
    check=_APPLIANCE.check,
    signs=_APPLIANCE.signs,
    prepare=_appliance_steps,
    columns=_appliance_columns,
    rank=6,
    samples=(_APPLIANCE_SAMPLE, "<27>Mar 24 21:45:28 swa1 " + _APPLIANCE_SAMPLE),
    near_misses=(_APPLIANCE_SAMPLE.replace(" act=1", ""),),
)
