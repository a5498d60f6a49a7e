"""Microsoft Defender for Endpoint: network events of devices, streamed as JSON or exported as CSV.

Definition: learn.microsoft.com, Advanced hunting schema, DeviceNetworkEvents and DeviceEvents;
Streaming API. Seen from the device: `ConnectionSuccess` is no gateway's leave. `RemoteUrl` is a
host, an address, or nothing. `*Inspected` events are Zeek's view of a connection, with what it saw
in `AdditionalFields` (JSON): a further line about it, where the connection's own event names the
host. Their `direction` `In` is what others asked of the device, which is a proxy or a name server:
then they are at `RemoteIP`, and the account is the server's.

Of DeviceEvents those are read that name an address: what network protection stopped (in audit mode
it only would have), what SmartScreen warned of in place of the page, what a user went on to past
that (`...UserOverride`, `...UserBypassEvent`), what a program had the browser open.

Stamps are UTC where they say so; the portal's CSV has the clock that its reader set, and names no
zone (Defender XDR, "Set the time zone": UTC unless set to local). The account is that of the
process, `nt authority` and the like included.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.cef import with_domain
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.delimited_cells import split
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need, value
from logan.formats.engine.layout import Expressions, Head, Layout, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, matched

#: The kinds of events that may name a site.
ACTION: Final = (
    "[A-Z][A-Za-z]*(?:Connection|Network|Inspected|Request)[A-Za-z]*|Connection[A-Z][A-Za-z]+"
    "|Network[A-Za-z]+|DnsQueryResponse|SmartScreen(?:Url|Exploit)Warning|SmartScreenUserOverride"
    "|BrowserLaunchedToOpenUrl"
)
_STOPPED: Final = "ExploitGuardNetworkProtectionBlocked|SmartScreen(?:Url|Exploit)Warning"
_PASSED: Final = "SmartScreenUserOverride|NetworkProtectionUserBypassEvent"
ISO: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?"
_PORTAL: Final = "%b %e, %Y %I:%M:%S%.f %p"
_UTC_HEADER: Final = " [UTC]"
_INCOMING: Final = "Inbound|Listening|Icmp|Acknowledged"
_ANSWERS: Final = "Inspected$|^DnsQueryResponse$"
_REMARKS: Final = "^(?:SmartScreen|ExploitGuard|NetworkProtection|BrowserLaunched)"


def _seen(*keys: str) -> Derivation:
    """A value out of the JSON in `AdditionalFields`."""
    return lambda cell: pl.coalesce(value(key, of=cell["AdditionalFields"]) for key in keys)


def _number(key: str) -> Derivation:
    return lambda cell: integer(_seen(key)(cell))


def _part(pattern: str) -> Derivation:
    """A part of the request, where its line names no whole address."""
    return lambda cell: pl.when(~cell["whole"]).then(cell["uri"]).str.extract(pattern)


def _whole(cell: Cells) -> pl.Expr:
    """True of what is asked of a proxy: its line has the address, and a CONNECT host and port."""
    absolute = cell["uri"].str.contains("^[A-Za-z][A-Za-z0-9+.-]*://")
    return (absolute | _connects(cell)).fill_null(value=False)


def _connects(cell: Cells) -> pl.Expr:
    return (cell["method"] == "CONNECT").fill_null(value=False)


def _url(cell: Cells) -> pl.Expr:
    asked = pl.when(cell["whole"]).then(cell["uri"])
    seen = _seen("server_name", "host", "query", "DnsQueryString", "Uri")(cell)
    other = pl.when(~cell["served"]).then(cell["RemoteIP"])
    return pl.coalesce(asked, cell["RemoteUrl"], seen, other)


def _port(cell: Cells) -> pl.Expr:
    whole = cell["RemoteUrl"].str.contains("://", literal=True).fill_null(value=False)
    port = pl.when(cell["served"]).then(cell["LocalPort"]).otherwise(cell["RemotePort"])
    return pl.when(~whole & ~cell["whole"]).then(integer(port))


def _client(cell: Cells) -> pl.Expr:
    return pl.when(cell["served"]).then(cell["RemoteIP"]).otherwise(cell["LocalIP"])


def _user(cell: Cells) -> pl.Expr:
    account = with_domain(
        cell["InitiatingProcessAccountName"], cell["InitiatingProcessAccountDomain"]
    )
    return pl.when(~cell["served"]).then(pl.coalesce(cell["InitiatingProcessAccountUpn"], account))


def not_of_device(cell: Cells) -> pl.Expr:
    kind = cell["ActionType"]
    why = pl.concat_str(pl.lit("no request of the device: "), kind)
    return pl.when(kind.str.contains(_INCOMING)).then(why)


def _companion(cell: Cells) -> pl.Expr:
    kind, seen = cell["ActionType"], cell["method"].is_not_null()
    return (
        pl.when(kind.str.contains(_ANSWERS) & ~seen)
        .then(pl.lit("answer"))
        .when(kind.str.contains(_REMARKS))
        .then(pl.lit("remark"))
    )


def _closed(cell: Cells) -> pl.Expr:
    addressed = cell["RemoteUrl"].str.contains("^[a-z]+://[^/]+/.").fill_null(value=False)
    return (~addressed & cell["method"].is_null()) | _connects(cell)


def _utc(cell: Cells) -> pl.Expr:
    """Seven decimals and a `Z`, which exports of the workspace leave out."""
    return clock.iso_offset(cell["Timestamp"].str.strip_suffix("Z") + "Z")


def _portal_time(cell: Cells) -> Expressions:
    stamp = cell["Timestamp"]
    wall = pl.coalesce(clock.naive(stamp, _PORTAL), dates.date_time(stamp, cell.layout))
    return {"time": _utc(cell), "local_time": wall}


#: Of the API and the workspace; of the portal's CSV, which has the clock that its reader set.
UTC_STAMP: Final = Stamp("utc", lambda cell: {"time": _utc(cell)})
PORTAL_STAMP: Final = Stamp("local", _portal_time)


class PortalExport(Delimited):
    """Under a header, which may say that its stamps are UTC."""

    def layout(self, head: Head) -> Layout | None:
        """The columns, the order of day and month, and the zone where it is named."""
        layout = super().layout(head)
        if layout is None:
            return None
        header, separator = layout.cells.header or "", layout.cells.separator or ","
        rows = [split(line, separator) for line in head.lines if not line.startswith(header)]
        stamps = [
            row[layout.names.index("Timestamp")]
            for row in rows
            if row is not None and len(row) == len(layout.names)
        ]
        if any("/" in stamp or stamp.count(".") > 1 for stamp in stamps):
            layout = dates.with_order(layout, stamps)
        says_utc = any(_UTC_HEADER in line for line in head.lines if line.startswith(header))
        return layout._replace(zone="UTC") if says_utc else layout


COLUMNS: Final = Columns(
    time=UTC_STAMP,
    user=_user,
    client_ip=_client,
    action=matched("ActionType", allowed=_PASSED, blocked=_STOPPED),
    method="method",
    url=_url,
    port=_port,
    path=_part(r"^([^?]*)"),
    query=_part(r"\?(.*)$"),
    status=_number("status_code"),
    bytes_sent=_number("request_body_len"),
    bytes_received=_number("response_body_len"),
    user_agent=_seen("user_agent"),
    evidence=connects(
        _closed, look_up=lambda cell: cell["ActionType"].str.contains("Dns", literal=True)
    ),
    repeat=not_of_device,
    companion=_companion,
    derived={
        "method": _seen("method"),
        "uri": _seen("uri"),
        "whole": _whole,
        "served": lambda cell: (_seen("direction")(cell) == "In").fill_null(value=False),
    },
)
_DEFINITION: Final = "learn.microsoft.com, Advanced hunting, DeviceNetworkEvents and DeviceEvents"
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
_STOP: Final = (
    '{"Timestamp":"2024-01-01T10:00:00.1234567Z","DeviceId":"d1","DeviceName":"ws-12",'
    '"ActionType":"ExploitGuardNetworkProtectionBlocked","RemoteUrl":"www.example.com",'
    '"RemoteIP":"","InitiatingProcessAccountName":"jdoe",'
    '"InitiatingProcessAccountDomain":"force","AdditionalFields":"{\\"IsAudit\\":false}"}'
)
NOTE: Final = (
    "Not every connection names a host; one event may stand for several (`AggregatedReport`)."
)
JSON: Final = Format(
    name="defender",
    title="Microsoft Defender network events of devices, JSON",
    definition=_DEFINITION,
    reader=JsonObject(
        (
            need("Timestamp", "TimeGenerated", regex=f"^{ISO}$"),
            need("ActionType", regex=f"^(?:{ACTION})$"),
            need("DeviceId", "DeviceName"),
            need("RemoteIP", "RemotePort", "RemoteUrl", "LocalIP", "LocalPort", "AdditionalFields"),
        ),
        wrappers=("properties",),
        aliases={"Timestamp": ("Timestamp", "TimeGenerated")},
    ),
    columns=COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note=NOTE,
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00.123456Z user=force\\jdoe client_ip=10.1.2.3"
            " url=www.example.com:443 action=unknown evidence=connect",
        ),
        Sample(
            _HTTP,
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 method=GET"
            " url=www.example.com:80/a?b=c status=200 action=unknown bytes_sent=0"
            " bytes_received=512 evidence=url",
        ),
        Sample(
            _STOP,
            "time=2024-01-01T10:00:00.123456Z user=force\\jdoe url=www.example.com action=blocked"
            " evidence=connect companion=remark",
        ),
    ),
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
    title="Microsoft Defender network events of devices, CSV",
    definition=_DEFINITION,
    reader=PortalExport(
        needs={
            "Timestamp": f"{ISO}|[A-Z0-9].*[0-9]:[0-9]{{2}}.*",
            "ActionType": ACTION,
            "DeviceName": ".*",
            "RemoteUrl": ".*",
        },
        aliases={"Timestamp": ("TimeGenerated", "TimeGenerated [UTC]", "Timestamp [UTC]")},
    ),
    columns=replace(COLUMNS, time=PORTAL_STAMP),
    tunnels=NOT_DOCUMENTED,
    note=f"{NOTE} The portal writes the clock that its reader set.",
    rank=7,
    samples=(
        Sample(
            _HEADER + "2024-01-01T10:00:00.1234567Z" + _ROW,
            "time=2024-01-01T10:00:00.123456Z user=jane.doe@force.example"
            " client_ip=10.1.2.3 url=https://www.example.com/a?b=c,d action=unknown"
            " evidence=url",
        ),
        Sample(
            _HEADER + '"Jan 1, 2024 10:00:00 AM"' + _ROW,
            "time=2024-01-01T10:00:00Z user=jane.doe@force.example client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c,d action=unknown evidence=url",
        ),
        Sample(
            _HEADER + "1/31/2024 10:00:00 AM" + _ROW,
            "time=2024-01-31T10:00:00Z user=jane.doe@force.example client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c,d action=unknown evidence=url",
        ),
    ),
    near_misses=(
        _HEADER.replace("RemoteUrl", "Url") + "2024-01-01T10:00:00Z" + _ROW,
        _HEADER + "2024-01-01T10:00:00Z" + _ROW.replace("ConnectionSuccess", "LogonSuccess"),
    ),
)
