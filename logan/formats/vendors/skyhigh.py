"""McAfee Web Gateway and Skyhigh Secure Web Gateway (WGCS, SSE): appliance logs and cloud exports.

Definitions: Skyhigh Security, SWG Reporting Fields (log pull API, versions 5 to 13: names, order,
`client_ip` is the computer's own address and `source_ip` the public one it came from); McAfee Web
Gateway Product Guide, Log File Management (default access.log; Block.ID 0 means not blocked) and
its syslog rule set for SIEMs (`bytes` are from client / to server / from server / to client).
CERTVERIFY is the check of a certificate beside the CONNECT that caused it: no request of its own.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import (
    Columns,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Sample,
    Shows,
    integer,
)
from logan.formats.engine.delimited import Rows, positions
from logan.formats.engine.json_lines import Shape, need, stamp_span
from logan.formats.engine.keyvalue import PairFormat, Pairs
from logan.formats.engine.verdicts import decided, tunnelled
from logan.schema import ACTION

_MISSING: Final = ("", "-", "None", "null")
#: The columns of the cloud's export, in its order.
_CLOUD: Final = [
    "user_id",
    "username",
    "source_ip",
    "http_action",
    "server_to_client_bytes",
    "client_to_server_bytes",
    "requested_host",
    "requested_path",
    "result",
    "virus",
    "request_timestamp_epoch",
    "request_timestamp",
    "uri_scheme",
    "category",
    "media_type",
    "application_type",
    "reputation",
    "last_rule",
    "http_status_code",
    "client_ip",
    "location",
    "block_reason",
    "user_agent_product",
    "user_agent_version",
    "user_agent_comment",
    "process_name",
    "destination_ip",
    "destination_port",
    "pop_country_code",
    "referer",
    "ssl_scanned",
    "av_scanned_up",
    "av_scanned_down",
    "rbi",
    "dlp",
    "client_system_name",
    "filename",
    "pop_egress_ip",
    "pop_ingress_ip",
    "proxy_port",
    "mw_probability",
    "discarded_host",
    "ssl_client_prot",
    "ssl_server_prot",
    "domain_fronting_url",
]
_LEAST: Final = _CLOUD.index("client_ip") + 1
_READ: Final = (
    "username",
    "source_ip",
    "client_ip",
    "http_action",
    "server_to_client_bytes",
    "client_to_server_bytes",
    "requested_host",
    "requested_path",
    "result",
    "request_timestamp_epoch",
    "request_timestamp",
    "uri_scheme",
    "http_status_code",
    "user_agent_comment",
    "destination_port",
    "referer",
)
_EPOCH: Final = r"[0-9]{9,10}(?:\.[0-9]+)?"
_RESULT: Final = "OBSERVED|DENIED|[A-Z_]+"
_STAMP: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"


def certificate_check(method: pl.Expr) -> pl.Expr:
    """The check of a server's certificate belongs to a CONNECT, which has a line of its own."""
    return pl.when(method == "CERTVERIFY").then(pl.lit("remark"))


def _camel(name: str) -> str:
    """The name in the export's other spelling: `client_ip` is `clientIP` there."""
    first, *rest = name.split("_")
    if name == "username":
        return "userName"
    return first + "".join("IP" if word == "ip" else word.capitalize() for word in rest)


def _cloud_columns(cell: dict[str, pl.Expr], reason: pl.Expr) -> Columns:
    method = cell["http_action"].str.to_uppercase()
    path = cell["requested_path"].str.replace("^([^/])", "/${1}")
    wall = clock.naive(cell["request_timestamp"], "%Y-%m-%d %H:%M:%S")
    status = integer(cell["http_status_code"])
    word = pl.when(status == 407).then(pl.lit("407")).otherwise(cell["result"])
    return {
        "reason": reason,
        "companion": certificate_check(method),
        "setup": method == "CONNECT",
        "time": pl.coalesce(
            clock.epoch(cell["request_timestamp_epoch"]), wall.dt.replace_time_zone("UTC")
        ),
        "user": cell["username"].str.replace_all(r"\\\\", "\\", literal=True),
        "client_ip": pl.coalesce(cell["client_ip"], cell["source_ip"]),
        "method": method,
        "scheme": cell["uri_scheme"],
        "host": cell["requested_host"],
        "port": integer(cell["destination_port"]),
        "path": path.str.extract(r"^([^?]*)"),
        "query": path.str.extract(r"\?(.*)$"),
        "status": pl.when(status > 0).then(status),
        "action": decided(word, allowed="OBSERVED", blocked="DENIED", challenged="407"),
        "bytes_sent": integer(cell["client_to_server_bytes"]),
        "bytes_received": integer(cell["server_to_client_bytes"]),
        "referrer": cell["referer"],
        "user_agent": cell["user_agent_comment"],
        "evidence": tunnelled(method.replace("CERTVERIFY", "CONNECT")),
    }


