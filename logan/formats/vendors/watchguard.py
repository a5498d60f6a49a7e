"""WatchGuard Firebox: HTTP, HTTPS and DNS proxy logs, as syslog, Traffic Monitor export and LEEF.

Definition: WatchGuard, Fireware Log Message Catalog (12.x: 1AFF HTTP, 2CFF HTTPS, 1DFF DNS proxy)
and Read a Log Message. The time stands before a line, in the Firebox's zone, but in LEEF with
`devTime` switched on. A proxy writes one line for each request, if its policy says so, and notes of
what it did with it besides (`ProxyAllow`, `ProxyInspect`). A denial is logged as such only. `cn` is
the certificate's name, no host.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.cef import LeefEvent
from logan.formats.engine.columns import Columns, connects, stated_by_line
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import TEXT, Expressions, Layout, integer
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, where
from logan.schema import ACTION

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
_NAMES_NO_HOST: Final = (
    "its first lines are of no HTTP, HTTPS or DNS proxy: they cannot show visits"
)


_LEEF: Final = LeefEvent(
    needs={"@vendor": "WatchGuard", "disp": "[A-Z][a-z]+"},
    aliases={"port": ("dstPort",), "message": ("@event",)},
)
_PAIRS: Final = KeyValue(
    needs={"msg_id": "[0-9A-Z]{4}-?[0-9A-Z]{4}"},
    beside={"disposition and addresses": (_SYSLOG, _MONITOR)},
    aliases={"message": ("msg_id",)},
)


def _is_visit(cell: Cells) -> pl.Expr:
    """True of a request, and of a denial, which is logged as such only."""
    by_id = cell["message"].str.contains(_REQUEST_IDS)
    request = (cell["msg"].str.contains(_REQUEST) | by_id).fill_null(value=False)
    return cell["named"] & (cell["denied"] | request)


def _site(cell: Cells) -> pl.Expr:
    """The host of a request; some of what the HTTP proxy stops (by a virus, reputation, intrusion)
    has it under another name."""
    of_http = cell["message"].str.starts_with("1AFF").fill_null(value=False)
    return pl.coalesce(cell["dstname"], pl.when(of_http).then(cell["host"]))


def _is_named(cell: Cells) -> pl.Expr:
    names = ("site", "sni", "question")
    return pl.any_horizontal(cell[name].is_not_null() for name in names)


def _action(cell: Cells) -> pl.Expr:
    return (
        pl.when(cell["denied"])
        .then(pl.lit("blocked"))
        .when(cell["disp"] == "Allow")
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _asked(cell: Cells) -> pl.Expr:
    bare = cell["site"].is_null() & cell["sni"].is_null()
    return bare & cell["question"].is_not_null()


def _path(cell: Cells) -> pl.Expr:
    asked = cell.first("arg", "path")
    return pl.when(asked.str.starts_with("/")).then(asked)


_DERIVED: Final[Mapping[str, Derivation]] = {
    "site": _site,
    "denied": lambda cell: (cell["disp"] == "Deny").fill_null(value=False),
    "named": _is_named,
    "tunnel": lambda cell: cell["site"].is_null() & cell["sni"].is_not_null(),
    "visit": _is_visit,
}
_COLUMNS: Final = Columns(
    time=None,
    client_ip="src",
    user=("src_user", "usrName"),
    method="op",
    host=("site", "sni", "question"),
    url=_path,
    port=lambda cell: pl.when(cell["question"].is_null()).then(integer(cell["port"])),
    action=_action,
    bytes_sent="sent_bytes",
    bytes_received="rcvd_bytes",
    evidence=connects(lambda cell: cell["tunnel"], look_up=_asked),
    repeat=where(lambda cell: ~cell["named"], "no request: a session or event that names no host"),
    companion=where(lambda cell: ~cell["visit"], "remark"),
    derived={**_DERIVED},
)


def _before_pairs(name: str) -> Derivation:
    """What stands before the pairs, or behind the protocol in Traffic Monitor's lines."""

    def find(_cell: Cells) -> pl.Expr:
        groups = [TEXT.str.extract_groups(pattern) for pattern in (_SYSLOG, _MONITOR)]
        return pl.coalesce(found.struct.field(name) for found in groups)

    return find


_PAIR_COLUMNS: Final = replace(
    _COLUMNS,
    derived={**{name: _before_pairs(name) for name in ("disp", "src", "port")}, **_DERIVED},
)
_OPENED: Final = stated_by_line(lambda cell: cell["tunnel"] & ~cell["denied"])


def _names_site(line: str) -> bool:
    return re.search("(?:dstname|sni|question)=|1AFF.* host=", line) is not None


_LEARNS: Final = names_no_host_unless(_names_site, _NAMES_NO_HOST)


def _leef_learns(layout: Layout, records: Sequence[str]) -> Layout:
    """The same, and whether events have a stamp of their own."""
    found = _LEARNS(layout, records)
    stamped = [re.search(r"(?:\t|[|]|#011)devTime=", line) is not None for line in records]
    return found if all(stamped) else found.with_stamps(own="some" if any(stamped) else "none")


def _leef_time(cell: Cells) -> Expressions:
    stamped = cell.layout.stamps.own != "none"
    return clock.any_stamp(cell["devTime"]) if stamped else {}


_NOTE: Final = "Requests are logged only where a proxy action has logging for reports on."
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
    reader=_PAIRS,
    learns=_LEARNS,
    columns=_PAIR_COLUMNS,
    tunnels=_OPENED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-03-29T15:00:50Z user=jdoe@FORCE client_ip=10.1.2.3 method=GET"
            " url=www.example.com:80/a?b=c action=allowed bytes_sent=340"
            " bytes_received=8900 evidence=url",
        ),
        Sample(
            _MONITOR_SAMPLE,
            "time=2024-03-29T15:00:50Z client_ip=10.1.2.3 url=www.example.com:443"
            " action=blocked evidence=connect",
        ),
    ),
    near_misses=(_SAMPLE.replace("msg_id", "id"),),
)
LEEF: Final = Format(
    name="watchguard-leef",
    title="WatchGuard Firebox proxies, LEEF",
    definition="WatchGuard, Fireware Log Message Catalog; LEEF log format",
    reader=_LEEF,
    learns=_leef_learns,
    columns=replace(_COLUMNS, time=Stamp("local", _leef_time)),
    tunnels=_OPENED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _LEEF_SAMPLE,
            "time=2024-03-29T15:00:50Z client_ip=10.1.2.3 method=GET"
            " url=www.example.com:443/favicon.ico action=allowed bytes_sent=604"
            " bytes_received=0 evidence=url",
        ),
        Sample(
            _LEEF_SAMPLE.replace(
                "serial=000000000000",
                "sys_name=fb1\tdevTimeFormat=MMM dd yyyy HH:mm:ss Z\t"
                "devTime=Mar 29 2024 15:00:49 +0100",
            ),
            "time=2024-03-29T14:00:49Z client_ip=10.1.2.3 method=GET"
            " url=www.example.com:443/favicon.ico action=allowed bytes_sent=604"
            " bytes_received=0 evidence=url",
        ),
    ),
    near_misses=(_LEEF_SAMPLE.replace("WatchGuard", "Example"),),
)
