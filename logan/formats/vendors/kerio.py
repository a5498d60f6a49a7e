"""Kerio Control (GFI): HTTP, Web and Filter logs, as files and by syslog.

Definition: manuals.gfi.com, Kerio Control Administrator's Guide: Using the HTTP, Web and Filter
log. The HTTP log is in the Apache or the Squid form; the Apache form ends with the number of
concurrent connections (`+4`). The Web log has pages only (with their titles). Stamps of the Web and
Filter log are the appliance's wall clock. `-` or nothing stands for a user who did not log in.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Pattern, Piece, Shows, integer
from logan.formats.engine.fields import ADDRESS, CLIENT, IDENT
from logan.formats.engine.verdicts import decided, tunnelled

#: What relays put before the message: some keep a byte order mark.
_MARK: Final = Piece(None, "\ufeff? *")
_LOCAL: Final = Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_USER: Final = '"[^"]*"|[^ "\\[]+'
_HTTP: Final = Pattern(
    (
        _MARK,
        Piece("client", CLIENT),
        Piece(None, f" {IDENT} "),
        Piece("user", _USER),
        Piece(None, r" \["),
        Piece("time", "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"),
        Piece(None, r'\] "'),
        Piece("method", "[A-Z]+"),
        Piece(None, " "),
        Piece("url", "[^ ]+"),
        Piece(None, '(?: HTTP/[0-9.]+)?" '),
        Piece("status", "[0-9]{1,3}"),
        Piece(None, " "),
        Piece("bytes", "[0-9]+|-"),
        Piece(None, r" \+"),
        Piece("connections", "[0-9]+"),
    )
)
_WEB: Final = Pattern(
    (
        _MARK,
        Piece(None, r"\["),
        _LOCAL,
        Piece(None, r"\] "),
        Piece("client", ADDRESS),
        Piece(None, " "),
        Piece("user", f"(?:{_USER})?"),
        Piece(None, ' ?"'),
        Piece("title", ".*?"),
        Piece(None, '" '),
        Piece("url", "[a-z]+://[^ ]+"),
    )
)
_FILTER: Final = Pattern(
    (
        _MARK,
        Piece(None, r"\["),
        _LOCAL,
        Piece(None, r"\] "),
        Piece("decision", "ALLOW|DENY|DROP|PERMIT"),
        Piece(None, " URL '"),
        Piece("rule", ".*?"),
        Piece(None, "' "),
        Piece("client", ADDRESS),
        Piece(None, " "),
        Piece("user", f"(?:(?:{_USER}) )?"),
        Piece(None, "HTTPS? "),
        Piece("method", "[A-Z]+"),
        Piece(None, " "),
        Piece("url", "[^ ]+"),
    )
)


def _user(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars(' "')


def _local(cell: pl.Expr) -> pl.Expr:
    return clock.naive(cell, "%d/%b/%Y %H:%M:%S")


def _http_columns(layout: Layout) -> Columns:
    del layout
    cell = _HTTP.cells()
    status = integer(cell["status"])
    return {
        "reason": _HTTP.reason(),
        "time": clock.clf(cell["time"]),
        "client_ip": cell["client"],
        "user": _user(cell["user"]),
        "method": cell["method"],
        "url": cell["url"],
        "status": pl.when(status > 0).then(status),
        "bytes_received": integer(cell["bytes"]),
        "evidence": tunnelled(cell["method"]),
    }


def _web_columns(layout: Layout) -> Columns:
    del layout
    cell = _WEB.cells()
    return {
        "reason": _WEB.reason(),
        "local_time": _local(cell["time"]),
        "client_ip": cell["client"],
        "user": _user(cell["user"]),
        "url": cell["url"],
        # A page with its title was delivered.
        "action": pl.lit("allowed"),
        "evidence": pl.lit("url"),
    }


def _filter_columns(layout: Layout) -> Columns:
    del layout
    cell = _FILTER.cells()
    return {
        "reason": _FILTER.reason(),
        "local_time": _local(cell["time"]),
        "client_ip": cell["client"],
        "user": _user(cell["user"]),
        "method": cell["method"],
        "url": cell["url"],
        "action": decided(cell["decision"], allowed="allow|permit", blocked="deny|drop"),
        "evidence": tunnelled(cell["method"]),
    }


def _check(pattern: Pattern) -> Callable[[str, Layout], Fault | None]:
    def check(line: str, layout: Layout) -> Fault | None:
        del layout
        return pattern.fault(line)

    return check


_DEFINITION: Final = "manuals.gfi.com, Kerio Control Administrator's Guide, Logs"
HTTP: Final = Format(
    name="kerio-http",
    title="Kerio Control HTTP log",
    definition=_DEFINITION,
    shows=Shows(user=True, evidence=("url", "connect"), bytes="received", clock="offset"),
    check=_check(_HTTP),
    signs=_HTTP.signs,
    prepare=_HTTP.prepare,
    columns=_http_columns,
    rank=6,
    samples=(
        (
            "10.1.2.3 - jdoe [01/Jan/2024:10:00:00 +0100] "
            '"GET http://www.example.com/a?b=c HTTP/1.1" 304 512 +4'
        ),
    ),
    near_misses=(
        '10.1.2.3 - jdoe [01/Jan/2024:10:00:00 +0100] "GET http://www.example.com/ HTTP/1.1" 304 5',
    ),
)
WEB: Final = Format(
    name="kerio-web",
    title="Kerio Control Web log",
    definition=_DEFINITION,
    shows=Shows(
        user=True,
        evidence=("url",),
        bytes="none",
        clock="local",
        note="Pages only: no uploads, no method, no status.",
    ),
    check=_check(_WEB),
    signs=_WEB.signs,
    prepare=_WEB.prepare,
    columns=_web_columns,
    rank=6,
    samples=(
        '[01/Jan/2024 10:00:00] 10.1.2.3 jdoe "Example "site" | Start" https://www.example.com/a?b=c',
        '[01/Jan/2024 10:00:01] 10.1.2.3 "Example" https://www.example.com/',
        (
            "<134>1 2024-01-01T10:00:00+01:00 control KerioControl - - - \ufeff "
            '[01/Jan/2024 10:00:00] 10.1.2.3 jdoe "Example" https://www.example.com/'
        ),
    ),
    near_misses=(
        "[01/Jan/2024 10:00:00] 10.1.2.3 jdoe https://www.example.com/",
        "[IPv4] 10.1.2.3 [Hostname] ws12 - User jdoe logged out",
    ),
)
FILTER: Final = Format(
    name="kerio-filter",
    title="Kerio Control Filter log",
    definition=_DEFINITION,
    shows=Shows(user=True, evidence=("url", "connect"), bytes="none", clock="local"),
    check=_check(_FILTER),
    signs=_FILTER.signs,
    prepare=_FILTER.prepare,
    columns=_filter_columns,
    rank=6,
    samples=(
        (
            "[01/Jan/2024 10:00:00] DENY URL 'Face search' 10.1.2.3 jdoe HTTP GET "
            "http://www.example.com/a?b=c"
        ),
        "[01/Jan/2024 10:00:00] ALLOW URL 'Staff' 10.1.2.3 HTTP GET http://www.example.com/",
    ),
    near_misses=(
        '[01/Jan/2024 10:00:00] DENY "Rule" packet from LAN, proto:TCP, len:48, 10.1.2.3:3864',
    ),
)
FORMATS: Final = (HTTP, WEB, FILTER)
