"""Suricata's EVE log: one JSON object per event, of many kinds in one file.

Definition: docs.suricata.io, EVE JSON Format. Requests are the kinds `http`, `tls`, `quic` and
`dns`; an alert, a file or a flow is a further line about one of them, or no visit. In a DNS answer
the source is the server (versions 1 to 3: each event has the direction of its packet). `length` of
http is the size of the answer's body. A sensor decides nothing, but an alert may have dropped.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.json_lines import Paths, Shape, need, parsed, stamp_span, text_at

_SHAPE: Final = Shape(
    (
        need("timestamp", regex=f"^{clock.ISO_OFFSET}$"),
        need("event_type", regex="^[a-z][a-z0-9_]*$"),
        need("src_ip", "flow_id", "stats", "engine"),
    )
)
_UTC: Final = re.compile(r'"timestamp": ?"[0-9T:.-]{19,}(?:Z|[+-]00:?00)"')
_REQUESTS: Final = ("http", "tls", "quic", "dns")
_ANSWERS: Final = ("answer", "response")
_CELLS: Final[Paths] = {
    "kind": "event_type",
    "time": "timestamp",
    "source": "src_ip",
    "destination": "dest_ip",
    "source port": "src_port",
    "port": "dest_port",
    "method": "http.http_method",
    "http host": "http.hostname",
    "http port": "http.http_port",
    "url": "http.url",
    "status": "http.status",
    "length": "http.length",
    "referrer": "http.http_refer",
    "agent": "http.http_user_agent",
    "server name": ("tls.sni", "quic.sni"),
    "asked": ("dns.rrname", "dns.queries[0].rrname", "dns.query[0].rrname"),
    "dns type": "dns.type",
    "decision": "alert.action",
}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _layout(head: Head) -> Layout:
    """Whether the log holds look-ups as answers only (`requests: no` in suricata.yaml)."""
    records = [record for line in head.lines if (record := parsed(line)) is not None]
    kinds = {text_at(record, "dns.type") for record in records} - {None}
    only = bool(kinds) and kinds <= set(_ANSWERS)
    return Layout().with_option("look-ups", "answers") if only else Layout()


def _repeat(cell: dict[str, pl.Expr], layout: Layout) -> pl.Expr:
    """Why an event is no request of its own."""
    answer = cell["dns type"].is_in(_ANSWERS)
    answered = pl.lit("the answer to a DNS query")
    answer_repeat = None if layout.option("look-ups") == "answers" else answered
    return (
        pl.when(cell["kind"] == "dns")
        .then(pl.when(answer).then(answer_repeat))
        .when(~cell["kind"].is_in(_REQUESTS))
        .then(pl.concat_str(pl.lit("a Suricata event of the kind "), cell["kind"]))
    )


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    kind = cell["kind"]
    # A tunnel and a request to a proxy name the host in the URL; Host may be the proxy's view.
    absolute = cell["url"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://")
    absolute = (absolute | (cell["method"] == "CONNECT")).fill_null(value=False)
    from_server = cell["dns type"].is_in(_ANSWERS) & (cell["port"] != "53")
    port = integer(cell["port"])
    return {
        "reason": _SHAPE.reason_at(layout),
        "repeat": _repeat(cell, layout),
        "time": clock.iso_offset(cell["time"]),
        "client_ip": pl.when(from_server).then(cell["destination"]).otherwise(cell["source"]),
        "method": cell["method"],
        "scheme": pl.when(cell["http host"].is_not_null() & ~absolute).then(pl.lit("http")),
        "url": cell["url"],
        "host": pl.coalesce(
            pl.when(~absolute).then(cell["http host"]), cell["server name"], cell["asked"]
        ),
        "port": pl.when(kind == "http")
        .then(pl.when(~absolute).then(pl.coalesce(integer(cell["http port"]), port)))
        .when(kind.is_in(["tls", "quic"]))
        .then(port),
        "status": integer(cell["status"]),
        "action": pl.when(cell["decision"] == "blocked")
        .then(pl.lit("blocked"))
        .otherwise(pl.lit("unknown")),
        "bytes_received": integer(cell["length"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(kind == "dns")
        .then(pl.lit("dns"))
        .when(kind.is_in(["tls", "quic"]) | (cell["method"] == "CONNECT"))
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
    }


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """The stamp is the first key. Only UTC: a local hour of text is two hours in autumn."""
    del layout
    return stamp_span(line, "timestamp") if _UTC.search(line) else None


_HTTP: Final = (
    '{"timestamp":"2024-01-01T10:00:00.123456+0000","flow_id":7,"event_type":"http",'
    '"src_ip":"10.1.2.3","src_port":50000,"dest_ip":"203.0.113.9","dest_port":80,"proto":"TCP",'
    '"http":{"hostname":"www.example.com","url":"/a?b=c","http_user_agent":"Mozilla/5.0",'
    '"http_refer":"http://example.org/","http_method":"GET","protocol":"HTTP/1.1",'
    '"status":200,"length":512}}'
)
_TLS: Final = (
    '{"timestamp":"2024-01-01T10:00:01.123456+0000","flow_id":8,"event_type":"tls",'
    '"src_ip":"10.1.2.3","src_port":50001,"dest_ip":"203.0.113.9","dest_port":443,"proto":"TCP",'
    '"tls":{"sni":"www.example.com","version":"TLS 1.3"}}'
)
_STATS: Final = (
    '{"timestamp":"2024-01-01T10:00:02.123456+0000","event_type":"stats","stats":{"uptime":7}}'
)
_DNS: Final = (
    '{"timestamp":"2024-01-01T11:00:00.123456+0100","flow_id":9,"event_type":"dns",'
    '"src_ip":"10.1.2.3","src_port":50002,"dest_ip":"203.0.113.53","dest_port":53,"proto":"UDP",'
    '"dns":{"version":3,"type":"request","id":7,'
    '"queries":[{"rrname":"www.example.com","rrtype":"A"}]}}'
)
EVE: Final = Format(
    name="suricata",
    title="Suricata EVE",
    definition="docs.suricata.io, EVE JSON Format",
    shows=Shows(
        user=False,
        evidence=("url", "connect", "dns"),
        bytes="received",
        clock="offset",
        note="Sees TLS by its server name only; alerts, files and flows repeat a request.",
    ),
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    layout=_layout,
    stamp_span=_stamp_span,
    framing="json",
    rank=6,
    samples=(f"{_HTTP}\n{_TLS}\n{_STATS}", _DNS),
    near_misses=(
        '{"timestamp":"2024-01-01T10:00:00Z","event_type":"http","host":"www.example.com"}',
        '{"timestamp":"2024-01-01T10:00:00","event_type":"tls","src_ip":"10.1.2.3"}',
    ),
)
