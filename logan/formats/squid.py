"""Squid: the native access log, and any `logformat` given verbatim.

Definition: squid.conf.documented, directives `logformat` and `access_log`; result codes:
wiki.squid-cache.org/SquidFaq/SquidLogs.
"""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from logan.errors import UsageError
from logan.formats import clock
from logan.formats.base import (
    Columns,
    Fault,
    Format,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
    missing_to_null,
)
from logan.schema import ACTION

_NATIVE: Final = Pattern(
    (
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
        Piece("bytes", "-?[0-9]+|-"),
        Piece(None, " +"),
        Piece("method", r"-|[A-Za-z][A-Za-z_.$-]*"),
        Piece(None, " +"),
        Piece("url", "[^ ]+"),
        Piece(None, " +"),
        Piece("user", "[^ ]+"),
        Piece(None, " +"),
        Piece("hierarchy", "(?:[A-Z][A-Z_0-9]*/[^ ]*)|-"),
        Piece(None, " +"),
        Piece("mime type", "[^ ]+"),
        Piece(None, " *"),
        # log_mime_hdrs, or what a site appended to the native format
        Piece("tail", ".*"),
    )
)


def decide(code: pl.Expr, status: pl.Expr) -> pl.Expr:
    """What Squid did, by its result code; 407 is its own challenge, whatever the code.

    TCP_REDIRECT (a URL rewriter's answer) may be a block page or a portal: unknown.
    NONE without a status of success is an error before any decision: unknown.
    """
    return (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(code.str.contains("DENIED"))
        .then(pl.lit("blocked"))
        .when(code.str.contains("REDIRECT"))
        .then(pl.lit("unknown"))
        .when(code.str.contains("^(?:TCP|UDP)_"))
        .then(pl.lit("allowed"))
        .when(code.str.contains("NONE") & status.is_between(200, 399))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def opens_intercepted_tunnel(code: pl.Expr, method: pl.Expr) -> pl.Expr:
    """A CONNECT that Squid does not log as a tunnel: with ssl_bump, its requests follow as lines."""
    return (method == "CONNECT") & ~code.str.starts_with("TCP_TUNNEL")


def _evidence(method: pl.Expr) -> pl.Expr:
    return pl.when(method == "CONNECT").then(pl.lit("connect")).otherwise(pl.lit("url"))


def _status(cell: pl.Expr) -> pl.Expr:
    """Squid writes 000 (or 0) where there was no reply."""
    number = integer(cell)
    return pl.when(number > 0).then(number).otherwise(None)


def _native_columns(layout: Layout) -> Columns:
    del layout
    cell = _NATIVE.cells()
    status = _status(cell["status"])
    tail = cell["tail"].str.extract_groups(r'^"(?P<ref>[^"]*)" +"(?P<ua>[^"]*)"')
    return {
        "reason": _NATIVE.reason(),
        "time": clock.epoch_seconds(cell["time"]),
        "client_ip": cell["client"],
        "user": cell["user"].str.replace_all("%5[Cc]", "\\").str.replace_all("%20", " "),
        "method": cell["method"],
        "url": cell["url"],
        "status": status,
        "action": decide(cell["result code"], status),
        "bytes_received": integer(cell["bytes"]),
        "referrer": tail.struct.field("ref"),
        "user_agent": tail.struct.field("ua"),
        "evidence": _evidence(cell["method"]),
        "setup": opens_intercepted_tunnel(cell["result code"], cell["method"]),
    }


def _check_native(line: str, layout: Layout) -> Fault | None:
    del layout
    return _NATIVE.fault(line)


def _epoch_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """Eight of ten digits: 100 seconds, and an hour is 36 times that."""
    del layout
    return (0, 8) if re.match(r"[0-9]{10}[. ]", line) else None


NATIVE: Final = Format(
    name="squid",
    title="Squid native access log",
    definition="squid.conf.documented, logformat squid",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="received",
        clock="utc",
        note="Queries are cut to '?' unless strip_query_terms is off.",
    ),
    check=_check_native,
    columns=_native_columns,
    stamp_span=_epoch_span,
    rank=1,
    samples=(
        "1704103200.123    250 10.1.2.3 TCP_TUNNEL/200 5120 CONNECT www.example.com:443 "
        "FORCE%5Cjdoe HIER_DIRECT/203.0.113.9 -",
        "1704103201.001      5 10.1.2.3 TCP_DENIED/407 3900 CONNECT www.example.com:443 - "
        "HIER_NONE/- text/html",
        "1704103202 12 2001:db8::7 TCP_MISS/200 910 GET http://www.example.com/a?b=c jdoe@force.example "
        'DIRECT/203.0.113.9 text/html "http://example.org/" "Mozilla/5.0"',
        "1704103203.500      0 10.1.2.3 NONE_NONE/000 0 - error:transaction-end-before-headers - "
        "HIER_NONE/- -",
    ),
    near_misses=(
        "2019/10/11 09:14:49 kid1| Accepting HTTP Socket connections at local=[::]:3128",
        "1704103200.123 250 10.1.2.3 TCP_MISS/200 910 GET",
        "1704103200.123 250 10.1.2.3 51234 TCP_MISS/200 910 GET http://www.example.com/ - "
        "HIER_DIRECT/203.0.113.9 -",
    ),
)


