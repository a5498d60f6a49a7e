"""Blue Coat (Symantec, Broadcom) ProxySG and Cloud SWG as events: key=value over syslog, and JSON.

Definitions: Broadcom, ProxySG custom access log formats for Splunk (SPLV5.1, `splunk_format`: ELFF
names as keys; the time in front may run into the host's name, and is local where it does not end
in Z) and Cloud SWG Access Log Formats (JSON with ELFF names). What the fields mean is in
`logan.formats.engine.elff`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, elff
from logan.formats.engine.base import TEXT, Columns, Format, Head, Layout, Shows
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.json_lines import Shape, need, prepared, stamp_span
from logan.formats.engine.keyvalue import PairFormat, Pairs

#: Keys that logan reads, by their ELFF names in lower case; each custom format spells them its way.
_KEYS: Final = {
    "c-ip": ("c-ip",),
    "cs-username": ("cs-username", "cs-userdn", "cs-user"),
    "cs-method": ("cs-method",),
    "cs-host": ("cs-host",),
    "cs-uri-scheme": ("cs-uri-scheme",),
    "cs-uri-port": ("cs-uri-port",),
    "cs-uri-path": ("cs-uri-path",),
    "cs-uri-query": ("cs-uri-query",),
    "sc-status": ("sc-status",),
    "s-action": ("s-action",),
    "sc-filter-result": ("sc-filter-result",),
    "x-exception-id": ("x-exception-id",),
    "sc-bytes": ("sc-bytes",),
    "cs-bytes": ("cs-bytes",),
    "x-cookie-date": ("x-cookie-date",),
    "cs(user-agent)": (
        "cs-User-Agent",
        "cs(User-Agent)",
        "cs(user-agent)",
        "cs_User_Agent",
        "cs-user-agent",
    ),
    "cs(referer)": ("cs-Referer", "cs(Referer)", "cs(referer)", "cs_Referer", "cs-referer"),
}
_SPELLINGS: Final = tuple(key for keys in _KEYS.values() for key in keys)
_PAIRS: Final = PairFormat(
    pairs=Pairs(keys=_SPELLINGS),
    keys=_SPELLINGS,
    needs={
        "c-ip": ADDRESS,
        "cs-host": "[^ ]+",
        "s-action|sc-filter-result": "[A-Z][A-Z_]+",
    },
)
_STAMP: Final = (
    r"^[^=]*?([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)"
)


def _pairs_layout(head: Head) -> Layout:
    """Whether lines carry the time that ProxySG was told to put in front of them."""
    stamped = sum(re.match(_STAMP, line) is not None for line in head.lines)
    return Layout().with_fact("stamped") if stamped * 2 > len(head.lines) else Layout()


def _pairs_columns(layout: Layout) -> Columns:
    cell = {name: pl.coalesce(_PAIRS.cells[key] for key in keys) for name, keys in _KEYS.items()}
    columns = {**elff.columns(cell, layout), "reason": _PAIRS.reason()}
    columns.pop("time", None)
    if "stamped" not in layout.facts:
        return columns
    stamp = TEXT.str.extract(_STAMP)
    # `Fri,%2011-Jul-25%2010:45:10%20GMT`: the same moment, and its zone is never in doubt
    cookie = cell["x-cookie-date"].str.extract("^[A-Z][a-z]{2},(?:%20| )(.*)(?:%20| )GMT$")
    gmt = clock.naive(cookie.str.replace_all("%20", " "), "%d-%b-%y %H:%M:%S")
    time = pl.coalesce(clock.iso_offset(stamp), gmt.dt.replace_time_zone("UTC"))
    local = clock.naive(stamp.str.replace("T", " "), "%Y-%m-%d %H:%M:%S%.f")
    return {**columns, "time": time, "local_time": pl.when(time.is_null()).then(local)}


_EPOCHS: Final = ("x-timestamp-unix", "timestamp")
_SHAPE: Final = Shape(
    (
        need("c-ip", "x-client-ip", regex=f"^{ADDRESS}$"),
        need("cs-host"),
        need("date", *_EPOCHS, regex="^[0-9]"),
        need("sc-filter-result", "s-action", regex="^[A-Za-z][A-Za-z_-]+$"),
    ),
    wrappers=("event",),
)


_CELLS: Final = {
    **_KEYS,
    **{name: (name,) for name in ("cs-userdn", "cs-user", "date", "time", *_EPOCHS)},
}


def _json_prepare(layout: Layout) -> Sequence[Columns]:
    return _SHAPE.prepare(layout, _CELLS)


def _json_columns(layout: Layout) -> Columns:
    cell = prepared(_CELLS)
    epochs = [clock.epoch(cell.pop(name)) for name in _EPOCHS]
    columns = {**elff.columns(cell, layout), "reason": _SHAPE.reason_at(layout)}
    day = columns.pop("local_time").dt.replace_time_zone("UTC")
    return {**columns, "time": pl.coalesce(day, *epochs)}


def _json_span(line: str, layout: Layout) -> tuple[int, int] | None:
    del layout
    return stamp_span(line, "x-timestamp-unix")


_SHOWS: Final = Shows(user=True, evidence=("url", "connect"), bytes="both", clock="utc")
_SAMPLE: Final = (
    'c-ip=10.1.2.3 cs-bytes=640 cs-categories="News" cs-host=www.example.com cs-method=GET '
    'cs-uri-path=/a cs-uri-port=443 cs-uri-query="?b=c" cs-uri-scheme=https '
    'cs-User-Agent="Mozilla/5.0 (X11)" cs-username=FORCE\\jdoe s-action=TCP_NC_MISS sc-bytes=5120 '
    "sc-filter-result=OBSERVED sc-status=200 time-taken=20"
)
PAIRS: Final = Format(
    name="bluecoat-pairs",
    title="ProxySG, key=value (Splunk formats)",
    definition="Broadcom, ProxySG custom access log format for Splunk",
    shows=replace(_SHOWS, clock="local", note="A stamp that ends in Z is UTC, others are local."),
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    columns=_pairs_columns,
    prepare=_PAIRS.prepare,
    layout=_pairs_layout,
    rank=7,
    samples=(
        f"2024-01-10T13:55:36.000z sg1 bluecoat[0]: SPLV5.1 {_SAMPLE}",
        f"2024-01-10T13:55:36sg1.force.example bluecoat - splunk_format - {_SAMPLE}",
        f"<134>1 2024-01-10T13:55:36.000z sg1 bluecoat - splunk_format - {_SAMPLE}",
    ),
    near_misses=(
        "2024-01-10T13:55:36Z sg1 app: c-ip=10.1.2.3 cs-host=www.example.com",
        "2024-01-10T13:55:36Z sg1 app: cs-host=www.example.com sc-filter-result=OBSERVED",
    ),
)
JSON: Final = Format(
    name="bluecoat-json",
    title="Cloud SWG, JSON with ELFF names",
    definition="Broadcom, Cloud SWG Access Log Formats",
    shows=_SHOWS,
    check=_SHAPE.check,
    signs=_SHAPE.signs,
    columns=_json_columns,
    prepare=_json_prepare,
    layout=_SHAPE.layout,
    stamp_span=_json_span,
    rank=7,
    samples=(
        (
            '{"x-bluecoat-request-tenant-id":"7","date":"2024-01-10","time":"13:55:36",'
            '"c-ip":"10.1.2.3","cs-userdn":"jdoe@force.example","x-exception-id":"-",'
            '"sc-filter-result":"OBSERVED","cs(Referer)":"-","sc-status":"200",'
            '"s-action":"TCP_NC_MISS","cs-method":"GET","cs-uri-scheme":"https",'
            '"cs-host":"www.example.com","cs-uri-port":"443","cs-uri-path":"/a",'
            '"cs-uri-query":"?b=c","cs(User-Agent)":"Mozilla/5.0","sc-bytes":"5120",'
            '"cs-bytes":"640"}'
        ),
        (
            '{"x-timestamp-unix":1704894936,"c-ip":"10.1.2.3","cs-host":"www.example.com",'
            '"s-action":"TCP_TUNNELED","cs-method":"CONNECT"}'
        ),
    ),
    near_misses=(
        '{"date":"2024-01-10","time":"13:55:36","c-ip":"10.1.2.3","cs-host":"www.example.com"}',
        '{"cs-host":"www.example.com","s-action":"TCP_HIT"}',
    ),
)
FORMATS: Final = (PAIRS, JSON)
