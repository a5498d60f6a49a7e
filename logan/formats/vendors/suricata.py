"""Suricata's EVE log: one JSON object per event, of many kinds in one file.

Definition: docs.suricata.io, EVE JSON Format. Requests are the kinds `http`, `tls`, `quic` and
`dns`; an alert or a file is a further line about one of them, or all there is, where only alerts
are logged (AWS Network Firewall). An event has the direction of its packet: in a DNS answer, and an
alert about what came from the site, the source is the server. `length` of http is the size of the
answer's body. A sensor decides nothing; inline, an alert drops, or its verdict says that it passed.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.json_lines import Paths, Shape, need, stamp_span

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
_SERVER_PORTS: Final = ("53", "80", "443", "853", "3128", "8080", "8443")
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
    "server name": ("tls.sni", "quic.sni", "sni"),
    "asked": ("dns.rrname", "dns.queries[0].rrname", "dns.query[0].rrname"),
    "dns type": "dns.type",
    "decision": "alert.action",
    "verdict": "verdict.action",
    "flow source": "flow.src_ip",
    "direction": "direction",
    "firewall": "firewall_name",
}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _companion(cell: dict[str, pl.Expr]) -> pl.Expr:
    """What an event says of a request, which may have none of its own: some log alerts only."""
    return (
        pl.when(~cell["kind"].is_in(_REQUESTS))
        .then(pl.lit("remark"))
        .when(cell["dns type"].is_in(_ANSWERS))
        .then(pl.lit("answer"))
    )


def _from_server(cell: dict[str, pl.Expr]) -> pl.Expr:
    """True of an event whose packet came from the site, or from the name server."""
    answer = cell["dns type"].is_in(_ANSWERS) & (cell["port"] != "53")
    known, other = cell["source port"].is_in(_SERVER_PORTS), cell["port"].is_in(_SERVER_PORTS)
    remark = ~cell["kind"].is_in(_REQUESTS) & known & ~other
    return (answer | remark | (cell["direction"] == "to_client")).fill_null(value=False)


def _action(cell: dict[str, pl.Expr]) -> pl.Expr:
    """What was done: `allowed` of an alert says nothing unless the sensor stands in the way."""
    inline = cell["firewall"].is_not_null() & (cell["decision"] == "allowed")
    return (
        pl.when((cell["decision"] == "blocked") | cell["verdict"].is_in(["drop", "reject"]))
        .then(pl.lit("blocked"))
        .when(inline | (cell["verdict"] == "pass"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    kind = cell["kind"]
    # A tunnel and a request to a proxy name the host in the URL; Host may be the proxy's view.
    absolute = cell["url"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://")
    absolute = (absolute | (cell["method"] == "CONNECT")).fill_null(value=False)
    from_server = _from_server(cell)
    port = integer(pl.when(from_server).then(cell["source port"]).otherwise(cell["port"]))
    look_up = (kind == "dns") | pl.all_horizontal(
        cell[name].is_null() for name in ("http host", "url", "server name")
    )
    return {
        "reason": _SHAPE.reason_at(layout),
        "repeat": pl.when(
            pl.all_horizontal(
                cell[name].is_null() for name in ("http host", "url", "server name", "asked")
            )
        ).then(pl.concat_str(pl.lit("no request: an event of the kind "), kind)),
        "companion": _companion(cell),
        "time": clock.iso_offset(cell["time"]),
        "client_ip": pl.coalesce(
            cell["flow source"],
            pl.when(from_server).then(cell["destination"]).otherwise(cell["source"]),
        ),
        "method": cell["method"],
        "scheme": pl.when(cell["http host"].is_not_null() & ~absolute).then(pl.lit("http")),
        "url": cell["url"],
        "host": pl.coalesce(
            pl.when(~absolute).then(cell["http host"]), cell["server name"], cell["asked"]
        ),
        "port": pl.when(kind == "http")
        .then(pl.when(~absolute).then(pl.coalesce(integer(cell["http port"]), port)))
        .when(cell["server name"].is_not_null())
        .then(port),
        "status": integer(cell["status"]),
        "action": _action(cell),
        "bytes_received": integer(cell["length"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(look_up)
        .then(pl.lit("dns"))
        .when(cell["url"].is_null() | (cell["method"] == "CONNECT"))
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
        note="Sees TLS by its server name only; an alert counts where its request has no event.",
    ),
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    stamp_span=_stamp_span,
    framing="json",
    rank=6,
    samples=(f"{_HTTP}\n{_TLS}\n{_STATS}", _DNS),
    near_misses=(
        '{"timestamp":"2024-01-01T10:00:00Z","event_type":"http","host":"www.example.com"}',
        '{"timestamp":"2024-01-01T10:00:00","event_type":"tls","src_ip":"10.1.2.3"}',
    ),
)
