"""Tinyproxy's log: messages of the daemon, of which one is the line of each request.

Definition: tinyproxy.conf(5), LogFile, Syslog and LogLevel; tinyproxy/tinyproxy, src/log.c and
src/reqs.c. Stamps are the machine's wall clock, without a year; they stand behind the level in a
file, and in the header by syslog. `Request` is logged at the level Connect, what was refused at
Notice, what could not be opened at Error: where the level is lower, these are all there is. The
client stands on a line before the request, `Connect`, with the same process and descriptor.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Head, Layout
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import Cells, where

_REQUEST: Final = (
    Piece(None, r"Request \(file descriptor "),
    Piece("descriptor", "[0-9]+"),
    Piece(None, r"\): "),
    Piece("method", "[A-Za-z][A-Za-z_-]*"),
    Piece(None, " +"),
    Piece("url", "[^ ]+"),
    Piece("protocol", "(?: .*)?"),
)
_REFUSED: Final = (
    Piece(None, "Proxying refused on filtered (?:url|domain) "),
    Piece("refused", '"[^" ]+"'),
)
#: What else names the site of a request.
_TOLD: Final = (
    Piece(
        "what",
        "Established connection to (?:host|http proxy)|No (?:upstream )?proxy for"
        "|opensock: (?:[Cc]ould not (?:establish a connection to|retrieve (?:info|address info) for"
        "|retrieve address info for)|opening connection to)",
    ),
    Piece(None, ' "?'),
    Piece("site", r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9_-]*|\[?[0-9A-Fa-f:]+\]?"),
    Piece("rest", '(?:[": ].*)?'),
)
#: How messages of this daemon begin that are about no site.
_OWN_MESSAGES: Final = (
    *("Connect (file descriptor", "Closed connection between", "Closed socket", "listen_sock"),
    *("Not sending client headers", "Initializing tinyproxy", "read_request_line"),
    *("Read request entity", "Could not retrieve request entity", "Waiting servers"),
)
#: And those that any daemon may write: they alone tell nobody whose log it is.
_MESSAGES: Final = (
    *_OWN_MESSAGES,
    *("Closed connection", "Initializing", "Setting", "Starting", "Listening"),
    *("Accept", "Reload", "Shutting down", "Creat", "Now running"),
    *("Not running as root", "Changed ", "Finished ", "Config", "Received ", "Including", "Added "),
    *("Child process", "Error reading", "Unauthorized connection"),
    *("Binding to", "process_", "trying to bind", "bind_socket"),
)
_SAID: Final = (Piece("message", f"(?:{'|'.join(map(re.escape, _MESSAGES))}).*"),)
#: One of these stands in every line that is about a site.
_ABOUT_SITES: Final = (
    *("Request (file descriptor ", "Proxying refused on filtered ", "Established connection to "),
    *("No upstream proxy for", "No proxy for", "opensock: "),
)
_IS_OWN: Final = re.compile("|".join(map(re.escape, (*_ABOUT_SITES, *_OWN_MESSAGES)))).match


class DaemonLog(LineVariants):
    """Refuses a head without any message that this daemon alone writes."""

    learns = True

    def layout(self, head: Head) -> Layout | None:
        """Nothing is learnt, but that it is this log."""
        return Layout() if any(map(_IS_OWN, head.lines)) else None


def _is(name: str, cell: Cells) -> pl.Expr:
    return (cell[SHAPE] == name).fill_null(value=False)


def _named(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["url"], cell["refused"].str.strip_chars('"'), cell["site"])


def _action(cell: Cells) -> pl.Expr:
    opened = cell["what"].str.starts_with("Established").fill_null(value=False)
    return (
        pl.when(_is("refused", cell))
        .then(pl.lit("blocked"))
        .when(opened)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


def _closed(cell: Cells) -> pl.Expr:
    """A tunnel; of what is said beside a request, only the site is sure."""
    tunnel = cell["method"].str.to_uppercase() == "CONNECT"
    addressed = _named(cell).str.contains("^/|://").fill_null(value=False)
    return tunnel.fill_null(value=False) | ~addressed


def _aside(cell: Cells) -> pl.Expr:
    return _is("refused", cell) | _is("told", cell)


_SAMPLE: Final = """\
CONNECT   Jan 10 13:55:36.123 [812]: Connect (file descriptor 5): 10.1.2.3
CONNECT   Jan 10 13:55:36.124 [812]: Request (file descriptor 5): CONNECT www.example.com:443
INFO      Jan 10 13:55:36.124 [812]: No upstream proxy for www.example.com
CONNECT   Jan 10 13:55:36.200 [812]: Established connection to host "www.example.com" using fd 6.
INFO   Jan 10 13:55:37 [812]: Request (file descriptor 5): GET http://www.example.com/a?b HTTP/1.1
NOTICE    Jan 10 13:55:37.000 [812]: Proxying refused on filtered domain "www.example.com\""""
_BESIDE: Final = (
    "time=2024-01-10T13:55:36.124000Z url=www.example.com action=unknown evidence=connect"
    " companion=remark"
)
TINYPROXY: Final = Format(
    name="tinyproxy",
    title="Tinyproxy log",
    definition="tinyproxy.conf(5); tinyproxy/tinyproxy, src/log.c, src/reqs.c",
    reader=DaemonLog(
        shapes={"request": _REQUEST, "refused": _REFUSED, "told": _TOLD, "said": _SAID},
        literals=(_ABOUT_SITES + _MESSAGES,),
    ),
    columns=Columns(
        time=None,
        user=None,
        client_ip=None,
        method="method",
        url=_named,
        action=_action,
        evidence=connects(_closed),
        companion=where(_aside, "remark"),
        repeat=where(lambda cell: _is("said", cell), "no request: a message of the daemon"),
    ),
    tunnels=LOGGED_ALONE,
    note="Names neither users nor, on the line of a request, clients: those stand on the line"
    " `Connect` before it. Stamps have no year: give --year.",
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-10T13:55:36.123000Z action=unknown evidence=connect"
            " repeat=no request: a message of the daemon",
            "time=2024-01-10T13:55:36.124000Z method=CONNECT url=www.example.com:443"
            " action=unknown evidence=connect",
            _BESIDE,
            _BESIDE.replace("36.124", "36.200").replace("unknown", "allowed"),
            "time=2024-01-10T13:55:37Z method=GET url=http://www.example.com/a?b"
            " action=unknown evidence=url",
            _BESIDE.replace("36.124000", "37").replace("unknown", "blocked"),
        ),
        Sample(
            "<30>Jan 10 13:55:36 gw tinyproxy[812]: Request (file descriptor 5): "
            "GET http://www.example.com/ HTTP/1.1",
            "time=2024-01-10T13:55:36Z method=GET url=http://www.example.com/ action=unknown"
            " evidence=url",
        ),
    ),
    near_misses=(
        "CONNECT   Jan 10 13:55:36 [812]: Request (file descriptor 5): GET",
        (
            "<30>Jan 10 13:55:36 gw other[812]: Starting other 1.2\n"
            "<30>Jan 10 13:55:36 gw other[812]: Listening on 10.0.0.1:8080"
        ),
        "CONNECT   Jan 10 13:55:36 [812]: Reply (file descriptor 5): GET http://www.example.com/",
    ),
)
