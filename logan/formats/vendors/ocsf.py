"""OCSF events of network activity: classes 4001 (network), 4002 (HTTP) and 4003 (DNS), JSON lines.

Definition: schema.ocsf.io, Network Activity category. `time` is in milliseconds since 1970 (some
sources write other units: told apart by their size). `traffic.bytes_out` goes from the source to
the destination. A DNS answer (activity 2) is a further line about its query; activity 6 is both.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.cef import with_domain
from logan.formats.engine.json_lines import Shape, need, stamp_span
from logan.schema import ACTION

_SHAPE: Final = Shape(
    (
        need("class_uid", regex="^400[123]$"),
        need("time", "time_dt", regex="^[0-9]{10,19}$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T"),
        need("metadata.version", "metadata.product.name", "type_uid", "activity_id"),
    )
)
_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "class": "class_uid",
    "activity": "activity_id",
    "time": ("time", "time_dt"),
    "user": ("actor.user.name", "src_endpoint.owner.name", "actor.user.email_addr"),
    "domain": "actor.user.domain",
    "source": "src_endpoint.ip",
    "method": "http_request.http_method",
    "url": ("http_request.url.url_string", "url.url_string"),
    "scheme": ("http_request.url.scheme", "url.scheme"),
    "url host": ("http_request.url.hostname", "url.hostname"),
    "path": ("http_request.url.path", "url.path"),
    "query": ("http_request.url.query_string", "url.query_string"),
    "url port": ("http_request.url.port", "url.port"),
    "host": ("tls.sni", "dst_endpoint.hostname", "dst_endpoint.domain", "proxy_endpoint.hostname"),
    "port": "dst_endpoint.port",
    "asked": "query.hostname",
    "status": ("http_response.code", "status_code"),
    "verdict": "action_id",
    "disposition": "disposition_id",
    "sent": "traffic.bytes_out",
    "received": "traffic.bytes_in",
    "referrer": "http_request.referrer",
    "agent": "http_request.user_agent",
}
#: Dispositions (schema.ocsf.io, security_control): allowed, exonerated, detected, logged, alert ...
_ALLOWED: Final = ("1", "9", "15", "16", "17", "19")
#: Blocked, quarantined, isolated, deleted, dropped, rejected, reset, blocked by a challenge ...
_BLOCKED: Final = ("2", "3", "4", "5", "6", "18", "21", "22", "26", "27")


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _decision(cell: dict[str, pl.Expr]) -> pl.Expr:
    return (
        pl.when((cell["verdict"] == "2") | cell["disposition"].is_in(_BLOCKED))
        .then(pl.lit("blocked"))
        .when((cell["verdict"] == "1") | cell["disposition"].is_in(_ALLOWED))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    http, dns = cell["class"] == "4002", cell["class"] == "4003"
    tunnel = (cell["method"].str.to_uppercase() == "CONNECT").fill_null(value=False)
    whole = cell["url"].str.contains("://", literal=True).fill_null(value=False)
    host = pl.coalesce(cell["url host"], cell["host"])
    named = pl.when(dns).then(cell["asked"]).otherwise(pl.coalesce(cell["url"], host))
    answer = dns & (cell["activity"] == "2")
    port = pl.coalesce(integer(cell["url port"]), integer(cell["port"]))
    return {
        "reason": _SHAPE.reason_at(layout),
        "repeat": pl.when(named.is_null()).then(pl.lit("no request: an event that names no host")),
        "companion": pl.when(answer).then(pl.lit("answer")),
        "time": pl.coalesce(clock.epoch(cell["time"]), clock.iso_offset(cell["time"])),
        "user": with_domain(cell["user"], cell["domain"]),
        "client_ip": cell["source"],
        "method": cell["method"],
        "url": pl.when(~dns).then(cell["url"]),
        "scheme": pl.when(~dns & ~whole).then(cell["scheme"]),
        "host": pl.when(dns).then(cell["asked"]).when(~whole).then(host),
        "port": pl.when(~dns & ~whole).then(port),
        "path": pl.when(~whole).then(cell["path"]),
        "query": pl.when(~whole).then(cell["query"]),
        "status": pl.when(http).then(integer(cell["status"])),
        "action": _decision(cell),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(dns)
        .then(pl.lit("dns"))
        .when(http & ~tunnel)
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect")),
    }


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    del layout
    return stamp_span(line, "time")


_HTTP: Final = (
    '{"class_uid":4002,"activity_id":3,"time":1704103200123,"action_id":1,"disposition_id":1,'
    '"metadata":{"version":"1.1.0"},"actor":{"user":{"name":"jdoe","domain":"FORCE"}},'
    '"src_endpoint":{"ip":"10.1.2.3"},"dst_endpoint":{"hostname":"www.example.com","port":443},'
    '"http_request":{"http_method":"GET","user_agent":"Mozilla/5.0",'
    '"referrer":"https://example.org/","url":{"scheme":"https","hostname":"www.example.com",'
    '"path":"/a","query_string":"b=c","port":443}},"http_response":{"code":200},'
    '"traffic":{"bytes_out":640,"bytes_in":5120}}'
)
_NETWORK: Final = (
    '{"class_uid":4001,"activity_id":6,"time":1704103200123,"disposition_id":2,'
    '"metadata":{"version":"1.1.0"},"src_endpoint":{"ip":"10.1.2.3"},'
    '"dst_endpoint":{"ip":"192.0.2.1","port":443},"tls":{"sni":"www.example.com"}}'
)
_DNS: Final = (
    '{"class_uid":4003,"activity_id":1,"time":1704103200123,"metadata":{"version":"1.1.0"},'
    '"src_endpoint":{"ip":"10.1.2.3"},"query":{"hostname":"www.example.com.","type":"A"}}'
)
OCSF: Final = Format(
    name="ocsf",
    title="OCSF network, HTTP and DNS activity",
    definition="schema.ocsf.io, classes 4001, 4002, 4003",
    shows=Shows(user=True, evidence=("url", "connect", "dns"), bytes="both", clock="utc"),
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    stamp_span=_stamp_span,
    rank=5,
    samples=(_HTTP, _NETWORK, _DNS, _DNS.replace('"activity_id":1', '"activity_id":2')),
    near_misses=(
        _HTTP.replace("4002", "3002"),
        _HTTP.replace("1704103200123", '"noon"'),
    ),
)
