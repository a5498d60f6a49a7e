"""Common and combined log format, as Squid, Apache, nginx and their imitators write it.

Definitions: httpd.apache.org/docs/2.4/logs.html (common, combined) and mod_log_config (escapes in
`%r` and headers: `\\"`, `\\\\`, `\\xhh`); nginx ngx_http_log_module (combined; `\\xHH`);
squid.conf.documented (logformat common, combined: Squid's result code ends the line) and Squid's
src/log/FormatHttpdCombined.cc (there, referrer and user agent are written as they came).
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import polars as pl

from logan.formats.engine import clock, dates, escapes
from logan.formats.engine.base import (
    Clock,
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Shows,
    digits,
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
from logan.formats.vendors.squid import (
    decide,
    evidence,
    neighbour,
    opens_intercepted_tunnel,
    status_code,
    user_name,
)
from logan.runtime.fast_path import with_odd

#: Columns of `_parts`.
_ASKED: Final = "=asked"
_WHO: Final = "=who"
_WHO_PARTS: Final = ("client", "user", "virtual host")
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
        usual=rf"{V4} - [^ \[\"]+",
    ),
    Piece(None, r" \["),
    Piece("time", _STAMP),
    Piece(None, r'\] (?:"?-"? )?"', usual=r'\] "'),
    Piece("request", _QUOTED, usual=f"[A-Za-z]{_QUOTED}"),
    Piece(None, '" '),
    Piece("status", "[0-9]{3}|-|0", usual="[0-9]{3}"),
    Piece(None, " "),
    Piece("bytes", "-?[0-9]+|-", usual="[0-9]+|-"),
)
#: Some append how long it took, or a counter.
_NUMBERS: Final = Piece("numbers", "(?: [0-9./-]+)*")
_COMBINED: Final = (
    *_COMMON,
    Piece(None, ' "'),
    Piece("referrer", _QUOTED),
    Piece(None, '"'),
    Piece("user agent", f'(?: "{_QUOTED}")?', usual=f' "{_QUOTED}"'),
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
    Piece("referrer", r"(?:[^\"]|\"[^ ])*", usual='[^"]*'),
    Piece(None, '" "'),
    Piece("user agent", ".*", usual=r'[^"\n]*'),
    Piece(None, '"'),
    *_SQUID_TAIL,
)
_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"
# The same of usual requests, which leaves no choice where the URL ends.
_USUAL_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>[^ \n]+) HTTP/[0-9.]+$"


def _who(cell: pl.Expr, *, own_first: bool) -> dict[str, pl.Expr]:
    """Client, user and virtual host out of the words before the time.

    `own_first`: an address in front of the client's is not what a request was forwarded for.
    """
    shapes = [
        (regex, cell.str.extract_groups(f"^(?:{regex})$")) for regex in _who_regex(named=True)
    ]

    def found(name: str) -> pl.Expr:
        fields = [shape.struct.field(name) for regex, shape in shapes if f"(?P<{name}>" in regex]
        return pl.coalesce(fields)

    clients = [found("forwarded").str.extract("^([^ ,]+)"), found("client")]
    return {
        "client": pl.coalesce(clients[::-1] if own_first else clients),
        "user": pl.coalesce(found("user"), found("blanks")),
        "virtual host": found("host"),
    }


def _parts(pattern: Pattern, layout: Layout) -> Columns:
    """The step that takes words before the time and request lines apart."""
    cell = pattern.cells()
    kind = pl.Struct({"method": pl.String, "url": pl.String})
    asked = cell["request"].map_batches(_request_parts, return_dtype=kind, is_elementwise=True)
    found = _who(cell["client and user"], own_first=_OWN_FIRST in layout.facts)
    who = [part.alias(name) for name, part in found.items()]
    return {_ASKED: asked, _WHO: pl.struct(who)}


def _request_parts(requests: pl.Series) -> pl.Series:
    """Method and URL of request lines."""
    usual = requests.str.extract_groups(_USUAL_REQUEST)
    odd = usual.struct.field("url").is_null() & requests.is_not_null()
    return with_odd(usual, odd, lambda: requests.filter(odd).str.extract_groups(_REQUEST))


def _columns(pattern: Pattern, layout: Layout) -> Columns:
    cell = pattern.cells()
    who = {name: pl.col(_WHO).struct.field(name) for name in _WHO_PARTS}
    method, url = (pl.col(_ASKED).struct.field(name) for name in ("method", "url"))
    status = status_code(cell["status"])
    vhost = who["virtual host"].str.extract("^([^:]+)")
    own = url.str.starts_with("/")
    null = pl.lit(None, dtype=pl.String)
    code = cell.get("result code", null)
    squid = "result code" in cell
    user = who["user"].str.strip_chars('"')
    return {
        "reason": pattern.reason(),
        "repeat": neighbour(code),
        **_time(cell["time"], layout),
        "client_ip": who["client"],
        "user": user_name(user) if squid else escapes.backslash(user),
        "method": method,
        "url": url if squid else escapes.backslash(url),
        "host": pl.when(own).then(vhost).otherwise(None),
        "status": status,
        "action": decide(code, status, method) if squid else _by_challenge(status),
        "bytes_received": digits(cell["bytes"]),
        "referrer": _header(cell.get("referrer", null)),
        "user_agent": _header(cell.get("user agent", null)),
        "evidence": evidence(method),
        "setup": opens_intercepted_tunnel(code, method) if squid else pl.lit(value=False),
    }


def _time(stamp: pl.Expr, layout: Layout) -> Columns:
    if layout.stamps.order is None:
        return {"time": clock.clf(stamp)}
    return {"local_time": dates.date_time(stamp, layout)}


def _header(cell: pl.Expr) -> pl.Expr:
    return escapes.backslash(_unquoted(cell))


def _unquoted(cell: pl.Expr) -> pl.Expr:
    """A header that stands in quotes behind a space, without both; any other as it is."""
    opens, closes = cell.str.starts_with(' "'), cell.str.ends_with('"')
    broken = cell.str.contains("\n", literal=True)
    bare = cell.str.strip_prefix(' "').str.strip_suffix('"')
    whole = opens & closes & ~broken & (cell.str.len_bytes() > 2)
    return pl.when(whole).then(bare).otherwise(cell)


def _by_challenge(status: pl.Expr) -> pl.Expr:
    """These logs do not say what a proxy decided; only its own challenge shows in the status."""
    return pl.when(status == 407).then(pl.lit("auth")).otherwise(pl.lit("unknown"))


_NAMES_A_HOST: Final = re.compile(r'"(?:[A-Za-z_-]+ [A-Za-z][A-Za-z0-9+.-]*://|CONNECT )')
#: The fullest order of the words before the time.
_FULL: Final = re.compile(_who_regex(named=True)[0] + r" \[")
#: The fact that the first address of two is no user's.
_OWN_FIRST: Final = "own address first"
_BLIND: Final = (
    "its requests carry no host (a web server's own log): it cannot show visits to other sites"
)


def _layout(pattern: Pattern, *, local: bool) -> Callable[[Head], Layout]:
    def layout(head: Head) -> Layout:
        fitting = [line for line in head.lines if pattern.fault(line) is None]
        hosted = any(_NAMES_A_HOST.search(line) or _has_vhost(line) for line in fitting)
        at = Layout(blind=None if hosted or not fitting else _BLIND)
        at = at.with_fact(_OWN_FIRST) if _own_address_first(fitting) else at
        stamps = (pattern.match(line)["time"] for line in fitting)
        return dates.with_order(at, stamps) if local else at

    return layout


def _has_vhost(line: str) -> bool:
    found = _FULL.match(line)
    return found is not None and found["host"] is not None


def _own_address_first(lines: Sequence[str]) -> bool:
    """True where one address stands in front of several clients: the server's (`%A`), a relay's.

    What requests were forwarded for would be as many addresses as there are users.
    """
    found = [match for line in lines if (match := _FULL.match(line)) and match["forwarded"]]
    firsts = {match["forwarded"] for match in found}
    return len(firsts) == 1 and len({match["client"] for match in found}) > 1


class _Kind(NamedTuple):
    """What tells one of these formats from the others."""

    name: str
    title: str
    pieces: Sequence[Piece]
    rank: int
    samples: tuple[str, ...]
    clock: Clock = "offset"


def _format(kind: _Kind) -> Format:
    pattern = Pattern(tuple(kind.pieces))

    def check(line: str, layout: Layout) -> Fault | None:
        del layout
        return pattern.fault(line)

    def columns(layout: Layout) -> Columns:
        return _columns(pattern, layout)

    def prepare(layout: Layout) -> Sequence[Columns]:
        return (*pattern.prepare(layout), _parts(pattern, layout))

    return Format(
        name=kind.name,
        title=kind.title,
        definition="httpd.apache.org/docs/2.4/logs.html; squid.conf.documented",
        shows=Shows(
            user=True,
            evidence=("url", "connect"),
            bytes="received",
            clock=kind.clock,
            note="A web server's own log names no host: it cannot show visits to other sites.",
        ),
        check=check,
        signs=pattern.signs,
        pattern=pattern,
        columns=columns,
        prepare=prepare,
        layout=_layout(pattern, local=kind.clock == "local"),
        rank=kind.rank,
        samples=kind.samples,
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
    _Kind("common", "Common log format", (*_COMMON, _NUMBERS), 1, (_SAMPLE, _SAMPLE + " 0.004"))
)
COMBINED: Final = _format(
    _Kind(
        "combined",
        "Combined log format",
        _COMBINED,
        2,
        (_SAMPLE + _AGENT, _SAMPLE + _AGENT + ' "203.0.113.5"', _SAMPLE + ' "-"'),
    )
)
LOCAL: Final = _format(
    _Kind(
        "common-local",
        "Common or combined log format with a local stamp",
        _LOCAL,
        1,
        (
            '10.1.2.3 - jdoe [31/01/2024 13:55:36] "CONNECT www.example.com:443 HTTP/1.1" 200 -',
            (
                '10.1.2.3 - - [01/31/2024 13:55:36] "GET http://www.example.com/ HTTP/1.1" 200 9'
                ' "-" "M"'
            ),
        ),
        clock="local",
    )
)
SQUID_COMMON: Final = _format(
    _Kind(
        "squid-common",
        "Squid, logformat common",
        (*_COMMON, *_SQUID_TAIL),
        3,
        (_SAMPLE + " TCP_MISS:HIER_DIRECT",),
    )
)
SQUID_COMBINED: Final = _format(
    _Kind(
        "squid-combined",
        "Squid, logformat combined",
        _SQUID_COMBINED,
        4,
        (_SAMPLE + _AGENT + " TCP_DENIED:HIER_NONE",),
    )
)