@dataclass(frozen=True, slots=True)
class _Code:
    """A logformat code: the field it stands for, and what its value looks like."""

    field: str
    regex: str


_WORD: Final = "[^ ]+"
_NUMBER: Final = "-?[0-9]+|-"
_CODES: Final[dict[str, _Code]] = {
    "ts": _Code("seconds", "[0-9]+"),
    "tu": _Code("subsecond", "[0-9]+"),
    "tl": _Code("local time", ".+?"),
    "tg": _Code("gmt time", ".+?"),
    "tr": _Code("elapsed", _NUMBER),
    ">a": _Code("client", _WORD),
    ">A": _Code("client name", _WORD),
    ">p": _Code("client port", _NUMBER),
    "un": _Code("user", _WORD),
    "ul": _Code("login", _WORD),
    "ue": _Code("external user", _WORD),
    "us": _Code("certificate user", _WORD),
    "ui": _Code("ident", _WORD),
    ">Hs": _Code("status", "[0-9]{1,3}|-"),
    "Hs": _Code("status", "[0-9]{1,3}|-"),
    "<Hs": _Code("server status", "[0-9]{1,3}|-"),
    "Ss": _Code("result code", "[A-Z][A-Z_0-9]*|-"),
    "Sh": _Code("hierarchy", "[A-Z][A-Z_0-9]*|-"),
    "rm": _Code("method", "[^ ]+"),
    ">rm": _Code("method", "[^ ]+"),
    "ru": _Code("url", "[^ ]+"),
    ">ru": _Code("url", "[^ ]+"),
    ">rd": _Code("host", "[^ :/]+"),
    ">rP": _Code("port", _NUMBER),
    ">rs": _Code("scheme", "[^ :]+"),
    "rp": _Code("path", "[^ ]+"),
    ">rp": _Code("path", "[^ ]+"),
    "rv": _Code("version", "[^ ]+"),
    "<st": _Code("reply bytes", _NUMBER),
    ">st": _Code("request bytes", _NUMBER),
    "ssl::>sni": _Code("sni", "[^ ]+"),
}
_LITERAL_OR_CODE: Final = re.compile(
    r"%%|%(?P<quote>[\"\[#/']?)(?P<pad>-?0?[0-9]*(?:\.[0-9]+)?)(?:\{(?P<arg>[^}]*)\})?"
    r"(?P<code>(?:ssl::|http::|adapt::|icap::|transport::|tls::|proxy_protocol::)?"
    r"[<>]?[A-Za-z_]+)(?:\{(?P<late>[^}]*)\})?|(?P<text>[^%]+|%)"
)
_STRFTIME: Final[dict[str, str]] = {
    "d": "[0-9]{2}",
    "e": "[ 0-9][0-9]",
    "m": "[0-9]{2}",
    "b": "[A-Za-z]{3}",
    "h": "[A-Za-z]{3}",
    "a": "[A-Za-z]{3}",
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "H": "[0-9]{2}",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
    "T": "[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "F": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "z": "[+-][0-9]{4}",
    "Z": "[A-Za-z]+",
}
_CLF_STAMP: Final = "%d/%b/%Y:%H:%M:%S %z"


def _stamp_regex(form: str) -> str:
    """What a strftime format writes, as a regular expression."""
    unknown = [found for found in re.findall("%(.)", form) if found not in _STRFTIME]
    if unknown:
        raise UsageError(
            f"--squid-logformat: the time format {form!r} uses %{unknown[0]}, which logan does not "
            f"read; it reads {' '.join('%' + code for code in _STRFTIME)}"
        )
    parts = re.split("%(.)", form)
    return "".join(
        _STRFTIME[part] if at % 2 else re.escape(part) for at, part in enumerate(parts)
    )


def _field_regex(code: _Code, following: str, *, quoted: bool) -> str:
    """The value of a code, given the character that ends it in this logformat."""
    if quoted:
        return r"(?:[^\"\\]|\\.)*"
    if code.regex not in (_WORD, "[^ ]+") or following in ("", " "):
        return code.regex
    return f"[^{re.escape(following)} ]*" if following != '"' else r"(?:[^\"\\]|\\.)*"


def _header_code(name: str, arg: str) -> _Code | None:
    """The code of a request header that logan has a column for."""
    if name.removeprefix("http::") not in (">h", ">ha"):
        return None
    fields = {"referer": "referrer", "user-agent": "user agent", "host": "host header"}
    field = fields.get(arg.lower())
    return _Code(field, _WORD) if field else None