_SHOWS: Final = Shows(user=True, evidence=("url", "connect"), bytes="both", clock="utc")

_JSON: Final = Shape(
    (
        need("requestTimestampEpoch", "request_timestamp_epoch", regex=f"^{_EPOCH}$"),
        need("httpAction", "http_action"),
        need("requestedHost", "requested_host"),
        need("clientToServerBytes", "client_to_server_bytes"),
    ),
    wrappers=("event", "message"),
)
_PATHS: Final = {name: (_camel(name), name) for name in _READ}


def _json_columns(layout: Layout) -> Columns:
    return _cloud_columns(_JSON.cells(layout, _PATHS, _MISSING), _JSON.reason_at(layout))


JSON: Final = Format(
    name="skyhigh-json",
    title="Skyhigh Secure Web Gateway (cloud), JSON",
    definition="Skyhigh Security, SWG Reporting Fields",
    shows=_SHOWS,
    check=_JSON.check,
    signs=_JSON.signs,
    columns=_json_columns,
    layout=_JSON.layout,
    stamp_span=lambda line, layout: stamp_span(line, "requestTimestampEpoch"),  # noqa: ARG005
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

_ROWS: Final = Rows(
    needs={
        "http_action": "[A-Za-z]+",
        "server_to_client_bytes": "[0-9]+",
        "client_to_server_bytes": "[0-9]+",
        "result": _RESULT,
        "request_timestamp_epoch": _EPOCH,
    },
    aliases={name: (_camel(name),) for name in _CLOUD},
    missing=_MISSING,
    separators=(",",),
)


def _csv_layout(head: Head) -> Layout:
    """With its header, or by the order in which the cloud writes its columns."""
    return _ROWS.header(head) or positions(_CLOUD, least=_LEAST, open_end=True)


def _csv_columns(layout: Layout) -> Columns:
    return _cloud_columns(_ROWS.cells(layout), _ROWS.reason(layout))


CSV: Final = Format(
    name="skyhigh-csv",
    title="Skyhigh Secure Web Gateway (cloud), CSV",
    definition="Skyhigh Security, SWG Reporting Fields",
    shows=_SHOWS,
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_csv_columns,
    layout=_csv_layout,
    follow=_ROWS.follow,
    framing="csv",
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

_CLOUD_PAIRS: Final = PairFormat(
    pairs=Pairs(
        before="^(?:<[0-9]+>)?|^.*?[: ]| ",
        keys=tuple(_CLOUD),
        ends="",
        escapes=('\\"', '""'),
        missing=_MISSING,
    ),
    keys=_READ,
    needs={
        "http_action": "[A-Za-z]+",
        "result": _RESULT,
        "request_timestamp|request_timestamp_epoch": f"{_STAMP}|{_EPOCH}",
        "client_to_server_bytes": "[0-9]+",
    },
)


def _pair_columns(layout: Layout) -> Columns:
    del layout
    return _cloud_columns(_CLOUD_PAIRS.cells, _CLOUD_PAIRS.reason())


KEY_VALUE: Final = Format(
    name="skyhigh-kv",
    title="Skyhigh Secure Web Gateway (cloud), key=value",
    definition="Skyhigh Security, SWG Reporting Fields",
    shows=_SHOWS,
    check=_CLOUD_PAIRS.check,
    signs=_CLOUD_PAIRS.signs,
    prepare=_CLOUD_PAIRS.prepare,
    columns=_pair_columns,
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


def _appliance_action(status: pl.Expr, block: pl.Expr) -> pl.Expr:
    """Block.ID tells why the gateway itself stopped a request; 0 is that it did not."""
    return (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(integer(block) > 0)
        .then(pl.lit("blocked"))
        .when(integer(block) == 0)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


_REQUEST: Final = r"^(?P<method>[A-Za-z]+) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"

_SYSLOG: Final = PairFormat(
    keys=("user", "dhost", "urlp", "mtd", "bytes", "ua", "http_referrer", "url", "proto"),
    needs={
        "status": "[0-9]{1,3}/[0-9]+",
        "srcip": ".+",
        "mtd": "[A-Za-z]+",
        "dhost|url": ".+",
        "bytes": "[0-9]+/[0-9]+/[0-9]+/[0-9]+",
    },
)


def _syslog_columns(layout: Layout) -> Columns:
    del layout
    cell = _SYSLOG.cells
    status = integer(cell["status"].str.extract("^([0-9]+)"))
    method = cell["mtd"].str.to_uppercase()
    return {
        "reason": _SYSLOG.reason(),
        "companion": certificate_check(method),
        "setup": method == "CONNECT",
        "client_ip": cell["srcip"],
        "user": cell["user"],
        "method": method,
        "url": cell["url"],
        "host": pl.when(cell["url"].is_null()).then(cell["dhost"]),
        "port": pl.when(cell["url"].is_null()).then(integer(cell["urlp"])),
        "status": pl.when(status > 0).then(status),
        "action": _appliance_action(status, cell["status"].str.extract("/([0-9]+)$")),
        "bytes_sent": integer(cell["bytes"].str.extract("^([0-9]+)")),
        "bytes_received": integer(cell["bytes"].str.extract("([0-9]+)$")),
        "referrer": cell["http_referrer"],
        "user_agent": cell["ua"],
        "evidence": tunnelled(method.replace("CERTVERIFY", "CONNECT")),
    }


SYSLOG: Final = Format(
    name="skyhigh-mwg-syslog",
    title="McAfee Web Gateway, syslog key=value",
    definition="McAfee Web Gateway, SIEM logging rule set (mwg: status srcip user dhost bytes)",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="local",
        note="The line has no time of its own: it is the syslog header's.",
    ),
    check=_SYSLOG.check,
    signs=_SYSLOG.signs,
    prepare=_SYSLOG.prepare,
    columns=_syslog_columns,
    rank=6,
    samples=(
        Sample(
            '<134>2024-01-01T10:00:00Z gw mwg: status="200/0" srcip="10.1.2.3" user="jdoe" '
            'dhost="www.example.com" urlp="443" proto="HTTPS/https" mtd="GET" '
            'bytes="640/700/5000/5120" ua="Chrome" http_referrer="" '
            'url="https://www.example.com/a?b=c" destip="203.0.113.9"',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 user_agent=Chrome evidence=url",
        ),
    ),
    near_misses=('status="200" srcip="10.1.2.3" mtd="GET" url="http://www.example.com/"',),
)

_FIRST_LINE: Final = PairFormat(
    keys=(
        "username",
        "source_ip",
        "destination_host",
        "source_bytes",
        "destination_bytes",
        "http_request_first_line",
        "block_id",
        "http_referer",
        "user_agent",
    ),
    needs={
        "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}T.+",
        "http_status_code": "[0-9]{1,3}",
        "http_request_first_line": ".+",
        "source_ip": ".+",
    },
)


def _first_line_columns(layout: Layout) -> Columns:
    del layout
    cell = _FIRST_LINE.cells
    request = cell["http_request_first_line"].str.extract_groups(_REQUEST)
    method = request.struct.field("method").str.to_uppercase()
    url = request.struct.field("url")
    status = integer(cell["http_status_code"])
    hostless = url.is_null() | url.str.contains("^[/:]")
    return {
        "reason": _FIRST_LINE.reason(),
        "companion": certificate_check(method),
        "setup": method == "CONNECT",
        "time": clock.iso_offset(cell["date"]),
        "client_ip": cell["source_ip"],
        "user": cell["username"],
        "method": method,
        "url": url,
        "host": pl.when(hostless).then(cell["destination_host"]),
        "status": pl.when(status > 0).then(status),
        "action": _appliance_action(status, cell["block_id"]),
        "bytes_sent": integer(cell["source_bytes"]),
        "bytes_received": integer(cell["destination_bytes"]),
        "referrer": cell["http_referer"],
        "user_agent": cell["user_agent"],
        "evidence": tunnelled(method.replace("CERTVERIFY", "CONNECT")),
    }


FIRST_LINE: Final = Format(
    name="skyhigh-mwg-kv",
    title="McAfee Web Gateway, key=value",
    definition="McAfee Web Gateway, syslog of the access log as key=value (date, source_ip, ...)",
    shows=Shows(user=True, evidence=("url", "connect"), bytes="both", clock="offset"),
    check=_FIRST_LINE.check,
    signs=_FIRST_LINE.signs,
    prepare=_FIRST_LINE.prepare,
    columns=_first_line_columns,
    rank=6,
    samples=(
        Sample(
            'date="2024-01-01T10:00:00.399Z" hostname="gw" username="jdoe" source_ip=10.1.2.3 '
            'destination_ip=203.0.113.9 destination_host="www.example.com" http_status_code=200 '
            "source_bytes=640 destination_bytes=5120 "
            'http_request_first_line="GET https://www.example.com/a?b=c HTTP/1.1" block_id=0 '
            'block_reason="" http_referer="" user_agent="curl/7.77.0"',
            "time=2024-01-01T10:00:00.399000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 user_agent=curl/7.77.0 evidence=url",
        ),
    ),
    near_misses=('date="2024-01-01T10:00:00Z" source_ip=10.1.2.3 http_status_code=200',),
)

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_ACCESS: Final = Pattern(
    (
        Piece(None, r"\["),
        Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
        Piece(None, r'\] "'),
        Piece("user", _QUOTED),
        Piece(None, '" '),
        Piece("client", "[^ ]+"),
        Piece(None, " "),
        Piece("status", "[0-9]{1,3}"),
        Piece(None, ' "'),
        Piece("request", _QUOTED),
        Piece(None, '" "'),
        Piece("categories", _QUOTED),
        Piece(None, '" "'),
        Piece("reputation", _QUOTED),
        Piece(None, '" "'),
        Piece("media type", _QUOTED),
        Piece(None, '" '),
        Piece("bytes to client", "[0-9]+"),
        Piece(None, " "),
        Piece("bytes from client", "(?:[0-9]+ )?"),
        Piece(None, '"'),
        Piece("user agent", _QUOTED),
        Piece(None, '" "'),
        Piece("virus", _QUOTED),
        Piece(None, '" "'),
        Piece("block", "[0-9]*"),
        Piece(None, '"'),
        Piece("tail", ".*"),
    )
)


def _access_columns(layout: Layout) -> Columns:
    del layout
    cell = _ACCESS.cells()
    request = cell["request"].str.extract_groups(_REQUEST)
    method = request.struct.field("method").str.to_uppercase()
    status = integer(cell["status"])
    return {
        "reason": _ACCESS.reason(),
        "companion": certificate_check(method),
        "setup": method == "CONNECT",
        "time": clock.clf(cell["time"]),
        "client_ip": cell["client"],
        "user": cell["user"],
        "method": method,
        "url": request.struct.field("url"),
        "status": pl.when(status > 0).then(status),
        "action": _appliance_action(status, cell["block"]),
        "bytes_sent": integer(cell["bytes from client"]),
        "bytes_received": integer(cell["bytes to client"]),
        "user_agent": cell["user agent"],
        "evidence": tunnelled(method.replace("CERTVERIFY", "CONNECT")),
    }


ACCESS: Final = Format(
    name="skyhigh-mwg-access",
    title="McAfee Web Gateway, default access.log",
    definition="McAfee Web Gateway Product Guide, Log File Management (access.log)",
    shows=Shows(user=True, evidence=("url", "connect"), bytes="received", clock="offset"),
    check=lambda line, layout: _ACCESS.fault(line),  # noqa: ARG005
    signs=_ACCESS.signs,
    prepare=_ACCESS.prepare,
    columns=_access_columns,
    directive="#",
    rank=6,
    samples=(
        Sample(
            '#time_stamp "auth_user" src_ip status_code "req_line" "categories" "rep_level" '
            '"media_type" bytes_to_client "user_agent" "virus_name" "block_res"\n'
            '[01/Jan/2024:10:00:00 +0000] "jdoe" 10.1.2.3 200 "GET https://www.example.com/a?b=c '
            'HTTP/1.1" "News" "Minimal Risk" "text/html" 5120 "Mozilla/5.0" "" "0"',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=5120 user_agent=Mozilla/5.0 evidence=url",
        ),
    ),
    near_misses=(
        '[01/Jan/2024:10:00:00 +0000] "jdoe" 10.1.2.3 200 "GET http://www.example.com/ HTTP/1.1"',
    ),
)

FORMATS: Final = (JSON, CSV, KEY_VALUE, SYSLOG, FIRST_LINE, ACCESS)
