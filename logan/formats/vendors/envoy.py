"""Envoy and Istio access logs: the default text, Istio's longer one, and JSON under the same names.

Definition: envoyproxy.io, Access logging (default format string, command operators); istio.io,
Envoy Access Logs. BYTES_RECEIVED is the request's body and BYTES_SENT the answer's, seen from
Envoy. The response flag `UAEX` is a refusal by the authorisation service, `RBAC` details one by a
policy. The remote address of the connection may be a proxy's: X-Forwarded-For comes first where it
is logged.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import (
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
    missing_to_null,
    separated,
)
from logan.formats.engine.json_lines import Paths, Shape, need, parsed
from logan.formats.engine.verdicts import tunnelled

_BLIND: Final = "its connections carry no host: log %REQUESTED_SERVER_NAME% to show visits"
_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_PORTED: Final = r"^(\[[^\]]*\]|[^:]+)"


def _quoted(name: str) -> Piece:
    return Piece(name, f'"{_QUOTED}"')


_TEXT: Final = Pattern(
    (
        Piece(None, r"\["),
        Piece("start time", clock.ISO_OFFSET),
        Piece(None, r"\] "),
        *separated(
            (
                Piece("request", r'"(?:[A-Z-]+|-) [^ "]+ (?:HTTP/[0-9.]+|-)"'),
                Piece("response code", "[0-9]{1,3}|-"),
                Piece("response flags", "[A-Za-z0-9,_-]+"),
                # Istio: code details, termination details, transport failure reason
                Piece("details", rf'(?:[^ "]+ [^ "]+ "{_QUOTED}" )?'),
            ),
            " ",
        ),
        *separated(
            (
                Piece("bytes received", "[0-9]+|-"),
                Piece("bytes sent", "[0-9]+|-"),
                Piece("duration", "[0-9]+|-"),
                Piece("upstream service time", "[0-9]+|-"),
                _quoted("x-forwarded-for"),
                _quoted("user agent"),
                _quoted("request id"),
                _quoted("authority"),
                _quoted("upstream host"),
            ),
            " ",
        ),
        # Istio: cluster, upstream local, downstream local, downstream remote, server name, route
        Piece("tail", "(?: .*)?"),
    )
)
_TAIL: Final = r"^ [^ ]+ [^ ]+ [^ ]+ (?P<remote>[^ ]+) (?P<sni>[^ ]+) [^ ]+"
_SHAPE: Final = Shape(
    (
        need("start_time", regex=f"^{clock.ISO_OFFSET}$"),
        need("method"),
        need("authority", ":authority", "requested_server_name"),
        need("response_code", "response_code_details", "response_flags"),
    )
)
_CELLS: Final[Paths] = {
    "time": "start_time",
    "forwarded": ("x_forwarded_for", "x-forwarded-for"),
    "remote": ("downstream_remote_address", "downstream_direct_remote_address"),
    "method": "method",
    "path": ("path", "x-envoy-origin-path", "x-envoy-original-path", ":path"),
    "authority": ("authority", ":authority", "requested_server_name"),
    "code": "response_code",
    "flags": "response_flags",
    "details": "response_code_details",
    "upstream": "upstream_host",
    "sent": "bytes_received",
    "received": "bytes_sent",
    "referrer": ("referer", "request_referer"),
    "agent": ("user_agent", "user-agent"),
}


def _blind_text(head: Head) -> Layout:
    """Blind where no line of the head names a host: connections that are passed on unread."""
    read = [found for line in head.lines if (found := _TEXT.match(line))]
    return Layout(blind=_BLIND if read and not any(map(_names_host, read)) else None)


def _names_host(found: dict[str, str]) -> bool:
    tail = re.match(_TAIL, found["tail"])
    names = (found["authority"].strip('"'), tail["sni"] if tail else "-")
    return "://" in found["request"] or any(name not in ("", "-") for name in names)


def _blind_json(head: Head) -> Layout:
    records = [record for line in head.lines if (record := parsed(line)) is not None]
    named = any(
        record.get(key) not in (None, "", "-") for record in records for key in _CELLS["authority"]
    ) or any("://" in str(record.get(key)) for record in records for key in _CELLS["path"])
    return Layout(blind=_BLIND if records and not named else None)


def _check_text(line: str, layout: Layout) -> Fault | None:
    del layout
    return _TEXT.fault(line)


def _check_json(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _record(cell: dict[str, pl.Expr]) -> Columns:
    """The columns from cells under the names of `_CELLS`."""
    status = integer(cell["code"])
    details = cell["details"].fill_null("")
    refused = cell["flags"].str.contains("UAEX") | details.str.contains("^rbac_access_denied")
    absolute = cell["path"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://").fill_null(value=False)
    host = pl.when(~absolute).then(cell["authority"])
    return {
        "time": clock.iso_offset(cell["time"]),
        "client_ip": pl.coalesce(cell["forwarded"].str.extract("^([^, ]+)"), cell["remote"]),
        "method": cell["method"],
        "url": pl.when(cell["method"] != "CONNECT").then(cell["path"]),
        "host": host.str.extract(_PORTED),
        "port": integer(host.str.extract(r":([0-9]+)$")),
        "status": pl.when(status > 0).then(status),
        "action": pl.when(refused)
        .then(pl.lit("blocked"))
        .when(status == 407)
        .then(pl.lit("auth"))
        .when(cell["upstream"].is_not_null())
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown")),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": tunnelled(cell["method"]),
    }


def _json_columns(layout: Layout) -> Columns:
    return {"reason": _SHAPE.reason_at(layout), **_record(_SHAPE.cells(layout, _CELLS))}


def _text_columns(layout: Layout) -> Columns:
    del layout
    found = {name: cell.str.strip_chars('"') for name, cell in _TEXT.cells().items()}
    found = {name: missing_to_null(cell, ("-", "")) for name, cell in found.items()}
    request = found["request"].str.extract_groups(r"^(?P<method>[^ ]+) (?P<path>[^ ]+)")
    tail = found["tail"].str.extract_groups(_TAIL)
    cell = {
        "time": found["start time"],
        "forwarded": found["x-forwarded-for"],
        "remote": missing_to_null(tail.struct.field("remote")),
        "method": missing_to_null(request.struct.field("method")),
        "path": missing_to_null(request.struct.field("path")),
        "authority": pl.coalesce(found["authority"], missing_to_null(tail.struct.field("sni"))),
        "code": found["response code"],
        "flags": found["response flags"],
        "details": found["details"],
        "upstream": found["upstream host"],
        "sent": found["bytes received"],
        "received": found["bytes sent"],
        "referrer": pl.lit(None, dtype=pl.String),
        "agent": found["user agent"],
    }
    # Without a method it was a connection passed on by its server name.
    opaque = cell["method"].is_null()
    evidence_shown = pl.when(opaque).then(pl.lit("connect")).otherwise(tunnelled(cell["method"]))
    return {"reason": _TEXT.reason(), **_record(cell), "evidence": evidence_shown}


_SHOWS: Final = Shows(user=False, evidence=("url", "connect"), bytes="both", clock="utc")
_TEXT_SAMPLE: Final = (
    '[2024-01-10T13:55:36.123Z] "GET /a?b=c HTTP/2" 200 - 12 2326 226 100 "10.1.2.3" "Mozilla/5.0" '
    '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "www.example.com" "192.0.2.9:80"'
)
_ISTIO_SAMPLE: Final = (
    '[2024-01-10T13:55:36.123Z] "- - -" 0 - - - "-" 1024 2048 30 - "-" "-" "-" "-" '
    '"203.0.113.9:443" PassthroughCluster 10.1.2.3:50000 203.0.113.9:443 10.1.2.3:50001 '
    "www.example.com -"
)
_JSON_SAMPLE: Final = (
    '{"start_time":"2024-01-10T13:55:36.123Z","method":"GET","path":"/a?b=c","protocol":"HTTP/2",'
    '"response_code":200,"response_flags":"-","bytes_received":12,"bytes_sent":2326,"duration":30,'
    '"x_forwarded_for":"10.1.2.3,10.9.9.9","user_agent":"Mozilla/5.0","authority":'
    '"www.example.com:8443","upstream_host":"192.0.2.9:80","downstream_remote_address":"10.9.9.9:1"}'
)
TEXT_LOG: Final = Format(
    name="envoy",
    title="Envoy and Istio access log, text",
    definition="envoyproxy.io, Access logging, default format string",
    shows=_SHOWS,
    check=_check_text,
    signs=_TEXT.signs,
    layout=_blind_text,
    pattern=_TEXT,
    columns=_text_columns,
    prepare=_TEXT.prepare,
    rank=6,
    samples=(_TEXT_SAMPLE, _ISTIO_SAMPLE),
    near_misses=('[2024-01-10T13:55:36.123Z] "GET /a HTTP/2" 200 12',),
)
JSON: Final = Format(
    name="envoy-json",
    title="Envoy and Istio access log, JSON",
    definition="envoyproxy.io, Access logging, json_format",
    shows=_SHOWS,
    check=_check_json,
    signs=_SHAPE.signs,
    layout=_blind_json,
    columns=_json_columns,
    rank=6,
    samples=(_JSON_SAMPLE,),
    near_misses=('{"start_time":"2024-01-10T13:55:36Z","method":"GET","path":"/a"}',),
)
