"""Microsoft Defender for Endpoint: the timeline of one device, exported as CSV.

Definition: learn.microsoft.com, Investigate devices, Timeline (Export); its columns as published
scripts that read such files name them (`Event Time`, `Machine Id`, `Computer Name`, `Action Type`,
`Remote Url` ...). They are those of advanced hunting, parted by blanks:
`logan.formats.vendors.defender` says what they mean. Times are UTC, with a `Z` or without. Most
events are of files, processes and the registry: no requests.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.values import Cells
from logan.formats.vendors.defender import ACTION, COLUMNS, ISO, NOTE, not_of_device


def _repeat(cell: Cells) -> pl.Expr:
    kind = cell["ActionType"]
    why = pl.concat_str(pl.lit("no request: an event of the kind "), kind)
    other = pl.when(~kind.str.contains(f"^(?:{ACTION})$")).then(why)
    return pl.coalesce(other, not_of_device(cell))


_HEADER: Final = (
    "Event Time,Machine Id,Computer Name,Action Type,File Name,Process Command Line,Account Domain,"
    "Account Name,Remote Url,Remote Computer Name,Remote IP,Remote Port,Local IP,Local Port,"
    "Initiating Process File Name,Initiating Process Account Domain,"
    "Initiating Process Account Name,Report Id,Additional Fields\n"
)
_CONNECTION: Final = (
    "2024-01-10T13:55:36.621,d1,ws-12.force.example,ConnectionSuccess,,,,,www.example.com,,"
    "203.0.113.9,443,10.1.2.3,50000,msedge.exe,force,jdoe,1,"
)
_FILE: Final = (
    "2024-01-10T13:55:37.621Z,d1,ws-12.force.example,FileCreated,a.jpg,,,,,,,,,,msedge.exe,force,"
    'jdoe,2,"{""FileOriginUrl"":""https://www.example.com/a.jpg""}"'
)
TIMELINE: Final = Format(
    name="defender-timeline",
    title="Microsoft Defender device timeline, CSV",
    definition="learn.microsoft.com, Defender for Endpoint, Investigate devices, Timeline",
    reader=Delimited(
        needs={
            "Timestamp": ISO,
            "Machine Id": ".*",
            "ActionType": "[A-Z][A-Za-z0-9]+",
            "RemoteUrl": ".*",
        },
        aliases={"Timestamp": ("Event Time",), "DeviceName": ("Computer Name",)},
    ),
    columns=replace(COLUMNS, repeat=_repeat),
    tunnels=NOT_DOCUMENTED,
    note=NOTE,
    rank=7,
    samples=(
        Sample(
            f"{_HEADER}{_CONNECTION}\n{_FILE}",
            "time=2024-01-10T13:55:36.621000Z user=force\\jdoe client_ip=10.1.2.3"
            " url=www.example.com:443 action=unknown evidence=connect",
            "time=2024-01-10T13:55:37.621000Z user=force\\jdoe action=unknown evidence=connect"
            " repeat=no request: an event of the kind FileCreated",
        ),
    ),
    near_misses=(
        _HEADER.replace("Machine Id", "Agent Id") + _CONNECTION,
        _HEADER + _CONNECTION.replace("ConnectionSuccess", "connection success"),
    ),
)
