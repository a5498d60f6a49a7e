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
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.json_stamps import stamp_span
from logan.formats.engine.layout import TEXT, Layout, integer
from logan.formats.engine.stamps import iso
from logan.formats.engine.values import Cells

_UTC: Final = re.compile(r'"timestamp": ?"[0-9T:.-]{19,}(?:Z|[+-]00:?00)"')
#: Where a collector has put its own, the sensor's stands beside it (GateWatcher), or in its place.
_STAMPS: Final = ("timestamp", "timestamp_detected", "@timestamp")
_REQUESTS: Final = ("http", "tls", "quic", "dns")
_ANSWERS: Final = ("answer", "response")
_SERVER_PORTS: Final = ("53", "80", "443", "853", "3128", "8080", "8443")
_ALIASES: Final = {
    "kind": ("event_type",),
    "port": ("dest_port",),
    "source port": ("src_port",),
    "method": ("http.http_method",),
    "http host": ("http.hostname",),
    "url": ("http.url",),
    "server name": ("tls.sni", "quic.sni", "sni"),
    "asked": ("dns.rrname", "dns.queries[0].rrname", "dns.query[0].rrname"),
    "dns type": ("dns.type",),
    "decision": ("alert.action",),
    "verdict": ("verdict.action", "revocation_check.action"),
    "firewall": ("firewall_name",),
}


class EveLog(JsonObject):
    """The stamp is the first key."""

    @staticmethod
    def stamp_span(line: str, _layout: Layout) -> tuple[int, int] | None:
        """Only of UTC: a local hour of text is two hours in autumn."""
        return stamp_span(line, "timestamp") if _UTC.search(line) else None


def _companion(cell: Cells) -> pl.Expr:
    """What an event says of a request, which may have none of its own: some log alerts only."""
    return (
        pl.when(~cell["kind"].is_in(_REQUESTS))
        .then(pl.lit("remark"))
        .when(cell["dns type"].is_in(_ANSWERS))
        .then(pl.lit("answer"))
    )


def _from_server(cell: Cells) -> pl.Expr:
    """True of an event whose packet came from the site, or from the name server."""
    answer = cell["dns type"].is_in(_ANSWERS) & (cell["port"] != "53")
    known, other = cell["source port"].is_in(_SERVER_PORTS), cell["port"].is_in(_SERVER_PORTS)
    remark = ~cell["kind"].is_in(_REQUESTS) & known & ~other
    return (answer | remark | (cell["direction"] == "to_client")).fill_null(value=False)


