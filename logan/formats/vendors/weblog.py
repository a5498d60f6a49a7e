"""Common and combined log format, as Squid, Apache, nginx and their imitators write it.

Definitions: httpd.apache.org/docs/2.4/logs.html (common, combined) and mod_log_config (escapes in
`%r` and headers: `\\"`, `\\\\`, `\\xhh`); nginx ngx_http_log_module (combined; `\\xHH`);
squid.conf.documented (logformat common, combined: Squid's result code ends the line) and Squid's
src/log/FormatHttpdCombined.cc (there, referrer and user agent are written as they came).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates, escapes
from logan.formats.engine.columns import (
    LOGGED_ALONE,
    Columns,
    EvidenceColumn,
    Tunnels,
    stated_by_line,
)
from logan.formats.engine.fields import (
    ADDRESS,
    CLIENT,
    DOTTED_NAME,
    IDENT,
    NAME,
    PLAIN_CLIENT,
    USER,
    USER_OF_WORDS,
    V4,
)
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout, digits
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation
from logan.formats.vendors.squid import (
    decide,
    evidence,
    neighbour,
    opens_intercepted_tunnel,
    status_code,
    user_name,
)
from logan.runtime.fast_path import with_fallback

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_STAMP: Final = r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"
#: What Squid's `%{...}tl` makes of it where told to: no zone, and day and month in either order.
_LOCAL_STAMP: Final = "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}"
_FORWARDED: Final = rf"{ADDRESS}(?:, [^ ,\[\"]+)*"
_VIRTUAL_HOST: Final = rf"(?:{DOTTED_NAME}|{NAME}:[0-9]{{1,5}}|{V4}:[0-9]{{1,5}}|localhost)"


def _who_regex(*, named: bool) -> tuple[str, str, str, str]:
    """The orders in which virtual host, client, ident and user may stand, the fullest first.

    `named`: with groups for what is read. A user with blanks stands behind a dash for the ident,
    so that words in front of the client are not taken for one.
    """

    def part(name: str, regex: str) -> str:
        return f"(?P<{name}>{regex})" if named else f"(?:{regex})"

    first = part("forwarded", _FORWARDED) + "|" + part("host", _VIRTUAL_HOST) + r"|-|\(-\)"
    user = f"(?:{IDENT} {part('user', USER)}|- {part('blanks', USER_OF_WORDS)})"
    return (
        f"(?:{first}) {part('client', PLAIN_CLIENT)} {user}",
        f"{part('forwarded', _FORWARDED)} {user}",
        f"{part('client', CLIENT)} {user}",
        f"{part('client', PLAIN_CLIENT)} {part('user', USER)}",
    )


_COMMON: Final = (
    Piece(
        "client and user",
        "|".join(_who_regex(named=False)),
        fast=rf"{V4} - [^ \[\"]+",
    ),
    Piece(None, r" \["),
    Piece("time", _STAMP),
    Piece(None, r'\] (?:"?-"? )?"', fast=r'\] "'),
    Piece("request", _QUOTED, fast=f"[A-Za-z]{_QUOTED}"),
    Piece(None, '" '),
    Piece("status", "[0-9]{3}|-|0", fast="[0-9]{3}"),
    Piece(None, " "),
    Piece("bytes", "-?[0-9]+|-", fast="[0-9]+|-"),
)
#: Some append how long it took, or a counter.
_NUMBERS: Final = Piece("numbers", "(?: [0-9./-]+)*")
_COMBINED: Final = (
    *_COMMON,
    Piece(None, ' "'),
    Piece("referrer", _QUOTED),
    Piece(None, '"'),
    Piece("user agent", f'(?: "{_QUOTED}")?', fast=f' "{_QUOTED}"'),
    # X-Forwarded-For, timings, a router's name: whatever a site appended
    Piece("tail", "(?: .*)?"),
)
_LOCAL: Final = (
    *(Piece("time", _LOCAL_STAMP) if piece.name == "time" else piece for piece in _COMMON),
    Piece("referrer", f'(?: "{_QUOTED}")?'),
    Piece("user agent", f'(?: "{_QUOTED}")?'),
    Piece("tail", "(?: .*)?"),
)
_SQUID_TAIL: Final = (
    Piece(None, " "),
    Piece("result code", "[A-Z][A-Z_0-9]*"),
    Piece(None, ":"),
    Piece("hierarchy", "[A-Z][A-Z_0-9]*"),
    Piece("headers", r"(?: \[[^\[\]]*\] \[[^\[\]]*\])?"),
)
_SQUID_COMBINED: Final = (
    *_COMMON,
    Piece(None, ' "'),
    Piece("referrer", r"(?:[^\"]|\"[^ ])*", fast='[^"]*'),
    Piece(None, '" "'),
    Piece("user agent", ".*", fast=r'[^"\n]*'),
    Piece(None, '"'),
    *_SQUID_TAIL,
)
_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"
# The fast path, for plain requests: it leaves no choice where the URL ends.
_FAST_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>[^ \n]+) HTTP/[0-9.]+$"


def _who(cells: Cells) -> pl.Expr:
    """Client, user and virtual host out of the words before the time.

    With the fact `_OWN_FIRST`, the first of two addresses is not what a request was forwarded for.
    """
    cell, own_first = cells["client and user"], _OWN_FIRST in cells.layout.facts
    shapes = [
        (regex, cell.str.extract_groups(f"^(?:{regex})$")) for regex in _who_regex(named=True)
    ]

    def found(name: str) -> pl.Expr:
        fields = [shape.struct.field(name) for regex, shape in shapes if f"(?P<{name}>" in regex]
        return pl.coalesce(fields)

    clients = [found("forwarded").str.extract("^([^ ,]+)"), found("client")]
    return pl.struct(
        pl.coalesce(clients[::-1] if own_first else clients).alias("client"),
        pl.coalesce(found("user"), found("blanks")).alias("user"),
        found("host").alias("virtual host"),
    )


def _asked(cell: Cells) -> pl.Expr:
    """Method and URL of the request line."""
    kind = pl.Struct({"method": pl.String, "url": pl.String})
    return cell["request"].map_batches(_request_parts, return_dtype=kind, is_elementwise=True)


def _request_parts(requests: pl.Series) -> pl.Series:
    """Method and URL of request lines."""
    fast = requests.str.extract_groups(_FAST_REQUEST)
    left = fast.struct.field("url").is_null() & requests.is_not_null()
    return with_fallback(fast, left, lambda: requests.filter(left).str.extract_groups(_REQUEST))


def _part(name: str, field: str) -> Derivation:
    return lambda cell: cell[name].struct.field(field)


def _host(cell: Cells) -> pl.Expr:
    """The virtual host, of a request that names none itself."""
    name = cell["who"].struct.field("virtual host").str.extract("^([^:]+)")
    return pl.when(cell["url"].str.starts_with("/")).then(name).otherwise(None)


def _instant(cell: Cells) -> Expressions:
    return {"time": clock.clf(cell["time"])}


def _wall(cell: Cells) -> Expressions:
    return {"local_time": dates.date_time(cell["time"], cell.layout)}


def _header(name: str) -> Derivation:
    return lambda cell: escapes.backslash(_unquoted(cell.first(name)))


def _unquoted(cell: pl.Expr) -> pl.Expr:
    """A header that stands in quotes behind a space, without both; any other as it is."""
    opens, closes = cell.str.starts_with(' "'), cell.str.ends_with('"')
    broken = cell.str.contains("\n", literal=True)
    bare = cell.str.strip_prefix(' "').str.strip_suffix('"')
    whole = opens & closes & ~broken & (cell.str.len_bytes() > 2)
    return pl.when(whole).then(bare).otherwise(cell)


def _by_challenge(cell: Cells) -> pl.Expr:
    """These logs do not say what a proxy decided; only its own challenge shows in the status."""
    challenged = status_code(cell["status"]) == 407
    return pl.when(challenged).then(pl.lit("auth")).otherwise(pl.lit("unknown"))


def _setup(cell: Cells) -> pl.Expr:
    return opens_intercepted_tunnel(
        cell["result code"], cell["method"], status_code(cell["status"])
    )


def _user(cell: Cells) -> pl.Expr:
    return cell["who"].struct.field("user").str.strip_chars('"')


def _columns(stamp: Stamp) -> Columns:
    return Columns(
        time=stamp,
        user=lambda cell: escapes.backslash(_user(cell)),
        client_ip=_part("who", "client"),
        action=_by_challenge,
        method="method",
        url=lambda cell: escapes.backslash(cell["url"]),
        host=_host,
        status=lambda cell: status_code(cell["status"]),
        bytes_received=lambda cell: digits(cell["bytes"]),
        referrer=_header("referrer"),
        user_agent=_header("user agent"),
        evidence=EvidenceColumn(("url", "connect"), lambda cell: evidence(cell["method"])),
        derived={
            "asked": _asked,
            "who": _who,
            "method": _part("asked", "method"),
            "url": _part("asked", "url"),
        },
    )


def _squid_action(cell: Cells) -> pl.Expr:
    return decide(cell["result code"], status_code(cell["status"]), cell["method"])


_NAMES_A_HOST: Final = re.compile(r'"(?:[A-Za-z_-]+ [A-Za-z][A-Za-z0-9+.-]*://|CONNECT )')
#: A path alone; `error:transaction-end-before-headers` is no request of anybody.
_PATH_ALONE: Final = re.compile(r'"[A-Za-z_-]+ /')
#: The fullest order of the words before the time.
_FULL: Final = re.compile(_who_regex(named=True)[0] + r" \[")
#: The fact that the first address of two is no user's.
_OWN_FIRST: Final = "own address first"
_NAMES_NO_HOST: Final = (
    "its requests carry no host (a web server's own log): it cannot show visits to other sites"
)


@dataclass(frozen=True, kw_only=True)
class RequestLines(LinePattern):
    """The log format's lines; of local stamps, the head tells the order of day and month."""

    local: bool = False

    def learn(self, layout: Layout, records: Sequence[str]) -> Layout:
        """Says so where the requests of the head name no host, or most of them.

        Whoever looks for an open proxy asks a web server for a whole address: a few such lines do
        not make its log show visits.
        """
        hosted = sum(map(bool, map(_names_host, records)))
        bare = sum(map(bool, map(_PATH_ALONE.search, records))) if hosted else len(records)
        layout = layout._replace(names_no_host=_NAMES_NO_HOST if bare > hosted else None)
        layout = layout.with_fact(_OWN_FIRST) if _own_address_first(records) else layout
        stamps = (self.pattern.match(line)["time"] for line in records)
        return dates.with_order(layout, stamps) if self.local else layout


