"""Caddy's access log: JSON lines of the logger `http.log.access`.

Definition: caddyserver.com/docs/logging and docs/caddyfile/directives/log. `ts` is seconds since
1970 unless the encoder's `time_format` says otherwise (ISO 8601 is read too); `size` is what was
written to the client, `bytes_read` what came from it. `remote_ip` is the other end of the
connection, `client_ip` the user's side behind trusted proxies (2.7 and later); before 2.5 it was
`remote_addr`.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.json_lines import Paths, Shape, need, stamp_span
from logan.formats.engine.verdicts import passed_on, tunnelled

_STAMP: Final = rf"^(?:[0-9]{{9,19}}(?:\.[0-9]+)?(?:[eE]\+?[0-9]+)?|{clock.ISO_OFFSET})$"
_SHAPE: Final = Shape(
    (
        need("ts", regex=_STAMP),
        need("logger", "msg", regex="^http[.]|^handled request$"),
        need("request.method"),
        need("request.uri"),
        need("request.remote_ip", "request.remote_addr"),
    )
)
_CELLS: Final[Paths] = {
    "time": "ts",
    "client": ("request.client_ip", "request.remote_ip", "request.remote_addr"),
    "user": "user_id",
    "method": "request.method",
    "host": "request.host",
    "uri": "request.uri",
    "tls": "request.tls.version",
    "tls early": "request.tls",
    "status": "status",
    "sent": "bytes_read",
    "received": "size",
    "referrer": ("request.headers.Referer[0]",),
    "agent": ("request.headers.User-Agent[0]",),
}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _layout(head: Head) -> Layout:
    return _SHAPE.layout(head)


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    status = integer(cell["status"])
    absolute = cell["uri"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://")
    absolute = absolute.fill_null(value=False)
    host = pl.when(~absolute).then(cell["host"])
    encrypted = cell["tls"].is_not_null() | cell["tls early"].is_not_null()
    scheme = pl.when(encrypted).then(pl.lit("https")).otherwise(pl.lit("http"))
    return {
        "reason": _SHAPE.reason_at(layout),
        "time": pl.coalesce(clock.epoch(cell["time"]), clock.iso_offset(cell["time"])),
        "client_ip": cell["client"],
        "user": cell["user"],
        "method": cell["method"],
        "url": pl.when(cell["method"] == "CONNECT").then(None).otherwise(cell["uri"]),
        "scheme": pl.when(~absolute & (cell["method"] != "CONNECT")).then(scheme),
        "host": host.str.extract(r"^(\[[^\]]*\]|[^:]+)"),
        "port": integer(host.str.extract(r":([0-9]+)$")),
        "status": pl.when(status > 0).then(status),
        "action": passed_on(status, served=pl.lit(value=False)),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": tunnelled(cell["method"]),
    }


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    del layout
    return stamp_span(line, "ts") if '"ts":"' not in line else None


_SAMPLE: Final = (
    '{"level":"info","ts":1704894936.123456,"logger":"http.log.access","msg":"handled request",'
    '"request":{"remote_ip":"10.9.9.9","remote_port":"50000","client_ip":"10.1.2.3",'
    '"proto":"HTTP/2.0","method":"GET","host":"www.example.com:8443","uri":"/a?b=c","headers":'
    '{"User-Agent":["Mozilla/5.0"],"Referer":["https://example.org/"]},"tls":{"version":772}},'
    '"bytes_read":12,"user_id":"jdoe","duration":0.01,"size":2326,"status":200,"resp_headers":{}}'
)
CADDY: Final = Format(
    name="caddy",
    title="Caddy access log",
    definition="caddyserver.com/docs/logging",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="utc",
        note="Says nothing of what was let through.",
    ),
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    layout=_layout,
    stamp_span=_stamp_span,
    rank=6,
    samples=(_SAMPLE,),
    near_misses=(
        '{"level":"info","ts":1704894936.1,"msg":"using config from file","file":"/etc/Caddyfile"}',
        '{"ts":1704894936.1,"id.orig_h":"10.1.2.3","method":"GET","host":"www.example.com"}',
    ),
)
