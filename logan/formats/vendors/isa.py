"""Microsoft ISA Server and Forefront TMG: the web proxy log in its own text format.

Definition: technet cc995299, Web proxy log fields (the field numbers are the places), with commas
between the fields and `-` for fields that are not logged. Nothing is quoted: the client agent and
the address may hold commas, and the fields around them tell where they end. Where such fields stand
twice, one may be a user's own words, and the line is no record. Date and time are the
server's wall clock, in the order of its locale. `anonymous` is nobody; a user with `?` behind the
name was sent but not authenticated. The W3C form of this log is read by
`logan.formats.vendors.w3c`.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import STANDS_TWICE
from logan.formats.engine.layout import TEXT, Layout, integer, missing_to_null
from logan.formats.engine.lessons import date_order_of_piece
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import ordered_date
from logan.formats.engine.values import Cells, Derivation, joined
from logan.schema import ACTION

_NUMBER: Final = "[0-9]+|-"
_WORD: Final = "[^,]*?"
_COMMA: Final = Piece(None, " *, *")
_SERVICE: Final = "(?i:w3proxy|w3reverseproxy|msproxy|-)"
#: What stands behind an agent, and behind an address: where the object came from (cc995299), and
#: the result, of requests without a source that of a refusal.
_BEHIND_AGENT: Final = rf"[0-9]:[0-9]{{2}}(?: [AP]M)? *, *{_SERVICE} *,"
_BEHIND_ADDRESS: Final = (
    r", *(?:(?i:Inet|Cache|Member|NotModified|NVCache|Upstream|VCache|VFInet) *, *[0-9]+"
    "|- *, *(?:12[0-9]{3}|4[0-9]{2}))(?: *,|$)"
)
_FORGED: Final = f"{_BEHIND_AGENT}.*{_BEHIND_AGENT}|{_BEHIND_ADDRESS}.*{_BEHIND_ADDRESS}"


class UnquotedFields(LinePattern):
    """Fields of which two may hold what a user wrote, and nothing says where they end."""

    def reason(self, layout: Layout) -> pl.Expr:
        """Null where a line fits, and fits in one way."""
        forged = pl.when(TEXT.str.contains(_FORGED)).then(
            pl.lit(f"{STANDS_TWICE}the fields behind the agent or the address")
        )
        return pl.coalesce(super().reason(layout), forged)


_LINE: Final = UnquotedFields(
    pieces=(
        Piece("client", ADDRESS),
        _COMMA,
        Piece("user", _WORD),
        _COMMA,
        Piece("agent", ".*?"),
        _COMMA,
        Piece("authenticated", "[YN-]"),
        _COMMA,
        Piece("date", "[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}"),
        _COMMA,
        Piece("time", "[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?: [AP]M)?"),
        _COMMA,
        Piece("service", _SERVICE),
        _COMMA,
        Piece("server", _WORD),
        _COMMA,
        Piece("referring server", _WORD),
        _COMMA,
        Piece("host", _WORD),
        _COMMA,
        Piece("address", _WORD),
        _COMMA,
        Piece("port", _NUMBER),
        _COMMA,
        Piece("elapsed", _NUMBER),
        _COMMA,
        Piece("received", _NUMBER),
        _COMMA,
        Piece("sent", _NUMBER),
        _COMMA,
        Piece("protocol", _WORD),
        _COMMA,
        Piece("transport", _WORD),
        _COMMA,
        Piece("method", "[A-Za-z_-]+"),
        _COMMA,
        Piece("url", ".*?"),
        _COMMA,
        Piece("type", _WORD),
        _COMMA,
        Piece("source", "[A-Za-z-]+"),
        _COMMA,
        Piece("result", _NUMBER),
        Piece("more", "(?: *,.*)?"),
    ),
    literals=((",",),),
)
#: `FpcAction` as logged, near the end of the line.
_ACTION: Final = r"(?:^|, *)(Allowed|Denied|Failed|Blocked)(?: *,|$)"


def _decision(cell: Cells) -> pl.Expr:
    """The action, where it is logged; else by the result, which may be a Windows error.

    12202 and 12209: denied by a rule, and for want of authentication (cc995299, result codes).
    """
    said = cell["more"].str.extract(_ACTION)
    result = integer(cell["result"])
    return (
        pl.when(result.is_in([407, 12209]))
        .then(pl.lit("auth"))
        .when(said.is_in(["Denied", "Blocked"]) | (result == 12202))
        .then(pl.lit("blocked"))
        .when((said == "Allowed") | result.is_between(200, 399))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _something(name: str) -> Derivation:
    """A cell, null where the log writes its word for nothing."""
    return lambda cell: missing_to_null(cell[name])


def _port(cell: Cells) -> pl.Expr:
    bare = ~cell["url"].str.contains("://", literal=True)
    return pl.when(bare).then(integer(cell["port"]))


def _status(cell: Cells) -> pl.Expr:
    """The result, where it is no error of Windows."""
    result = integer(cell["result"])
    return pl.when(result.is_between(100, 599)).then(result)


def _is_tunnel(cell: Cells) -> pl.Expr:
    tunnel = cell["method"].str.to_uppercase().is_in(["CONNECT", "SSL-TUNNEL"])
    return tunnel | (cell["protocol"].str.to_lowercase() == "ssl-tunnel")


def _method(cell: Cells) -> pl.Expr:
    """The method, which a tunnel's line may leave out."""
    tunnel = pl.when(_is_tunnel(cell)).then(pl.lit("CONNECT"))
    return pl.coalesce(missing_to_null(cell["method"]), tunnel)


