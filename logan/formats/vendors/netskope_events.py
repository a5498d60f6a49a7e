"""Netskope: events as JSON, of the web and of the client's sessions to private applications.

Definition: docs.netskope.com, REST API v2, Events (page, application, connection, alert, network).
`timestamp` is in seconds since 1970; `userip` is the user's own address, `srcip` the one that
reached Netskope. Addresses have no scheme. Other events of the feed (audit, infrastructure) name no
site.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.json_lines import Shape, need, stamp_span
from logan.formats.vendors.netskope import MISSING, decide

_EVENT: Final = Shape(
    (
        need("timestamp", regex=r"^[0-9]{10}(?:\.[0-9]+)?$"),
        need("type", "record_type", "alert_type", regex="^[A-Za-z_ -]+$"),
        need("ur_normalized", "userkey", "netskope_pop", "access_method", "organization_unit"),
        need("user"),
    ),
    wrappers=("event", "data"),
)
_EVENT_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "kind": ("type", "record_type", "alert_type"),
    "time": "timestamp",
    "user": "user",
    "address": ("userip", "srcip"),
    "url": "url",
    "host": ("dsthost", "domain"),
    "port": "dstport",
    "bypass": "bypass_traffic",
    "decision": "action",
    "sent": "client_bytes",
    "received": "server_bytes",
    "referrer": "referer",
    "agent": "useragent",
}


def _event_columns(layout: Layout) -> Columns:
    cell = _EVENT.cells(layout, _EVENT_CELLS, MISSING)
    asked = pl.coalesce(cell["url"], cell["host"])
    closed = (cell["bypass"] == "yes").fill_null(value=False) | ~asked.str.contains(
        "/", literal=True
    )
    return {
        "reason": _EVENT.reason_at(layout),
        "repeat": pl.when(asked.is_null()).then(
            pl.concat_str(pl.lit("no request: a Netskope event of the type "), cell["kind"])
        ),
        "time": clock.epoch(cell["time"]),
        "user": cell["user"],
        "client_ip": cell["address"],
        "url": asked,
        "port": pl.when(integer(cell["port"]) > 0).then(integer(cell["port"])),
        "action": decide(cell["decision"]),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(closed.fill_null(value=True))
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
    }


def _check_event(line: str, layout: Layout) -> Fault | None:
    return _EVENT.check(line, layout)


def _event_span(line: str, layout: Layout) -> tuple[int, int] | None:
    del layout
    return stamp_span(line, "timestamp")


_EVENT_LINE: Final = (
    '{"_id":"8820","access_method":"Client","activity":"Upload","alert":"no","app":"Example",'
    '"action":"allow","referer":"https://example.org/","srcip":"203.0.113.4","timestamp":1705409961,'
    '"traffic_type":"Web","type":"nspolicy","ur_normalized":"jane.doe@force.example",'
    '"url":"www.example.com/a/b?c=d","user":"jane.doe@force.example","useragent":"Mozilla/5.0",'
    '"userip":"10.1.2.3","client_bytes":5120,"server_bytes":640,"dstport":443}'
)
EVENTS: Final = Format(
    name="netskope-events",
    title="Netskope events, JSON",
    definition="docs.netskope.com, REST API v2, Events: page, application, connection, alert",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="utc",
        note="No method and no status. An alert stands beside the event that it was raised for: "
        "leave exported alerts out where the events are there.",
    ),
    check=_check_event,
    signs=_EVENT.signs,
    columns=_event_columns,
    layout=_EVENT.layout,
    stamp_span=_event_span,
    rank=6,
    samples=(
        _EVENT_LINE,
        (
            '{"timestamp":1705409961,"type":"connection","bypass_traffic":"yes","organization_unit":"",'
            '"url":"www.example.com","user":"jane.doe@force.example","userip":"10.1.2.3",'
            '"access_method":"Client"}'
        ),
        (
            '{"timestamp":1705409961,"type":"admin_audit_logs","user":"admin@force.example",'
            '"organization_unit":"","audit_log_event":"Login Successful"}'
        ),
    ),
    near_misses=(
        '{"timestamp":"2024-01-16T12:59:21Z","type":"page","user":"jane","access_method":"Client"}',
        '{"timestamp":1705409961,"type":"http","url":"www.example.com/","user":"jane"}',
    ),
)

_PRIVATE: Final = Shape(
    (
        need("timestamp", regex="^[0-9]{10}$"),
        need("trafficType"),
        need("tunnelId", "networkSessionId"),
        need("sourceServiceName"),
    )
)
_PRIVATE_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": "timestamp",
    "user": "suser",
    "source": "src",
    "host": "sourceServiceName",
    "port": "dpt",
    "decision": "action",
    "sent": "clientBytes",
    "received": "serverBytes",
}


def _private_columns(layout: Layout) -> Columns:
    cell = _PRIVATE.cells(layout, _PRIVATE_CELLS, MISSING)
    return {
        "reason": _PRIVATE.reason_at(layout),
        "time": clock.epoch(cell["time"]),
        "user": cell["user"],
        "client_ip": cell["source"],
        "host": cell["host"],
        "port": integer(cell["port"]),
        "action": decide(cell["decision"]),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "evidence": pl.lit("connect"),
    }


PRIVATE: Final = Format(
    name="netskope-client",
    title="Netskope client network events, JSON",
    definition="docs.netskope.com, Network Events (Cloud Exchange mapping)",
    shows=Shows(
        user=True,
        evidence=("connect",),
        bytes="both",
        clock="utc",
        note="Sessions to an organisation's own applications.",
    ),
    check=lambda line, layout: _PRIVATE.check(line, layout),
    signs=_PRIVATE.signs,
    columns=_private_columns,
    layout=_PRIVATE.layout,
    rank=6,
    samples=(
        (
            '{"action":"allow","clientBytes":"148","dpt":"443","dst":"192.0.2.9","src":"null",'
            '"networkSessionId":"11","serverBytes":"148","sourceServiceName":"app.force.example",'
            '"suser":"jane.doe@force.example","timestamp":"1705409961","trafficType":"PrivateApp",'
            '"tunnelId":"7"}'
        ),
    ),
    near_misses=('{"timestamp":"1705409961","suser":"jane","dst":"192.0.2.9"}',),
)

FORMATS: Final = (EVENTS, PRIVATE)
