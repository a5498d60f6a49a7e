"""Blue Coat (Symantec, Broadcom) ProxySG logs that lost their `#Fields`, and its squid-like one.

Definitions: Broadcom, ProxySG Access Log Formats (bcreportermain_v1, bcreporterssl_v1, and the
defaults `main` and `ssl` of SGOS 6.6 and later; times in UTC); the squid-like custom format with
category and user agent behind. With `#Fields` see `logan.formats.vendors.w3c`, as key=value and
JSON `bluecoat_pairs` and `bluecoat_json` there; what the fields mean is in
`logan.formats.engine.elff`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine import elff
from logan.formats.engine.columns import Columns, EvidenceColumn, stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import (
    COLONED,
    DASHED,
    Head,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.line_pattern import LayoutPattern, LinePattern
from logan.formats.engine.pattern import Pattern, Piece, separated
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells
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


@lru_cache(maxsize=32)
def _pattern(fields: str, more: int | None = None) -> Pattern:
    """The line of these fields, with so many values behind them (None: any number)."""
    behind = "(?: .*)?" if more is None else f"(?: +(?:{_CELL})){{{more}}} *"
    shapes = {name: f'(?:{shape})|"(?:{shape})"' for name, shape in _SHAPES.items()}
    pieces = [Piece(name, shapes.get(name, _CELL)) for name in fields.split()]
    return Pattern((*separated(pieces, " +"), Piece("more", behind)))


def _values_behind(pattern: Pattern, lines: Sequence[str]) -> int | None:
    """How many values most of the lines have behind the fields; None where no number is that of
    most."""
    matched = [found for line in lines if (found := pattern.match(line))]
    counts = Counter(len(re.findall(f" +(?:{_CELL})", found["more"])) for found in matched)
    (count, times), *_ = counts.most_common(1) or [(0, 0)]
    return count if 2 * times > len(matched) else None


def _log_of(layout: Layout) -> str:
    return next(iter(layout.facts), "main")


@dataclass(frozen=True)
class OrderedFields(LayoutPattern):
    """Lines of the fields of one of the logs, in their order. Cells are their ELFF names."""

    required_literals: RequiredLiterals = (DASHED, COLONED)

    @staticmethod
    def stamp_span(line: str, _layout: Layout) -> tuple[int, int] | None:
        """`2024-01-01 09:` fixes the hour."""
        return (0, 14) if re.match("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:", line) else None

    def layout(self, head: Head) -> Layout:
        """Which of the logs has columns that most lines of the head fit, and how many more: a line
        with another number of them has quotes in a value, and cells in a wrong place."""
        dated = [line for line in head.lines if re.match('"?[0-9]{4}-', line)]
        fitting = {name: sum(map(_pattern(fields).is_of, dated)) for name, fields in _LOGS.items()}
        best = max(fitting, key=lambda name: fitting[name])
        more = _values_behind(_pattern(_LOGS[best]), dated) if fitting[best] else None
        most = None if more is None else len(_LOGS[best].split()) + more
        return Layout(zone="UTC").with_fact(best).with_cells(most=most)

    def pattern_of(self, layout: Layout) -> Pattern:
        """That of the log, with as many values behind its own as most lines have."""
        fields, most = _LOGS[_log_of(layout)], layout.cells.most
        return _pattern(fields, None if most is None else most - len(fields.split()))

    def cell(self, found: pl.Expr, _layout: Layout) -> pl.Expr:
        """The value without its quotes."""
        return missing_to_null(found.str.strip_chars('"').str.replace_all('""', '"'))

    def has(self, layout: Layout, name: str) -> bool:
        """True where the log has the field."""
        return name in self.pattern_of(layout).names


def _opens(cell: Cells) -> pl.Expr:
    """A line of the ssl log is a connection of which the main log has the requests, if opened."""
    if _log_of(cell.layout).startswith("ssl"):
        return pl.lit(value=True)
    return elff.opens_tunnel(cell)


_SQUID: Final = (
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
#: Results that only ProxySG writes: Squid knows none of them.
_OWN_ACTION: Final = re.compile(
    r" (?:(?:TCP_)?TUNNELED|TCP_(?:NC_MISS|ERR_MISS|PARTIAL_MISS|AUTH_HIT|AUTH_MISS)[A-Z_]*)/"
)


class SquidLike(LinePattern):
    """Refuses a head without any result that only ProxySG writes."""

    learns = True

    def layout(self, head: Head) -> Layout | None:
        """Nothing is learnt, but that it is this log."""
        return Layout() if any(map(_OWN_ACTION.search, head.lines)) else None


def _opens_squid(cell: Cells) -> pl.Expr:
    return (cell["method"] == "CONNECT") & ~cell["s-action"].str.contains("TUNNEL")


# CONNECT is logged as https://host:443/
_SQUID_COLUMNS: Final = Columns(
    time=epoch_seconds("time"),
    user=lambda cell: user_name(cell["user"]),
    client_ip="client",
    method="method",
    url="url",
    status=lambda cell: status_code(cell["sc-status"]),
    action=elff.decide,
    bytes_received="bytes",
    duration_ms="elapsed",
    user_agent="user agent",
    evidence=EvidenceColumn(("url", "connect"), lambda cell: evidence(cell["method"])),
)
_DEFINITION: Final = "Broadcom, ProxySG Access Log Formats"
_REST: Final = '- "none" "none" 443 Ambiguous%20-%20Special%20Use 2'
BARE: Final = Format(
    name="bluecoat",
    title="ProxySG main and ssl log (bcreporter) without header",
    definition=_DEFINITION,
    reader=OrderedFields(),
    columns=elff.COLUMNS,
    tunnels=stated_by_line(_opens),
    note="The ssl log names hosts only, of connections whose requests may be in the main log.",
    rank=6,
    samples=(
        Sample(
            '2024-01-10 13:55:36 120 10.1.2.3 FORCE\\jdoe - - OBSERVED "News/Media" -  200 '
            "TCP_NC_MISS GET text/html https www.example.com 443 /a ?b=c html "
            f'"Mozilla/5.0 (X11; Linux)" 192.0.2.8 5120 640 {_REST}',
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11; Linux)"
            " evidence=url",
        ),
        Sample(
            "2024-01-10 13:55:36 120 10.1.2.3 jdoe group www.example.com 203.0.113.9 GB - - "
            "PROXIED "
            '"News/Media" - 200 TCP_NC_MISS GET text/html http www.example.com 80 /a - - '
            f'"Mozilla/5.0 (X11; Linux)" 192.0.2.8 5120 640 {_REST}',
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 user_agent=Mozilla/5.0 (X11; Linux) evidence=url",
        ),
        Sample(
            '2024-01-10 13:55:36 120 10.1.2.3 jdoe - - OBSERVED "News/Media" 200 TCP_TUNNELED '
            'CONNECT - ssl www.example.com 443 - - 192.0.2.8 5120 640 - none - www.example.com "x"',
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=CONNECT"
            " url=ssl://www.example.com:443 status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 evidence=connect setup=yes",
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
    reader=SquidLike(
        pieces=_SQUID,
        missing=("-", ""),
        stamp_span=epoch_span,
        literals=(("TUNNELED", "TCP_NC_", "TCP_ERR_", "TCP_PARTIAL_", "TCP_AUTH_"),),
    ),
    columns=_SQUID_COLUMNS,
    tunnels=stated_by_line(_opens_squid),
    rank=6,
    samples=(
        Sample(
            "1704103200.024 1950 10.1.2.3 TCP_NC_MISS/200 31977 GET http://www.example.com:80/ "
            "CN=Jane Doe,OU=uk,O=force DIRECT/www.example.com text/html News Mozilla/5.0 (X11)",
            "time=2024-01-01T10:00:00.024000Z user=CN=Jane Doe,OU=uk,O=force"
            " client_ip=10.1.2.3 method=GET url=http://www.example.com:80/ status=200"
            " action=allowed bytes_received=31977 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(
        (
            "1704103200.024 1950 10.1.2.3 TCP_MISS/200 31977 GET http://www.example.com:80/ - "
            'HIER_DIRECT/203.0.113.9 text/html "-" "Mozilla/5.0"'
        ),
    ),
)