_COLUMNS: Final = Columns(
    time=ordered_date(joined("date", "time")),
    client_ip="client",
    user=lambda cell: pl.when(~cell["user"].str.ends_with("?")).then(cell["user"]),
    method=_method,
    url=("url", "host"),
    port=_port,
    status=_status,
    action=_decision,
    bytes_sent="sent",
    bytes_received="received",
    user_agent="agent",
    evidence=connects(_is_tunnel),
    derived={name: _something(name) for name in ("user", "agent", "host", "url")},
)
_OPENING: Final = "10.1.2.3, FORCE\\jdoe, Mozilla/5.0 (X11, like Gecko), Y, "
_TAIL: Final = (
    "w3proxy, ISA1, -, www.example.com, 192.0.2.1, 80, 156, 3422, 430, http, TCP, GET, "
    "http://www.example.com/a?b=c,d, text/html, Inet, 200"
)
ISA: Final = Format(
    name="isa",
    title="Microsoft ISA and TMG web proxy log, own text format",
    definition="technet cc995299, Web proxy log fields",
    reader=_LINE,
    learns=date_order_of_piece(_LINE.pattern, "date"),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    rank=6,
    samples=(
        Sample(
            _OPENING + "15/04/2009, 10:00:00, " + _TAIL,
            "time=2009-04-15T10:00:00Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c,d status=200 action=allowed bytes_sent=430"
            " bytes_received=3422 user_agent=Mozilla/5.0 (X11, like Gecko) evidence=url",
        ),
        Sample(
            _OPENING
            + "2009-04-15, 10:00:00, "
            + _TAIL
            + ", 0x0, Staff, -, Internal, External, 0x0, Denied",
            "time=2009-04-15T10:00:00Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c,d status=200 action=blocked bytes_sent=430"
            " bytes_received=3422 user_agent=Mozilla/5.0 (X11, like Gecko) evidence=url",
        ),
    ),
    near_misses=(
        "::1, -, 11/20/2023, 15:44:03, W3SVC1, IIS1, 10.1.2.3, 15, 256, 512, 200, 0, GET, /, -,",
        _OPENING + "15/04/2009, 10:00:00, smtp, " + _TAIL,
    ),
)
