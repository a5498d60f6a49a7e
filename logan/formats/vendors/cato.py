"""Cato Networks: the events feed as JSON (the API's records, flat objects in storage).

Definition: support.catonetworks.com, Events Integration and the events feed's field reference. Only
events of the firewall for the internet, its TLS and its anti-malware kinds name a site;
connectivity and system events are no requests. `time` is the epoch in milliseconds.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.json_lines import Shape, need
from logan.formats.engine.verdicts import decided

_SHAPE: Final = Shape(
    (
        need("event_type", regex="^[A-Z][A-Za-z ]+$"),
        need("event_sub_type"),
        need("time", "time_str", "event_timestamp", regex="^[0-9]{4}"),
        need("account_id", "internalId", "src_site_name", "src_is_site_or_vpn", "pop_name"),
    ),
    wrappers=("fieldsMap", "fields"),
)
_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "kind": "event_sub_type",
    "time": ("time", "time_str", "event_timestamp"),
    "user": ("vpn_user_email", "user_name", "user_awareness_username", "user_display_name"),
    "source": "src_ip",
    "method": "http_request_method",
    "url": ("full_path_url", "url"),
    "host": ("domain_name", "http_host_name", "tls_sni", "destination_name"),
    "port": "dest_port",
    "decision": "action",
    "referrer": "referer_url",
    "agent": "user_agent",
}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    asked = pl.coalesce(cell["url"], cell["host"])
    seen = cell["method"].is_not_null() | asked.str.contains("[^/:]/", literal=False)
    return {
        "reason": _SHAPE.reason_at(layout),
        "repeat": pl.when(asked.is_null()).then(
            pl.concat_str(pl.lit("no request: a Cato event of the kind "), cell["kind"])
        ),
        "time": pl.coalesce(clock.epoch(cell["time"]), clock.iso_offset(cell["time"])),
        "user": cell["user"],
        "client_ip": cell["source"],
        "method": cell["method"].str.to_uppercase(),
        "url": asked,
        "port": integer(cell["port"]),
        "action": decided(
            cell["decision"], allowed="monitor|allow|prompt-proceed|alert|rbi", blocked="block.*"
        ),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": pl.when(
            seen.fill_null(value=False) & (cell["method"] != "CONNECT").fill_null(value=True)
        )
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect")),
    }


_LINE: Final = (
    '{"account_id":"1","action":"Monitor","application":"Example","dest_ip":"192.0.2.1",'
    '"dest_port":443,"domain_name":"www.example.com","event_count":1,"event_type":"Security",'
    '"event_sub_type":"Internet Firewall","internalId":"x","rule_name":"Any",'
    '"src_ip":"10.1.2.3","src_is_site_or_vpn":"Site","src_site_name":"HQ",'
    '"time":1704103200123,"user_name":"Jane Doe"}'
)
CATO: Final = Format(
    name="cato",
    title="Cato Networks events",
    definition="support.catonetworks.com, Events Feed field reference",
    shows=Shows(
        user=True,
        evidence=("connect", "url"),
        bytes="none",
        clock="utc",
        note="An event may stand for several connections (event_count).",
    ),
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    layout=_SHAPE.layout,
    rank=7,
    samples=(
        _LINE,
        '{"time":"2024-01-01T10:00:00Z","fieldsMap":' + _LINE.replace('"Monitor"', '"Block"') + "}",
        (
            '{"account_id":"1","event_type":"Connectivity","event_sub_type":"Connected",'
            '"time":1704103200123,"src_site_name":"HQ","pop_name":"London"}'
        ),
    ),
    near_misses=(
        '{"event_type":"http","event_sub_type":"x","time":1704103200123,"account_id":"1"}',
        _LINE.replace('"event_sub_type":"Internet Firewall",', ""),
    ),
)
