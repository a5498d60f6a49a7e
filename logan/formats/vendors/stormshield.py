"""Stormshield Network Security: web and TLS proxy audit logs (WELF).

Definition: documentation.stormshield.eu, SNS, Description of Audit Logs (v4): `time` is the
firewall's wall clock when the line was written and `tz` its offset; `dstname` is the site, `op`,
`arg` and `result` the request; `sent` comes from the client. Where nothing goes through the proxy
the HTTP analysis (l_plugin) has the requests; beside the proxy's own lines (l_web) it repeats them.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine.columns import Columns, connects, stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import Layout
from logan.formats.engine.stamps import zoned
from logan.formats.engine.values import Cells, Derivation, where, words

_PAIRS: Final = KeyValue(
    needs={
        "id": "firewall",
        "fw": ".+",
        "time": "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}",
        "tz": "[+-][0-9]{4}",
        "logtype|startime": ".+",
    },
)
_WEB_BESIDE: Final = "web proxy beside"
_NAMES_NO_HOST: Final = (
    "its first lines are of no web proxy, TLS proxy or HTTP analysis: they cannot show visits"
)


def _analysed(cell: Cells) -> pl.Expr:
    """Requests that the HTTP analysis saw."""
    requests = cell["op"].is_not_null() & cell["proto"].str.contains("http")
    return ((cell["logtype"] == "plugin") & requests).fill_null(value=False)


def _is_of(*kinds: str) -> Derivation:
    return lambda cell: cell["logtype"].is_in(kinds).fill_null(value=False)


def _companion(cell: Cells) -> pl.Expr:
    twice = cell["analysed"] & pl.lit(_WEB_BESIDE in cell.layout.facts)
    return pl.when(twice).then(pl.lit("answer")).when(~cell["visit"]).then(pl.lit("session"))


_COLUMNS: Final = Columns(
    time=zoned("time", "%Y-%m-%d %H:%M:%S", "tz", whose="offset"),
    client_ip="src",
    user="user",
    method="op",
    host="dstname",
    url=lambda cell: pl.when(cell["arg"].str.starts_with("/")).then(cell["arg"]),
    port="dstport",
    status="result",
    action=words(
        "action", allowed=("pass", "decrypt", "nodecrypt"), blocked=("block",), status="result"
    ),
    bytes_sent="sent",
    bytes_received="rcvd",
    evidence=connects(lambda cell: cell["tls"] | ~cell["visit"]),
    repeat=where(
        lambda cell: cell["dstname"].is_null(),
        "no request: a session or event that names no host",
    ),
    companion=_companion,
    derived={
        "analysed": _analysed,
        "tls": _is_of("ssl"),
        "visit": lambda cell: _is_of("web", "ssl")(cell) | cell["analysed"],
    },
)


def _learn_kinds(layout: Layout, records: Sequence[str]) -> Layout:
    """Which logs of the firewall are here: without the proxy's, visits cannot be seen."""
    kinds = {kind for line in records for kind in re.findall(r'logtype="?([a-z]+)', line)}
    if records and not kinds & {"web", "ssl", "plugin"}:
        layout = layout._replace(names_no_host=_NAMES_NO_HOST)
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
    reader=_PAIRS,
    learns=_learn_kinds,
    columns=_COLUMNS,
    tunnels=stated_by_line(lambda cell: cell["tls"]),
    rank=7,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-07-02T09:10:50Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=www.example.com:80/a?b=c status=200 action=allowed bytes_sent=310"
            " bytes_received=4563 evidence=url",
        ),
        Sample(
            "<13>Jul  2 10:10:50 sns1 "
            + _SAMPLE.replace('"web"', '"ssl"').replace("pass", "block"),
            "time=2024-07-02T09:10:50Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=www.example.com:80/a?b=c status=200 action=blocked bytes_sent=310"
            " bytes_received=4563 evidence=connect setup=yes",
        ),
    ),
    near_misses=(_SAMPLE.replace(" tz=+0100", ""),),
)
