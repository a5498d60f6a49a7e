"""SentinelOne's Deep Visibility events: what a device looked up, and the addresses it opened.

Definition: SentinelOne, Cloud Funnel 2.0, Deep Visibility fields. Times are UTC. The user is that
of the process that asked. Some sensors write the type of the record before the name.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, looks_up
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch, first, iso_utc
from logan.formats.engine.values import Cells, Derivation, where


def _of_category(name: str, cell: str) -> Derivation:
    return lambda cells: pl.when(cells["event.category"] == name).then(cells[cell])


def _asked(cell: Cells) -> pl.Expr:
    return _of_category("dns", "event.dns.request")(cell).str.replace("^type: *[0-9]+ +", "")


def _is_neither(cell: Cells) -> pl.Expr:
    return cell["asked"].is_null() & cell["url"].is_null()


_SENTINEL: Final = (
    '{"timestamp":"13:55:36.495","event.category":"dns","event.type":"DNS Resolved",'
    '"meta.event.name":"DNS","dataSource.name":"SentinelOne","event.time":1704894936495,'
    '"endpoint.name":"ws12","agent.uuid":"a1","src.process.user":"FORCE\\\\jdoe",'
    '"src.process.name":"msedge.exe","event.dns.request":"www.example.com",'
    '"event.dns.response":"203.0.113.9;"}'
)
_CLICK: Final = (
    '{"event.category":"url","event.type":"GET","event.url.action":"GET","meta.event.name":"HTTP",'
    '"dataSource.name":"SentinelOne","event.time":1704894936475,"endpoint.name":"ws12",'
    '"agent.uuid":"a1","src.process.user":"FORCE\\\\jdoe",'
    '"url.address":"http://www.example.com/a?b=c"}'
)
SENTINELONE: Final = Format(
    name="sentinelone",
    title="SentinelOne Cloud Funnel (Deep Visibility), JSON",
    definition="SentinelOne, Cloud Funnel 2.0, event fields",
    reader=JsonObject(
        (
            need("event.category"),
            need("event.time", "timestamp", regex="^[0-9]{12,}$|^[0-9]{4}-[0-9]{2}-"),
            need("agent.uuid", "endpoint.uid"),
            need("meta.event.name", "event.type"),
        ),
    ),
    columns=Columns(
        time=first(epoch("event.time"), iso_utc("timestamp")),
        user="src.process.user",
        client_ip=("src.ip.address", "endpoint.name"),
        action=None,
        method=_of_category("url", "event.url.action"),
        host="asked",
        url="url",
        evidence=looks_up(lambda cell: cell["asked"].is_not_null()),
        repeat=where(_is_neither, "no request: an event that names no host"),
        derived={
            "asked": _asked,
            "url": _of_category("url", "url.address"),
        },
    ),
    tunnels=NOT_LOGGED,
    note="A look-up is no visit: browsers look names up ahead. Does not say what was let through.",
    rank=7,
    samples=(
        Sample(
            _SENTINEL,
            "time=2024-01-10T13:55:36.495000Z user=FORCE\\jdoe client_ip=ws12"
            " url=www.example.com action=unknown evidence=dns",
        ),
        Sample(
            _SENTINEL.replace('"13:55:36.495"', '"2024-01-10T13:55:36.000Z"')
            .replace('"event.time":1704894936495,', "")
            .replace('"www.example.com"', '"type:  28 www.example.com"'),
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=ws12 url=www.example.com"
            " action=unknown evidence=dns",
        ),
        Sample(
            _CLICK,
            "time=2024-01-10T13:55:36.475000Z user=FORCE\\jdoe client_ip=ws12 method=GET"
            " url=http://www.example.com/a?b=c action=unknown evidence=url",
        ),
    ),
    near_misses=(
        _SENTINEL.replace("event.time", "time").replace("timestamp", "stamp"),
        _SENTINEL.replace("agent.uuid", "agent.id"),
    ),
)
