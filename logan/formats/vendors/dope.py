"""DOPE Security's endpoint gateway: CSV (first schema) and JSON (second).

Definition: docs.dope.security, SIEM log schema. The agent runs on the user's device: there is no
client address. `oidcUser` is who signed in to the agent, `user` the account of the device.
Verdicts: 0 allowed, 1 blocked, 2 warned, 3 bypassed (not opened, but let through). Stamps carry
their offset.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.delimited import ANYTHING, Rows, positions
from logan.formats.engine.json_lines import Shape, need
from logan.formats.engine.verdicts import decided

_STAMP: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_NUMBER: Final = "[0-9]+"
_ROWS: Final = Rows(
    needs={
        "time": _STAMP,
        "duration": _NUMBER,
        "destination": ANYTHING,
        "verdict": "[0-9]",
        "sent": _NUMBER,
        "received": _NUMBER,
        "policy type": "[a-z_]+",
        "url": ANYTHING,
    },
    columns=("user", "signed in"),
    separators=(",",),
)
_COLUMNS: Final = positions(
    (
        "time",
        "duration",
        "destination",
        "destination ip",
        "tenant",
        "agent",
        "user",
        "signed in",
        "categories",
        "verdict",
        "sent",
        "received",
        "policy type",
        "malware",
        "file name",
        "file hash",
        "process",
        "url",
        "policy",
        "http version",
        "device",
    ),
    open_end=True,
)
_SHAPE: Final = Shape(
    (
        need("timestamp", regex=f"^{_STAMP}$"),
        need("schemaVersion"),
        need("destination.url", "destination.matchedDestination"),
        need("policy.verdict", regex="^[0-9]$"),
    )
)
_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": "timestamp",
    "user": "endpoint.user",
    "signed in": "endpoint.oidcUser",
    "verdict": "policy.verdict",
    "policy type": "policy.policyType",
    "sent": "bandwidth.dataSentInBytes",
    "received": "bandwidth.dataReceivedInBytes",
    "destination": "destination.matchedDestination",
    "url": "destination.url",
    "method": "request.httpRequestMethod",
}


def _record(cell: dict[str, pl.Expr]) -> Columns:
    """The columns of either schema. Of traffic that was not opened only the host is known."""
    seen = cell["url"].str.contains("/", literal=True) & (cell["policy type"] != "bypass")
    return {
        "time": clock.iso_offset(cell["time"]),
        "user": pl.coalesce(cell["signed in"], cell["user"]),
        "url": pl.coalesce(cell["url"], cell["destination"]),
        "action": decided(cell["verdict"], allowed="0|3", blocked="1"),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "evidence": pl.when(seen.fill_null(value=False))
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect")),
    }


def _csv_columns(layout: Layout) -> Columns:
    return {"reason": _ROWS.reason(layout), **_record(_ROWS.cells(layout))}


def _json_columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS)
    return {"reason": _SHAPE.reason_at(layout), **_record(cell), "method": cell["method"]}


def _check_json(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _csv_layout(head: Head) -> Layout:
    return _ROWS.header(head) or _COLUMNS


_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect"),
    bytes="both",
    clock="offset",
    note="No client address and no status; the CSV has no method.",
)
_LINE: Final = (
    '2024-01-01T10:00:00-0700,104,"www.example.com",192.0.2.1,t-1,a-1,FORCE\\jdoe,'
    'jane.doe@force.example,"10,64",0,2264,1005,web_policy,,,,Browser,'
    '"www.example.com/a?b=c","Base Policy",HTTP/2,"ws-12.force.example"'
)
CSV: Final = Format(
    name="dope-csv",
    title="DOPE Security gateway, CSV",
    definition="docs.dope.security, SIEM log schema",
    shows=_SHOWS,
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_csv_columns,
    layout=_csv_layout,
    follow=_ROWS.follow,
    framing="csv",
    rank=6,
    samples=(_LINE,),
    near_misses=(_LINE.replace(",0,2264,", ",Allow,2264,"), _LINE.replace("T10:00:00-0700", "")),
)
_OBJECT: Final = (
    '{"schemaVersion":"1.0.0","timestamp":"2024-01-01T10:00:00+0000",'
    '"destination":{"matchedDestination":"www.example.com","url":"www.example.com/a?b=c",'
    '"destinationIP":"192.0.2.1"},"endpoint":{"user":"FORCE\\\\jdoe","deviceName":"WS-12",'
    '"oidcUser":"jane.doe@force.example"},"bandwidth":{"dataSentInBytes":"7091",'
    '"dataReceivedInBytes":"3230"},"policy":{"verdict":"0","policyType":"web_policy"},'
    '"request":{"httpVersion":"HTTP/1","httpRequestMethod":"GET"}}'
)
JSON: Final = Format(
    name="dope-json",
    title="DOPE Security gateway, JSON",
    definition="docs.dope.security, SIEM log schema",
    shows=_SHOWS,
    check=_check_json,
    signs=_SHAPE.signs,
    columns=_json_columns,
    rank=7,
    samples=(_OBJECT,),
    near_misses=(_OBJECT.replace('"verdict":"0",', ""), _OBJECT.replace('"schemaVersion"', '"v"')),
)
FORMATS: Final = (CSV, JSON)
