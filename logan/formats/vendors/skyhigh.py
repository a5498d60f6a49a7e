"""Skyhigh Secure Web Gateway in the cloud (WGCS, SSE): the log pull API's JSON, CSV and pairs.

Definition: Skyhigh Security, SWG Reporting Fields (versions 5 to 13: names, order, `client_ip` is
the computer's own address and `source_ip` the public one it came from). CERTVERIFY is the check of
a certificate beside the CONNECT that caused it: no request of its own.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns, EvidenceColumn
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.stamps import epoch, first, utc
from logan.formats.engine.values import Cells, positive, where, words
from logan.formats.engine.verdicts import tunnelled

_MISSING: Final = ("", "-", "None", "null")
#: The columns of the export, in its order.
_FIELDS: Final = (
    "user_id username source_ip http_action server_to_client_bytes client_to_server_bytes "
    "requested_host requested_path result virus request_timestamp_epoch request_timestamp "
    "uri_scheme category media_type application_type reputation last_rule http_status_code "
    "client_ip location block_reason user_agent_product user_agent_version "
    "user_agent_comment process_name destination_ip destination_port pop_country_code "
    "referer ssl_scanned av_scanned_up av_scanned_down rbi dlp client_system_name filename "
    "pop_egress_ip pop_ingress_ip proxy_port mw_probability discarded_host ssl_client_prot "
    "ssl_server_prot domain_fronting_url "
)
_ORDER: Final = tuple(_FIELDS.split())
_EPOCH: Final = r"[0-9]{9,10}(?:\.[0-9]+)?"
_RESULT: Final = "OBSERVED|DENIED|[A-Z_]+"
_STAMP: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"


def _camel(name: str) -> str:
    """The name in the export's other spelling: `client_ip` is `clientIP` there."""
    first, *rest = name.split("_")
    if name == "username":
        return "userName"
    return first + "".join("IP" if word == "ip" else word.capitalize() for word in rest)


def method_evidence(cell: Cells) -> pl.Expr:
    """What a request proves; a check of a certificate shows what its CONNECT shows."""
    return tunnelled(cell["verb"].replace("CERTVERIFY", "CONNECT"))


#: The check of a server's certificate belongs to a CONNECT, which has a line of its own.
CERTIFICATE_CHECK: Final = where(lambda cell: cell["verb"] == "CERTVERIFY", "remark")