def _pieces(logformat: str) -> tuple[tuple[Piece, ...], dict[str, str]]:
    """The logformat as pieces, and the strftime format of its time fields."""
    tokens = list(_LITERAL_OR_CODE.finditer(logformat))
    pieces: list[Piece] = []
    stamps: dict[str, str] = {}
    taken: set[str] = set()
    for at, token in enumerate(tokens):
        if token.group("code") is None:
            pieces.append(Piece(None, re.escape(token.group(0).replace("%%", "%"))))
            continue
        name, arg = token.group("code"), token.group("arg") or token.group("late") or ""
        code = _header_code(name, arg) or _CODES.get(name.removeprefix("http::"))
        code = code or _Code(f"%{name}", _WORD)
        rest = tokens[at + 1].group(0) if at + 1 < len(tokens) else ""
        before = tokens[at - 1].group(0) if at else ""
        quoted = token.group("quote") == '"' or (before.endswith('"') and rest.startswith('"'))
        regex = _field_regex(code, rest[:1], quoted=quoted)
        if code.field in ("local time", "gmt time"):
            form = arg or _CLF_STAMP
            stamps[code.field] = form
            regex = _stamp_regex(form)
        if token.group("pad"):
            pieces.append(Piece(None, " *"))
        elif token.group("quote") == '"' and not before.endswith('"'):
            regex = f'"{regex}"'
        field = code.field if code.field not in taken else f"{code.field} {at}"
        taken.add(field)
        pieces.append(Piece(field, regex))
    return tuple(pieces), stamps


def _time_columns(cell: dict[str, pl.Expr], stamps: dict[str, str]) -> Columns:
    """The time of a line in a logformat: epoch, GMT, or local with or without its offset."""
    if "seconds" in cell:
        seconds = cell["seconds"]
        if "subsecond" in cell:
            seconds = pl.concat_str(seconds, pl.lit("."), cell["subsecond"].str.zfill(3))
        return {"time": clock.epoch_seconds(seconds)}
    if "gmt time" in cell:
        form = stamps["gmt time"].replace(" %z", "").replace("%z", "")
        text = cell["gmt time"].str.replace(r" ?[+-][0-9]{4}$", "")
        return {"time": clock.naive(text, form).dt.replace_time_zone("UTC")}
    form = stamps["local time"]
    if "%z" in form:
        offset = cell["local time"].str.to_datetime(
            form, strict=False, time_unit="us", time_zone="UTC"
        )
        return {"time": offset}
    return {"local_time": clock.naive(cell["local time"], form)}


def _logformat_columns(pattern: Pattern, stamps: dict[str, str]) -> Columns:
    cell = {name: missing_to_null(value) for name, value in pattern.cells().items()}
    null = pl.lit(None, dtype=pl.String)
    status = _status(cell.get("status", null))
    method = cell.get("method", null)
    code = cell.get("result code", null)
    users = [cell[n] for n in ("user", "login", "external user", "ident") if n in cell]
    return {
        "reason": pattern.reason(),
        **_time_columns(cell, stamps),
        "client_ip": cell.get("client", cell.get("client name", null)),
        "user": (pl.coalesce(*users) if users else null).str.replace_all("%5[Cc]", "\\"),
        "method": method,
        "url": cell.get("url", null),
        "scheme": cell.get("scheme", null),
        "host": pl.coalesce(cell.get("host", null), cell.get("sni", null)),
        "port": integer(cell.get("port", null)),
        "path": cell.get("path", null),
        "status": status,
        "action": decide(code, status),
        "bytes_received": integer(cell.get("reply bytes", null)),
        "bytes_sent": integer(cell.get("request bytes", null)),
        "referrer": cell.get("referrer", null),
        "user_agent": cell.get("user agent", null),
        "evidence": _evidence(method),
        "setup": opens_intercepted_tunnel(code, method),
    }


def from_logformat(logformat: str) -> Format:
    """A format for Squid's own `logformat` string, as it stands in squid.conf.

    A leading `logformat NAME` is taken off. Raises UsageError where the string names no time or
    nothing that holds the request's host.
    """
    text = re.sub(r"^\s*logformat\s+\S+\s+", "", logformat).strip()
    pieces, stamps = _pieces(text)
    pattern = Pattern(pieces)
    if not {"seconds", "local time", "gmt time"} & set(pattern.names):
        raise UsageError("--squid-logformat: no time in it; logan needs one of %ts %tl %tg")
    if not {"url", "host", "sni"} & set(pattern.names):
        raise UsageError("--squid-logformat: no host in it; logan needs one of %ru %>rd %ssl::>sni")

    def check(line: str, layout: Layout) -> Fault | None:
        del layout
        return pattern.fault(line)

    def columns(layout: Layout) -> Columns:
        del layout
        return _logformat_columns(pattern, stamps)

    return Format(
        name="squid-logformat",
        title="Squid with the logformat given",
        definition=f"logformat {text}",
        shows=NATIVE.shows,
        check=check,
        columns=columns,
        rank=9,
        samples=(),
        near_misses=(),
    )
