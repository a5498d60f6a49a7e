"""McAfee Web Gateway, later Skyhigh's appliance: syslog as pairs, and the default access.log.

Definitions: McAfee Web Gateway Product Guide, Log File Management (default access.log; Block.ID 0
means not blocked) and its syslog rule set for SIEMs (`bytes` are from client / to server / from
server / to client).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns, EvidenceColumn
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import Head, Layout, RequiredLiterals, integer
from logan.formats.engine.line_pattern import LayoutPattern
from logan.formats.engine.pattern import Pattern, Piece
from logan.formats.engine.stamps import common_log_stamp, iso
from logan.formats.engine.values import Cells, Derivation, beside, matched, positive
from logan.formats.vendors.skyhigh import CERTIFICATE_CHECK, method_evidence

_REQUEST: Final = r"^(?P<method>[A-Za-z]+) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"


#: Block.ID tells why the gateway itself stopped a request; 0 is that it did not.
_DECISION: Final = matched("block", allowed="0+", blocked="0*[1-9][0-9]*", status="code")


def _extract(name: str, pattern: str, group: int = 1) -> Derivation:
    return lambda cell: cell[name].str.extract(pattern, group)


def _verb(name: str) -> Derivation:
    """The method of a request line."""
    return lambda cell: cell[name].str.extract(_REQUEST, 1).str.to_uppercase()


_SYSLOG: Final = Columns(
    time=None,
    user="user",
    client_ip="srcip",
    action=_DECISION,
    method="verb",
    url="url",
    host=beside("url", "dhost"),
    port=lambda cell: integer(beside("url", "urlp")(cell)),
    status=positive("code"),
    bytes_sent=lambda cell: integer(cell["bytes"].str.extract("^([0-9]+)")),
    bytes_received=lambda cell: integer(cell["bytes"].str.extract("([0-9]+)$")),
    referrer="http_referrer",
    user_agent="ua",
    evidence=EvidenceColumn(("url", "connect"), method_evidence),
    companion=CERTIFICATE_CHECK,
    derived={
        "verb": lambda cell: cell["mtd"].str.to_uppercase(),
        "code": _extract("status", "^([0-9]+)"),
        "block": _extract("status", "/([0-9]+)$"),
    },
)
SYSLOG: Final = Format(
    name="skyhigh-mwg-syslog",
    title="McAfee Web Gateway, syslog key=value",
    definition="McAfee Web Gateway, SIEM logging rule set (mwg: status srcip user dhost bytes)",
    reader=KeyValue(
        needs={
            "status": "[0-9]{1,3}/[0-9]+",
            "srcip": ".+",
            "mtd": "[A-Za-z]+",
            "dhost|url": ".+",
            "bytes": "[0-9]+/[0-9]+/[0-9]+/[0-9]+",
        }
    ),
    columns=_SYSLOG,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note="The line has no time of its own: it is the syslog header's.",
    rank=6,
    samples=(
        Sample(
            '<134>2024-01-01T10:00:00Z gw mwg: status="200/0" srcip="10.1.2.3" user="jdoe" '
            'dhost="www.example.com" urlp="443" proto="HTTPS/https" mtd="GET" '
            'bytes="640/700/5000/5120" ua="Chrome" http_referrer="" '
            'url="https://www.example.com/a?b=c" destip="203.0.113.9"',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 user_agent=Chrome evidence=url",
        ),
    ),
    near_misses=('status="200" srcip="10.1.2.3" mtd="GET" url="http://www.example.com/"',),
)


def _first_line_host(cell: Cells) -> pl.Expr:
    hostless = cell["asked"].is_null() | cell["asked"].str.contains("^[/:]")
    return pl.when(hostless).then(cell["destination_host"])


_FIRST_LINE: Final = Columns(
    time=iso("date"),
    user="username",
    client_ip="source_ip",
    action=_DECISION,
    method="verb",
    url="asked",
    host=_first_line_host,
    status=positive("http_status_code"),
    bytes_sent="source_bytes",
    bytes_received="destination_bytes",
    referrer="http_referer",
    user_agent="user_agent",
    evidence=EvidenceColumn(("url", "connect"), method_evidence),
    companion=CERTIFICATE_CHECK,
    derived={
        "verb": _verb("http_request_first_line"),
        "asked": _extract("http_request_first_line", _REQUEST, 2),
        "code": lambda cell: cell["http_status_code"],
        "block": lambda cell: cell["block_id"],
    },
)
FIRST_LINE: Final = Format(
    name="skyhigh-mwg-kv",
    title="McAfee Web Gateway, key=value",
    definition="McAfee Web Gateway, syslog of the access log as key=value (date, source_ip, ...)",
    reader=KeyValue(
        needs={
            "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}T.+",
            "http_status_code": "[0-9]{1,3}",
            "http_request_first_line": ".+",
            "source_ip": ".+",
        }
    ),
    columns=_FIRST_LINE,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            'date="2024-01-01T10:00:00.399Z" hostname="gw" username="jdoe" source_ip=10.1.2.3 '
            'destination_ip=203.0.113.9 destination_host="www.example.com" http_status_code=200 '
            "source_bytes=640 destination_bytes=5120 "
            'http_request_first_line="GET https://www.example.com/a?b=c HTTP/1.1" block_id=0 '
            'block_reason="" http_referer="" user_agent="curl/7.77.0"',
            "time=2024-01-01T10:00:00.399000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 user_agent=curl/7.77.0 evidence=url",
        ),
    ),
    near_misses=('date="2024-01-01T10:00:00Z" source_ip=10.1.2.3 http_status_code=200',),
)
_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
#: The columns of the default log, quoted as it quotes them; later versions have two more.
_DEFAULT: Final = (
    'time_stamp "auth_user" src_ip status_code "req_line" "categories" "rep_level" "media_type" '
    'bytes_to_client "user_agent" "virus_name" "block_res"'
)
_LATER: Final = _DEFAULT.replace("_client ", "_client bytes_from_client ")
_SHAPES: Final = {
    "time_stamp": r"\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\]",
    "status_code": "[0-9]{1,3}",
    "bytes_to_client": "[0-9]+",
    "bytes_from_client": "[0-9]+",
    '"block_res"': "[0-9]*",
}
_STAMPED: Final = re.compile(_SHAPES["time_stamp"] + ' "')
_NAME: Final = re.compile(r'"[^"]+"|[^ ,"]+')
_NEEDED: Final = ("time_stamp", '"auth_user"', "src_ip", "status_code", '"req_line"')
#: How many quoted columns of its own a site may have behind those of the product.
_MOST_ADDED: Final = 12
_ACCESS: Final = Columns(
    time=common_log_stamp(lambda cell: cell["time_stamp"].str.strip_chars("[]")),
    user="auth_user",
    client_ip="src_ip",
    action=_DECISION,
    method="verb",
    url="asked",
    status=positive("status_code"),
    bytes_sent="bytes_from_client",
    bytes_received="bytes_to_client",
    user_agent="user_agent",
    evidence=EvidenceColumn(("url", "connect"), method_evidence),
    companion=CERTIFICATE_CHECK,
    derived={
        "verb": _verb("req_line"),
        "asked": _extract("req_line", _REQUEST, 2),
        "code": lambda cell: cell["status_code"],
        "block": lambda cell: cell["block_res"],
    },
)


@lru_cache(maxsize=32)
def _pattern(names: tuple[str, ...]) -> Pattern:
    """The whole line: a column is quoted where its name is."""
    pieces: list[Piece] = []
    for name in names:
        quote = '"' if name.startswith('"') else ""
        shape = _SHAPES.get(name, _QUOTED if quote else '[^ "]+')
        pieces += [
            Piece(None, f"{' ' if pieces else ''}{quote}"),
            Piece(name.strip('"'), shape),
            Piece(None, quote),
        ]
    return Pattern(tuple(pieces))


def _with_added(columns: str, count: int) -> Layout:
    """The layout of the product's columns and so many quoted ones behind them."""
    return Layout((*_NAME.findall(columns), *(f'"added {at}"' for at in range(count))))


