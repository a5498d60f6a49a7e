"""SonicWall SonicOS: web site hits and blocks of the content filter, standard and enhanced syslog.

Definition: SonicOS Log Events Reference Guide (5.8 to 7.1), Index of Syslog Tag Field Descriptions:
`dstname` is the requested host, `arg` its path, `op` the request's method, `result` the answer's
status; `sent` and `rcvd` count from the side that opened the connection. Stamps are wall clock
unless the unit is told to write UTC, which they then say.
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
        "msg",
        "usr",
        "user",
        "src",
        "srcV6",
        "dst",
        "dstname",
        "arg",
        "op",
        "result",
        "proto",
        "sent",
        "rcvd",
        "fw_action",
        "referer",
    ),
    needs={
        "sn": "[0-9A-Fa-f-]+",
        "time": "[0-9]{4}-[0-9]{2}-[0-9]{2} .*",
        "fw": ".+",
        "m": "[0-9]+",
        "c|gcat": "[0-9]+",
    },
)
_METHODS: Final = {"1": "GET", "2": "POST", "3": "HEAD", "0": None}
#: Message identifiers of the content filter's denials.
_DENIED: Final = ("14", "15", "1153", "1573")
_BLIND: Final = "its first lines name no web site (dstname): a log of sessions cannot show visits"


def _decide(cell: dict[str, pl.Expr], status: pl.Expr) -> pl.Expr:
    """What the firewall did: by the message, which alone tells a hit from a denial."""
    message = cell["msg"].str.to_lowercase()
    denied = cell["m"].is_in(_DENIED) | message.str.contains("denied|blocked|forbidden")
    denied = denied | cell["fw_action"].str.to_lowercase().is_in(["drop", "deny", "block"])
    allowed = message.str.contains("web ?site (?:hit|access|allowed)")
    return (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(denied)
        .then(pl.lit("blocked"))
        .when(allowed | (cell["m"] == "97"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _columns(layout: Layout) -> Columns:
    del layout
    cell = _PAIRS.cells
    name, path = cell["dstname"], cell["arg"]
    service = cell["proto"].str.to_lowercase().str.extract("^(?:tcp|udp)/(https?)$", 1)
    # Of HTTPS that was not opened only the name is known: the path is a bare `/`.
    closed = (service != "http").fill_null(value=True) & (path.is_null() | (path == "/"))
    method = cell["op"].replace(_METHODS)
    # `address:port:interface:name`; an IPv6 address ends two colons before the interface's name.
    bare = cell["src"].str.extract(r"^([^\[].*?:.*?):[0-9]*:[A-Z][^:]*(?::.*)?$", 1)
    address = cell["src"].str.extract(r"^((?:[0-9]{1,3}\.){3}[0-9]{1,3}|\[[^\]]*\])", 1)
    user = pl.coalesce(cell["usr"], cell["user"])
    status = integer(cell["result"])
    return {
        "reason": _PAIRS.reason(),
        "repeat": pl.when(name.is_null()).then(
            pl.lit("no request: a session or event that names no web site")
        ),
        **clock.any_stamp(cell["time"]),
        "client_ip": pl.coalesce(address, bare, cell["srcV6"], cell["src"]),
        "user": pl.when(~user.str.contains("^Unknown ")).then(user),
        "method": pl.when(~closed).then(method),
        "scheme": service,
        "host": name,
        "port": integer(cell["dst"].str.extract(r"^(?:[0-9.]+|\[[^\]]*\]):([0-9]+)", 1)),
        "url": pl.when(path.str.starts_with("/")).then(path),
        "status": status,
        "action": _decide(cell, status),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["rcvd"]),
        "referrer": cell["referer"],
        "evidence": pl.when(closed).then(pl.lit("connect")).otherwise(pl.lit("url")),
    }


def _layout(head: Head) -> Layout:
    read = [line for line in head.lines if _PAIRS.check(line, Layout()) is None]
    named = any(re.search(" dstname=", line) for line in read)
    return Layout(blind=_BLIND if read and not named else None)


_SAMPLE: Final = (
    'id=firewall sn=18B1690729A8 time="2024-06-16 17:21:40 UTC" fw=192.0.2.1 pri=6 c=1024 m=97 '
    'msg="Web site hit" app=48 sess="Auto" n=9 usr="FORCE\\jdoe" src=10.1.2.3:52589:X0:pc7 '
    "dst=203.0.113.9:80:X1:edge.example.net proto=tcp/http op=1 sent=798 rcvd=12352 result=200 "
    'dstname=www.example.com arg=/a?b=c code=64 Category="News" note="Policy: Default"'
)
SYSLOG: Final = Format(
    name="sonicwall",
    title="SonicWall SonicOS web site hits and blocks",
    definition="SonicOS Log Events Reference Guide, Index of Syslog Tag Field Descriptions",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="local",
        note="Stamps are UTC only where they say so.",
    ),
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    prepare=_PAIRS.prepare,
    columns=_columns,
    layout=_layout,
    rank=6,
    samples=(
        _SAMPLE,
        "<134>" + _SAMPLE.replace(" UTC", "").replace("m=97", "m=14").replace("hit", "denied"),
    ),
    near_misses=(_SAMPLE.replace(" m=97", ""),),
)
