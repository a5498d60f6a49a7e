"""Traefik access logs: JSON, and its common log format with three fields more.

Definition: doc.traefik.io, Observability, Access Logs (JSON fields, `StartUTC` and `ClientHost`;
CLF ends in the request's number, the router, the service's URL and the duration).
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_LOGGED, Columns
from logan.formats.engine.escapes import backslash
from logan.formats.engine.fields import CLIENT
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Layout, integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp, common_log_stamp
from logan.formats.engine.values import Cells, positive
from logan.formats.engine.verdicts import passed_on

_EVENT: Final = JsonObject(
    (
        need("StartUTC", "StartLocal", "time", regex=f"^{clock.ISO_OFFSET}$"),
        need("RequestMethod"),
        need("RequestPath"),
        need("ClientHost", "ClientAddr"),
        need("DownstreamStatus", "OriginStatus", "RouterName", "entryPointName"),
    ),
    aliases={
        "stamp": ("StartUTC", "StartLocal", "time"),
        "client": ("ClientHost", "ClientAddr"),
        "address": ("RequestAddr", "RequestHost"),
        "service": ("ServiceAddr", "ServiceName"),
    },
)


def _json_action(cell: Cells) -> pl.Expr:
    served = (integer(cell["OriginStatus"]) > 0) | cell["service"].is_not_null()
    return passed_on(integer(cell["DownstreamStatus"]), served=served)


_JSON_COLUMNS: Final = Columns(
    time=Stamp("utc", lambda cell: {"time": clock.iso_offset(cell["stamp"])}),
    # Behind a trusted proxy it is the list of X-Forwarded-For, the user's side first.
    client_ip=lambda cell: cell["client"].str.extract("^([^, ]+)"),
    user="ClientUsername",
    method="RequestMethod",
    scheme="RequestScheme",
    host=lambda cell: cell["address"].str.extract(r"^(\[[^\]]*\]|[^:]+)"),
    port=lambda cell: integer(cell["address"].str.extract(r":([0-9]+)$")),
    path=lambda cell: cell["RequestPath"].str.extract(r"^([^?]*)"),
    query=lambda cell: cell["RequestPath"].str.extract(r"\?(.*)$"),
    status="DownstreamStatus",
    action=_json_action,
    bytes_sent="RequestContentSize",
    bytes_received="DownstreamContentSize",
    referrer="request_Referer",
    user_agent="request_User-Agent",
)
_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_LINE: Final = LinePattern(
    missing=("-", ""),
    pieces=(
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
    ),
)


def _clf_action(cell: Cells) -> pl.Expr:
    return passed_on(integer(cell["status"]), served=cell["service"].is_not_null())


_CLF_COLUMNS: Final = Columns(
    time=common_log_stamp("time"),
    client_ip="client",
    user="user",
    method="method",
    url="path",
    status=positive("status"),
    action=_clf_action,
    bytes_received="bytes",
    referrer=lambda cell: backslash(cell["referrer"]),
    user_agent=lambda cell: backslash(cell["user agent"]),
)


def _learn_blind(layout: Layout, _records: Sequence[str]) -> Layout:
    return layout._replace(
        names_no_host="Traefik's common log format carries no host: log JSON to show visits"
    )


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
    reader=_EVENT,
    columns=_JSON_COLUMNS,
    tunnels=NOT_LOGGED,
    rank=6,
    samples=(
        Sample(
            _JSON_SAMPLE,
            "time=2024-01-10T13:55:36.123000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=12"
            " bytes_received=357 referrer=https://example.org/ user_agent=Mozilla/5.0"
            " evidence=url",
        ),
    ),
    near_misses=('{"time":"2024-01-10T13:55:36Z","RequestMethod":"GET","RequestPath":"/a"}',),
)
CLF: Final = Format(
    name="traefik-clf",
    title="Traefik access log, common log format",
    definition="doc.traefik.io, Access Logs, format common",
    reader=_LINE,
    learns=_learn_blind,
    columns=_CLF_COLUMNS,
    tunnels=NOT_LOGGED,
    note="Names no host: it cannot show visits.",
    rank=6,
    samples=(
        Sample(
            _CLF_SAMPLE,
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET url=/a?b=c"
            " status=200 action=allowed bytes_received=414 user_agent=Mozilla/5.0"
            " evidence=url",
        ),
    ),
    near_misses=(
        '10.1.2.3 - jdoe [10/Jan/2024:13:55:36 +0000] "GET /a HTTP/1.1" 200 414 "-" "Mozilla/5.0"',
    ),
)
