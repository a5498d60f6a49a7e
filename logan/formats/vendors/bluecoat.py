"""Blue Coat (Symantec, Broadcom) ProxySG logs that lost their `#Fields`, and its squid-like one.

Definitions: Broadcom, ProxySG Access Log Formats (bcreportermain_v1, bcreporterssl_v1, and the
defaults `main` and `ssl` of SGOS 6.6 and later; times in UTC); the squid-like custom format with
category and user agent behind. With `#Fields` see `logan.formats.vendors.w3c`, as key=value and
JSON `logan.formats.vendors.bluecoat_events`; what the fields mean is in
`logan.formats.engine.elff`.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock, elff
from logan.formats.engine.base import (
    COLONED,
    DASHED,
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
    separated,
)
from logan.formats.vendors.squid import epoch_span, evidence, status_code, user_name

_RESULT: Final = "sc-filter-result cs-categories"
_ANSWER: Final = "sc-status s-action cs-method rs(content-type) cs-uri-scheme cs-host cs-uri-port"
_SUPPLIER: Final = "s-supplier-name s-supplier-ip s-supplier-country s-supplier-failures"
#: The fields of each log up to the last that matters; more may follow.
_LOGS: Final = {
    "main": f"date time time-taken c-ip cs-userdn cs-auth-groups x-exception-id {_RESULT} "
    f"cs(referer) {_ANSWER} cs-uri-path cs-uri-query cs-uri-extension cs(user-agent) s-ip "
    "sc-bytes cs-bytes",
    "main of SGOS 7": f"date time time-taken c-ip cs-username cs-auth-group {_SUPPLIER} "
    f"x-exception-id {_RESULT} cs(referer) {_ANSWER} cs-uri-path cs-uri-query cs-uri-extension "
    "cs(user-agent) s-ip sc-bytes cs-bytes",
    "ssl": f"date time time-taken c-ip cs-userdn cs-auth-groups x-exception-id {_RESULT} {_ANSWER} "
    "cs-uri-extension cs(user-agent) s-ip sc-bytes cs-bytes",
    "ssl of SGOS 7": f"date time time-taken c-ip cs-username cs-auth-group {_SUPPLIER} "
    f"x-exception-id {_RESULT} {_ANSWER} cs-uri-extension cs(user-agent) s-ip sc-bytes cs-bytes",
}
_NUMBER: Final = "[0-9]+|-"
#: What tells the fields of one log from those of another.
_SHAPES: Final = {
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "time": "[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "time-taken": "[0-9]+",
    "c-ip": "[^ \"']+",
    "sc-filter-result": "OBSERVED|PROXIED|DENIED|-",
    "sc-status": "[0-9]{1,3}|-",
    "s-action": "[A-Z][A-Z_]+|-",
    "cs-method": "[A-Za-z_-]+",
    "cs-uri-scheme": "[a-z][a-z0-9+.-]*|-",
    "cs-uri-port": _NUMBER,
    "sc-bytes": _NUMBER,
    "cs-bytes": _NUMBER,
}
_CELL: Final = '"(?:[^"]|"")*"|[^ "][^ ]*'


def _pattern(fields: str) -> Pattern:
    shapes = {name: f'(?:{shape})|"(?:{shape})"' for name, shape in _SHAPES.items()}
    pieces = [Piece(name, shapes.get(name, _CELL)) for name in fields.split()]
    return Pattern((*separated(pieces, " +"), Piece("more", "(?: .*)?")))


_PATTERNS: Final = {name: _pattern(fields) for name, fields in _LOGS.items()}


def _log_of(layout: Layout) -> str:
    return next(iter(layout.facts), "main")


def _bare_layout(head: Head) -> Layout:
    """Which of the logs has columns that most lines of the head fit."""
    dated = [line for line in head.lines if re.match('"?[0-9]{4}-', line)]
    fitting = {
        name: sum(pattern.fault(line) is None for line in dated)
        for name, pattern in _PATTERNS.items()
    }
    best = max(fitting, key=lambda name: fitting[name])
    return Layout(zone="UTC").with_fact(best)


def _check_bare(line: str, layout: Layout) -> Fault | None:
    return _PATTERNS[_log_of(layout)].fault(line)


def _bare_prepare(layout: Layout) -> Sequence[Columns]:
    pattern = _PATTERNS[_log_of(layout)]
    cells = {
        f"={name}": missing_to_null(cell.str.strip_chars('"').str.replace_all('""', '"'))
        for name, cell in pattern.cells().items()
    }
    return (*pattern.prepare(layout), cells)


def _bare_columns(layout: Layout) -> Columns:
    pattern = _PATTERNS[_log_of(layout)]
    cell = {name: pl.col(f"={name}") for name in pattern.names}
    columns = {**elff.columns(cell, layout), "reason": pattern.reason()}
    if _log_of(layout).startswith("ssl"):
        # A connection of which the main log has the requests, where it was intercepted.
        columns["setup"] = pl.lit(value=True)
    return columns


def _bare_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`2024-01-01 09:` fixes the hour."""
    del layout
    return (0, 14) if re.match("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:", line) else None


