"""Envoy and Istio access logs: the default text, Istio's longer one, and JSON under the same names.

Definition: envoyproxy.io, Access logging (default format string, command operators); istio.io,
Envoy Access Logs. BYTES_RECEIVED is the request's body and BYTES_SENT the answer's, seen from
Envoy. The response flag `UAEX` is a refusal by the authorisation service, `RBAC` details one by a
policy. The remote address of the connection may be a proxy's: X-Forwarded-For comes first where it
is logged.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, EvidenceColumn
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need, parsed
from logan.formats.engine.layout import Head, Layout, integer, missing_to_null
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import Cells, Derivation, positive
from logan.formats.engine.verdicts import tunnelled

_NAMES_NO_HOST: Final = "its connections carry no host: log %REQUESTED_SERVER_NAME% to show visits"
_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_PORTED: Final = r"^(\[[^\]]*\]|[^:]+)"


def _quoted(name: str) -> Piece:
    return Piece(name, f'"{_QUOTED}"')


_TEXT: Final = (
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
    # Istio: cluster, upstream local, downstream local, downstream remote, server name, route.
    # Nothing in quotes: Envoy escapes none in a user agent, whose words would be other fields.
    Piece("tail", '(?: [^"]*)?'),
)
_TAIL: Final = r"^ [^ ]+ [^ ]+ [^ ]+ (?P<remote>[^ ]+) (?P<sni>[^ ]+) [^ ]+"
_AUTHORITY: Final = ("authority", ":authority", "requested_server_name")
_PATH: Final = ("path", "x-envoy-origin-path", "x-envoy-original-path", ":path")
_ALIASES: Final = {
    "time": ("start_time",),
    "forwarded": ("x_forwarded_for", "x-forwarded-for"),
    "remote": ("downstream_remote_address", "downstream_direct_remote_address"),
    "method": ("method",),
    "path": _PATH,
    "authority": _AUTHORITY,
    "code": ("response_code",),
    "flags": ("response_flags",),
    "details": ("response_code_details",),
    "upstream": ("upstream_host",),
    "sent": ("bytes_received",),
    "received": ("bytes_sent",),
    "agent": ("user_agent", "user-agent"),
}
_READER: Final = LinePattern(pieces=_TEXT)


def _text_names_host(line: str) -> bool:
    """False for a connection that is passed on unread."""
    found = _READER.pattern.match(line)
    tail = re.match(_TAIL, found["tail"])
    names = (found["authority"].strip('"'), tail["sni"] if tail else "-")
    return "://" in found["request"] or any(name not in ("", "-") for name in names)


class ConnectionObject(JsonObject):
    """Says so where no object of the head names a host, though it may then be no record."""

    learns = True

    def layout(self, head: Head) -> Layout:
        """Whether any object names a host."""
        records = [found for line in head.lines if (found := parsed(line)) is not None]
        hostless = bool(records) and not any(map(_json_names_host, records))
        return super().layout(head)._replace(names_no_host=_NAMES_NO_HOST if hostless else None)


def _json_names_host(record: Mapping[str, Any]) -> bool:
    named = any(record.get(key) not in (None, "", "-") for key in _AUTHORITY)
    return named or any("://" in str(record.get(key)) for key in _PATH)


def _host(cell: Cells) -> pl.Expr:
    absolute = cell["path"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://").fill_null(value=False)
    return pl.when(~absolute).then(cell["authority"])


def _action(cell: Cells) -> pl.Expr:
    by_rule = cell["details"].fill_null("").str.contains("^rbac_access_denied")
    return (
        pl.when(cell["flags"].str.contains("UAEX") | by_rule)
        .then(pl.lit("blocked"))
        .when(integer(cell["code"]) == 407)
        .then(pl.lit("auth"))
        .when(cell["upstream"].is_not_null())
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


_COLUMNS: Final = Columns(
    time=iso_utc("time"),
    user=None,
    client_ip=lambda cell: pl.coalesce(cell["forwarded"].str.extract("^([^, ]+)"), cell["remote"]),
    action=_action,
    method="method",
    url=lambda cell: pl.when(cell["method"] != "CONNECT").then(cell["path"]),
    host=lambda cell: cell["host"].str.extract(_PORTED),
    port=lambda cell: integer(cell["host"].str.extract(r":([0-9]+)$")),
    status=positive("code"),
    bytes_sent="sent",
    bytes_received="received",
    referrer=("referer", "request_referer"),
    user_agent="agent",
    derived={"host": _host},
)


def _bare(name: str) -> Derivation:
    return lambda cell: missing_to_null(cell[name].str.strip_chars('"'))


def _of_request(group: int) -> Derivation:
    return lambda cell: missing_to_null(
        cell["request"].str.strip_chars('"').str.extract("^([^ ]+) ([^ ]+)", group)
    )


def _of_tail(group: int) -> Derivation:
    return lambda cell: missing_to_null(cell["tail"].str.strip_chars('"').str.extract(_TAIL, group))


def _text_evidence(cell: Cells) -> pl.Expr:
    """Without a method it was a connection passed on by its server name."""
    opaque = pl.when(cell["method"].is_null()).then(pl.lit("connect"))
    return opaque.otherwise(tunnelled(cell["method"]))


_TEXT_COLUMNS: Final = replace(
    _COLUMNS,
    referrer=None,
    evidence=EvidenceColumn(("url", "connect"), _text_evidence),
    derived={
        "time": _bare("start time"),
        "forwarded": _bare("x-forwarded-for"),
        "remote": _of_tail(1),
        "method": _of_request(1),
        "path": _of_request(2),
        "authority": lambda cell: pl.coalesce(_bare("authority")(cell), _of_tail(2)(cell)),
        "code": _bare("response code"),
        "flags": _bare("response flags"),
        "details": _bare("details"),
        "upstream": _bare("upstream host"),
        "sent": _bare("bytes received"),
        "received": _bare("bytes sent"),
        "agent": _bare("user agent"),
        "host": _host,
    },
)
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
    reader=_READER,
    learns=names_no_host_unless(_text_names_host, _NAMES_NO_HOST),
    columns=_TEXT_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    rank=6,
    samples=(
        Sample(
            _TEXT_SAMPLE,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 method=GET"
            " url=www.example.com/a?b=c status=200 action=allowed bytes_sent=12"
            " bytes_received=2326 user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            _ISTIO_SAMPLE,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=allowed bytes_sent=1024 bytes_received=2048 evidence=connect",
        ),
    ),
    near_misses=('[2024-01-10T13:55:36.123Z] "GET /a HTTP/2" 200 12',),
)
JSON: Final = Format(
    name="envoy-json",
    title="Envoy and Istio access log, JSON",
    definition="envoyproxy.io, Access logging, json_format",
    reader=ConnectionObject(
        (
            need("start_time", regex=f"^{clock.ISO_OFFSET}$"),
            need("method"),
            need(*_AUTHORITY),
            need("response_code", "response_code_details", "response_flags"),
        ),
        aliases=_ALIASES,
    ),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    rank=6,
    samples=(
        Sample(
            _JSON_SAMPLE,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 method=GET"
            " url=www.example.com:8443/a?b=c status=200 action=allowed bytes_sent=12"
            " bytes_received=2326 user_agent=Mozilla/5.0 evidence=url",
        ),
    ),
    near_misses=('{"start_time":"2024-01-10T13:55:36Z","method":"GET","path":"/a"}',),
)
