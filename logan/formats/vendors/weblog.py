"""Common and combined log format, as Squid, Apache, nginx and their imitators write it.

Definitions: httpd.apache.org/docs/2.4/logs.html (common, combined) and mod_log_config (escapes in
`%r` and headers: `\\"`, `\\\\`, `\\xhh`); nginx ngx_http_log_module (combined; `\\xHH`);
squid.conf.documented (logformat common, combined: Squid's result code ends the line) and Squid's
src/log/FormatHttpdCombined.cc (there, referrer and user agent are written as they came);
lighttpd, mod_accesslog.c (its default has the requested host where others have the ident).
"""

from dataclasses import replace
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
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, digits
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, by_challenge
from logan.formats.vendors.squid import (
    decide,
    evidence,
    neighbour,
    opens_intercepted_tunnel,
    status_code,
    user_name,
)
from logan.formats.vendors.weblog_lines import (
    COMBINED_LINE,
    COMMON_LINE,
    LOCAL_LINE,
    NUMBERS,
    SQUID_COMBINED_LINE,
    SQUID_TAIL,
    RequestLines,
    client_and_user,
)
from logan.runtime.fast_path import with_fallback

_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>.*?)(?: +HTTP/[0-9.]+)?$"
# The fast path, for plain requests: it leaves no choice where the URL ends.
_FAST_REQUEST: Final = r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<url>[^ \n]+) HTTP/[0-9.]+$"


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
    numbered = dates.date_time(cell["time"], cell.layout)
    return {"local_time": pl.coalesce(numbered, clock.naive(cell["time"], "%d/%b/%Y:%H:%M:%S"))}


def _header(name: str) -> Derivation:
    return lambda cell: escapes.backslash(_unquoted(cell.first(name)))


def _unquoted(cell: pl.Expr) -> pl.Expr:
    """A header that stands in quotes behind a space, without both; any other as it is."""
    opens, closes = cell.str.starts_with(' "'), cell.str.ends_with('"')
    broken = cell.str.contains("\n", literal=True)
    bare = cell.str.strip_prefix(' "').str.strip_suffix('"')
    whole = opens & closes & ~broken & (cell.str.len_bytes() > 2)
    return pl.when(whole).then(bare).otherwise(cell)


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
        action=by_challenge(lambda cell: status_code(cell["status"])),
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
            "who": client_and_user,
            "method": _part("asked", "method"),
            "url": _part("asked", "url"),
        },
    )


def _squid_action(cell: Cells) -> pl.Expr:
    return decide(cell["result code"], status_code(cell["status"]), cell["method"])


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
    RequestLines(pieces=(*COMMON_LINE, NUMBERS)),
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
    RequestLines(pieces=COMBINED_LINE),
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
    Sample(
        '10.1.2.3 www.example.com jdoe [10/Jan/2024:13:55:36 +0000] "GET /a HTTP/1.1" 200 2326'
        + _AGENT,
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=www.example.com/a status=200 action=unknown bytes_received=2326"
        " user_agent=Mozilla/5.0 (X11) evidence=url",
    ),
)
LOCAL: Final = _format(
    "common-local",
    "Common or combined log format with a local stamp",
    RequestLines(pieces=LOCAL_LINE, local=True),
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
    Sample(
        '10.1.2.3 - jdoe [31/Jan/2024:13:55:36] "GET http://www.example.com/ HTTP/1.1" 200 9',
        "time=2024-01-31T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/ status=200 action=unknown bytes_received=9 evidence=url",
    ),
)
SQUID_COMMON: Final = _format(
    "squid-common",
    "Squid, logformat common",
    RequestLines(pieces=(*COMMON_LINE, *SQUID_TAIL)),
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
    RequestLines(pieces=SQUID_COMBINED_LINE),
    _SQUID,
    4,
    Sample(
        _SAMPLE + _AGENT + " TCP_DENIED:HIER_NONE",
        "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
        " url=http://www.example.com/a status=200 action=blocked bytes_received=2326"
        " user_agent=Mozilla/5.0 (X11) evidence=url",
    ),
)
