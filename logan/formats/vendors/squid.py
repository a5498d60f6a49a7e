"""Squid's native access log, with whatever a site appended to it.

Definition: squid.conf.documented, `logformat squid` and `log_mime_hdrs`; result codes:
wiki.squid-cache.org/SquidFaq/SquidLogs; escaping: Squid's src/log/FormatSquidNative.cc (a user name
is written with its spaces, other characters as %XX).
"""

from typing import Final

import polars as pl

from logan.formats.engine import escapes
from logan.formats.engine.columns import Columns, EvidenceColumn, stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Layout, digits, integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells
from logan.runtime.fast_path import normalised, where_full
from logan.schema import ACTION, EVIDENCE_TYPE

#: Forbidden; too large a body, an address, headers: what a limit in squid.conf refuses.
_REFUSALS: Final = (403, 413, 414, 431)
#: A first or last word of a name of several.
_END_OF_NAME: Final = "(?:[^ /-]|[^ /]{2,})"
NATIVE_LINE: Final = (
    Piece("time", r"[0-9]{9,10}(?:\.[0-9]+)?"),
    Piece(None, " +"),  # elapsed is padded to six places
    Piece("elapsed", "-?[0-9]+"),
    Piece(None, " +"),
    Piece("client", "[^ ]+"),
    Piece(None, " +"),
    Piece("result code", "[A-Z][A-Z_0-9]*"),
    Piece(None, "/"),
    Piece("status", "[0-9]{1,3}|-"),
    Piece(None, " +"),
    Piece("bytes", "-?[0-9]+|-", fast="[0-9]+"),
    Piece(None, " +"),
    Piece("method", "[^ ]+"),
    Piece(None, " +"),
    Piece("url", "[^ ]+"),
    Piece(None, " +"),
    # "-" before or behind a name is a field that a site put there
    Piece("user", f"[^ ]+|{_END_OF_NAME}(?: [^ /]+){{0,6}}? {_END_OF_NAME}", fast="[^ ]+"),
    Piece(None, " +"),
    Piece("hierarchy", "[A-Z][A-Z_0-9]*/[^ ]*", read=False),
    Piece(None, " +"),
    Piece("mime type", "[^ ]+", read=False),
    # log_mime_hdrs, or what a site appended to the native format
    Piece("tail", "(?: .*)?"),
)


def _action(word: str) -> pl.Expr:
    return pl.lit(word, dtype=ACTION)


def decide(code: pl.Expr, status: pl.Expr, method: pl.Expr) -> pl.Expr:
    """What Squid did, by its result code; 407 is its own challenge, whatever the code.

    TCP_REDIRECT (a URL rewriter's answer) may be a block page or a portal: unknown.
    NONE with a refusal is Squid's own, of what it passed on to nobody (a body that is too large):
    blocked. Another error came before any decision: unknown. So is a CONNECT that Squid answered
    itself: what it then did with the tunnel, ending it included, other lines say.
    """
    request = (method != "CONNECT").fill_null(value=True)
    answered, refused = status.is_between(200, 399) & request, status.is_in(_REFUSALS) & request
    return (
        pl.when(status == 407)
        .then(_action("auth"))
        .when(code.str.contains("DENIED", literal=True))
        .then(_action("blocked"))
        .when(code.str.contains("REDIRECT", literal=True))
        .then(_action("unknown"))
        .when(code.str.starts_with("TCP_") | code.str.starts_with("UDP_"))
        .then(_action("allowed"))
        .when(code.str.contains("NONE", literal=True) & answered)
        .then(_action("allowed"))
        .when(code.str.contains("NONE", literal=True) & refused)
        .then(_action("blocked"))
        .otherwise(_action("unknown"))
    )


def opens_intercepted_tunnel(code: pl.Expr, method: pl.Expr, status: pl.Expr) -> pl.Expr:
    """A CONNECT that is not logged as a tunnel: with ssl_bump, its requests follow as lines.

    Nothing follows one that was answered with an error. To show a page of refusal inside, Squid
    answers 200.
    """
    refused = (status >= 400).fill_null(value=False)
    return (method == "CONNECT") & ~code.str.starts_with("TCP_TUNNEL") & ~refused


def evidence(method: pl.Expr) -> pl.Expr:
    """A CONNECT shows the host and the bytes of a tunnel, every other request its address."""
    connect, url = (pl.lit(word, dtype=EVIDENCE_TYPE) for word in ("connect", "url"))
    return pl.when(method == "CONNECT").then(connect).otherwise(url)


def status_code(cell: pl.Expr) -> pl.Expr:
    """Squid writes 000 (or 0) where there was no reply."""
    return _of_reply(integer(cell))


def _of_reply(number: pl.Expr) -> pl.Expr:
    return pl.when(number > 0).then(number).otherwise(None)


def user_name(cell: pl.Expr) -> pl.Expr:
    """A user as Squid was given it: without its percent codes and doubled backslashes."""
    return normalised(
        cell,
        r"\\\\|%",
        lambda cells: escapes.percent(cells.str.replace_all("\\\\", "\\", literal=True)),
    )


