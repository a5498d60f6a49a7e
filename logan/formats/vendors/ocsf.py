"""OCSF events of network activity: classes 4001 (network), 4002 (HTTP) and 4003 (DNS), JSON lines.

Definition: schema.ocsf.io, Network Activity category. `time` is in milliseconds since 1970 (some
sources write other units: told apart by their size). `traffic.bytes_out` goes from the source to
the destination. A DNS answer (activity 2) is a further line about its query; activity 6 is both.
"""

from typing import Final

import polars as pl

from logan.formats.engine.cef import with_domain
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import integer
from logan.formats.engine.stamps import epoch, first, iso_utc
from logan.formats.engine.values import WHOLE, Cells, unless_whole, where, whole_address
from logan.schema import ACTION

_EVENT: Final = JsonObject(
    (
        need("class_uid", regex="^400[123]$"),
        need("time", "time_dt", regex="^[0-9]{10,19}$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T"),
        need("metadata.version", "metadata.product.name", "type_uid", "activity_id"),
    ),
    stamp="time",
    aliases={
        "stamp": ("time", "time_dt"),
        "user": ("actor.user.name", "src_endpoint.owner.name", "actor.user.email_addr"),
        "url": ("http_request.url.url_string", "url.url_string"),
        "scheme": ("http_request.url.scheme", "url.scheme"),
        "path": ("http_request.url.path", "url.path"),
        "query string": ("http_request.url.query_string", "url.query_string"),
        "port": ("http_request.url.port", "url.port"),
        "host": (
            *("http_request.url.hostname", "url.hostname", "tls.sni", "dst_endpoint.hostname"),
            *("dst_endpoint.domain", "proxy_endpoint.hostname"),
        ),
    },
)
#: Dispositions (schema.ocsf.io, security_control): allowed, exonerated, detected, logged, alert ...
_ALLOWED: Final = ("1", "9", "15", "16", "17", "19")
#: Blocked, quarantined, isolated, deleted, dropped, rejected, reset, blocked by a challenge ...
_BLOCKED: Final = ("2", "3", "4", "5", "6", "18", "21", "22", "26", "27")


def _decision(cell: Cells) -> pl.Expr:
    disposition = cell["disposition_id"]
    return (
        pl.when(_status(cell) == 407)
        .then(pl.lit("auth"))
        .when((cell["action_id"] == "2") | disposition.is_in(_BLOCKED))
        .then(pl.lit("blocked"))
        .when((cell["action_id"] == "1") | disposition.is_in(_ALLOWED))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _host(cell: Cells) -> pl.Expr:
    looked_up = pl.when(cell["dns"]).then(cell["query.hostname"])
    return looked_up.when(~cell[WHOLE]).then(cell["host"])


def _port(cell: Cells) -> pl.Expr:
    port = pl.coalesce(integer(cell["port"]), integer(cell["dst_endpoint.port"]))
    return pl.when(~cell["dns"] & ~cell[WHOLE]).then(port)


def _status(cell: Cells) -> pl.Expr:
    code = integer(cell.first("http_response.code", "status_code"))
    return pl.when(cell["http"]).then(code)


def _names_none(cell: Cells) -> pl.Expr:
    named = pl.coalesce(cell["url"], cell["host"])
    return pl.when(cell["dns"]).then(cell["query.hostname"]).otherwise(named).is_null()


def _closed(cell: Cells) -> pl.Expr:
    method = cell["http_request.http_method"].str.to_uppercase()
    return ~cell["http"].fill_null(value=False) | (method == "CONNECT").fill_null(value=False)


_COLUMNS: Final = Columns(
    time=first(epoch("stamp"), iso_utc("stamp")),
    user=lambda cell: with_domain(cell["user"], cell["actor.user.domain"]),
    client_ip="src_endpoint.ip",
    method="http_request.http_method",
    url=lambda cell: pl.when(~cell["dns"]).then(cell["url"]),
    scheme=lambda cell: pl.when(~cell["dns"]).then(unless_whole("scheme")(cell)),
    host=_host,
    record_type=lambda cell: pl.when(cell["dns"]).then(cell["query.type"]),
    port=_port,
    path=unless_whole("path"),
    query=unless_whole("query string"),
    status=_status,
    action=_decision,
    bytes_sent="traffic.bytes_out",
    bytes_received="traffic.bytes_in",
    referrer="http_request.referrer",
    user_agent="http_request.user_agent",
    evidence=connects(_closed, look_up=lambda cell: cell["dns"]),
    repeat=where(_names_none, "no request: an event that names no host"),
    companion=where(lambda cell: cell["dns"] & (cell["activity_id"] == "2"), "answer"),
    derived={
        "http": lambda cell: cell["class_uid"] == "4002",
        "dns": lambda cell: cell["class_uid"] == "4003",
        WHOLE: whole_address("url"),
    },
)
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
    reader=_EVENT,
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    rank=5,
    samples=(
        Sample(
            _HTTP,
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 referrer=https://example.org/"
            " user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            _NETWORK,
            "time=2024-01-01T10:00:00.123000Z client_ip=10.1.2.3 url=www.example.com:443"
            " action=blocked evidence=connect",
        ),
        Sample(
            _DNS,
            "time=2024-01-01T10:00:00.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
        Sample(
            _DNS.replace('"activity_id":1', '"activity_id":2'),
            "time=2024-01-01T10:00:00.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
        ),
    ),
    near_misses=(
        _HTTP.replace("4002", "3002"),
        _HTTP.replace("1704103200123", '"noon"'),
    ),
)
