"""Elastic Common Schema as Kibana's reports have it, CSV.

Definition: elastic.co, Kibana reporting; what the fields mean is in `logan.formats.vendors.ecs`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.columns import NOT_DOCUMENTED
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout
from logan.formats.engine.lessons import date_order
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, first_filled
from logan.formats.vendors.ecs import COLUMNS, DERIVED, HOSTS, MISSING, NAMES, event_time

#: What Kibana writes into a report; its zone is the browser's.
_KIBANA: Final = "%b %e, %Y @ %H:%M:%S%.f"


def _report_time(cell: Cells) -> Expressions:
    stamp, instant = cell["@timestamp"], event_time(cell)["time"]
    wall = pl.coalesce(clock.naive(stamp, _KIBANA), dates.date_time(stamp, cell.layout))
    return {"time": instant, "local_time": pl.when(instant.is_null()).then(wall)}


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """The order of day and month, where dates have slashes."""
    slashed = any("/" in line for line in records)
    return date_order("@timestamp")(layout, records) if slashed else layout


_DERIVED: Final = {name: first_filled(*names) for name, names in NAMES.items()} | DERIVED
_HEADER: Final = (
    '"@timestamp","source.ip","user.name","http.request.method","url.full",'
    '"http.response.status_code","event.action"\n'
)
_ROW: Final = ',"10.1.2.3",jdoe,GET,"https://www.example.com/a?b=c,d",200,blocked'
REPORT: Final = Format(
    name="ecs-csv",
    title="Elastic Common Schema, CSV report",
    definition="elastic.co, Kibana reporting; ECS Field Reference",
    reader=Delimited(needs={"@timestamp": "[A-Z0-9].*[0-9:].*"}, missing=MISSING, one_of=HOSTS),
    learns=_learn,
    columns=replace(COLUMNS, time=Stamp("local", _report_time), derived=_DERIVED),
    tunnels=NOT_DOCUMENTED,
    note="Kibana writes times in the zone of whoever made the report.",
    rank=0,
    samples=(
        Sample(
            _HEADER + '"Jan 1, 2024 @ 10:00:00.123"' + _ROW,
            "time=2024-01-01T10:00:00.123000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c,d status=200 action=blocked evidence=url",
            also=(_HEADER + "2024-01-01T10:00:00.123Z" + _ROW,),
        ),
    ),
    near_misses=('"@timestamp","source.ip"\n"Jan 1, 2024 @ 10:00:00.123",10.1.2.3',),
)
