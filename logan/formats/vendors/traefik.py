"""Traefik access logs: JSON, and its common log format with three fields more.

Definition: doc.traefik.io, Observability, Access Logs (JSON fields, `StartUTC` and `ClientHost`;
CLF ends in the request's number, the router, the service's URL and the duration).
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock, escapes
from logan.formats.engine.base import (
    Columns,
    Fault,
    Format,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
    missing_to_null,
)
from logan.formats.engine.fields import CLIENT
from logan.formats.engine.json_lines import Paths, Shape, need
from logan.formats.engine.verdicts import passed_on, tunnelled

_JSON_SHAPE: Final = Shape(
    (
        need("StartUTC", "StartLocal", "time", regex=f"^{clock.ISO_OFFSET}$"),
        need("RequestMethod"),
        need("RequestPath"),
        need("ClientHost", "ClientAddr"),
        need("DownstreamStatus", "OriginStatus", "RouterName", "entryPointName"),
    )
)
_CELLS: Final[Paths] = {
    "time": ("StartUTC", "StartLocal", "time"),
    "client": ("ClientHost", "ClientAddr"),
    "user": "ClientUsername",
    "method": "RequestMethod",
    "scheme": "RequestScheme",
    "address": ("RequestAddr", "RequestHost"),
    "path": "RequestPath",
    "status": "DownstreamStatus",
    "origin": "OriginStatus",
    "service": ("ServiceAddr", "ServiceName"),
    "sent": "RequestContentSize",
    "received": "DownstreamContentSize",
    "referrer": "request_Referer",
    "agent": "request_User-Agent",
}


def _check_json(line: str, layout: Layout) -> Fault | None:
    return _JSON_SHAPE.check(line, layout)


def _json_columns(layout: Layout) -> Columns:
    cell = _JSON_SHAPE.cells(layout, _CELLS)
    status = integer(cell["status"])
    return {
        "reason": _JSON_SHAPE.reason_at(layout),
        "time": clock.iso_offset(cell["time"]),
        # Behind a trusted proxy it is the list of X-Forwarded-For, the user's side first.
        "client_ip": cell["client"].str.extract("^([^, ]+)"),
        "user": cell["user"],
        "method": cell["method"],
        "scheme": cell["scheme"],
        "host": cell["address"].str.extract(r"^(\[[^\]]*\]|[^:]+)"),
        "port": integer(cell["address"].str.extract(r":([0-9]+)$")),
        "path": cell["path"].str.extract(r"^([^?]*)"),
        "query": cell["path"].str.extract(r"\?(.*)$"),
        "status": status,
        "action": passed_on(status, served=(integer(cell["origin"]) > 0) | _given(cell["service"])),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": tunnelled(cell["method"]),
    }


def _given(cell: pl.Expr) -> pl.Expr:
    return cell.is_not_null()


_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_CLF: Final = Pattern(
    (
        Piece("client", CLIENT),
        Piece(None, " - "),
        Piece("user", "[^ ]+"),
        Piece(None, r" \["),
        Piece("time", r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
        Piece(None, r'\] "'),
        Piece("method", '[^ "]+'),
        Piece(None, " "),
        Piece("path", '[^ "]+'),
        Piece(None, " "),
        Piece("protocol", '[^ "]+'),
        Piece(None, '" '),
        Piece("status", "[0-9]{3}|-|0"),
        Piece(None, " "),
        Piece("bytes", "[0-9]+|-"),
        Piece(None, ' "'),
        Piece("referrer", _QUOTED),
        Piece(None, '" "'),
        Piece("user agent", _QUOTED),
        Piece(None, '" '),
        Piece("request number", "[0-9]+|-"),
        Piece(None, ' "'),
        Piece("router", _QUOTED),
        Piece(None, '" "'),
        Piece("service", _QUOTED),
        Piece(None, '" '),
        Piece("duration", "[0-9]+ms"),
    )
)


def _check_clf(line: str, layout: Layout) -> Fault | None:
    del layout
    return _CLF.fault(line)


def _clf_columns(layout: Layout) -> Columns:
    del layout
    cell = {name: missing_to_null(value) for name, value in _CLF.cells().items()}
    status = integer(cell["status"])
    return {
        "reason": _CLF.reason(),
        "time": clock.clf(cell["time"]),
        "client_ip": cell["client"],
        "user": cell["user"],
        "method": cell["method"],
        "url": cell["path"],
        "status": pl.when(status > 0).then(status),
        "action": passed_on(status, served=cell["service"].is_not_null()),
        "bytes_received": integer(cell["bytes"]),
        "referrer": escapes.backslash(cell["referrer"]),
        "user_agent": escapes.backslash(cell["user agent"]),
        "evidence": tunnelled(cell["method"]),
    }


def _clf_layout(_head: object) -> Layout:
    return Layout(blind="Traefik's common log format carries no host: log JSON to show visits")


_JSON_SAMPLE: Final = (
    '{"ClientAddr":"10.1.2.3:50000","ClientHost":"10.1.2.3","ClientPort":"50000",'
    '"ClientUsername":"jdoe","DownstreamContentSize":357,"DownstreamStatus":200,"OriginStatus":200,'
    '"RequestAddr":"www.example.com","RequestContentSize":12,"RequestHost":"www.example.com",'
    '"RequestMethod":"GET","RequestPath":"/a?b=c","RequestPort":"-","RequestProtocol":"HTTP/2.0",'
    '"RequestScheme":"https","RouterName":"web@file","ServiceAddr":"192.0.2.9:80",'
    '"StartLocal":"2024-01-10T14:55:36.123+01:00","StartUTC":"2024-01-10T13:55:36.123Z",'
    '"request_User-Agent":"Mozilla/5.0","request_Referer":"https://example.org/"}'
)
_CLF_SAMPLE: Final = (
    '10.1.2.3 - jdoe [10/Jan/2024:13:55:36 +0000] "GET /a?b=c HTTP/1.1" 200 414 "-" "Mozilla/5.0" '
    '500 "web@file" "http://192.0.2.9:80" 12ms'
)
JSON: Final = Format(
    name="traefik-json",
    title="Traefik access log, JSON",
    definition="doc.traefik.io, Access Logs, format json",
    shows=Shows(user=True, evidence=("url",), bytes="both", clock="utc"),
    check=_check_json,
    signs=_JSON_SHAPE.signs,
    columns=_json_columns,
    rank=6,
    samples=(_JSON_SAMPLE,),
    near_misses=('{"time":"2024-01-10T13:55:36Z","RequestMethod":"GET","RequestPath":"/a"}',),
)
CLF: Final = Format(
    name="traefik-clf",
    title="Traefik access log, common log format",
    definition="doc.traefik.io, Access Logs, format common",
    shows=Shows(
        user=True,
        evidence=("url",),
        bytes="received",
        clock="offset",
        note="Names no host: it cannot show visits.",
    ),
    check=_check_clf,
    signs=_CLF.signs,
    pattern=_CLF,
    columns=_clf_columns,
    prepare=_CLF.prepare,
    layout=_clf_layout,
    rank=6,
    samples=(_CLF_SAMPLE,),
    near_misses=(
        '10.1.2.3 - jdoe [10/Jan/2024:13:55:36 +0000] "GET /a HTTP/1.1" 200 414 "-" "Mozilla/5.0"',
    ),
)