_COLUMNS: Final = Columns(
    time=first(epoch("request_timestamp_epoch"), utc("request_timestamp", "%Y-%m-%d %H:%M:%S")),
    user=lambda cell: cell["username"].str.replace_all("\\\\", "\\", literal=True),
    client_ip=("client_ip", "source_ip"),
    action=words("result", allowed=("OBSERVED",), blocked=("DENIED",), status="http_status_code"),
    method="verb",
    scheme="uri_scheme",
    host="requested_host",
    port="destination_port",
    path=lambda cell: cell["target"].str.extract(r"^([^?]*)"),
    query=lambda cell: cell["target"].str.extract(r"\?(.*)$"),
    status=positive("http_status_code"),
    bytes_sent="client_to_server_bytes",
    bytes_received="server_to_client_bytes",
    referrer="referer",
    user_agent="user_agent_comment",
    evidence=EvidenceColumn(("url", "connect"), method_evidence),
    companion=CERTIFICATE_CHECK,
    derived={
        "verb": lambda cell: cell["http_action"].str.to_uppercase(),
        "target": lambda cell: cell["requested_path"].str.replace("^([^/])", "/${1}"),
    },
)
JSON: Final = Format(
    name="skyhigh-json",
    title="Skyhigh Secure Web Gateway (cloud), JSON",
    definition="Skyhigh Security, SWG Reporting Fields",
    reader=JsonObject(
        (
            need("requestTimestampEpoch", "request_timestamp_epoch", regex=f"^{_EPOCH}$"),
            need("httpAction", "http_action"),
            need("requestedHost", "requested_host"),
            need("clientToServerBytes", "client_to_server_bytes"),
        ),
        wrappers=("event", "message"),
        aliases={name: (_camel(name), name) for name in _ORDER},
        missing=_MISSING,
        stamp="requestTimestampEpoch",
    ),
    columns=_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            '{"userID":7,"userName":"jdoe","sourceIP":"203.0.113.5","httpAction":"GET",'
            '"serverToClientBytes":5120,"clientToServerBytes":640,"requestedHost":"www.example.com",'
            '"requestedPath":"/a?b=c","result":"OBSERVED","requestTimestampEpoch":1704103200,'
            '"uriScheme":"https","httpStatusCode":200,"clientIP":"10.1.2.3","destinationPort":"443"}',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 evidence=url",
        ),
        Sample(
            '{"username": "jdoe", "source_ip": "203.0.113.5", "http_action": "CERTVERIFY", '
            '"server_to_client_bytes": "0", "client_to_server_bytes": "0", "requested_host": '
            '"www.example.com", "result": "OBSERVED", "request_timestamp_epoch"'
            ': "1704103201", "http_status_code": "200", "client_ip": "10.1.2.3"}',
            "time=2024-01-01T10:00:01Z user=jdoe client_ip=10.1.2.3 method=CERTVERIFY"
            " url=www.example.com status=200 action=allowed bytes_sent=0 bytes_received=0"
            " evidence=connect companion=remark",
        ),
    ),
    near_misses=('{"userName":"jdoe","httpAction":"GET","requestedHost":"www.example.com"}',),
)
CSV: Final = Format(
    name="skyhigh-csv",
    title="Skyhigh Secure Web Gateway (cloud), CSV",
    definition="Skyhigh Security, SWG Reporting Fields",
    reader=Delimited(
        needs={
            "http_action": "[A-Za-z]+",
            "server_to_client_bytes": "[0-9]+",
            "client_to_server_bytes": "[0-9]+",
            "result": _RESULT,
            "request_timestamp_epoch": _EPOCH,
        },
        aliases={name: (_camel(name),) for name in _ORDER},
        missing=_MISSING,
        order=_ORDER,
        least=_ORDER.index("client_ip") + 1,
        open_end=True,
    ),
    columns=_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            '"7","jdoe","203.0.113.5","GET","5120","640","www.example.com","/a?b=c","OBSERVED","",'
            '"1704103200","2024-01-01 10:00:00","https","News","text/html","","Minimal Risk","",'
            '"200","10.1.2.3","","","Chrome","120","Mozilla/5.0 (X11)","a.exe","203.0.113.9","443"',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            '"user_id","username","source_ip","http_action","server_to_client_bytes",'
            '"client_to_server_bytes","requested_host","requested_path","result",'
            '"request_timestamp_epoch","http_status_code","client_ip"\n'
            '"7","jdoe","203.0.113.5","POST","5120","640","www.example.com","/a","DENIED",'
            '"1704103200","403","10.1.2.3"',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=POST"
            " url=www.example.com/a status=403 action=blocked bytes_sent=640"
            " bytes_received=5120 evidence=url",
        ),
    ),
    near_misses=('"7","jdoe","203.0.113.5","GET","5120","640","www.example.com","/a","OBSERVED"',),
)
KEY_VALUE: Final = Format(
    name="skyhigh-kv",
    title="Skyhigh Secure Web Gateway (cloud), key=value",
    definition="Skyhigh Security, SWG Reporting Fields",
    reader=KeyValue(
        pairs=Pairs(
            before="^(?:<[0-9]+>)?|^.*?[: ]| ",
            keys=_ORDER,
            ends="",
            escapes=('\\"', '""'),
            missing=_MISSING,
        ),
        needs={
            "http_action": "[A-Za-z]+",
            "result": _RESULT,
            "request_timestamp|request_timestamp_epoch": f"{_STAMP}|{_EPOCH}",
            "client_to_server_bytes": "[0-9]+",
        },
    ),
    columns=_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=5,
    samples=(
        Sample(
            "user_id=7 username=force\\\\j doe source_ip=203.0.113.5 http_action=GET "
            "server_to_client_bytes=5120 client_to_server_bytes=640 requested_host=www.example.com "
            "requested_path=/a?b=c result=OBSERVED virus= request_timestamp_epoch=1704103200 "
            "request_timestamp=2024-01-01 10:00:00 uri_scheme=https category=Business, Software "
            "http_status_code=200 client_ip=10.1.2.3",
            "time=2024-01-01T10:00:00Z user=force\\j doe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 evidence=url",
        ),
    ),
    near_misses=("username=jdoe http_action=GET result=OBSERVED",),
)
