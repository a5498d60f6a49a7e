"""WatchGuard Firebox: HTTP, HTTPS and DNS proxy logs, as syslog, Traffic Monitor export and LEEF.

Definition: WatchGuard, Fireware Log Message Catalog (12.x: 1AFF HTTP, 2CFF HTTPS, 1DFF DNS proxy)
and Read a Log Message. No line has a time of its own: it stands before it, in the Firebox's zone. A
proxy writes one line for each request, if its policy says so, and notes of what it did with it
besides (`ProxyAllow`, `ProxyInspect`). A denial is logged as such only. `cn` is the certificate's
name, no host.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from logan.formats.engine.base import TEXT, Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.cef import LeefEvent
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.keyvalue import PairFormat
from logan.schema import ACTION

_KEYS: Final = (
    "msg",
    "op",
    "dstname",
    "arg",
    "sni",
    "question",
    "src_user",
    "usrName",
    "sent_bytes",
    "rcvd_bytes",
    "rc",
)
_LEEF: Final = LeefEvent(
    keys=(*_KEYS, "src", "dstPort"), needs={"@vendor": "WatchGuard", "disp": "[A-Z][a-z]+"}
)
_PAIRS: Final = PairFormat(keys=_KEYS, needs={"msg_id": "[0-9A-Z]{4}-?[0-9A-Z]{4}"})
#: Syslog puts the interfaces before the protocol and the addresses, Traffic Monitor behind them.
_SYSLOG: Final = (
    r'msg_id="[^"]*" (?P<disp>Allow|Deny) [^"=]*?(?:tcp|udp|icmp|[0-9]+) '
    rf"(?P<src>{ADDRESS}) {ADDRESS} [0-9]+ (?P<port>[0-9]+) "
)
_MONITOR: Final = (
    rf"^(?:Member[0-9]+ )?(?P<disp>Allow|Deny) (?P<src>{ADDRESS}) {ADDRESS} [^ ]+/(?:tcp|udp) "
    r'[0-9]+ (?P<port>[0-9]+) [^"=]* [a-z_]+="'
)
_REQUEST: Final = "^(?:HTTPS?|DNS) [Rr]equest$"
_REQUEST_IDS: Final = "^(?:1AFF-?0024|2CFF-?0000|1DFF-?000F)$"
_BLIND: Final = "its first lines are of no HTTP, HTTPS or DNS proxy: they cannot show visits"


def _columns(cell: Mapping[str, pl.Expr], identifier: pl.Expr) -> Columns:
    asked = cell["question"]
    name = pl.coalesce(cell["dstname"], cell["sni"])
    request = cell["msg"].str.contains(_REQUEST) | identifier.str.contains(_REQUEST_IDS)
    denied = (cell["disp"] == "Deny").fill_null(value=False)
    visit = (name.is_not_null() | asked.is_not_null()) & (denied | request.fill_null(value=False))
    tunnel = cell["dstname"].is_null() & cell["sni"].is_not_null()
    user = pl.coalesce(cell["src_user"], cell["usrName"])
    return {
        "repeat": pl.when(name.is_null() & asked.is_null()).then(
            pl.lit("no request: a session or event that names no host")
        ),
        "companion": pl.when(~visit).then(pl.lit("remark")),
        "client_ip": cell["src"],
        "user": user,
        "method": cell["op"],
        "host": pl.coalesce(name, asked),
        "url": pl.when(cell["arg"].str.starts_with("/")).then(cell["arg"]),
        "port": pl.when(asked.is_null()).then(integer(cell["port"])),
        "action": pl.when(denied)
        .then(pl.lit("blocked"))
        .when(cell["disp"] == "Allow")
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION),
        "bytes_sent": integer(cell["sent_bytes"]),
        "bytes_received": integer(cell["rcvd_bytes"]),
        "evidence": pl.when(name.is_null() & asked.is_not_null())
        .then(pl.lit("dns"))
        .when(tunnel)
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
        "setup": tunnel & ~denied,
    }


def _leef_columns(layout: Layout) -> Columns:
    del layout
    cell = {**_LEEF.cells, "port": _LEEF.cells["dstPort"]}
    return {"reason": _LEEF.reason(), **_columns(cell, cell["@event"])}


def _steps(layout: Layout) -> Sequence[Columns]:
    found = {"=syslog": TEXT.str.extract_groups(_SYSLOG)}
    return (*_PAIRS.prepare(layout), {**found, "=monitor": TEXT.str.extract_groups(_MONITOR)})


def _pair_columns(layout: Layout) -> Columns:
    del layout
    syslog, monitor = pl.col("=syslog").struct, pl.col("=monitor").struct
    fixed = {
        name: pl.coalesce(syslog.field(name), monitor.field(name))
        for name in ("disp", "src", "port")
    }
    cell = {**_PAIRS.cells, **fixed}
    unfit = pl.lit("disposition and addresses: not as this format writes it")
    reason = pl.coalesce(_PAIRS.reason(), pl.when(fixed["src"].is_null()).then(unfit))
    return {"reason": reason, **_columns(cell, cell["msg_id"])}


def _check(line: str, layout: Layout) -> Fault | None:
    fault = _PAIRS.check(line, layout)
    if fault is None and not (re.search(_SYSLOG, line) or re.search(_MONITOR, line)):
        return Fault("disposition and addresses", line)
    return fault


def _learn(read: Sequence[str]) -> Layout:
    named = any(re.search("(?:dstname|sni|question)=", line) for line in read)
    return Layout(blind=_BLIND if read and not named else None)


def _layout(head: Head) -> Layout:
    return _learn([line for line in head.lines if _check(line, Layout()) is None])


def _leef_layout(head: Head) -> Layout:
    return _learn([line for line in head.lines if _LEEF.check(line, Layout()) is None])


_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect", "dns"),
    bytes="both",
    clock="local",
    note="Requests are logged only where a proxy action has logging for reports on.",
)
_SAMPLE: Final = (
    '<142>2024-03-29T15:00:50 fb1 http-proxy[2345]: msg_id="1AFF-0024" Allow 1-Trusted 0-External '
    'tcp 10.1.2.3 203.0.113.9 42017 80 msg="HTTP request" proxy_act="HTTP-Client.1" op="GET" '
    'dstname="www.example.com" arg="/a?b=c" sent_bytes="340" rcvd_bytes="8900" '
    'elapsed_time="0.1 sec(s)" src_user="jdoe@FORCE" (HTTP-proxy-00)'
)
_MONITOR_SAMPLE: Final = (
    "2024-03-29 15:00:50 Member2 Deny 10.1.2.3 203.0.113.9 https/tcp 42018 443 Trusted External "
    'ProxyDeny: HTTPS domain name match (HTTPS-proxy-00) proc_id="https-proxy" rc="594" '
    'msg_id="2CFF-0003" proxy_act="HTTPS-Client" sni="www.example.com" cn="*.example.com"'
)
_LEEF_SAMPLE: Final = (
    "<142>2024-03-29T15:00:50 fb1 LEEF:1.0|WatchGuard|XTM|12.8.2.B666661|1AFF0024|"
    "serial=000000000000\tpolicy=HTTPS-LAN-00\tdisp=Allow\tsrc=10.1.2.3\tsrcPort=52804\t"
    "dst=203.0.113.9\tdstPort=443\tproto=tcp\top=GET\tdstname=www.example.com\targ=/favicon.ico\t"
    "sent_bytes=604\trcvd_bytes=0\tmsg=HTTP request"
)
SYSLOG: Final = Format(
    name="watchguard",
    title="WatchGuard Firebox proxies, syslog and Traffic Monitor",
    definition="WatchGuard, Fireware Log Message Catalog; Read a Log Message",
    shows=_SHOWS,
    check=_check,
    signs=_PAIRS.signs,
    prepare=_steps,
    columns=_pair_columns,
    layout=_layout,
    rank=6,
    samples=(_SAMPLE, _MONITOR_SAMPLE),
    near_misses=(_SAMPLE.replace("msg_id", "id"),),
)
LEEF: Final = Format(
    name="watchguard-leef",
    title="WatchGuard Firebox proxies, LEEF",
    definition="WatchGuard, Fireware Log Message Catalog; LEEF log format",
    shows=_SHOWS,
    check=_LEEF.check,
    signs=_LEEF.signs,
    prepare=_LEEF.prepare,
    columns=_leef_columns,
    layout=_leef_layout,
    rank=6,
    samples=(_LEEF_SAMPLE,),
    near_misses=(_LEEF_SAMPLE.replace("WatchGuard", "Example"),),
)