def _action(cell: Cells) -> pl.Expr:
    """What was done: `allowed` of an alert says nothing unless the sensor stands in the way.

    407 is the challenge of a proxy that it sees the way to.
    """
    verdict = cell["verdict"].str.to_lowercase()
    inline = cell["firewall"].is_not_null() & (cell["decision"] == "allowed")
    return (
        pl.when((cell["decision"] == "blocked") | verdict.is_in(["drop", "reject"]))
        .then(pl.lit("blocked"))
        .when(integer(cell["http.status"]) == 407)
        .then(pl.lit("auth"))
        .when(inline | (verdict == "pass"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


def _absolute(cell: Cells) -> pl.Expr:
    """A tunnel and a request to a proxy name the host in the URL; Host may be the proxy's view."""
    whole = cell["url"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://")
    return (whole | (cell["method"] == "CONNECT")).fill_null(value=False)


def _lacks(cell: Cells, *names: str) -> pl.Expr:
    return pl.all_horizontal(cell[name].is_null() for name in names)


def _repeat(cell: Cells) -> pl.Expr:
    why = pl.concat_str(pl.lit("no request: an event of the kind "), cell["kind"])
    return pl.when(_lacks(cell, "http host", "url", "server name", "asked")).then(why)


def _client(cell: Cells) -> pl.Expr:
    """The side that asked, whichever sent the packet."""
    asking = pl.when(cell["from server"]).then(cell["dest_ip"]).otherwise(cell["src_ip"])
    return pl.coalesce(cell["flow.src_ip"], asking)


def _host(cell: Cells) -> pl.Expr:
    own = pl.when(~cell["absolute"]).then(pl.coalesce(cell["http host"], _authority()))
    return pl.coalesce(own, cell["server name"], cell["asked"])


def _authority() -> pl.Expr:
    """The host of HTTP/2, which has no Host: the pseudo-header `:authority` (RFC 9113, 8.3.1)."""
    return TEXT.str.extract(r'"name": ?":authority", ?"value": ?"([^"\\]*)"')


def _port(cell: Cells) -> pl.Expr:
    served = pl.when(cell["from server"]).then(cell["source port"]).otherwise(cell["port"])
    port = integer(served)
    own = pl.when(~cell["absolute"]).then(pl.coalesce(integer(cell["http.http_port"]), port))
    return (
        pl.when(cell["kind"] == "http").then(own).when(cell["server name"].is_not_null()).then(port)
    )


def _closed(cell: Cells) -> pl.Expr:
    return cell["url"].is_null() | (cell["method"] == "CONNECT")


def _look_up(cell: Cells) -> pl.Expr:
    return (cell["kind"] == "dns") | _lacks(cell, "http host", "url", "server name")


def _scheme(cell: Cells) -> pl.Expr:
    return pl.when(cell["http host"].is_not_null() & ~cell["absolute"]).then(pl.lit("http"))


_COLUMNS: Final = Columns(
    time=iso(_STAMPS),
    user=None,
    client_ip=_client,
    action=_action,
    method="method",
    url="url",
    scheme=_scheme,
    host=_host,
    record_type=("dns.rrtype", "dns.queries[0].rrtype", "dns.query[0].rrtype"),
    port=_port,
    status="http.status",
    bytes_received="http.length",
    referrer="http.http_refer",
    user_agent="http.http_user_agent",
    evidence=connects(_closed, look_up=_look_up),
    repeat=_repeat,
    companion=_companion,
    derived={"absolute": _absolute, "from server": _from_server},
)
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
    reader=EveLog(
        (
            need(*_STAMPS, regex=f"^{clock.ISO_OFFSET}$"),
            # AWS Network Firewall's log of TLS inspection has no type but the server's name
            need("event_type", "sni", regex="^[A-Za-z0-9][A-Za-z0-9_.:-]*$"),
            need("event_type", "dest_ip"),
            need("src_ip", "flow_id", "stats", "engine"),
        ),
        aliases=_ALIASES,
        framing="json",
    ),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="Sees TLS by its server name only; an alert counts where its request has no event.",
    rank=6,
    samples=(
        Sample(
            f"{_HTTP}\n{_TLS}\n{_STATS}",
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c status=200 action=unknown"
            " bytes_received=512 referrer=http://example.org/ user_agent=Mozilla/5.0"
            " evidence=url",
            "time=2024-01-01T10:00:01.123456Z client_ip=10.1.2.3 url=www.example.com:443"
            " action=unknown evidence=connect",
            "time=2024-01-01T10:00:02.123456Z action=unknown evidence=dns repeat=no"
            " request: an event of the kind stats companion=remark",
        ),
        Sample(
            _DNS,
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=(
        '{"timestamp":"2024-01-01T10:00:00Z","event_type":"http","host":"www.example.com"}',
        '{"timestamp":"2024-01-01T10:00:00","event_type":"tls","src_ip":"10.1.2.3"}',
        # a load balancer's (F5 Distributed Cloud), whose method, path and block are elsewhere
        (
            '{"@timestamp":"2024-01-01T10:00:00Z","action":"block","domain":"www.example.com",'
            '"method":"POST","sni":"www.example.com","src_ip":"10.1.2.3","req_path":"/a"}'
        ),
    ),
)
