"""Cisco Secure Web Appliance (WSA, IronPort): the access log.

Definition: AsyncOS for Cisco Secure Web Appliance User Guide, Access Log Files (fields, result
codes, ACL decision tags) and HTTPS Logging (of traffic that was opened there are two entries:
`CONNECT`, or `TUNNEL` where it was redirected transparently, and the method with the address);
cisco.com, Understand Secure Web Appliance Access Logs (`TCP_CONNECT` is a transparent TLS
connection, logged by its address; the name asked for stands beside the hierarchy code; `%s` are the
bytes of the response).
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import Columns, EvidenceColumn, stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import missing_to_null
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells, Derivation
from logan.formats.vendors.squid import epoch_span, evidence, status_code
from logan.schema import ACTION

TAG_WORDS: Final = (
    *("ALLOW", "AMP", "ARCHIVESCAN", "BLOCK", "DECRYPT", "DEFAULT_CASE", "DROP", "MONITOR"),
    *("NO_AUTHORIZATION", "NO_PASSWORD", "OTHER", "PASSTHRU", "REDIRECT", "SAAS_AUTH"),
)
_TAG: Final = f"(?:{'|'.join(TAG_WORDS)})[A-Z_]*[-_0-9][^ ]*"
TIME: Final = Piece("time", r"[0-9]{9,10}(?:\.[0-9]+)?")
#: Milliseconds of a day at most: no second stamp in front makes one of the first.
ELAPSED: Final = Piece("elapsed", r"-?[0-9]{1,8}(?:\.[0-9]+)?")
CLIENT: Final = Piece("client", "[^ ]+")
RESULT: Final = Piece("result code", "[A-Z][A-Z_0-9]*")
ANSWER: Final = (
    Piece("status", "[0-9]{1,3}|-"),
    Piece("bytes", "-?[0-9]+|-"),
    Piece("method", "[^ ]+"),
    Piece("url", "[^ ]+"),
)
#: Of the verdict only its end matters: the user agent is among the fields behind it.
VERDICT: Final = (Piece("tag", _TAG), Piece("tail", "(?: .*)?"))
_USER: Final = Piece("user", r'"[^"]*"|[^ "]+(?: [^ /"]+){0,7}?')
_ACCESS: Final = (
    *separated((TIME, ELAPSED, CLIENT, RESULT), " +"),
    Piece(None, "/"),
    *separated((*ANSWER, _USER, Piece("hierarchy", "[A-Z][A-Z_]*")), " +"),
    Piece(None, "/"),
    *separated((Piece("server", "[^ ]*"), Piece("mime type", "[^ ]+")), " +"),
    # what a site has inserted before the tag, such as `CMF:44 DCF:200020 ERR:15`
    Piece("inserted", "(?: +[A-Z]+:[^ ]*)*"),
    Piece(None, " +"),
    *VERDICT,
)
_ADDRESS: Final = r"^(?:tunnel://)?(?:[0-9.]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?/?$"
#: Behind a name with its domain stands the appliance's own name for the directory.
_REALM: Final = r"^([^\\@]+\\+[^\\@]+)@[^@]*$"
_AGENT: Final = r'"([A-Za-z][^" ]*/[0-9][^"]*)"'


def decide(tag: pl.Expr, code: pl.Expr, status: pl.Expr) -> pl.Expr:
    """What the appliance did, by its ACL decision tag; a warning page (BLOCK_CONTINUE) blocks.

    A challenge is told by the status, since its tag is OTHER. A redirect to another site is
    unknown, as is OTHER (an error, or the client went away), and what was opened only to show its
    user a notification (DECRYPT_EUN): the request inside tells.
    """
    challenge = (status == 407) | (code.str.contains("DENIED") & (status == 401))
    return (
        pl.when(challenge | tag.str.contains("^(?:NO_AUTHORIZATION|NO_PASSWORD|SAAS_AUTH)"))
        .then(pl.lit("auth"))
        .when(tag.str.contains("^(?:BLOCK|DROP|ARCHIVESCAN_BLOCK)") | code.str.contains("DENIED"))
        .then(pl.lit("blocked"))
        .when(
            tag.str.contains(
                "^(?:ALLOW|AMP|ARCHIVESCAN|DEFAULT|MONITOR|PASSTHRU|DECRYPT_(?:[^E]|E[^U]))"
            )
        )
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _bare(name: str) -> Derivation:
    """A cell without its quotes."""
    return lambda cell: missing_to_null(cell[name].str.strip_chars('"'))


def as_connect(method: pl.Expr) -> pl.Expr:
    """The method, that of transparent TLS as that of a tunnel."""
    return method.str.replace("^(?:TCP_CONNECT|TUNNEL)$", "CONNECT")


def _host(cell: Cells) -> pl.Expr:
    """The name asked for, where a tunnel is logged by its address."""
    named = cell["url"].str.contains(_ADDRESS) & cell["server"].str.contains("[A-Za-z]")
    return pl.when((cell["method"] == "CONNECT") & named).then(cell["server"])


def _opened(cell: Cells) -> pl.Expr:
    decrypted = cell["tag"].str.starts_with("DECRYPT").fill_null(value=False)
    return (cell["method"] == "CONNECT") & decrypted


COLUMNS: Final = Columns(
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
    evidence=EvidenceColumn(("url", "connect"), lambda cell: evidence(cell["method"])),
    derived={
        **{
            name: _bare(name) for name in ("time", "client", "user", "url", "server", "result code")
        },
        **{name: _bare(name) for name in ("status", "bytes", "tag")},
        "method": lambda cell: as_connect(missing_to_null(cell["method"].str.strip_chars('"'))),
        "code": lambda cell: status_code(cell["status"]),
    },
)


TUNNELS: Final = stated_by_line(_opened)


#: What stands at the head of each file: version, time offset, the fields of the log.
PREAMBLE: Final = "[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4} Info: "
NOTE: Final = (
    "BLOCK_CONTINUE is a page of warning: what follows it is logged as a request of its own."
)
DEFINITION: Final = "AsyncOS for Cisco Secure Web Appliance User Guide, Monitor Logs"
_SAMPLE: Final = (
    "1704103200.123 35 10.1.2.3 TCP_MISS/200 3004 CONNECT tunnel://www.example.com:443/ "
    '"FORCE\\jdoe@realm" DIRECT/www.example.com - '
)
ACCESS: Final = Format(
    name="cisco-wsa",
    title="Cisco Secure Web Appliance (IronPort) access log",
    definition=DEFINITION,
    reader=LinePattern(pieces=_ACCESS, literals=(TAG_WORDS,), stamp_span=epoch_span),
    columns=COLUMNS,
    tunnels=TUNNELS,
    note=NOTE,
    preamble=PREAMBLE,
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