def neighbour(code: pl.Expr) -> pl.Expr:
    """Why a line is no request of a user: a neighbour cache asked by ICP or HTCP."""
    look_up = pl.lit("a look-up by a neighbour cache, whose own log has the request")
    return pl.when(code.str.starts_with("UDP_")).then(look_up).otherwise(None)


def _header(tail: pl.Expr, name: str) -> pl.Expr:
    """A request header out of what `log_mime_hdrs` appends: `[Name: value\\r\\n...] [...]`."""
    return tail.str.extract(rf"^ ?\[(?:[^\]]*\\n)?(?i:{name}): ?([^\]]*?)(?:\\r|\\n|\])")


def _headers(tail: pl.Expr) -> pl.Expr:
    """Referrer and user agent out of what stands behind the native fields."""
    quoted = tail.str.extract_groups(r'^ "(?P<ref>[^"]*)" +"(?P<ua>[^"]*)"')
    return pl.struct(
        referrer=pl.coalesce(quoted.struct.field("ref"), _header(tail, "Referer")),
        user_agent=pl.coalesce(quoted.struct.field("ua"), _header(tail, "User-Agent")),
    )


_HEADERS: Final = {"referrer": pl.String, "user_agent": pl.String}


def _setup(cell: Cells) -> pl.Expr:
    return opens_intercepted_tunnel(cell["result code"], cell["method"], cell["code"])


def epoch_span(line: str, _layout: Layout) -> tuple[int, int] | None:
    """Eight of ten digits: 100 seconds, and an hour is 36 times that."""
    seconds = line[:10]
    whole = len(seconds) == 10 and seconds.isascii() and seconds.isdigit()
    return (0, 8) if whole and line[10:11] in (".", " ") else None


NATIVE: Final = Format(
    name="squid",
    title="Squid native access log",
    definition="squid.conf.documented, logformat squid",
    reader=LinePattern(pieces=NATIVE_LINE, stamp_span=epoch_span),
    columns=Columns(
        time=epoch_seconds("time"),
        user=lambda cell: user_name(cell["user"]),
        client_ip="client",
        method="method",
        url="url",
        status=lambda cell: cell["code"],
        action=lambda cell: decide(cell["result code"], cell["code"], cell["method"]),
        bytes_received=lambda cell: digits(cell["bytes"]),
        duration_ms=lambda cell: digits(cell["elapsed"]),
        referrer=lambda cell: cell["headers"].struct.field("referrer"),
        user_agent=lambda cell: cell["headers"].struct.field("user_agent"),
        evidence=EvidenceColumn(("url", "connect"), lambda cell: evidence(cell["method"])),
        repeat=lambda cell: neighbour(cell["result code"]),
        derived={
            "code": lambda cell: _of_reply(digits(cell["status"])),
            "headers": lambda cell: where_full(cell["tail"], _headers, pl.Struct(_HEADERS)),
        },
    ),
    tunnels=stated_by_line(_setup),
    note="Queries are cut to '?' unless strip_query_terms is off.",
    rank=1,
    samples=(
        Sample(
            "1704103200.123    250 10.1.2.3 TCP_TUNNEL/200 5120 CONNECT www.example.com:443 "
            "FORCE%5Cjdoe HIER_DIRECT/203.0.113.9 -",
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " method=CONNECT url=www.example.com:443 status=200 action=allowed"
            " bytes_received=5120 evidence=connect",
        ),
        Sample(
            "1704103201.001      5 10.1.2.3 TCP_DENIED/407 3900 CONNECT www.example.com:443 - "
            "HIER_NONE/- text/html",
            "time=2024-01-01T10:00:01.001000Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443 status=407 action=auth bytes_received=3900"
            " evidence=connect",
        ),
        Sample(
            "1704103202 12 2001:db8::7 TCP_MISS/200 910 GET http://www.example.com/a?b=c j@force.uk"
            ' DIRECT/203.0.113.9 text/html "http://example.org/" "Mozilla/5.0"',
            "time=2024-01-01T10:00:02Z user=j@force.uk client_ip=2001:db8::7 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed bytes_received=910"
            " referrer=http://example.org/ user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            "1704103203.500      0 10.1.2.3 NONE_NONE/000 0 - error:transaction-end-before-headers"
            " - HIER_NONE/- -",
            "time=2024-01-01T10:00:03.500000Z client_ip=10.1.2.3 action=unknown"
            " bytes_received=0 evidence=url",
        ),
        Sample(
            "1704103204.000     88 10.1.2.3 TCP_MISS/200 910 POST http://www.example.com/ Jane Doe"
            " HIER_DIRECT/203.0.113.9 text/html [Host: www.example.com\\r\\n] [Server: x\\r\\n]",
            "time=2024-01-01T10:00:04Z user=Jane Doe client_ip=10.1.2.3 method=POST"
            " url=http://www.example.com/ status=200 action=allowed bytes_received=910"
            " evidence=url",
        ),
    ),
    near_misses=(
        "2019/10/11 09:14:49 kid1| Accepting HTTP Socket connections at local=[::]:3128",
        "1704103200.123 250 10.1.2.3 TCP_MISS/200 910 GET",
        (
            "1704103200.123 250 10.1.2.3 51234 TCP_MISS/200 910 GET http://www.example.com/ - "
            "HIER_DIRECT/203.0.113.9 -"
        ),
    ),
)
