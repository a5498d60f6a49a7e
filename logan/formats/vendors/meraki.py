"""Cisco Meraki MX and MR: URL requests and content filter blocks by syslog.

Definition: documentation.meraki.com, Syslog Event Types and Log Samples. The stamp is the epoch, in
seconds with decimals. `urls` lines hold no verdict: what the filter stops is logged as
`content_filtering_block`. A file that was scanned is a remark about its request. Of HTTPS the
method is UNKNOWN and only the host is seen. Addresses and ports are joined by a colon, IPv6 without
brackets.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import TEXT, Columns, Fault, Format, Head, Layout, Sample, Shows

_KINDS: Final = (
    "urls|flows|firewall|vpn_firewall|cellular_firewall|bridge_[a-z_]+|ip_flow_start|ip_flow_end|"
    "events|security_event|security_filtering_[a-z_]+|ids-alerts|airmarshal_events|l7_firewall"
)
_LINE: Final = (
    r"^(?:[^=]*?[> ])?(?P<stamp>[0-9]{10}(?:\.[0-9]{1,9})?|[0-9]{13}) (?P<device>[^ ]+) "
    rf"(?P<kind>{_KINDS}) (?P<rest>.+)$"
)
_REQUEST: Final = (
    "^src=(?P<src>[^ ]+) dst=[^ ]+(?: mac=[^ ]+)?(?: (?:agent|user_agent)='(?P<agent>[^']*)')?"
    "(?: [a-z_]+=[^ ]+)* request: (?P<method>[^ ]+) (?P<url>[^ ]+)"
)
_BLOCK: Final = "^(?:type=)?content_filtering_block +url='(?P<url>[^']*)'"
#: A file that was scanned, or an intrusion, with the address that it came from.
_SCANNED: Final = "^(?:[a-z_]+ )?url='?(?P<url>[^' ]+)'? src='?(?P<src>[^' ]+)"
_STOPPED: Final = "action=block"
_BLIND: Final = (
    "its first lines hold no URL request (urls) or content filter block: flows and events cannot "
    "show visits"
)
_COMPILED: Final = re.compile(_LINE)


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    found = _COMPILED.match(line)
    if found is None:
        return Fault("stamp, device and type", line)
    if found.group("kind") == "urls" and not re.match(_REQUEST, found.group("rest")):
        return Fault("request", found.group("rest"))
    return None


def _steps(layout: Layout) -> Sequence[Columns]:
    del layout
    rest = pl.col("=line").struct.field("rest")
    return (
        {"=line": TEXT.str.extract_groups(_LINE)},
        {
            "=request": rest.str.extract_groups(_REQUEST),
            "=block": rest.str.extract_groups(_BLOCK),
            "=scan": rest.str.extract_groups(_SCANNED),
        },
    )


def _address(cell: pl.Expr) -> pl.Expr:
    """`10.1.2.3:52831` or `2001:db8::7:52831` without the port, the last part of a full address."""
    full = cell.str.contains(r"^(?:[0-9A-Fa-f]*:){8}[0-9]+$|::.*:[0-9]+$|^[0-9.]+:[0-9]+$")
    return pl.when(full).then(cell.str.replace(":[0-9]+$", "")).otherwise(cell)


def _columns(layout: Layout) -> Columns:
    del layout
    line, asked = pl.col("=line").struct, pl.col("=request").struct
    kind, method = line.field("kind"), asked.field("method")
    blocked_url = pl.col("=block").struct.field("url")
    blocked = blocked_url.is_not_null() & (kind != "urls")
    scan = pl.col("=scan").struct
    scanned = scan.field("url").is_not_null() & kind.str.starts_with("security_")
    stopped = blocked | (scanned & line.field("rest").str.contains(_STOPPED, literal=True))
    request = kind == "urls"
    unfit = request & asked.field("url").is_null()
    hidden = method == "UNKNOWN"
    # What is cut off ends in an ellipsis.
    url = pl.coalesce(asked.field("url"), blocked_url, scan.field("url")).str.replace(
        r"/\.\.\.$", "/"
    )
    bare = url.str.contains("^https://[^/?]*/?$")
    return {
        "reason": pl.when(kind.is_null())
        .then(pl.lit("stamp, device and type: not as this format writes it"))
        .when(unfit)
        .then(pl.lit("request: not as this format writes it")),
        "repeat": pl.when(~request & ~blocked & ~scanned).then(
            pl.lit("no request: a flow or an event of the device")
        ),
        "companion": pl.when(scanned).then(pl.lit("remark")),
        "time": clock.epoch(line.field("stamp")),
        "client_ip": _address(
            pl.when(request).then(asked.field("src")).when(scanned).then(scan.field("src"))
        ),
        "method": pl.when(~hidden).then(method),
        "url": pl.when(request | blocked | scanned).then(url),
        "action": pl.when(stopped).then(pl.lit("blocked")).otherwise(pl.lit("unknown")),
        "user_agent": asked.field("agent"),
        "evidence": pl.when((hidden | blocked).fill_null(value=False) & bare)
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
    }


def _layout(head: Head) -> Layout:
    read = [line for line in head.lines if _check(line, Layout()) is None]
    seen = any(" urls src=" in line or "content_filtering_block" in line for line in read)
    return Layout(blind=_BLIND if read and not seen else None)


_GET: Final = (
    "<134>1 1563249630.774247467 MX84 urls src=10.1.2.3:63735 dst=203.0.113.9:80 "
    "mac=00:00:5E:00:53:01 agent='Mozilla/5.0 (X11)' request: GET http://www.example.com/a?b=c"
)
_UNKNOWN: Final = (
    "1 1563249630.774247467 MX84 urls src=2001:db8::7:63735 dst=2001:db8::9:443 "
    "mac=00:00:5E:00:53:01 request: UNKNOWN https://www.example.com/..."
)
_BLOCKED: Final = (
    "<134>1 1563249631.5 MX84 events content_filtering_block url='https://www.example.com/...' "
    "category0='News' server='203.0.113.9:443'"
)
SYSLOG: Final = Format(
    name="meraki",
    title="Cisco Meraki URL requests and content filter blocks",
    definition="documentation.meraki.com, Syslog Event Types and Log Samples",
    shows=Shows(
        user=False,
        evidence=("url", "connect"),
        bytes="none",
        clock="utc",
        note="Only devices' addresses; requests are logged without what was decided on them.",
    ),
    check=_check,
    signs=(tuple(_KINDS.replace("[a-z_]+", "").split("|")),),
    prepare=_steps,
    columns=_columns,
    layout=_layout,
    rank=6,
    samples=(
        Sample(
            _GET,
            "time=2019-07-16T04:00:30.774248Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c action=unknown user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
        Sample(
            _UNKNOWN,
            "time=2019-07-16T04:00:30.774248Z client_ip=2001:db8::7"
            " url=https://www.example.com/ action=unknown evidence=connect",
        ),
        Sample(
            _BLOCKED,
            "time=2019-07-16T04:00:31.500000Z url=https://www.example.com/ action=blocked"
            " evidence=connect",
        ),
    ),
    near_misses=(_GET.partition(" request:")[0], _GET.replace("1563249630.774247467", "12:00")),
)
