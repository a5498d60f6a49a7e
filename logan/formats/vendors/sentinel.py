"""Microsoft Sentinel: the table CommonSecurityLog, exported as CSV or as JSON lines.

Definition: learn.microsoft.com, Azure Monitor tables, CommonSecurityLog; CEF field mapping. The
vendor's own words stay (`DeviceAction`); "-" is written for fields that a vendor lacks.
TimeGenerated is UTC unless the portal's header says local; its CSV is in the order of the viewer's
region. `SentBytes` is what CEF calls `out`, `ReceivedBytes` `in`: from and to the source.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Shows, integer
from logan.formats.engine.cef import with_domain
from logan.formats.engine.delimited import Rows, split
from logan.formats.engine.json_lines import Shape, need
from logan.formats.engine.verdicts import decided

_MISSING: Final = ("", "-", "N/A", "null")
_READ: Final = (
    "SourceUserName",
    "SourceNTDomain",
    "SourceUserID",
    "SourceIP",
    "RequestURL",
    "RequestMethod",
    "RequestContext",
    "RequestClientApplication",
    "DestinationHostName",
    "DestinationDnsDomain",
    "DestinationPort",
    "ApplicationProtocol",
    "DeviceAction",
    "SimplifiedDeviceAction",
    "SentBytes",
    "ReceivedBytes",
)
_ROWS: Final = Rows(
    needs={
        "TimeGenerated": "[0-9]{1,4}[/.-].*[0-9]:[0-9]{2}.*",
        "DeviceVendor": ".+",
        "DeviceProduct": ".*",
        "DeviceAction": ".*",
        "RequestURL": ".*",
    },
    aliases={
        "TimeGenerated": (
            "TimeGenerated [UTC]",
            "TimeGenerated [Local Time]",
            "TimeGenerated UTC",
        )
    },
    columns=_READ,
    missing=_MISSING,
)
_SHAPE: Final = Shape(
    (
        need("TimeGenerated", regex=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+Z?$"),
        need("DeviceVendor"),
        need("DeviceProduct"),
        need("DeviceAction", "RequestURL", "DeviceEventClassID"),
    )
)
_LOCAL: Final = "local"


def _record(cell: Mapping[str, pl.Expr]) -> Columns:
    """The columns of a row. A host without an address that was asked for proves a connection."""
    url = cell["RequestURL"]
    host = pl.coalesce(cell["DestinationHostName"], cell["DestinationDnsDomain"])
    tunnel = (cell["RequestMethod"].str.to_uppercase() == "CONNECT").fill_null(value=False)
    closed = url.is_null() | (cell["RequestMethod"].is_null() & url.str.contains("^[^/]*/?$"))
    whole = url.str.contains("://", literal=True).fill_null(value=False)
    dns = cell["ApplicationProtocol"].str.to_lowercase() == "dns"
    return {
        "repeat": pl.when(pl.coalesce(url, host).is_null()).then(
            pl.lit("no request: an event that names no host")
        ),
        "user": with_domain(
            pl.coalesce(cell["SourceUserName"], cell["SourceUserID"]), cell["SourceNTDomain"]
        ),
        "client_ip": cell["SourceIP"],
        "method": cell["RequestMethod"],
        "url": pl.coalesce(url, host),
        "host": pl.when(url.str.starts_with("/")).then(host),
        "port": pl.when(~whole).then(integer(cell["DestinationPort"])),
        "action": decided(
            pl.coalesce(cell["DeviceAction"], cell["SimplifiedDeviceAction"]),
            allowed="allow.*|permit.*|pass.*|accept.*|alert|observed|proxied|monitor.*|log.*|detect.*",
            blocked="block.*|den[iy].*|drop.*|reset.*|reject.*|prevent.*|quarantine.*",
        ),
        "bytes_sent": integer(cell["SentBytes"]),
        "bytes_received": integer(cell["ReceivedBytes"]),
        "referrer": pl.when(cell["RequestContext"].str.contains("://", literal=True)).then(
            cell["RequestContext"]
        ),
        "user_agent": cell["RequestClientApplication"],
        "evidence": pl.when(dns.fill_null(value=False))
        .then(pl.lit("dns"))
        .when(closed | tunnel)
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
    }


def _csv_layout(head: Head) -> Layout | None:
    layout = _ROWS.header(head)
    if layout is None:
        return None
    at = layout.names.index("TimeGenerated")
    rows = (split(line, layout.cells.separator or ",") for line in head.lines)
    stamps = [row[at] for row in rows if row and len(row) == len(layout.names)]
    local = any("[Local Time]" in stamp for stamp in stamps)
    layout = dates.with_order(layout, stamps)
    return layout._replace(zone=None if local else "UTC")


def _csv_columns(layout: Layout) -> Columns:
    cell = _ROWS.cells(layout)
    stamp = cell["TimeGenerated"].str.replace("T", " ", literal=True).str.strip_suffix("Z")
    return {
        "reason": _ROWS.reason(layout),
        "local_time": dates.date_time(stamp, layout),
        **_record(cell),
    }


def _json_columns(layout: Layout) -> Columns:
    names = {name: (name,) for name in ("TimeGenerated", *_READ)}
    cell = _SHAPE.cells(layout, {**names}, _MISSING)
    stamp = cell["TimeGenerated"].str.strip_suffix("Z") + "Z"
    return {"reason": _SHAPE.reason_at(layout), "time": clock.iso_offset(stamp), **_record(cell)}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect", "dns"),
    bytes="both",
    clock="local",
    note="UTC unless the portal's header says local. What a vendor's connector mapped, not what "
    "the gateway wrote.",
)
_DEFINITION: Final = "learn.microsoft.com, Azure Monitor tables, CommonSecurityLog"
_HEADER: Final = (
    '"TimeGenerated [UTC]",DeviceVendor,DeviceProduct,Activity,DeviceAction,RequestURL,'
    "RequestMethod,SourceUserName,SourceIP,DestinationHostName,DestinationPort,SentBytes,"
    "ReceivedBytes,AdditionalExtensions\n"
)
_ROW: Final = (
    ',Fortinet,FortiGate,webfilter,passthrough,"https://www.example.com/a?b=c,d",-,FORCE\\jdoe,'
    '10.1.2.3,-,443,640,5120,"tz=""+0000"";policyid=1"'
)
CSV: Final = Format(
    name="sentinel-csv",
    title="Microsoft Sentinel CommonSecurityLog, CSV",
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_csv_columns,
    layout=_csv_layout,
    follow=_ROWS.follow,
    framing="csv",
    rank=6,
    samples=(
        _HEADER + '"4/22/2024, 10:00:00.123 AM"' + _ROW,
        _HEADER.replace(" [UTC]", "") + "2024-04-22T10:00:00.1234567Z" + _ROW,
    ),
    near_misses=(
        _HEADER.replace("DeviceVendor", "Vendor") + '"4/22/2024, 10:00:00.123 AM"' + _ROW,
        _HEADER + "yesterday" + _ROW,
    ),
)
JSON: Final = Format(
    name="sentinel",
    title="Microsoft Sentinel CommonSecurityLog, JSON",
    definition=_DEFINITION,
    shows=Shows(
        user=True,
        evidence=("url", "connect", "dns"),
        bytes="both",
        clock="utc",
        note="What a vendor's connector mapped, not what the gateway wrote.",
    ),
    check=_check,
    signs=_SHAPE.signs,
    columns=_json_columns,
    rank=6,
    samples=(
        (
            '{"TimeGenerated":"2024-04-22T10:00:00.123Z","DeviceVendor":"Fortinet",'
            '"DeviceProduct":"FortiGate","DeviceAction":"blocked",'
            '"RequestURL":"https://www.example.com/a?b=c","RequestMethod":"GET",'
            '"SourceUserName":"jdoe","SourceIP":"10.1.2.3","SentBytes":640,"ReceivedBytes":0}'
        ),
    ),
    near_misses=('{"TimeGenerated":"2024-04-22T10:00:00.123Z","SyslogMessage":"x"}',),
)
FORMATS: Final = (CSV, JSON)