_SQUID: Final = Pattern(
    (
        Piece("time", r"[0-9]{9,10}(?:\.[0-9]+)?"),
        Piece(None, " +"),
        Piece("elapsed", "[0-9]+"),
        Piece(None, " +"),
        Piece("client", "[^ ]+"),
        Piece(None, " +"),
        Piece("s-action", "[A-Z][A-Z_]*"),
        Piece(None, "/"),
        Piece("sc-status", "[0-9]{1,3}|-"),
        Piece(None, " +"),
        Piece("bytes", _NUMBER),
        Piece(None, " +"),
        Piece("method", "[^ ]+"),
        Piece(None, " +"),
        Piece("url", "[A-Za-z]+:// [^ ]+|[^ ]+"),
        Piece(None, " +"),
        # a distinguished name, its spaces as they are
        Piece("user", "[^ ]+|[^ /]+(?: [^ /]+){1,15}?"),
        Piece(None, " +"),
        Piece("hierarchy", "(?:DIRECT|NONE|PARENT|SOCKS_GATEWAY|ICP)[A-Z_]*/[^ ]*"),
        Piece(None, " +"),
        Piece("mime type", "[^ ]+"),
        Piece(None, " +"),
        Piece("category", r"[^ \"\[]+"),
        Piece(None, " +"),
        Piece("user agent", r"[^ \"\[].*"),
    )
)
#: Results that only ProxySG writes: Squid knows none of them.
_OWN_ACTION: Final = re.compile(
    r" (?:(?:TCP_)?TUNNELED|TCP_(?:NC_MISS|ERR_MISS|PARTIAL_MISS|AUTH_HIT|AUTH_MISS)[A-Z_]*)/"
)


def _squid_layout(head: Head) -> Layout | None:
    return Layout() if any(map(_OWN_ACTION.search, head.lines)) else None


def _check_squid(line: str, layout: Layout) -> Fault | None:
    del layout
    return _SQUID.fault(line)


def _squid_columns(layout: Layout) -> Columns:
    del layout
    cell = {name: missing_to_null(value) for name, value in _SQUID.cells().items()}
    # CONNECT is logged as https://host:443/
    return {
        "reason": _SQUID.reason(),
        "time": clock.epoch_seconds(cell["time"]),
        "client_ip": cell["client"],
        "user": user_name(cell["user"]),
        "method": cell["method"],
        "url": cell["url"],
        "status": status_code(cell["sc-status"]),
        "action": elff.decide(cell),
        "bytes_received": integer(cell["bytes"]),
        "user_agent": cell["user agent"],
        "evidence": evidence(cell["method"]),
        "setup": (cell["method"] == "CONNECT") & ~cell["s-action"].str.contains("TUNNEL"),
    }


_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect"),
    bytes="both",
    clock="utc",
    note="The ssl log names hosts only, of connections whose requests may be in the main log.",
)
_DEFINITION: Final = "Broadcom, ProxySG Access Log Formats"
_REST: Final = '- "none" "none" 443 Ambiguous%20-%20Special%20Use 2'
BARE: Final = Format(
    name="bluecoat",
    title="ProxySG main and ssl log (bcreporter) without header",
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_check_bare,
    signs=(DASHED, COLONED),
    columns=_bare_columns,
    prepare=_bare_prepare,
    layout=_bare_layout,
    stamp_span=_bare_span,
    rank=6,
    samples=(
        (
            '2024-01-10 13:55:36 120 10.1.2.3 FORCE\\jdoe - - OBSERVED "News/Media" -  200 '
            "TCP_NC_MISS GET text/html https www.example.com 443 /a ?b=c html "
            f'"Mozilla/5.0 (X11; Linux)" 192.0.2.8 5120 640 {_REST}'
        ),
        (
            "2024-01-10 13:55:36 120 10.1.2.3 jdoe group www.example.com 203.0.113.9 GB - - "
            "PROXIED "
            '"News/Media" - 200 TCP_NC_MISS GET text/html http www.example.com 80 /a - - '
            f'"Mozilla/5.0 (X11; Linux)" 192.0.2.8 5120 640 {_REST}'
        ),
        (
            '2024-01-10 13:55:36 120 10.1.2.3 jdoe - - OBSERVED "News/Media" 200 TCP_TUNNELED '
            'CONNECT - ssl www.example.com 443 - - 192.0.2.8 5120 640 - none - www.example.com "x"'
        ),
    ),
    near_misses=(
        "2024-01-10 13:55:36 203.0.113.9 GET /a b=c 443 - 10.1.2.3 Mozilla/5.0+(X11) - 200 0 0 109",
        "2024-01-10 13:55:36 120 10.1.2.3 jdoe - - ALLOWED News - 200 TCP_HIT GET - http h 80 /",
    ),
)
SQUID: Final = Format(
    name="bluecoat-squid",
    title="ProxySG, squid-like with category and user agent",
    definition=_DEFINITION,
    shows=Shows(user=True, evidence=("url", "connect"), bytes="received", clock="utc"),
    check=_check_squid,
    signs=(*_SQUID.signs, ("TUNNELED", "TCP_NC_", "TCP_ERR_", "TCP_PARTIAL_", "TCP_AUTH_")),
    pattern=_SQUID,
    columns=_squid_columns,
    prepare=_SQUID.prepare,
    layout=_squid_layout,
    stamp_span=epoch_span,
    rank=6,
    samples=(
        (
            "1704103200.024 1950 10.1.2.3 TCP_NC_MISS/200 31977 GET http://www.example.com:80/ "
            "CN=Jane Doe,OU=uk,O=force DIRECT/www.example.com text/html News Mozilla/5.0 (X11)"
        ),
    ),
    near_misses=(
        (
            "1704103200.024 1950 10.1.2.3 TCP_MISS/200 31977 GET http://www.example.com:80/ - "
            'HIER_DIRECT/203.0.113.9 text/html "-" "Mozilla/5.0"'
        ),
    ),
)
FORMATS: Final = (BARE, SQUID)