@dataclass(frozen=True)
class AccessLog(LayoutPattern):
    """Lines under a comment that names and quotes their columns, which says how many there are.

    Without one, as many as most lines of the head have: a user agent with quotes in it has cells of
    its own, which would move those behind it. Cells have the names of the header, without quotes.
    """

    directive = "#"
    required_literals: RequiredLiterals = (('"auth_user"', '] "'),)

    def layout(self, head: Head) -> Layout | None:
        """By the header before the first record, else by the known order, with as many columns
        behind it, that reads most lines; None where no line begins as they do."""
        for line in head.lines:
            if not line.startswith(self.directive):
                break
            named = self.follow(Layout(), line)
            if named.names:
                return named
        lines = [line for line in head.lines if _STAMPED.match(line)]
        return self._counted(lines) if lines else None

    def _counted(self, lines: Sequence[str]) -> Layout:
        choices = [
            _with_added(names, count)
            for names in (_DEFAULT, _LATER)
            for count in range(_MOST_ADDED + 1)
        ]
        return max(choices, key=lambda at: sum(self.check(line, at) is None for line in lines))

    def follow(self, layout: Layout, line: str) -> Layout:
        """The columns that a header names; the layout as it is for another comment."""
        names = tuple(_NAME.findall(line.removeprefix(self.directive)))
        return layout._replace(names=names) if set(_NEEDED) <= set(names) else layout

    def pattern_of(self, layout: Layout) -> Pattern:
        """By the names of the layout."""
        return _pattern(layout.names)

    def has(self, layout: Layout, name: str) -> bool:
        """True where the header has the name, quoted or not."""
        return name in layout.names or f'"{name}"' in layout.names


ACCESS: Final = Format(
    name="skyhigh-mwg-access",
    title="McAfee Web Gateway, default access.log",
    definition="McAfee Web Gateway Product Guide, Log File Management (access.log)",
    reader=AccessLog(),
    columns=_ACCESS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            '#time_stamp "auth_user" src_ip status_code "req_line" "categories" "rep_level" '
            '"media_type" bytes_to_client "user_agent" "virus_name" "block_res"\n'
            '[01/Jan/2024:10:00:00 +0000] "jdoe" 10.1.2.3 200 "GET https://www.example.com/a?b=c '
            'HTTP/1.1" "News" "Minimal Risk" "text/html" 5120 "Mozilla/5.0" "" "0"',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=5120 user_agent=Mozilla/5.0 evidence=url",
        ),
    ),
    near_misses=(
        '[01/Jan/2024:10:00:00 +0000] "jdoe" 10.1.2.3 200 "GET http://www.example.com/ HTTP/1.1"',
    ),
)
