"""Cisco Secure Web Appliance (WSA, IronPort): access log in its own form, and as W3C.

Definition: AsyncOS for Cisco Secure Web Appliance User Guide, Access Log Files (fields, result
codes, ACL decision tags) and Standard W3C Fields; cisco.com, Understand Secure Web Appliance Access
Logs (`TCP_CONNECT` is a transparent TLS connection, logged by its address; the name asked for
stands beside the hierarchy code; `%s` are the bytes of the response).
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import elff
from logan.formats.engine.columns import Columns, Evidence, stated_by_line
from logan.formats.engine.extended_log import ExtendedLog
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import missing_to_null
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells, Derivation
from logan.formats.vendors.squid import epoch_span, evidence, status_code
from logan.schema import ACTION

_TAG_WORDS: Final = (
    *("ALLOW", "AMP", "ARCHIVESCAN", "BLOCK", "DECRYPT", "DEFAULT_CASE", "DROP", "MONITOR"),
    *("NO_AUTHORIZATION", "NO_PASSWORD", "OTHER", "PASSTHRU", "REDIRECT", "SAAS_AUTH"),
)
_TAG: Final = f"(?:{'|'.join(_TAG_WORDS)})[A-Z_]*[-_0-9][^ ]*"
_START: Final = (
    Piece("time", r"[0-9]{9,10}(?:\.[0-9]+)?"),
    Piece(None, " +"),
    # Milliseconds of a day at most: no second stamp in front makes one of the first.
    Piece("elapsed", r"-?[0-9]{1,8}(?:\.[0-9]+)?"),
    Piece(None, " +"),
)
_REQUEST: Final = (
    Piece("client", "[^ ]+"),
    Piece(None, " +"),
    Piece("result code", "[A-Z][A-Z_0-9]*"),
    Piece(None, "/"),
    Piece("status", "[0-9]{1,3}|-"),
    Piece(None, " +"),
    Piece("bytes", "-?[0-9]+|-"),
    Piece(None, " +"),
    Piece("method", "[^ ]+"),
    Piece(None, " +"),
    Piece("url", "[^ ]+"),
    Piece(None, " +"),
)
_VERDICT: Final = (
    Piece("tag", _TAG),
    # Of the verdict only its end matters: the user agent is among the fields behind it.
    Piece("tail", "(?: .*)?"),
)
_ACCESS: Final = (
    *_START,
    *_REQUEST,
    Piece("user", r'"[^"]*"|[^ "]+(?: [^ /"]+){0,7}?'),
    Piece(None, " +"),
    Piece("hierarchy", "[A-Z][A-Z_]*"),
    Piece(None, "/"),
    Piece("server", "[^ ]*"),
    Piece(None, " +"),
    Piece("mime type", "[^ ]+"),
    # what a site has inserted before the tag, such as `CMF:44 DCF:200020 ERR:15`
    Piece("inserted", "(?: +[A-Z]+:[^ ]*)*"),
    Piece(None, " +"),
    *_VERDICT,
)
#: The recommended W3C fields without their header: the user before the client, and the server's
#: name in a column of its own.
_BARE: Final = (
    *_START,
    Piece("user", r'"[^"]*"|[^ "]+'),
    Piece(None, " +"),
    *_REQUEST,
    Piece("server", "[^ ]+"),
    Piece(None, " +[^ ]+ +[^ ]+ +"),
    Piece("mime type", "[^ ]+ +|"),
    *_VERDICT,
)
_ADDRESS: Final = r"^(?:tunnel://)?(?:[0-9.]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?/?$"
#: Behind a name with its domain stands the appliance's own name for the directory.
_REALM: Final = r"^([^\\@]+\\+[^\\@]+)@[^@]*$"
_AGENT: Final = r'"([A-Za-z][^" ]*/[0-9][^"]*)"'


def decide(tag: pl.Expr, code: pl.Expr, status: pl.Expr) -> pl.Expr:
    """What the appliance did, by its ACL decision tag; a warning page (BLOCK_CONTINUE) blocks.

    A challenge is told by the status, since its tag is OTHER. A redirect to another site is
    unknown, as is OTHER (an error, or the client went away).
    """
    challenge = (status == 407) | (code.str.contains("DENIED") & (status == 401))
    return (
        pl.when(challenge | tag.str.contains("^(?:NO_AUTHORIZATION|NO_PASSWORD|SAAS_AUTH)"))
        .then(pl.lit("auth"))
        .when(tag.str.contains("^(?:BLOCK|DROP|ARCHIVESCAN_BLOCK)") | code.str.contains("DENIED"))
        .then(pl.lit("blocked"))
        .when(tag.str.contains("^(?:ALLOW|AMP|ARCHIVESCAN|DECRYPT|DEFAULT|MONITOR|PASSTHRU)"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _bare(name: str) -> Derivation:
    """A cell without its quotes."""
    return lambda cell: missing_to_null(cell[name].str.strip_chars('"'))


def _as_connect(method: pl.Expr) -> pl.Expr:
    return method.str.replace("^TCP_CONNECT$", "CONNECT")


def _host(cell: Cells) -> pl.Expr:
    """The name asked for, where a tunnel is logged by its address."""
    named = cell["url"].str.contains(_ADDRESS) & cell["server"].str.contains("[A-Za-z]")
    return pl.when((cell["method"] == "CONNECT") & named).then(cell["server"])


def _opened(cell: Cells) -> pl.Expr:
    decrypted = cell["tag"].str.starts_with("DECRYPT").fill_null(value=False)
    return (cell["method"] == "CONNECT") & decrypted


_COLUMNS: Final = Columns(
    time=epoch_seconds("time"),
    user=lambda cell: cell["user"].str.replace(_REALM, "${1}"),
    client_ip="client",
    method="method",
    url=lambda cell: cell["url"].str.replace("^tunnel://", ""),
    host=_host,
    status=lambda cell: cell["code"],
    action=lambda cell: decide(cell["tag"], cell["result code"], cell["code"]),
    bytes_received="bytes",
    duration_ms="elapsed",
    user_agent=lambda cell: cell["tail"].str.extract(_AGENT),
    evidence=Evidence(("url", "connect"), lambda cell: evidence(cell["method"])),
    derived={
        **{
            name: _bare(name) for name in ("time", "client", "user", "url", "server", "result code")
        },
        **{name: _bare(name) for name in ("status", "bytes", "tag")},
        "method": lambda cell: _as_connect(missing_to_null(cell["method"].str.strip_chars('"'))),
        "code": lambda cell: status_code(cell["status"]),
    },
)


def _result(cell: Cells) -> pl.Expr:
    found = cell.first("x-resultcode-httpstatus").str.extract("^([^/]+)")
    return pl.coalesce(cell.first("sc-result-code"), found)


def _w3c_status(cell: Cells) -> pl.Expr:
    found = cell.first("x-resultcode-httpstatus").str.extract("/([0-9]+)$")
    return pl.coalesce(cell.first("sc-http-status"), found)


_W3C_COLUMNS: Final = replace(
    elff.COLUMNS,
    **{
        name: getattr(_COLUMNS, name)
        for name in ("user", "client_ip", "method", "url", "host", "status", "action")
    },
    bytes_received="sc-bytes",
    evidence=_COLUMNS.evidence,
    derived={
        "client": lambda cell: cell.first("c-ip"),
        "user": lambda cell: cell.first("cs-username", "x-cs-username"),
        "method": lambda cell: _as_connect(cell.first("cs-method")),
        "url": lambda cell: cell.first("cs-url", "cs-uri"),
        "server": lambda cell: cell.first("s-hostname", "x-hierarchy-origin").str.replace(
            "^.*/", ""
        ),
        "result code": _result,
        "code": lambda cell: status_code(_w3c_status(cell)),
        "tag": lambda cell: cell.first("x-acltag"),
    },
)
_TUNNELS: Final = stated_by_line(_opened)


#: Fields that only this appliance has.
_OWN_FIELDS: Final = ("x-acltag", "x-resultcode-httpstatus", "x-wbrs-score")


#: What stands at the head of each file: version, time offset, the fields of the log.
_PREAMBLE: Final = "[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4} Info: "
_NOTE: Final = (
    "BLOCK_CONTINUE is a page of warning: what follows it is logged as a request of its own."
)
_DEFINITION: Final = "AsyncOS for Cisco Secure Web Appliance User Guide, Monitor Logs"
_SAMPLE: Final = (
    "1704103200.123 35 10.1.2.3 TCP_MISS/200 3004 CONNECT tunnel://www.example.com:443/ "
    '"FORCE\\jdoe@realm" DIRECT/www.example.com - '
)
ACCESS: Final = Format(
    name="cisco-wsa",
    title="Cisco Secure Web Appliance (IronPort) access log",
    definition=_DEFINITION,
    reader=LinePattern(pieces=_ACCESS, literals=(_TAG_WORDS,), stamp_span=epoch_span),
    columns=_COLUMNS,
    tunnels=_TUNNELS,
    note=_NOTE,
    preamble=_PREAMBLE,
    rank=5,
    samples=(
        Sample(
            _SAMPLE + "DECRYPT_WEBCAT_7-DefaultGroup-DefaultGroup-NONE-NONE-NONE-DefaultGroup-NONE "
            '<"IW_srch",6.9,1,"-",-,-,-,-,"-"> - "Mozilla/5.0 (X11)"',
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " method=CONNECT url=www.example.com:443/ status=200 action=allowed"
            " bytes_received=3004 user_agent=Mozilla/5.0 (X11) evidence=connect setup=yes",
        ),
        Sample(
            _SAMPLE
            + "CMF:44 DCF:200020 ERR:15 BLOCK_CONTINUE_WEBCAT_12-Auth-NONE &lt;nc,5.0,-&gt; -",
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " method=CONNECT url=www.example.com:443/ status=200 action=blocked"
            " bytes_received=3004 evidence=connect",
        ),
        Sample(
            "1704103201.001 5 2001:db8::7 TCP_DENIED/407 0 GET http://www.example.com/a?b=c - "
            "NONE/- - "
            "OTHER-NONE-Auth-NONE-NONE-NONE-NONE <-,-,-> -",
            "time=2024-01-01T10:00:01.001000Z client_ip=2001:db8::7 method=GET"
            " url=http://www.example.com/a?b=c status=407 action=auth bytes_received=0"
            " evidence=url",
        ),
    ),
    near_misses=(
        (
            "1704103202.001 12 10.1.2.3 TCP_MISS/200 910 GET http://www.example.com/ - "
            'HIER_DIRECT/203.0.113.9 text/html "-" "Mozilla/5.0"'
        ),
    ),
)
BARE: Final = Format(
    name="cisco-wsa-bare",
    title="Cisco Secure Web Appliance, W3C fields without their header",
    definition=_DEFINITION,
    reader=LinePattern(pieces=_BARE, literals=(_TAG_WORDS,), stamp_span=epoch_span),
    columns=_COLUMNS,
    tunnels=_TUNNELS,
    note=_NOTE,
    preamble=_PREAMBLE,
    rank=5,
    samples=(
        Sample(
            "1704103200.123 374.156 - 10.1.2.3 TCP_MISS/200 873 CONNECT "
            "tunnel://www.example.com:443/ "
            "www.example.com - - application/octet-stream DEFAULT_CASE_12-DefaultGroup-NONE "
            '"203.0.113.9" 52698 www.example.com 443 1 "Mozilla/5.0 (X11)" 2673',
            "time=2024-01-01T10:00:00.123000Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443/ status=200 action=allowed bytes_received=873"
            " user_agent=Mozilla/5.0 (X11) evidence=connect",
        ),
    ),
    near_misses=(
        (
            "1704103200.123 374.156 - 10.1.2.3 TCP_MISS/200 873 CONNECT "
            "tunnel://www.example.com:443/ "
            "www.example.com - - application/octet-stream"
        ),
    ),
)
W3C: Final = Format(
    name="cisco-wsa-w3c",
    title="Cisco Secure Web Appliance, W3C",
    definition=_DEFINITION,
    reader=ExtendedLog(needs=_OWN_FIELDS, stamp_span=epoch_span),
    columns=_W3C_COLUMNS,
    tunnels=_TUNNELS,
    note=_NOTE,
    rank=7,
    samples=(
        Sample(
            "#Version: 1.0\n#Software: AsyncOS for Web 12.5.1-011\n"
            "#Fields: timestamp x-elapsed-time c-ip x-resultcode-httpstatus sc-bytes cs-method "
            "cs-url "
            "cs-username x-hierarchy-origin cs-mime-type x-acltag cs(User-Agent)\n"
            "1704103200.123 35 10.1.2.3 TCP_MISS/200 3004 GET http://www.example.com/a?b=c "
            '"FORCE\\jdoe@realm" DIRECT/www.example.com text/html '
            "DEFAULT_CASE_12-DefaultGroup-NONE "
            '"Mozilla/5.0 (X11)"',
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=3004 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(
        "#Fields: timestamp c-ip cs-method cs-url\n1704103200.1 10.1.2.3 GET http://a.example/",
    ),
)
