"""Splunk search results with extracted fields, in the words of its common information model.

Definition: docs.splunk.com, Export search results; CIM, Web data model (url, site, src, user ...).
Results that hold `_raw` are envelopes: their lines are read by their own formats. `bytes_in` and
`bytes_out` are left out: add-ons fill them from either side. `_time` carries its offset in exports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects, unopened
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.delimited_cells import split
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions, Head, Layout, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, first_filled, matched, where

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
_MISSING: Final = ("", "-", "unknown")


class _Results(Delimited):
    """Results whose header names a site and somebody who asked for it: others are no requests."""

    def layout(self, head: Head) -> Layout | None:
        """By the header; None where it names no site or nobody."""
        found = super().layout(head)
        sites = {*_NAMES["url"], *_NAMES["host"], *_NAMES["asked"]}
        people = {*_NAMES["user"], *_NAMES["source"]}
        names = set(found.names) if found is not None else set()
        return found if names & sites and names & people else None


_ROWS: Final = _Results(needs={"_time": _STAMP}, missing=_MISSING)
_OBJECT: Final = JsonObject(
    (
        need("_time", regex=f"^(?:{_STAMP})$"),
        need("url", "site", "url_domain", "dest_host", "query"),
        need("src", "src_ip", "user"),
    ),
    wrappers=("result",),
    missing=_MISSING,
)


def _learn_order(layout: Layout, records: Sequence[str]) -> Layout:
    """The order of day and month, where stamps are written so."""
    at = layout.names.index("_time")
    rows = (split(line, layout.cells.separator or ",") for line in records)
    stamps = [row[at] for row in rows if row and len(row) > at]
    return dates.with_order(layout, stamps) if any("/" in one for one in stamps) else layout


def _time(cell: Cells) -> Expressions:
    stamp = cell["_time"]
    instant = pl.coalesce(clock.iso_offset(stamp), clock.epoch(stamp))
    wall = clock.naive(stamp.str.replace("T", " ", literal=True), "%Y-%m-%d %H:%M:%S%.f")
    return {"time": instant, "local_time": pl.when(instant.is_null()).then(wall)}


def _time_of_rows(cell: Cells) -> Expressions:
    times = _time(cell)
    wall = dates.date_time(cell["_time"], cell.layout)
    return {**times, "local_time": pl.coalesce(times["local_time"], wall)}


def _host(cell: Cells) -> pl.Expr:
    looked_up = pl.when(cell["looked up"]).then(cell["query"])
    return looked_up.when(cell["bare"]).then(cell["site"])


def _beside_path(name: str) -> Derivation:
    """A part of the request, where the address is no whole one."""
    return lambda cell: pl.when(cell["bare"] & ~cell["looked up"]).then(cell[name])


def _closed(cell: Cells) -> pl.Expr:
    return cell["address"].is_null() | unopened("http_method", "address")(cell)


def _names_none(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["address"], cell["site"], cell["query"]).is_null()


_COLUMNS: Final = Columns(
    time=Stamp("local", _time),
    user=_NAMES["user"],
    client_ip=_NAMES["source"],
    method="http_method",
    url="address",
    host=_host,
    port=lambda cell: integer(_beside_path("dest_port")(cell)),
    path=_beside_path("uri_path"),
    query=_beside_path("uri_query"),
    status="status",
    action=matched(
        _NAMES["decision"],
        allowed="allow.*|permit.*|pass.*|success|observed|proxied|tcp_(?:nc_)?(?:miss|hit).*",
        blocked="block.*|den[iy].*|drop.*|tcp_denied.*",
        status="status",
    ),
    referrer=_NAMES["referrer"],
    user_agent="http_user_agent",
    evidence=connects(_closed, look_up=lambda cell: cell["looked up"]),
    repeat=where(_names_none, "no request: a result that names no host"),
    derived={
        "address": first_filled(*_NAMES["url"]),
        "site": first_filled(*_NAMES["host"]),
        "looked up": lambda cell: cell["query"].is_not_null() & cell["address"].is_null(),
        "bare": lambda cell: cell["address"].is_null() | cell["address"].str.starts_with("/"),
    },
)
_NOTE: Final = "What an add-on extracted; export _raw beside it and the gateway's own line is read."
_DEFINITION: Final = "docs.splunk.com, Common Information Model, Web and Network Resolution"
_HEADER: Final = '"_time",action,"http_method",src,status,url,user\n'
_ROW: Final = ',allowed,GET,10.1.2.3,200,"https://www.example.com/a?b=c,d",jdoe'
CSV: Final = Format(
    name="splunk-csv",
    title="Splunk results, CSV",
    definition=_DEFINITION,
    reader=_ROWS,
    learns=_learn_order,
    columns=replace(_COLUMNS, time=Stamp("local", _time_of_rows)),
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=0,
    samples=(
        Sample(
            _HEADER + '"2024-01-01T10:00:00.123+0000"' + _ROW,
            "time=2024-01-01T10:00:00.123000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c,d status=200 action=allowed evidence=url",
            also=(_HEADER + "1704103200.123" + _ROW,),
        ),
    ),
    near_misses=('"_time",count\n"2024-01-01T10:00:00.000+0000",7', _HEADER + "noon" + _ROW),
)
JSON: Final = Format(
    name="splunk",
    title="Splunk results, JSON",
    definition=_DEFINITION,
    reader=_OBJECT,
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=0,
    samples=(
        Sample(
            '{"preview":false,"offset":0,"result":{"_time":"2024-01-01T10:00:00.123+0000",'
            '"src":"10.1.2.3","user":"jdoe","url":"https://www.example.com/a?b=c",'
            '"http_method":"POST","status":"200","action":"blocked"}}',
            "time=2024-01-01T10:00:00.123000Z user=jdoe client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com/a?b=c status=200 action=blocked evidence=url",
        ),
    ),
    near_misses=('{"result":{"_time":"2024-01-01T10:00:00.123+0000","count":"7"}}',),
)