def _names_host(line: str) -> bool:
    if _NAMES_A_HOST.search(line):
        return True
    found = _FULL.match(line)
    return found is not None and found["host"] is not None


def _own_address_first(lines: Sequence[str]) -> bool:
    """True where one address stands in front of several clients: the server's (`%A`), a relay's.

    What requests were forwarded for would be as many addresses as there are users.
    """
    found = [match for line in lines if (match := _FULL.match(line)) and match["forwarded"]]
    firsts = {match["forwarded"] for match in found}
    return len(firsts) == 1 and len({match["client"] for match in found}) > 1


_WEB: Final = _columns(Stamp("offset", _instant))
#: Squid's result code says what was decided; it writes users and addresses its own way.
_SQUID: Final = replace(
    _WEB,
    user=lambda cell: user_name(_user(cell)),
    url="url",
    action=_squid_action,
    repeat=lambda cell: neighbour(cell["result code"]),
)
#: Apache and nginx pass a tunnel on as it is.
_SEALED: Final = LOGGED_ALONE
_INTERCEPTED: Final = stated_by_line(_setup)


def _format(
    name: str,
    title: str,
    reader: RequestLines,
    columns: Columns,
    rank: int,
    *samples: Sample,
) -> Format:
    tunnels: Tunnels = _INTERCEPTED if columns is _SQUID else _SEALED
    return Format(
        name=name,
        title=title,
        definition="httpd.apache.org/docs/2.4/logs.html; squid.conf.documented",
        reader=reader,
        learns=reader.learn,
        columns=columns,
        tunnels=tunnels,
        note="A web server's own log names no host: it cannot show visits to other sites.",
        rank=rank,
        samples=samples,
        near_misses=(
            '10.1.2.3 - jdoe [10/Jan/2024 13:55:36] "GET http://www.example.com/ HTTP/1.1" 200 12',
            '10.1.2.3 [10/Jan/2024:13:55:36 +0000] "GET http://www.example.com/ HTTP/1.1" 200 12',
        ),
    )


