"""Untangle NG Firewall (Arista Edge Threat Management), events as JSON over syslog.

Definition: wiki.untangle.com, Event Definitions (the attributes of each class) and Events (syslog);
the classes of untangle/ngfw_src: HttpRequestEvent, WebFilterEvent, WebFilterSSLHandler. Stamps are
the appliance's wall clock. A connection that is not opened is logged as a GET of `/` under the
server's name, which cannot be told from a request of the front page: on port 443 it is taken for
the connection. Addresses are written with `http` whatever the port. What the apps say of a request
(web filter, threat prevention, application control) are events of their own, and any kind may be
all that is sent.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import integer
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, Derivation, where, words

_ALIASES: Final = {
    "request line": ("requestLine", "requestLine.requestLine"),
    "host": ("host", "httpRequestEvent.host"),
    "uri": ("requestUri", "httpRequestEvent.requestUri"),
    "verb": ("method", "httpRequestEvent.method"),
    "client": tuple(
        f"{at}{name}"
        for name in ("CClientAddr", "localAddr")
        for at in ("sessionEvent.", "httpRequestEvent.sessionEvent.", "")
    ),
    "user": ("sessionEvent.username", "httpRequestEvent.sessionEvent.username", "username"),
    "port": (
        "sessionEvent.CServerPort",
        "httpRequestEvent.sessionEvent.CServerPort",
        "CServerPort",
    ),
}
_REQUEST: Final = "class com.untangle.app.http.HttpRequestEvent"
_ANSWER: Final = "class com.untangle.app.http.HttpResponseEvent"
#: Their `detail` is the name of the server where the application is TLS.
_NAMING: Final = r"\.(?:ApplicationControlLogEvent|SslInspectorLogEvent)$"
_LINE: Final = r"^([A-Z][A-Z-]*) +([^ ]+)"
_NAME: Final = r"^((?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]+\.?)$"


def _is(name: str) -> Derivation:
    return lambda cell: (cell["class"] == name).fill_null(value=False)


def _only(name: str, column: str) -> Derivation:
    return lambda cell: pl.when(_is(name)(cell)).then(integer(cell[column]))


def _method(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["verb"], cell["request line"].str.extract(_LINE, 1))


def _server(cell: Cells) -> pl.Expr:
    """The name in the greeting of a connection, as the apps that look at it give it."""
    naming = cell["class"].str.contains(_NAMING)
    return pl.when(naming).then(cell["detail"].str.extract(_NAME, 1))


def _address(cell: Cells) -> pl.Expr:
    """The address, under `https` on its port."""
    asked = pl.concat_str(pl.lit("http://"), cell["host"], cell["uri"])
    found = pl.coalesce(cell["request line"].str.extract(_LINE, 2), asked)
    secure = (cell["port"] == "443").fill_null(value=False)
    return pl.when(secure).then(found.str.replace("^http:", "https:")).otherwise(found)


def _closed(cell: Cells) -> pl.Expr:
    front = cell["address"].str.contains("^https://[^/]*/?$") & (_method(cell) == "GET")
    return front.fill_null(value=False) | cell["address"].is_null()


def _companion(cell: Cells) -> pl.Expr:
    other = pl.when(~_is(_REQUEST)(cell)).then(pl.lit("remark"))
    return pl.when(_is(_ANSWER)(cell)).then(pl.lit("answer")).otherwise(other)


def _names_none(cell: Cells) -> pl.Expr:
    return cell["address"].is_null() & cell["server"].is_null()


_REQUESTED: Final = (
    '{"timeStamp":"2024-01-10 13:55:36.48","method":"POST","requestId":116520895464888,'
    '"domain":"example.com","host":"www.example.com","contentLength":640,"requestUri":"/a?b=c",'
    f'"class":"{_REQUEST}","sessionEvent":{{"entitled":true,"protocol":6,"CServerPort":443,'
    '"hostname":"ws12","username":"jdoe","CClientAddr":"10.1.2.3","sessionId":1165209027140,'
    '"timeStamp":"2024-01-10 13:55:36.39","SServerPort":443,"bypassed":false}}'
)
_FILTERED: Final = (
    '{"reason":"BLOCK_CATEGORY","appName":"web_filter","requestLine":"GET http://www.example.com/",'
    '"sessionEvent":{"protocol":6,"CServerPort":443,"hostname":"ws12","username":"jdoe",'
    '"CClientAddr":"10.1.2.3"},"timeStamp":"2024-01-10 13:55:36.486","flagged":true,'
    '"blocked":true,"category":"Search Engines","ruleId":50,'
    '"class":"class com.untangle.app.web_filter.WebFilterEvent","categoryId":50}'
)
_SEEN: Final = (
    '{"protochain":"/TCP/SSL","confidence":100,"sessionEvent":{"protocol":6,"CServerPort":443,'
    '"CClientAddr":"10.1.2.3"},"timeStamp":"2024-01-10 13:55:36.5","application":"SSL",'
    '"flagged":false,"blocked":false,"detail":"www.example.com","state":3,'
    '"class":"class com.untangle.app.application_control.ApplicationControlLogEvent"}'
)
_SESSION: Final = (
    '{"protocol":6,"CServerPort":443,"hostname":"ws12","CClientAddr":"10.1.2.3",'
    '"class":"class com.untangle.uvm.app.SessionEvent","timeStamp":"2024-01-10 13:55:36.41"}'
)
UNTANGLE: Final = Format(
    name="untangle",
    title="Untangle NG Firewall (Arista Edge Threat Management) events, JSON",
    definition="wiki.untangle.com, Event Definitions; untangle/ngfw_src, HttpRequestEvent",
    reader=JsonObject(
        (
            need("class", regex=r"^class com\.untangle\."),
            need("timeStamp", regex="^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+$"),
        ),
        aliases=_ALIASES,
    ),
    columns=Columns(
        time=local("timeStamp", "%Y-%m-%d %H:%M:%S%.f"),
        user="user",
        client_ip="client",
        method=_method,
        url="address",
        host="server",
        action=words("blocked", allowed="false", blocked="true"),
        bytes_sent=_only(_REQUEST, "contentLength"),
        bytes_received=_only(_ANSWER, "contentLength"),
        referrer="referer",
        evidence=connects(_closed),
        companion=_companion,
        repeat=where(_names_none, "no request: an event that names no host"),
        derived={"address": _address, "server": _server},
    ),
    tunnels=NOT_DOCUMENTED,
    note="A connection that was not opened reads like a visit of the front page, and is taken for a"
    " connection. Bytes are those of bodies.",
    rank=7,
    samples=(
        Sample(
            _REQUESTED,
            "time=2024-01-10T13:55:36.480000Z user=jdoe client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com/a?b=c action=unknown bytes_sent=640 evidence=url",
            also=(f"<13>Jan 10 13:55:36 INFO  uvm-to-192.0.2.4 {_REQUESTED}",),
        ),
        Sample(
            _FILTERED,
            "time=2024-01-10T13:55:36.486000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/ action=blocked evidence=connect companion=remark",
        ),
        Sample(
            _SEEN,
            "time=2024-01-10T13:55:36.500000Z client_ip=10.1.2.3 url=www.example.com"
            " action=allowed evidence=connect companion=remark",
        ),
        Sample(
            _SESSION,
            "time=2024-01-10T13:55:36.410000Z client_ip=10.1.2.3 action=unknown evidence=connect"
            " repeat=no request: an event that names no host companion=remark",
        ),
    ),
    near_misses=(
        _REQUESTED.replace("com.untangle.", "com.example."),
        _REQUESTED.replace('"timeStamp":', '"stamp":'),
    ),
)
