"""Stormshield Network Security: web and TLS proxy audit logs (WELF).

Definition: documentation.stormshield.eu, SNS, Description of Audit Logs (v4): `time` is the
firewall's wall clock when the line was written and `tz` its offset; `dstname` is the site, `op`,
`arg` and `result` the request; `sent` comes from the client. Where nothing goes through the proxy
the HTTP analysis (l_plugin) has the requests; beside the proxy's own lines (l_web) it repeats them.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Format, Head, Layout, Shows, integer
from logan.formats.engine.keyvalue import PairFormat
from logan.schema import ACTION

_PAIRS: Final = PairFormat(
    keys=(
        "time",
        "proto",
        "src",
        "dstport",
        "dstname",
        "user",
        "action",
        "sent",
        "rcvd",
        "op",
        "result",
        "arg",
        "logtype",
    ),
    needs={
        "id": "firewall",
        "fw": ".+",
        "time": "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}",
        "tz": "[+-][0-9]{4}",
        "logtype|startime": ".+",
    },
)
_WEB_BESIDE: Final = "web proxy beside"
_BLIND: Final = (
    "its first lines are of no web proxy, TLS proxy or HTTP analysis: they cannot show visits"
)


def _columns(layout: Layout) -> Columns:
    cell = _PAIRS.cells
    kind = cell["logtype"]
    local = clock.naive(cell["time"], "%Y-%m-%d %H:%M:%S")
    analysed = (kind == "plugin") & cell["op"].is_not_null() & cell["proto"].str.contains("http")
    analysed = analysed.fill_null(value=False)
    twice = analysed & pl.lit(_WEB_BESIDE in layout.facts)
    visit = kind.is_in(["web", "ssl"]).fill_null(value=False) | analysed
    tls = (kind == "ssl").fill_null(value=False)
    status = integer(cell["result"])
    verdict = cell["action"].str.to_lowercase()
    action = (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(verdict == "block")
        .then(pl.lit("blocked"))
        .when(verdict.is_in(["pass", "decrypt", "nodecrypt"]))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )
    return {
        "reason": _PAIRS.reason(),
        "repeat": pl.when(cell["dstname"].is_null()).then(
            pl.lit("no request: a session or event that names no host")
        ),
        "companion": pl.when(twice).then(pl.lit("answer")).when(~visit).then(pl.lit("session")),
        "time": clock.at_zone(local, cell["tz"]),
        "client_ip": cell["src"],
        "user": cell["user"],
        "method": cell["op"],
        "host": cell["dstname"],
        "url": pl.when(cell["arg"].str.starts_with("/")).then(cell["arg"]),
        "port": integer(cell["dstport"]),
        "status": status,
        "action": action.cast(ACTION),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["rcvd"]),
        "evidence": pl.when(tls | ~visit).then(pl.lit("connect")).otherwise(pl.lit("url")),
        "setup": tls,
    }


def _layout(head: Head) -> Layout:
    read = [line for line in head.lines if _PAIRS.check(line, Layout()) is None]
    kinds = {kind for line in read for kind in re.findall(r'logtype="?([a-z]+)', line)}
    blind = _BLIND if read and not kinds & {"web", "ssl", "plugin"} else None
    layout = Layout(blind=blind)
    return layout.with_fact(_WEB_BESIDE) if "web" in kinds else layout


_SAMPLE: Final = (
    'id=firewall time="2024-07-02 10:10:50" fw="SN310A00000000" tz=+0100 '
    'startime="2024-07-02 10:10:49" pri=5 confid=00 slotlevel=2 ruleid=4 srcif="Ethernet1" '
    'srcifname="in" ipproto=tcp dstif="Ethernet0" dstifname="out" proto=http src=10.1.2.3 '
    'srcport=50100 dst=203.0.113.9 dstport=80 dstname=www.example.com user="jdoe" '
    'domain="force.example" action=pass sent=310 rcvd=4563 duration=0.2 op=GET result=200 '
    'arg="/a?b=c" cat_site="news" logtype="web"'
)
AUDIT: Final = Format(
    name="stormshield",
    title="Stormshield SNS web and TLS proxy",
    definition="documentation.stormshield.eu, SNS, Description of Audit Logs",
    shows=Shows(user=True, evidence=("url", "connect"), bytes="both", clock="offset"),
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    prepare=_PAIRS.prepare,
    columns=_columns,
    layout=_layout,
    rank=7,
    samples=(
        _SAMPLE,
        "<13>Jul  2 10:10:50 sns1 " + _SAMPLE.replace('"web"', '"ssl"').replace("pass", "block"),
    ),
    near_misses=(_SAMPLE.replace(" tz=+0100", ""),),
)