_SAMPLE: Final = (
    '10.1.2.3 - jdoe [10/Jan/2024:13:55:36 +0000] "GET http://www.example.com/a HTTP/1.1" 200 2326'
)
_AGENT: Final = ' "-" "Mozilla/5.0 (X11)"'
COMMON: Final = _format(
    "common",
    "Common log format",
    RequestLines(pieces=(*_COMMON, _NUMBERS)),
    _WEB,
    1,
    Sample(
        _SAMPLE,
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=unknown bytes_received=2326"
        " evidence=url",
    ),
    Sample(
        _SAMPLE + " 0.004",
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=unknown bytes_received=2326"
        " evidence=url",
    ),
)
COMBINED: Final = _format(
    "combined",
    "Combined log format",
    RequestLines(pieces=_COMBINED),
    _WEB,
    2,
    Sample(
        _SAMPLE + _AGENT,
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=unknown bytes_received=2326"
        " user_agent=Mozilla/5.0 (X11) evidence=url",
    ),
    Sample(
        _SAMPLE + _AGENT + ' "203.0.113.5"',
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=unknown bytes_received=2326"
        " user_agent=Mozilla/5.0 (X11) evidence=url",
    ),
    Sample(
        _SAMPLE + ' "-"',
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=unknown bytes_received=2326"
        " evidence=url",
    ),
)
LOCAL: Final = _format(
    "common-local",
    "Common or combined log format with a local stamp",
    RequestLines(pieces=_LOCAL, local=True),
    _columns(Stamp("local", _wall)),
    1,
    Sample(
        '10.1.2.3 - jdoe [31/01/2024 13:55:36] "CONNECT www.example.com:443 HTTP/1.1" 200 -',
        "time=2024-01-31T13:55:36Z user=jdoe client_ip=10.1.2.3 method=CONNECT"
        " url=www.example.com:443 status=200 action=unknown evidence=connect",
    ),
    Sample(
        '10.1.2.3 - - [01/31/2024 13:55:36] "GET http://www.example.com/ HTTP/1.1" 200 9 "-" "M"',
        "time=2024-01-31T13:55:36Z client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/ status=200 action=unknown bytes_received=9"
        " user_agent=M evidence=url",
    ),
)
SQUID_COMMON: Final = _format(
    "squid-common",
    "Squid, logformat common",
    RequestLines(pieces=(*_COMMON, *_SQUID_TAIL)),
    _SQUID,
    3,
    Sample(
        _SAMPLE + " TCP_MISS:HIER_DIRECT",
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=allowed bytes_received=2326"
        " evidence=url",
    ),
)
SQUID_COMBINED: Final = _format(
    "squid-combined",
    "Squid, logformat combined",
    RequestLines(pieces=_SQUID_COMBINED),
    _SQUID,
    4,
    Sample(
        _SAMPLE + _AGENT + " TCP_DENIED:HIER_NONE",
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=blocked bytes_received=2326"
        " user_agent=Mozilla/5.0 (X11) evidence=url",
    ),
)
