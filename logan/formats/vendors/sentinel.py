"""Microsoft Sentinel: the table CommonSecurityLog, exported as CSV or as JSON lines.

Definition: learn.microsoft.com, Azure Monitor tables, CommonSecurityLog; CEF field mapping. The
vendor's own words stay (`DeviceAction`); "-" is written for fields that a vendor lacks.
TimeGenerated is UTC unless the portal's header says local; its CSV is in the order of the viewer's
region. `SentBytes` is what CEF calls `out`, `ReceivedBytes` `in`: from and to the source.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.cef import with_domain
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions, Head, Layout, integer
from logan.formats.engine.lessons import date_order
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, matched, where

_MISSING: Final = ("", "-", "N/A", "null")
_LOCAL: Final = "TimeGenerated [Local Time]"


class _Export(Delimited):
    """The portal's CSV, whose header says in whose time the portal wrote."""

    def layout(self, head: Head) -> Layout | None:
        """By the header: UTC unless it says that stamps are local."""
        found = super().layout(head)
        if found is None:
            return None
        headers = (line for line in head.lines if self.check(line, found) is not None)
        local = any(_LOCAL in line for line in headers)
        return found._replace(zone=None if local else "UTC")


_ROWS: Final = _Export(
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
    missing=_MISSING,
)
_EVENT: Final = JsonObject(
    (
        need("TimeGenerated", regex=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+Z?$"),
        need("DeviceVendor"),
        need("DeviceProduct"),
        need("DeviceAction", "RequestURL", "DeviceEventClassID"),
    ),
    missing=_MISSING,
)


def _local_time(cell: Cells) -> Expressions:
    stamp = cell["TimeGenerated"].str.replace("T", " ", literal=True).str.strip_suffix("Z")
    return {"local_time": dates.date_time(stamp, cell.layout)}


def _time(cell: Cells) -> Expressions:
    return {"time": clock.iso_offset(cell["TimeGenerated"].str.strip_suffix("Z") + "Z")}


def _user(cell: Cells) -> pl.Expr:
    return with_domain(cell.first("SourceUserName", "SourceUserID"), cell["SourceNTDomain"])


def _host(cell: Cells) -> pl.Expr:
    return pl.when(cell["RequestURL"].str.starts_with("/")).then(cell["named"])


def _port(cell: Cells) -> pl.Expr:
    whole = cell["RequestURL"].str.contains("://", literal=True).fill_null(value=False)
    return pl.when(~whole).then(integer(cell["DestinationPort"]))


def _referrer(cell: Cells) -> pl.Expr:
    context = cell["RequestContext"]
    return pl.when(context.str.contains("://", literal=True)).then(context)


def _closed(cell: Cells) -> pl.Expr:
    """Only a connection: a tunnel, or a host without an address that was asked for."""
    url, method = cell["RequestURL"], cell["RequestMethod"]
    tunnel = (method.str.to_uppercase() == "CONNECT").fill_null(value=False)
    return url.is_null() | (method.is_null() & url.str.contains("^[^/]*/?$")) | tunnel


def _looked_up(cell: Cells) -> pl.Expr:
    return cell["ApplicationProtocol"].str.to_lowercase() == "dns"


def _names_none(cell: Cells) -> pl.Expr:
    return cell["RequestURL"].is_null() & cell["named"].is_null()


def _session(cell: Cells) -> pl.Expr:
    """True of a session of FortiGate (`traffic:forward close`), which its filter may tell of."""
    fortinet = cell["DeviceVendor"].str.to_lowercase() == "fortinet"
    return fortinet & cell.first("DeviceEventCategory", "Activity").str.starts_with("traffic:")


_COLUMNS: Final = Columns(
    time=Stamp("utc", _time),
    user=_user,
    client_ip="SourceIP",
    method="RequestMethod",
    url=("RequestURL", "named"),
    host=_host,
    port=_port,
    action=matched(
        ("DeviceAction", "SimplifiedDeviceAction"),
        allowed="allow.*|permit.*|pass.*|accept.*|alert|observed|proxied|monitor.*|log.*|detect.*",
        blocked="block.*|den[iy].*|drop.*|reset.*|reject.*|prevent.*|quarantine.*",
    ),
    bytes_sent="SentBytes",
    bytes_received="ReceivedBytes",
    referrer=_referrer,
    user_agent="RequestClientApplication",
    evidence=connects(_closed, look_up=_looked_up),
    repeat=where(_names_none, "no request: an event that names no host"),
    companion=where(_session, "session"),
    derived={"named": lambda cell: cell.first("DestinationHostName", "DestinationDnsDomain")},
)


_NOTE: Final = "What a vendor's connector mapped, not what the gateway wrote."
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
    reader=_ROWS,
    learns=date_order("TimeGenerated"),
    columns=replace(_COLUMNS, time=Stamp("local", _local_time)),
    tunnels=NOT_DOCUMENTED,
    note=f"UTC unless the portal's header says local. {_NOTE}",
    rank=6,
    samples=(
        Sample(
            _HEADER + '"4/22/2024, 10:00:00.123 AM"' + _ROW,
            "time=2024-04-22T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c,d action=allowed bytes_sent=640"
            " bytes_received=5120 evidence=url",
        ),
        Sample(
            _HEADER.replace(" [UTC]", "") + "2024-04-22T10:00:00.1234567Z" + _ROW,
            "time=2024-04-22T10:00:00.123456Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c,d action=allowed bytes_sent=640"
            " bytes_received=5120 evidence=url",
        ),
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
    reader=_EVENT,
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            '{"TimeGenerated":"2024-04-22T10:00:00.123Z","DeviceVendor":"Fortinet",'
            '"DeviceProduct":"FortiGate","DeviceAction":"blocked",'
            '"RequestURL":"https://www.example.com/a?b=c","RequestMethod":"GET",'
            '"SourceUserName":"jdoe","SourceIP":"10.1.2.3","SentBytes":640,"ReceivedBytes":0}',
            "time=2024-04-22T10:00:00.123000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c action=blocked bytes_sent=640"
            " bytes_received=0 evidence=url",
        ),
    ),
    near_misses=('{"TimeGenerated":"2024-04-22T10:00:00.123Z","SyslogMessage":"x"}',),
)
