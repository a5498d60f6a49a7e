"""iboss cloud and appliance logs: one JSON object per event, all values as strings.

Definition: iboss, Reporting and Analytics, Log Forwarding (JSON), field list.
`proxyTransactionStartTime` is in seconds since 1970; `logTime` (a date) and `time` beside it are
the wall clock of the node. Bytes upstream go from the user, downstream towards the user. Other
events (DLP, IPS) share the stream and name the request they belong to.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.json_lines import Shape, need
from logan.formats.engine.verdicts import decided, tunnelled

_SHAPE: Final = Shape(
    (
        need("url", "host"),
        need("logType", regex="^[A-Za-z_ ]+$"),
        need("proxyTransactionStartTime", "logTime", regex="^[0-9]{4}[0-9.-]+$"),
        need("downstreamByteUsage", "totalByteUsage", "iboss", "ibossIpAddress"),
    )
)
_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "kind": "logType",
    "epoch": "proxyTransactionStartTime",
    "date": "logTime",
    "time": "time",
    "user": "username",
    "source": ("privateIp", "sourceIpAddress"),
    "method": "requestMethod",
    "url": "url",
    "scheme": "scheme",
    "host": "host",
    "port": "destinationPort",
    "path": "uriPath",
    "query": "uriQuery",
    "status": "responseCode",
    "decision": ("action", "sAction"),
    "sent": "upstreamByteUsage",
    "received": "downstreamByteUsage",
    "referrer": "referrerUrl",
    "agent": "userAgent",
}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    instant = clock.epoch(cell["epoch"])
    stamp = pl.concat_str(cell["date"], pl.lit(" "), cell["time"])
    look_up = cell["kind"].str.contains("(?i)dns")
    request = cell["kind"].str.contains("(?i)web|url|proxy|dns")
    whole = cell["url"].str.contains("://", literal=True).fill_null(value=False)
    return {
        "reason": _SHAPE.reason_at(layout),
        "companion": pl.when(~request).then(pl.lit("remark")),
        "time": instant,
        "local_time": pl.when(instant.is_null()).then(clock.naive(stamp, "%Y-%m-%d %H:%M:%S")),
        "user": cell["user"],
        "client_ip": cell["source"],
        "method": cell["method"],
        "url": pl.coalesce(cell["url"], cell["host"]),
        "scheme": pl.when(~whole).then(cell["scheme"]),
        "host": pl.when(~whole).then(cell["host"]),
        "port": integer(cell["port"]),
        "path": pl.when(~whole).then(cell["path"]),
        "query": pl.when(~whole).then(cell["query"]),
        "status": integer(cell["status"]),
        # A soft block is a block page that the user may override.
        "action": decided(cell["decision"], allowed="allowed", blocked="(?:soft-?)?blocked"),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(look_up).then(pl.lit("dns")).otherwise(tunnelled(cell["method"])),
    }


_LINE: Final = (
    '{"totalByteUsage":"2903","sourceIpAddress":"10.1.2.3","privateIp":"10.1.2.3",'
    '"responseCode":"302","host":"www.example.com","action":"Soft-blocked","uriPath":"/a",'
    '"iboss":"node.example","destinationPort":"443","logType":"WEB_LOG","scheme":"https",'
    '"requestMethod":"GET","upstreamByteUsage":"1250","downstreamByteUsage":"1653",'
    '"proxyTransactionStartTime":"1704103200.321","userAgent":"Mozilla/5.0",'
    '"url":"https://www.example.com/a?b=c","logTime":"2024-01-01","time":"10:00:00",'
    '"referrerUrl":"https://example.org/","uriQuery":"b=c","username":"jdoe"}'
)
IBOSS: Final = Format(
    name="iboss",
    title="iboss log, JSON",
    definition="iboss, Log Forwarding, JSON fields",
    shows=Shows(
        user=True,
        evidence=("url", "connect", "dns"),
        bytes="both",
        clock="local",
        note="The exact stamp is UTC; lines without it have the node's wall clock.",
    ),
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    rank=7,
    samples=(_LINE, "<46>Jan  1 10:00:00 node.example " + _LINE.replace("WEB_LOG", "DLP_LOG")),
    near_misses=(
        '{"url":"https://www.example.com/","host":"www.example.com","logTime":"2024-01-01"}',
        _LINE.replace('"logType":"WEB_LOG",', ""),
    ),
)
