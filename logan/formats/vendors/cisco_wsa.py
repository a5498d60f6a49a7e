"""Cisco Secure Web Appliance (WSA, IronPort): access log in its own form, and as W3C.

Definition: AsyncOS for Cisco Secure Web Appliance User Guide, Access Log Files (fields, result
codes, ACL decision tags) and Standard W3C Fields; cisco.com, Understand Secure Web Appliance Access
Logs (`TCP_CONNECT` is a transparent TLS connection, logged by its address; the name asked for
stands beside the hierarchy code; `%s` are the bytes of the response).
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock, elff
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
)
from logan.formats.vendors import w3c
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
    Piece("elapsed", r"-?[0-9]+(?:\.[0-9]+)?"),
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
_ACCESS: Final = Pattern(
    (
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
)
#: The recommended W3C fields without their header: the user before the client, and the server's
#: name in a column of its own.
_BARE: Final = Pattern(
    (
        *_START,
        Piece("user", r'"[^"]*"|[^ "]+'),
        Piece(None, " +"),
        *_REQUEST,
        Piece("server", "[^ ]+"),
        Piece(None, " +[^ ]+ +[^ ]+ +"),
        Piece("mime type", "[^ ]+ +|"),
        *_VERDICT,
    )
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


def _request(cell: dict[str, pl.Expr]) -> Columns:
    """The columns that both forms have in common, from cells without their quotes."""
    status, code = status_code(cell["status"]), cell["result code"]
    method = cell["method"].str.replace("^TCP_CONNECT$", "CONNECT")
    server = cell["server"]
    named = cell["url"].str.contains(_ADDRESS) & server.str.contains("[A-Za-z]")
    tag = cell["tag"]
    return {
        "client_ip": cell["client"],
        "user": cell["user"].str.replace(_REALM, "${1}"),
        "method": method,
        "url": cell["url"].str.replace("^tunnel://", ""),
        "host": pl.when((method == "CONNECT") & named).then(server),
        "status": status,
        "action": decide(tag, code, status),
        "bytes_received": integer(cell["bytes"]),
        "evidence": evidence(method),
        "setup": (method == "CONNECT") & tag.str.starts_with("DECRYPT").fill_null(value=False),
    }


def _columns_of(pattern: Pattern) -> Columns:
    cell = {
        name: missing_to_null(value.str.strip_chars('"'), ("-", ""))
        for name, value in pattern.cells().items()
    }
    return {
        "reason": pattern.reason(),
        "time": clock.epoch_seconds(cell["time"]),
        **_request(cell),
        "user_agent": pattern.cells()["tail"].str.extract(_AGENT),
    }


def _access_columns(layout: Layout) -> Columns:
    del layout
    return _columns_of(_ACCESS)


def _bare_columns(layout: Layout) -> Columns:
    del layout
    return _columns_of(_BARE)


def _check_access(line: str, layout: Layout) -> Fault | None:
    del layout
    return _ACCESS.fault(line)


def _check_bare(line: str, layout: Layout) -> Fault | None:
    del layout
    return _BARE.fault(line)


#: Fields that only this appliance has.
_OWN_FIELDS: Final = ("x-acltag", "x-resultcode-httpstatus", "x-wbrs-score")


def _w3c_layout(head: Head) -> Layout | None:
    return w3c.layout_of(head, needs=_OWN_FIELDS)


def _w3c_columns(layout: Layout) -> Columns:
    cell = w3c.cells(layout)
    null = pl.lit(None, dtype=pl.String)
    result = elff.first(cell, "x-resultcode-httpstatus")
    read = {
        "client": elff.first(cell, "c-ip"),
        "user": elff.first(cell, "cs-username", "x-cs-username"),
        "method": elff.first(cell, "cs-method"),
        "url": elff.first(cell, "cs-url", "cs-uri"),
        "server": elff.first(cell, "s-hostname", "x-hierarchy-origin").str.replace("^.*/", ""),
        "result code": pl.coalesce(
            elff.first(cell, "sc-result-code"), result.str.extract("^([^/]+)")
        ),
        "status": pl.coalesce(elff.first(cell, "sc-http-status"), result.str.extract("/([0-9]+)$")),
        "bytes": elff.first(cell, "sc-bytes"),
        "tag": elff.first(cell, "x-acltag") if "x-acltag" in cell else null,
    }
    return {
        **elff.columns(cell, layout),
        "reason": w3c.reason(layout),
        **_request(read),
    }


def _w3c_prepare(layout: Layout) -> Sequence[Columns]:
    return w3c.prepare(layout)


#: What stands at the head of each file: version, time offset, the fields of the log.
_PREAMBLE: Final = "[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4} Info: "
_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect"),
    bytes="received",
    clock="utc",
    note="BLOCK_CONTINUE is a page of warning: what follows it is logged as a request of its own.",
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
    shows=_SHOWS,
    check=_check_access,
    signs=(*_ACCESS.signs, _TAG_WORDS),
    columns=_access_columns,
    prepare=_ACCESS.prepare,
    stamp_span=epoch_span,
    preamble=_PREAMBLE,
    rank=5,
    samples=(
        _SAMPLE + "DECRYPT_WEBCAT_7-DefaultGroup-DefaultGroup-NONE-NONE-NONE-DefaultGroup-NONE "
        '<"IW_srch",6.9,1,"-",-,-,-,-,"-"> - "Mozilla/5.0 (X11)"',
        _SAMPLE + "CMF:44 DCF:200020 ERR:15 BLOCK_CONTINUE_WEBCAT_12-Auth-NONE &lt;nc,5.0,-&gt; -",
        (
            "1704103201.001 5 2001:db8::7 TCP_DENIED/407 0 GET http://www.example.com/a?b=c - "
            "NONE/- - "
            "OTHER-NONE-Auth-NONE-NONE-NONE-NONE <-,-,-> -"
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
    shows=_SHOWS,
    check=_check_bare,
    signs=(*_BARE.signs, _TAG_WORDS),
    columns=_bare_columns,
    prepare=_BARE.prepare,
    stamp_span=epoch_span,
    preamble=_PREAMBLE,
    rank=5,
    samples=(
        (
            "1704103200.123 374.156 - 10.1.2.3 TCP_MISS/200 873 CONNECT "
            "tunnel://www.example.com:443/ "
            "www.example.com - - application/octet-stream DEFAULT_CASE_12-DefaultGroup-NONE "
            '"203.0.113.9" 52698 www.example.com 443 1 "Mozilla/5.0 (X11)" 2673'
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
    shows=_SHOWS,
    check=w3c.check,
    signs=(("#",),),
    columns=_w3c_columns,
    prepare=_w3c_prepare,
    layout=_w3c_layout,
    directive="#",
    follow=w3c.follow,
    stamp_span=epoch_span,
    rank=7,
    samples=(
        (
            "#Version: 1.0\n#Software: AsyncOS for Web 12.5.1-011\n"
            "#Fields: timestamp x-elapsed-time c-ip x-resultcode-httpstatus sc-bytes cs-method "
            "cs-url "
            "cs-username x-hierarchy-origin cs-mime-type x-acltag cs(User-Agent)\n"
            "1704103200.123 35 10.1.2.3 TCP_MISS/200 3004 GET http://www.example.com/a?b=c "
            '"FORCE\\jdoe@realm" DIRECT/www.example.com text/html '
            "DEFAULT_CASE_12-DefaultGroup-NONE "
            '"Mozilla/5.0 (X11)"'
        ),
    ),
    near_misses=(
        "#Fields: timestamp c-ip cs-method cs-url\n1704103200.1 10.1.2.3 GET http://a.example/",
    ),
)
FORMATS: Final = (ACCESS, BARE, W3C)
