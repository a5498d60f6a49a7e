"""DOPE Security's endpoint gateway: CSV (first schema) and JSON (second).

Definition: docs.dope.security, SIEM log schema. The agent runs on the user's device: there is no
client address. `oidcUser` is who signed in to the agent, `user` the account of the device.
Verdicts: 0 allowed, 1 blocked, 2 warned, 3 bypassed (not opened, but let through). Stamps carry
their offset.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.delimited import ANYTHING, Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import iso
from logan.formats.engine.values import Cells, words

_STAMP: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_NUMBER: Final = "[0-9]+"
_ROWS: Final = Delimited(
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
    open_end=True,
    order=(
        *("time", "duration", "destination", "destination ip", "tenant", "agent", "user"),
        *("signed in", "categories", "verdict", "sent", "received", "policy type", "malware"),
        *("file name", "file hash", "process", "url", "policy", "http version", "device"),
    ),
)
_OBJECT: Final = JsonObject(
    (
        need("timestamp", regex=f"^{_STAMP}$"),
        need("schemaVersion"),
        need("destination.url", "destination.matchedDestination"),
        need("policy.verdict", regex="^[0-9]$"),
    ),
    aliases={
        "user": ("endpoint.user",),
        "signed in": ("endpoint.oidcUser",),
        "verdict": ("policy.verdict",),
        "policy type": ("policy.policyType",),
        "sent": ("bandwidth.dataSentInBytes",),
        "received": ("bandwidth.dataReceivedInBytes",),
        "destination": ("destination.matchedDestination",),
        "url": ("destination.url",),
        "time": ("timestamp",),
    },
)


def _is_closed(cell: Cells) -> pl.Expr:
    """True where traffic was not opened: only the host is known."""
    seen = cell["url"].str.contains("/", literal=True) & (cell["policy type"] != "bypass")
    return ~seen.fill_null(value=False)


_COLUMNS: Final = Columns(
    time=iso("time"),
    user=("signed in", "user"),
    client_ip=None,
    url=("url", "destination"),
    action=words("verdict", allowed=("0", "3"), blocked=("1",)),
    bytes_sent="sent",
    bytes_received="received",
    evidence=connects(_is_closed),
)
_NOTE: Final = "No client address and no status; the CSV has no method."
_LINE: Final = (
    '2024-01-01T10:00:00-0700,104,"www.example.com",192.0.2.1,t-1,a-1,FORCE\\jdoe,'
    'jane.doe@force.example,"10,64",0,2264,1005,web_policy,,,,Browser,'
    '"www.example.com/a?b=c","Base Policy",HTTP/2,"ws-12.force.example"'
)
CSV: Final = Format(
    name="dope-csv",
    title="DOPE Security gateway, CSV",
    definition="docs.dope.security, SIEM log schema",
    reader=_ROWS,
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T17:00:00Z user=jane.doe@force.example"
            " url=www.example.com/a?b=c action=allowed bytes_sent=2264 bytes_received=1005"
            " evidence=url",
        ),
    ),
    near_misses=(_LINE.replace(",0,2264,", ",Allow,2264,"), _LINE.replace("T10:00:00-0700", "")),
)
_EVENT: Final = (
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
    reader=_OBJECT,
    columns=replace(_COLUMNS, method="request.httpRequestMethod"),
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=7,
    samples=(
        Sample(
            _EVENT,
            "time=2024-01-01T10:00:00Z user=jane.doe@force.example method=GET"
            " url=www.example.com/a?b=c action=allowed bytes_sent=7091 bytes_received=3230"
            " evidence=url",
        ),
    ),
    near_misses=(_EVENT.replace('"verdict":"0",', ""), _EVENT.replace('"schemaVersion"', '"v"')),
)
