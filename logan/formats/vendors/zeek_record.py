"""What the records of Zeek's logs mean, however they are written.

Definition: docs.zeek.org, logs/http, logs/ssl, logs/dns, logs/quic. A sensor sees the wire: it
knows no user (`username` of http is the one that a site was given) and takes no decision; 407 is
the challenge of a proxy that it sees the way to. A QUIC connection has a line in quic.log, and in
ssl.log where its handshake was read there too: it is a remark about that one, or counts where it is
not there. Other logs (conn, files, x509 ...) hold no requests of their own.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine.columns import Columns, connects
from logan.formats.engine.layout import integer, missing_to_null
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, by_challenge, unless

#: The kinds of record that logan reads, each by columns of which no other log has any.
MARKS: Final = {
    "http": ("request_body_len", "uri"),
    "ssl": ("resumed", "established"),
    "dns": ("rejected", "qtype_name"),
    "quic": ("client_initial_dcid", "server_scid"),
}
_HANDSHAKES: Final = ("ssl", "quic")
READ: Final = (
    "ts",
    "id.orig_h",
    "id.resp_p",
    "method",
    "host",
    "uri",
    "referrer",
    "user_agent",
    "request_body_len",
    "response_body_len",
    "status_code",
    "server_name",
    "query",
    "qtype_name",
)
EPOCH: Final = r"[0-9]{9,10}(?:\.[0-9]+)?"
_OTHER: Final = "a record of another of Zeek's logs, no request of its own"
_KIND: Final = "kind of log"
_OWN: Final = "request in the clear, to its own host"


def table(stamp: Stamp, kind: Derivation, *, nothing: Sequence[str] | None) -> Columns:
    """The columns of records whose kind (one of `MARKS`, or "other") is derived.

    A look-up has no method, a handshake no path, other records neither. `nothing` are the log's
    words for nothing (None: the reader has taken off those, and the escapes).
    """
    cleaned = {} if nothing is None else {name: _cleaned(name, nothing) for name in READ[1:]}
    return Columns(
        time=stamp,
        user=None,
        client_ip="id.orig_h",
        action=by_challenge(_number_of_http("status_code")),
        method=_of_http("method"),
        scheme=lambda cell: pl.when(cell[_OWN]).then(pl.lit("http")),
        url=_of_http("uri"),
        host=_host,
        port=_port,
        status=_number_of_http("status_code"),
        bytes_sent=_number_of_http("request_body_len"),
        bytes_received=_number_of_http("response_body_len"),
        referrer=_of_http("referrer"),
        user_agent=_of_http("user_agent"),
        evidence=connects(
            lambda cell: cell[_KIND].is_in(_HANDSHAKES) | (cell["method"] == "CONNECT"),
            look_up=lambda cell: cell[_KIND] == "dns",
        ),
        companion=lambda cell: pl.when(cell[_KIND] == "quic").then(pl.lit("remark")),
        record_type=lambda cell: pl.when(cell[_KIND] == "dns").then(cell["qtype_name"]),
        repeat=unless(lambda cell: cell[_KIND].is_in(list(MARKS)), _OTHER),
        derived={**cleaned, _KIND: kind, _OWN: _own},
    )


def _cleaned(name: str, nothing: Sequence[str]) -> Derivation:
    return lambda cell: missing_to_null(unescaped(cell[name]), nothing)


def _of_http(name: str) -> Derivation:
    return lambda cell: pl.when(cell[_KIND] == "http").then(cell[name])


def _number_of_http(name: str) -> Derivation:
    return lambda cell: pl.when(cell[_KIND] == "http").then(integer(cell[name]))


def _own(cell: Cells) -> pl.Expr:
    """A request line of a proxy on the wire holds the whole address, Host its own view."""
    absolute = cell["uri"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://") | (
        cell["method"] == "CONNECT"
    )
    return (cell[_KIND] == "http") & ~absolute.fill_null(value=False)


def _host(cell: Cells) -> pl.Expr:
    return (
        pl.when(cell[_OWN])
        .then(cell["host"])
        .when(cell[_KIND].is_in(_HANDSHAKES))
        .then(cell["server_name"])
        .when(cell[_KIND] == "dns")
        .then(cell["query"])
    )


def _port(cell: Cells) -> pl.Expr:
    served = cell[_OWN] | cell[_KIND].is_in(_HANDSHAKES)
    return pl.when(served).then(integer(cell["id.resp_p"]))


def unescaped(cell: pl.Expr) -> pl.Expr:
    """`\\xNN` of printable ASCII as the character; other escapes stay, so that nothing is lost."""
    codes = [f"\\x{code:02x}" for code in range(0x20, 0x7F)]
    plain = [chr(code) for code in range(0x20, 0x7F)]
    replaced = cell.str.replace_many(codes, plain, ascii_case_insensitive=True)
    return pl.when(cell.str.contains("\\x", literal=True)).then(replaced).otherwise(cell)


def kind_of(names: Sequence[str]) -> str:
    """Which log has these columns; "other" for those that hold no requests."""
    there = set(names)
    return next((kind for kind, marks in MARKS.items() if there & set(marks)), "other")


NOTE: Final = (
    "http.log shows addresses, ssl.log, quic.log and dns.log only names; bytes are those of bodies."
)
