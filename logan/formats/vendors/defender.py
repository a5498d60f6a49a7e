"""Microsoft Defender for Endpoint: DeviceNetworkEvents, streamed as JSON or exported as CSV.

Definition: learn.microsoft.com, Advanced hunting schema, DeviceNetworkEvents; Streaming API. Seen
from the device: `ConnectionSuccess` is no gateway's leave. `RemoteUrl` is a host, an address, or
nothing. `*Inspected` events are Zeek's view of a connection, with what it saw in `AdditionalFields`
(JSON): a further line about it, where the connection's own event names the host. Stamps are UTC
where they say so; the portal's CSV has the clock that its reader set, and names no zone
(Defender XDR, "Set the time zone": UTC unless set to local). The account is that of the process,
`nt authority` and the like included.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.cef import with_domain
from logan.formats.engine.delimited import Rows, split
from logan.formats.engine.json_lines import Shape, need, value

_ACTION: Final = (
    "[A-Z][A-Za-z]*(?:Connection|Network|Inspected|Request)[A-Za-z]*|Connection[A-Z][A-Za-z]+"
)
_ISO: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?"
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("Timestamp", "TimeGenerated"),
    "action": ("ActionType",),
    "upn": ("InitiatingProcessAccountUpn",),
    "account": ("InitiatingProcessAccountName",),
    "domain": ("InitiatingProcessAccountDomain",),
    "source": ("LocalIP",),
    "url": ("RemoteUrl",),
    "address": ("RemoteIP",),
    "port": ("RemotePort",),
    "more": ("AdditionalFields",),
}
_SHAPE: Final = Shape(
    (
        need("Timestamp", "TimeGenerated", regex=f"^{_ISO}$"),
        need("ActionType", regex=f"^(?:{_ACTION})$"),
        need("DeviceId", "DeviceName"),
        need("RemoteIP", "RemotePort", "RemoteUrl", "LocalIP", "LocalPort"),
    ),
    wrappers=("properties",),
)
_ROWS: Final = Rows(
    needs={
        "Timestamp": f"{_ISO}|[A-Z0-9].*[0-9]:[0-9]{{2}}.*",
        "ActionType": _ACTION,
        "DeviceName": ".*",
        "RemoteUrl": ".*",
    },
    aliases={"Timestamp": ("TimeGenerated", "TimeGenerated [UTC]", "Timestamp [UTC]")},
    columns=tuple(name for names in _NAMES.values() for name in names),
)
_PORTAL: Final = "%b %e, %Y %I:%M:%S%.f %p"
_UTC_HEADER: Final = " [UTC]"
_INCOMING: Final = "Inbound|Listening|Icmp|Acknowledged"
_INSPECTED: Final = "Inspected$"


def _seen(cell: pl.Expr, *keys: str) -> pl.Expr:
    """A value out of the JSON in `AdditionalFields`."""
    return pl.coalesce(value(key, of=cell) for key in keys)


def _record(cell: Mapping[str, pl.Expr]) -> Columns:
    """The columns of an event."""
    action = cell["action"]
    more = cell["more"]
    dns = action.str.contains("Dns", literal=True)
    inspected = action.str.contains(_INSPECTED)
    host = pl.coalesce(_seen(more, "server_name", "host", "query"), cell["address"])
    url = pl.coalesce(cell["url"], host)
    uri = _seen(more, "uri")
    method = _seen(more, "method")
    address = cell["url"].str.contains("^[a-z]+://[^/]+/.", literal=False).fill_null(value=False)
    return {
        "repeat": pl.when(action.str.contains(_INCOMING)).then(
            pl.concat_str(pl.lit("no request of the device: "), action)
        ),
        "companion": pl.when(inspected & method.is_null()).then(pl.lit("answer")),
        "user": pl.coalesce(cell["upn"], with_domain(cell["account"], cell["domain"])),
        "client_ip": cell["source"].str.replace("^::ffff:", ""),
        "method": method,
        "url": url,
        "port": pl.when(~cell["url"].str.contains("://", literal=True).fill_null(value=False)).then(
            integer(cell["port"])
        ),
        "path": uri.str.extract(r"^([^?]*)"),
        "query": uri.str.extract(r"\?(.*)$"),
        "status": integer(_seen(more, "status_code")),
        "user_agent": _seen(more, "user_agent"),
        "bytes_sent": integer(_seen(more, "request_body_len")),
        "bytes_received": integer(_seen(more, "response_body_len")),
        "evidence": pl.when(dns)
        .then(pl.lit("dns"))
        .when(address | method.is_not_null())
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect")),
    }


def _csv_layout(head: Head) -> Layout | None:
    layout = _ROWS.header(head)
    if layout is None:
        return None
    rows = [row for line in head.lines[1:] if (row := split(line)) is not None]
    rows = [row for row in rows if len(row) == len(layout.names)]
    stamps = [row[layout.names.index("Timestamp")] for row in rows]
    if any("/" in stamp for stamp in stamps):
        layout = dates.with_order(layout, stamps)
    return layout._replace(zone="UTC") if _UTC_HEADER in head.lines[0] else layout


def _json_columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, dict(_NAMES))
    stamp = cell["time"]
    return {
        "reason": _SHAPE.reason_at(layout),
        "time": _utc(stamp),
        **_record(cell),
    }


def _utc(stamp: pl.Expr) -> pl.Expr:
    """Seven decimals and a `Z`, which exports of the workspace leave out."""
    return clock.iso_offset(stamp.str.strip_suffix("Z") + "Z")


def _csv_columns(layout: Layout) -> Columns:
    cells = _ROWS.cells(layout)
    cell = {name: pl.coalesce(cells[key] for key in keys) for name, keys in _NAMES.items()}
    stamp = cell["time"]
    wall = pl.coalesce(clock.naive(stamp, _PORTAL), dates.date_time(stamp, layout))
    return {
        "reason": _ROWS.reason(layout),
        "time": _utc(stamp),
        "local_time": wall,
        **_record(cell),
    }


def _check(shape: Shape) -> Callable[[str, Layout], Fault | None]:
    return lambda line, layout: shape.check(line, layout)


_SHOWS: Final = Shows(
    user=True,
    evidence=("connect", "url", "dns"),
    bytes="none",
    clock="utc",
    note="Not every connection names a host.",
)
_DEFINITION: Final = "learn.microsoft.com, Advanced hunting, DeviceNetworkEvents"
_LINE: Final = (
    '{"time":"2024-01-01T10:00:05.1Z","tenantId":"t","operationName":"Publish",'
    '"category":"AdvancedHunting-DeviceNetworkEvents","properties":{"DeviceId":"d1",'
    '"DeviceName":"ws-12.force.example","ActionType":"ConnectionSuccess","RemoteIP":"192.0.2.1",'
    '"RemotePort":443,"RemoteUrl":"www.example.com","LocalIP":"10.1.2.3","LocalPort":50000,'
    '"InitiatingProcessAccountName":"jdoe","InitiatingProcessAccountDomain":"force",'
    '"InitiatingProcessAccountUpn":null,"AdditionalFields":null,'
    '"Timestamp":"2024-01-01T10:00:00.1234567Z"}}'
)
_HTTP: Final = (
    '{"Timestamp":"2024-01-01T10:00:00.1234567Z","DeviceId":"d1","DeviceName":"ws-12",'
    '"ActionType":"HttpConnectionInspected","RemoteIP":"192.0.2.1","RemotePort":80,'
    '"LocalIP":"::ffff:10.1.2.3","RemoteUrl":"","InitiatingProcessAccountUpn":"",'
    '"AdditionalFields":"{\\"direction\\":\\"Out\\",\\"host\\":\\"www.example.com\\",'
    '\\"method\\":\\"GET\\",\\"uri\\":\\"/a?b=c\\",\\"status_code\\":\\"200\\",'
    '\\"request_body_len\\":\\"0\\",\\"response_body_len\\":\\"512\\"}"}'
)
JSON: Final = Format(
    name="defender",
    title="Microsoft Defender DeviceNetworkEvents, JSON",
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_check(_SHAPE),
    signs=_SHAPE.signs,
    columns=_json_columns,
    layout=_SHAPE.layout,
    rank=7,
    samples=(_LINE, _HTTP),
    near_misses=(
        _LINE.replace("ConnectionSuccess", "LogonSuccess"),
        '{"Timestamp":"2024-01-01T10:00:00Z","ActionType":"ConnectionSuccess"}',
    ),
)
_HEADER: Final = (
    "Timestamp,DeviceId,DeviceName,ActionType,RemoteIP,RemotePort,RemoteUrl,LocalIP,LocalPort,"
    "InitiatingProcessAccountDomain,InitiatingProcessAccountName,InitiatingProcessAccountUpn,"
    "AdditionalFields\n"
)
_ROW: Final = (
    ',d1,ws-12,ConnectionSuccess,192.0.2.1,443,"https://www.example.com/a?b=c,d",10.1.2.3,50000,'
    'force,jdoe,jane.doe@force.example,"{""direction"":""Out""}"'
)
CSV: Final = Format(
    name="defender-csv",
    title="Microsoft Defender DeviceNetworkEvents, CSV",
    definition=_DEFINITION,
    shows=replace(
        _SHOWS,
        clock="local",
        note="Not every connection names a host. The portal writes the clock that its reader set.",
    ),
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_csv_columns,
    layout=_csv_layout,
    follow=_ROWS.follow,
    framing="csv",
    rank=7,
    samples=(
        _HEADER + "2024-01-01T10:00:00.1234567Z" + _ROW,
        _HEADER + '"Jan 1, 2024 10:00:00 AM"' + _ROW,
        _HEADER + "1/31/2024 10:00:00 AM" + _ROW,
    ),
    near_misses=(
        _HEADER.replace("RemoteUrl", "Url") + "2024-01-01T10:00:00Z" + _ROW,
        _HEADER + "2024-01-01T10:00:00Z" + _ROW.replace("ConnectionSuccess", "LogonSuccess"),
    ),
)
FORMATS: Final = (JSON, CSV)
