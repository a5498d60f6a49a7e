"""Zeek's http, ssl and dns logs, as TSV with their headers and as JSON lines.

Definition: docs.zeek.org, logs/http, logs/ssl, logs/dns and frameworks/logging (ASCII writer:
`#separator`, `#fields`, `-` for unset, `(empty)`; JSON writer: unset keys are left out). A sensor
sees the wire: it knows no user and takes no decision. TSV escapes bytes as `\\xNN`.
"""

import json
import re
from typing import Final, Literal

import polars as pl

from logan.formats import clock
from logan.formats.base import (
    TEXT,
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

Log = Literal["http", "ssl", "dns"]
_MISSING: Final = ("-", "(empty)", "")
#: Columns without which a line is no record of the log, and that tell the logs apart.
_NEEDED: Final[dict[Log, tuple[str, ...]]] = {
    "http": ("ts", "id.orig_h", "trans_depth", "method", "host", "uri"),
    "ssl": ("ts", "id.orig_h", "server_name"),
    "dns": ("ts", "id.orig_h", "query", "qtype_name"),
}
#: Keys that every JSON line of the log carries, set or not.
_JSON_MARKS: Final[dict[Log, tuple[str, ...]]] = {
    "http": ("trans_depth",),
    "ssl": ("resumed", "established"),
    "dns": ("trans_id", "rejected"),
}
_READ: Final = (
    "ts",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "method",
    "host",
    "uri",
    "referrer",
    "user_agent",
    "request_body_len",
    "response_body_len",
    "status_code",
    "username",
    "server_name",
    "query",
)


def _record(log: Log, cell: dict[str, pl.Expr]) -> Columns:
    """The raw columns of one log; a lookup has no method and a handshake no path."""
    common = {"client_ip": cell["id.orig_h"], "action": pl.lit("unknown")}
    port = integer(cell["id.resp_p"])
    if log == "dns":
        return {**common, "host": cell["query"], "evidence": pl.lit("dns")}
    if log == "ssl":
        host = {"host": cell["server_name"], "port": port, "evidence": pl.lit("connect")}
        return {**common, **host}
    # A proxy on the wire: the request line holds the whole address, Host may be the proxy's view.
    absolute = cell["uri"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://") | (
        cell["method"] == "CONNECT"
    )
    return {
        **common,
        "user": cell["username"],
        "method": cell["method"],
        "scheme": pl.when(~absolute).then(pl.lit("http")).otherwise(None),
        "url": cell["uri"],
        "host": pl.when(absolute).then(None).otherwise(cell["host"]),
        "port": pl.when(absolute).then(None).otherwise(port),
        "status": integer(cell["status_code"]),
        "bytes_sent": integer(cell["request_body_len"]),
        "bytes_received": integer(cell["response_body_len"]),
        "referrer": cell["referrer"],
        "user_agent": cell["user_agent"],
        "evidence": pl.when(cell["method"] == "CONNECT")
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
    }


def _pattern(layout: Layout) -> Pattern:
    pieces = [
        Piece(name, "[0-9]+(?:\\.[0-9]+)?" if name == "ts" else "[^\t]*") for name in layout.names
    ]
    return Pattern(separated(pieces, "\t"))


def _unescaped(cell: pl.Expr) -> pl.Expr:
    """`\\xNN` of printable ASCII as the character; other escapes stay, so that nothing is lost."""
    codes = [f"\\x{code:02x}" for code in range(0x20, 0x7F)]
    plain = [chr(code) for code in range(0x20, 0x7F)]
    return cell.str.replace_many(codes, plain, ascii_case_insensitive=True)


def _tsv_columns(log: Log, layout: Layout) -> Columns:
    pattern = _pattern(layout)
    cells = pattern.cells()
    null = pl.lit(None, dtype=pl.String)
    read = {
        name: missing_to_null(_unescaped(cells[name]), _MISSING) if name in cells else null
        for name in _READ
    }
    return {
        "reason": pattern.reason(),
        "time": clock.epoch_seconds(read["ts"]),
        **_record(log, read),
    }


def follow(layout: Layout, line: str) -> Layout:
    """The layout after a header line; `#close` and the rest change nothing."""
    name, _, value = line.partition("\t")
    if name == "#fields":
        return Layout(tuple(value.split("\t")), None, layout.options)
    if name == "#path":
        return layout.with_option("path", value.strip())
    return layout


def _tsv_layout(log: Log, head: Head) -> Layout | None:
    layout = Layout()
    for line in head.lines:
        if line.startswith("#"):
            layout = follow(layout, line)
        elif layout.names:
            break
    fits = set(_NEEDED[log]) <= set(layout.names)
    path = layout.option("path")
    return layout if fits and (path is None or path.startswith(log)) else None


def _json_columns(log: Log) -> Columns:
    read = {
        name: missing_to_null(TEXT.str.json_path_match(f"$['{name}']"), _MISSING) for name in _READ
    }
    ts = read["ts"]
    valid = TEXT.str.json_path_match("$").is_not_null()
    marked = pl.any_horizontal(
        TEXT.str.json_path_match(f"$['{key}']").is_not_null() for key in _JSON_MARKS[log]
    )
    return {
        "reason": pl.when(~valid)
        .then(pl.lit("not a JSON object"))
        .when(ts.is_null())
        .then(pl.lit("ts: missing"))
        .when(~marked)
        .then(pl.lit(f"{_JSON_MARKS[log][0]}: missing, so no Zeek {log} record"))
        .otherwise(None),
        "time": pl.coalesce(clock.epoch_seconds(ts), clock.iso_offset(ts)),
        **_record(log, read),
    }


def _check_json(log: Log, line: str) -> Fault | None:
    try:
        record = json.loads(line)
    except ValueError:
        return Fault("JSON", line)
    if not isinstance(record, dict):
        return Fault("JSON object", line)
    if "ts" not in record or "id.orig_h" not in record:
        return Fault("ts and id.orig_h", line)
    if not any(key in record for key in _JSON_MARKS[log]):
        return Fault(_JSON_MARKS[log][0], line)
    return None


_EPOCH_KEY: Final = re.compile(r'[{,]"ts": ?[0-9]{8}(?=[0-9]{2}\.)')
_ISO_KEY: Final = re.compile(r'[{,]"ts": ?"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:')


def _json_stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """The key and what follows it up to the hour (or up to 100 seconds of the epoch)."""
    del layout
    found = _EPOCH_KEY.search(line) or _ISO_KEY.search(line)
    return found.span() if found else None


def _tsv_stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    opens = layout.names[:1] == ("ts",) and re.match(r"[0-9]{10}\.", line)
    return (0, 8) if opens else None


_SHOWS: Final[dict[Log, Shows]] = {
    "http": Shows(user=False, evidence=("url",), bytes="both", clock="utc"),
    "ssl": Shows(user=False, evidence=("connect",), bytes="none", clock="utc"),
    "dns": Shows(user=False, evidence=("dns",), bytes="none", clock="utc"),
}
_TSV_SAMPLES: Final[dict[Log, str]] = {
    "http": "#separator \\x09\n#path\thttp\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi"
    "\treferrer\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\n"
    "1704103200.123456\tCx\t10.1.2.3\t50000\t203.0.113.9\t80\t1\tGET\twww.example.com\t/a?b=c\t-"
    "\tMozilla/5.0\t0\t512\t200",
    "ssl": "#separator \\x09\n#path\tssl\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tversion\tserver_name\n"
    "1704103200.123456\tCx\t10.1.2.3\t50000\t203.0.113.9\t443\tTLSv13\twww.example.com",
    "dns": "#separator \\x09\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\n"
    "1704103200.123456\tCx\t10.1.2.3\t50000\t203.0.113.9\t53\tudp\twww.example.com\tA",
}
_JSON_SAMPLES: Final[dict[Log, str]] = {
    "http": '{"ts":1704103200.123456,"uid":"Cx","id.orig_h":"10.1.2.3","id.resp_p":80,'
    '"trans_depth":1,"method":"GET","host":"www.example.com","uri":"/a?b=c","status_code":200}',
    "ssl": '{"ts":"2024-01-01T10:00:00.123456Z","uid":"Cx","id.orig_h":"10.1.2.3","id.resp_p":443,'
    '"server_name":"www.example.com","resumed":false,"established":true}',
    "dns": '{"ts":1704103200.123456,"uid":"Cx","id.orig_h":"10.1.2.3","id.resp_p":53,'
    '"trans_id":7,"query":"www.example.com","qtype_name":"A","rejected":false}',
}


def _tsv(log: Log) -> Format:
    return Format(
        name=f"zeek-{log}-tsv",
        title=f"Zeek {log}.log, TSV",
        definition=f"docs.zeek.org/en/master/logs/{log}.html",
        shows=_SHOWS[log],
        check=lambda line, layout: _pattern(layout).fault(line),
        columns=lambda layout: _tsv_columns(log, layout),
        layout=lambda head: _tsv_layout(log, head),
        directive="#",
        follow=follow,
        stamp_span=_tsv_stamp_span,
        rank=6,
        samples=(_TSV_SAMPLES[log],),
        near_misses=("#fields\tts\tuid\n1704103200.1\tCx",),
    )


def _json(log: Log) -> Format:
    other = _JSON_SAMPLES["dns" if log != "dns" else "http"]
    return Format(
        name=f"zeek-{log}-json",
        title=f"Zeek {log}.log, JSON",
        definition=f"docs.zeek.org/en/master/logs/{log}.html",
        shows=_SHOWS[log],
        check=lambda line, layout: _check_json(log, line),
        columns=lambda layout: _json_columns(log),
        stamp_span=_json_stamp_span,
        rank=6,
        samples=(_JSON_SAMPLES[log],),
        near_misses=(other,),
    )


FORMATS: Final = tuple(make(log) for log in _NEEDED for make in (_tsv, _json))
