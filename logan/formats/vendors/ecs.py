"""Elastic Common Schema: events that a shipper has mapped, as JSON lines or as a CSV report.

Definition: elastic.co, ECS Field Reference: base, event, source, destination, url, http, user, dns,
tls. Nested objects and dotted keys mean the same. `source.bytes` goes from the source (the user) to
the destination, `destination.bytes` back. A line as it was logged (`event.original`, `message`) is
read by its own format where one knows it; this one takes what is left.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.cef import with_domain
from logan.formats.engine.delimited import Rows, split
from logan.formats.engine.json_lines import Shape, need, parsed, text_at
from logan.formats.engine.verdicts import decided
from logan.formats.vendors import squid

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("@timestamp",),
    "user": ("user.name", "source.user.name", "client.user.name", "user.email", "user.id"),
    "domain": ("user.domain", "source.user.domain"),
    "source": ("source.ip", "client.ip", "source.address", "client.address"),
    "method": ("http.request.method",),
    "url": ("url.full", "url.original"),
    "scheme": ("url.scheme",),
    "host": ("url.domain", "destination.domain", "server.domain", "tls.client.server_name"),
    "port": ("url.port", "destination.port"),
    "path": ("url.path",),
    "query": ("url.query",),
    "asked": ("dns.question.name",),
    "dns kind": ("dns.type",),
    "status": ("http.response.status_code", "http.response.body.status_code"),
    "squid code": ("labels.request_status",),
    "kind": ("event.type",),
    "what": ("event.kind",),
    "decision": ("event.action",),
    "sent": ("source.bytes", "client.bytes", "http.request.bytes"),
    "received": ("destination.bytes", "server.bytes", "http.response.bytes"),
    "referrer": ("http.request.referrer",),
    "agent": ("user_agent.original",),
}
_HOSTS: Final = (*_NAMES["url"], *_NAMES["host"], *_NAMES["asked"])
_MISSING: Final = ("", "-", "(empty)")
_SHAPE: Final = Shape(
    (
        need("@timestamp", regex="^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]+|^[0-9]{13}$"),
        need("ecs.version", "event.category", "event.kind", "event.module", "event.dataset"),
    ),
    wrappers=("_source",),
)
_ROWS: Final = Rows(
    needs={"@timestamp": "[A-Z0-9].*[0-9:].*"},
    columns=tuple(name for names in _NAMES.values() for name in names),
    missing=_MISSING,
)
#: What Kibana writes into a report; its zone is the browser's.
_KIBANA: Final = "%b %e, %Y @ %H:%M:%S%.f"


def _record(cell: Mapping[str, pl.Expr]) -> Columns:
    """The columns of an event; one that names no host is no request."""
    look_up = cell["asked"].is_not_null() & cell["url"].is_null()
    seen = cell["method"].is_not_null() | cell["path"].is_not_null() | cell["url"].is_not_null()
    tunnel = (cell["method"].str.to_uppercase() == "CONNECT").fill_null(value=False)
    whole = cell["url"].str.contains("://", literal=True).fill_null(value=False)
    named = pl.coalesce(cell["url"], cell["host"], cell["asked"])
    answer = (cell["dns kind"] == "answer").fill_null(value=False)
    kinds = cell["kind"].fill_null("")
    said = (
        pl.when(kinds.str.contains("denied", literal=True))
        .then(pl.lit("blocked"))
        .when(kinds.str.contains("allowed", literal=True))
        .then(pl.lit("allowed"))
    )
    word = decided(
        cell["decision"],
        allowed="allow.*|permit.*|pass.*|accept.*|observed|proxied",
        blocked="block.*|den[iy].*|drop.*|reset.*|reject.*",
    )
    status = integer(cell["status"])
    by_squid = pl.when(cell["squid code"].is_not_null()).then(
        squid.decide(cell["squid code"], status).cast(pl.String)
    )
    challenged = pl.when(status == 407).then(pl.lit("auth"))
    return {
        "repeat": pl.when(named.is_null()).then(pl.lit("no request: an event that names no host")),
        "companion": pl.when(cell["what"] == "alert")
        .then(pl.lit("remark"))
        .when(look_up & answer)
        .then(pl.lit("answer")),
        "user": with_domain(cell["user"], cell["domain"]),
        "client_ip": cell["source"],
        "method": cell["method"],
        "url": cell["url"],
        "scheme": pl.when(~whole).then(cell["scheme"]),
        "host": pl.when(~whole).then(pl.coalesce(cell["host"], cell["asked"])),
        "port": pl.when(~whole & ~look_up).then(integer(cell["port"])),
        "path": pl.when(~whole).then(cell["path"]),
        "query": pl.when(~whole).then(cell["query"]),
        "status": status,
        "action": pl.coalesce(challenged, said, by_squid, word.cast(pl.String)),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(look_up)
        .then(pl.lit("dns"))
        .when(seen & ~tunnel)
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect")),
    }


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


_BLIND: Final = "its first lines name no host that was asked for: it cannot show visits"


def _layout(head: Head) -> Layout:
    layout = _SHAPE.layout(head)
    under = layout.under
    records = [found for line in head.lines if (found := parsed(line)) is not None]
    hosted = any(text_at(record, *_HOSTS, under=under) for record in records)
    return layout if hosted else layout._replace(names=(), blind=_BLIND)


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, dict(_NAMES), _MISSING)
    instant = pl.coalesce(clock.iso_offset(cell["time"]), clock.epoch(cell["time"]))
    return {"reason": _SHAPE.reason_at(layout), "time": instant, **_record(cell)}


_LINE: Final = (
    '{"@timestamp":"2024-01-01T10:00:00.123Z","ecs":{"version":"8.11.0"},'
    '"event":{"category":["web"],"type":["access","allowed"],"action":"OBSERVED"},'
    '"source":{"ip":"10.1.2.3","bytes":640},"destination":{"ip":"192.0.2.1","bytes":5120},'
    '"user":{"name":"jdoe","domain":"FORCE"},"http":{"request":{"method":"GET",'
    '"referrer":"https://example.org/"},"response":{"status_code":200}},'
    '"url":{"full":"https://www.example.com/a?b=c","domain":"www.example.com"},'
    '"user_agent":{"original":"Mozilla/5.0"}}'
)
_DOTTED: Final = (
    '{"@timestamp":"2024-01-01T10:00:00.123Z","ecs.version":"8.11.0","event.type":["denied"],'
    '"source.ip":"10.1.2.3","user.name":"jdoe","url.domain":"www.example.com","url.port":443}'
)
_DNS: Final = (
    '{"@timestamp":"2024-01-01T10:00:00.123Z","ecs":{"version":"8.11.0"},"dns":{"type":"query",'
    '"question":{"name":"www.example.com"}},"source":{"ip":"10.1.2.3"}}'
)
_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect", "dns"),
    bytes="both",
    clock="utc",
    note="What a shipper mapped, not what the gateway wrote.",
)
JSON: Final = Format(
    name="ecs",
    title="Elastic Common Schema, JSON",
    definition="elastic.co, ECS Field Reference",
    shows=_SHOWS,
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    layout=_layout,
    rank=0,
    samples=(_LINE, _DOTTED, _DNS, '{"_index":"logs","_id":"1","_source":' + _LINE + "}"),
    near_misses=(
        '{"@timestamp":"2024-01-01T10:00:00Z","url":"https://www.example.com/"}',
        '{"timestamp":"2024-01-01T10:00:00Z","ecs":{"version":"8.11.0"}}',
    ),
)


def _report_layout(head: Head) -> Layout | None:
    layout = _ROWS.header(head)
    if layout is None or not set(layout.names) & set(_HOSTS):
        return None
    at = layout.names.index("@timestamp")
    rows = (split(line, layout.cells.separator or ",") for line in head.lines)
    stamps = [row[at] for row in rows if row and len(row) > at]
    return dates.with_order(layout, stamps) if any("/" in stamp for stamp in stamps) else layout


def _report_columns(layout: Layout) -> Columns:
    cells = _ROWS.cells(layout)
    cell = {name: pl.coalesce(cells[key] for key in keys) for name, keys in _NAMES.items()}
    stamp = cells["@timestamp"]
    instant = pl.coalesce(clock.iso_offset(stamp), clock.epoch(stamp))
    wall = pl.coalesce(clock.naive(stamp, _KIBANA), dates.date_time(stamp, layout))
    return {
        "reason": _ROWS.reason(layout),
        "time": instant,
        "local_time": pl.when(instant.is_null()).then(wall),
        **_record(cell),
    }


_HEADER: Final = (
    '"@timestamp","source.ip","user.name","http.request.method","url.full",'
    '"http.response.status_code","event.action"\n'
)
_ROW: Final = ',"10.1.2.3",jdoe,GET,"https://www.example.com/a?b=c,d",200,blocked'
REPORT: Final = Format(
    name="ecs-csv",
    title="Elastic Common Schema, CSV report",
    definition="elastic.co, Kibana reporting; ECS Field Reference",
    shows=Shows(
        user=True,
        evidence=("url", "connect", "dns"),
        bytes="both",
        clock="local",
        note="Kibana writes times in the zone of whoever made the report.",
    ),
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_report_columns,
    layout=_report_layout,
    follow=_ROWS.follow,
    framing="csv",
    rank=0,
    samples=(
        _HEADER + '"Jan 1, 2024 @ 10:00:00.123"' + _ROW,
        _HEADER + "2024-01-01T10:00:00.123Z" + _ROW,
    ),
    near_misses=('"@timestamp","source.ip"\n"Jan 1, 2024 @ 10:00:00.123",10.1.2.3',),
)
FORMATS: Final = (JSON, REPORT)
