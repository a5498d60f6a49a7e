"""Splunk search results with extracted fields, in the words of its common information model.

Definition: docs.splunk.com, Export search results; CIM, Web data model (url, site, src, user ...).
Results that hold `_raw` are envelopes: their lines are read by their own formats. `bytes_in` and
`bytes_out` are left out: add-ons fill them from either side. `_time` carries its offset in exports.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.delimited import Rows, split
from logan.formats.engine.json_lines import Shape, need
from logan.formats.engine.verdicts import decided

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("_time",),
    "user": ("user", "src_user"),
    "source": ("src_ip", "src", "c_ip"),
    "method": ("http_method",),
    "url": ("url", "uri"),
    "host": ("url_domain", "site", "dest_host", "dest"),
    "port": ("dest_port",),
    "path": ("uri_path",),
    "query": ("uri_query",),
    "asked": ("query",),
    "status": ("status",),
    "decision": ("action", "vendor_action"),
    "referrer": ("http_referrer", "http_referer"),
    "agent": ("http_user_agent",),
}
_ISO: Final = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}(?:[.][0-9]+)?(?: ?[A-Z]{1,4}| ?[+-][0-9:]{4,6})?"
)
_STAMP: Final = rf"{_ISO}|[0-9]{{10}}(?:\.[0-9]+)?|[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2,4}} .*"
_ROWS: Final = Rows(
    needs={"_time": _STAMP},
    columns=tuple(name for names in _NAMES.values() for name in names),
    missing=("", "-", "unknown"),
    separators=(",", "\t"),
)
_SHAPE: Final = Shape(
    (
        need("_time", regex=f"^(?:{_STAMP})$"),
        need("url", "site", "url_domain", "dest_host", "query"),
        need("src", "src_ip", "user"),
    ),
    wrappers=("result",),
)


def _record(cell: Mapping[str, pl.Expr]) -> Columns:
    look_up = (cell["asked"].is_not_null() & cell["url"].is_null()).fill_null(value=False)
    tunnel = (cell["method"].str.to_uppercase() == "CONNECT").fill_null(value=False)
    own = cell["url"].is_null() | cell["url"].str.starts_with("/")
    stamp = cell["time"]
    instant = pl.coalesce(clock.iso_offset(stamp), clock.epoch(stamp))
    return {
        "repeat": pl.when(pl.coalesce(cell["url"], cell["host"], cell["asked"]).is_null()).then(
            pl.lit("no request: a result that names no host")
        ),
        "time": instant,
        "local_time": pl.when(instant.is_null()).then(_wall(stamp)),
        "user": cell["user"],
        "client_ip": cell["source"],
        "method": cell["method"],
        "url": cell["url"],
        "host": pl.when(look_up).then(cell["asked"]).when(own).then(cell["host"]),
        "port": pl.when(own & ~look_up).then(integer(cell["port"])),
        "path": pl.when(own & ~look_up).then(cell["path"]),
        "query": pl.when(own & ~look_up).then(cell["query"]),
        "status": integer(cell["status"]),
        "action": decided(
            cell["decision"],
            allowed="allow.*|permit.*|pass.*|success|observed|proxied|tcp_(?:nc_)?(?:miss|hit).*",
            blocked="block.*|den[iy].*|drop.*|tcp_denied.*",
        ),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(look_up)
        .then(pl.lit("dns"))
        .when(cell["url"].is_null() | tunnel)
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
    }


def _wall(stamp: pl.Expr) -> pl.Expr:
    return clock.naive(stamp.str.replace("T", " ", literal=True), "%Y-%m-%d %H:%M:%S%.f")


def _csv_layout(head: Head) -> Layout | None:
    layout = _ROWS.header(head)
    named = {*_NAMES["url"], *_NAMES["host"], *_NAMES["asked"]}
    people = {*_NAMES["user"], *_NAMES["source"]}
    if layout is None or not named & set(layout.names) or not people & set(layout.names):
        return None
    at = layout.names.index("_time")
    rows = (split(line, layout.cells.separator or ",") for line in head.lines)
    stamps = [row[at] for row in rows if row and len(row) > at]
    return dates.with_order(layout, stamps) if any("/" in one for one in stamps) else layout


def _csv_columns(layout: Layout) -> Columns:
    cells = _ROWS.cells(layout)
    cell = {name: pl.coalesce(cells[key] for key in keys) for name, keys in _NAMES.items()}
    columns = dict(_record(cell))
    wall = dates.date_time(cell["time"], layout)
    columns["local_time"] = pl.coalesce(columns["local_time"], wall)
    return {"reason": _ROWS.reason(layout), **columns}


def _json_columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, dict(_NAMES), ("", "-", "unknown"))
    return {"reason": _SHAPE.reason_at(layout), **_record(cell)}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect", "dns"),
    bytes="none",
    clock="local",
    note="What an add-on extracted; export _raw beside it and the gateway's own line is read.",
)
_DEFINITION: Final = "docs.splunk.com, Common Information Model, Web and Network Resolution"
_HEADER: Final = '"_time",action,"http_method",src,status,url,user\n'
_ROW: Final = ',allowed,GET,10.1.2.3,200,"https://www.example.com/a?b=c,d",jdoe'
CSV: Final = Format(
    name="splunk-csv",
    title="Splunk results, CSV",
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_csv_columns,
    layout=_csv_layout,
    follow=_ROWS.follow,
    framing="csv",
    rank=0,
    samples=(
        _HEADER + '"2024-01-01T10:00:00.123+0000"' + _ROW,
        _HEADER + "1704103200.123" + _ROW,
    ),
    near_misses=('"_time",count\n"2024-01-01T10:00:00.000+0000",7', _HEADER + "noon" + _ROW),
)
JSON: Final = Format(
    name="splunk",
    title="Splunk results, JSON",
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_check,
    signs=_SHAPE.signs,
    columns=_json_columns,
    layout=_SHAPE.layout,
    rank=0,
    samples=(
        (
            '{"preview":false,"offset":0,"result":{"_time":"2024-01-01T10:00:00.123+0000",'
            '"src":"10.1.2.3","user":"jdoe","url":"https://www.example.com/a?b=c",'
            '"http_method":"POST","status":"200","action":"blocked"}}'
        ),
    ),
    near_misses=('{"result":{"_time":"2024-01-01T10:00:00.123+0000","count":"7"}}',),
)
FORMATS: Final = (CSV, JSON)
