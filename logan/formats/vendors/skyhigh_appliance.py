"""McAfee Web Gateway, later Skyhigh's appliance: syslog as pairs, and the default access.log.

Definitions: McAfee Web Gateway Product Guide, Log File Management (default access.log; Block.ID 0
means not blocked) and its syslog rule set for SIEMs (`bytes` are from client / to server / from
server / to client).
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns, EvidenceColumn
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import common_log_stamp, iso
from logan.formats.engine.values import Cells, Derivation, beside, matched, positive
from logan.formats.vendors.skyhigh import CERTIFICATE_CHECK, method_evidence

_REQUEST: Final = r"^(?P<method>[A-Za-z]+) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"


#: Block.ID tells why the gateway itself stopped a request; 0 is that it did not.
_DECISION: Final = matched("block", allowed="0+", blocked="0*[1-9][0-9]*", status="code")


def _extract(name: str, pattern: str, group: int = 1) -> Derivation:
    return lambda cell: cell[name].str.extract(pattern, group)


def _verb(name: str) -> Derivation:
    """The method of a request line."""
    return lambda cell: cell[name].str.extract(_REQUEST, 1).str.to_uppercase()


_SYSLOG: Final = Columns(
    time=None,
    user="user",
    client_ip="srcip",
    action=_DECISION,
    method="verb",
    url="url",
    host=beside("url", "dhost"),
    port=lambda cell: integer(beside("url", "urlp")(cell)),
    status=positive("code"),
    bytes_sent=lambda cell: integer(cell["bytes"].str.extract("^([0-9]+)")),
    bytes_received=lambda cell: integer(cell["bytes"].str.extract("([0-9]+)$")),
    referrer="http_referrer",
    user_agent="ua",
    evidence=EvidenceColumn(("url", "connect"), method_evidence),
    companion=CERTIFICATE_CHECK,
    derived={
        "verb": lambda cell: cell["mtd"].str.to_uppercase(),
        "code": _extract("status", "^([0-9]+)"),
        "block": _extract("status", "/([0-9]+)$"),
    },
)
SYSLOG: Final = Format(
    name="skyhigh-mwg-syslog",
    title="McAfee Web Gateway, syslog key=value",
    definition="McAfee Web Gateway, SIEM logging rule set (mwg: status srcip user dhost bytes)",
    reader=KeyValue(
        needs={
            "status": "[0-9]{1,3}/[0-9]+",
            "srcip": ".+",
            "mtd": "[A-Za-z]+",
            "dhost|url": ".+",
            "bytes": "[0-9]+/[0-9]+/[0-9]+/[0-9]+",
        }
    ),
    columns=_SYSLOG,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note="The line has no time of its own: it is the syslog header's.",
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


def _first_line_host(cell: Cells) -> pl.Expr:
    hostless = cell["asked"].is_null() | cell["asked"].str.contains("^[/:]")
    return pl.when(hostless).then(cell["destination_host"])


_FIRST_LINE: Final = Columns(
    time=iso("date"),
    user="username",
    client_ip="source_ip",
    action=_DECISION,
    method="verb",
    url="asked",
    host=_first_line_host,
    status=positive("http_status_code"),
    bytes_sent="source_bytes",
    bytes_received="destination_bytes",
    referrer="http_referer",
    user_agent="user_agent",
    evidence=EvidenceColumn(("url", "connect"), method_evidence),
    companion=CERTIFICATE_CHECK,
    derived={
        "verb": _verb("http_request_first_line"),
        "asked": _extract("http_request_first_line", _REQUEST, 2),
        "code": lambda cell: cell["http_status_code"],
        "block": lambda cell: cell["block_id"],
    },
)
FIRST_LINE: Final = Format(
    name="skyhigh-mwg-kv",
    title="McAfee Web Gateway, key=value",
    definition="McAfee Web Gateway, syslog of the access log as key=value (date, source_ip, ...)",
    reader=KeyValue(
        needs={
            "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}T.+",
            "http_status_code": "[0-9]{1,3}",
            "http_request_first_line": ".+",
            "source_ip": ".+",
        }
    ),
    columns=_FIRST_LINE,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
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
_ACCESS_PIECES: Final = (
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
_ACCESS: Final = Columns(
    time=common_log_stamp("time"),
    user="user",
    client_ip="client",
    action=_DECISION,
    method="verb",
    url="asked",
    status=positive("status"),
    bytes_sent="bytes from client",
    bytes_received="bytes to client",
    user_agent="user agent",
    evidence=EvidenceColumn(("url", "connect"), method_evidence),
    companion=CERTIFICATE_CHECK,
    derived={
        "verb": _verb("request"),
        "asked": _extract("request", _REQUEST, 2),
        "code": lambda cell: cell["status"],
    },
)


@dataclass(frozen=True, kw_only=True)
class HeadedLines(LinePattern):
    """Lines under a comment that names their columns."""

    directive = "#"


ACCESS: Final = Format(
    name="skyhigh-mwg-access",
    title="McAfee Web Gateway, default access.log",
    definition="McAfee Web Gateway Product Guide, Log File Management (access.log)",
    reader=HeadedLines(pieces=_ACCESS_PIECES),
    columns=_ACCESS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
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
