"""Sensors on endpoints: Sysmon's look-ups, CrowdStrike Falcon's events, SentinelOne's.

Definitions: learn.microsoft.com, Sysmon, Event ID 22 (DNSEvent; as Winlogbeat, NXLog, Wazuh and
Windows itself write it); CrowdStrike, Falcon Data Replicator, events data dictionary (DnsRequest,
and of phones the address that a connection was for; `aip` is public, `aid` the sensor);
SentinelOne, Cloud Funnel 2.0, Deep Visibility fields. Times are UTC. The user is that of the
process that asked. They see what a device asked for, not what became of it; a look-up is no visit.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_LOGGED, Columns, Evidence, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp, utc
from logan.formats.engine.values import Cells, Derivation, where

_LOOK_UP: Final = "A look-up is no visit: browsers look names up ahead."
_SYSMON: Final = "learn.microsoft.com, Sysmon, Event ID 22"
_STAMP: Final = "%Y-%m-%d %H:%M:%S%.f"
#: What stands around the data of an event, by who forwards it.
_DATA: Final = (
    "winlog.event_data",
    "Event.EventData",
    "EventData",
    "data.win.eventdata",
    "win.eventdata",
    "event_data",
)
_LOG: Final = (
    *("winlog.channel", "winlog.provider_name", "Event.System.Channel", "System.Channel"),
    *("data.win.system.channel", "win.system.channel", "Channel", "SourceName", "ProviderName"),
)
_OTHER: Final = "no request: an event of another kind"


def _of_data(name: str) -> tuple[str, ...]:
    """A field of the event, with a small first letter as Wazuh writes it, or beside the others."""
    small = name[0].lower() + name[1:]
    return (*(f"{data}.{key}" for data in _DATA for key in (name, small)), name)


_SYSMON_COLUMNS: Final = Columns(
    time=utc("UtcTime", _STAMP),
    user="User",
    client_ip="computer",
    action=None,
    host="QueryName",
    evidence=sees("dns"),
    repeat=where(lambda cell: cell["QueryName"].is_null(), _OTHER),
)
_WINLOGBEAT: Final = (
    '{"@timestamp":"2024-01-10T13:55:37.001Z","winlog":{"event_id":22,"channel":'
    '"Microsoft-Windows-Sysmon/Operational","computer_name":"ws12.force.example","event_data":'
    '{"UtcTime":"2024-01-10 13:55:36.123","ProcessId":"712","QueryName":"www.example.com",'
    '"QueryStatus":"0","QueryResults":"203.0.113.9;","Image":"C:\\\\msedge.exe",'
    '"User":"FORCE\\\\jdoe"}}}'
)
_NXLOG: Final = (
    '{"EventTime":"2024-01-10 14:55:37","Hostname":"ws12","EventID":22,"SourceName":'
    '"Microsoft-Windows-Sysmon","UtcTime":"2024-01-10 13:55:36.123","QueryName":"www.example.com",'
    '"QueryStatus":"0","Image":"C:\\\\msedge.exe"}'
)
_FOUND: Final = (
    "time=2024-01-10T13:55:36.123000Z user=FORCE\\jdoe client_ip=ws12.force.example"
    " url=www.example.com action=unknown evidence=dns"
)
SYSMON: Final = Format(
    name="sysmon-json",
    title="Sysmon look-ups (event 22), JSON",
    definition=_SYSMON,
    reader=JsonObject(
        (
            need(*_LOG, regex="Microsoft-Windows-Sysmon"),
            need(*_of_data("UtcTime"), regex="^[0-9]{4}-[0-9]{2}-[0-9]{2} "),
        ),
        aliases={
            **{name: _of_data(name) for name in ("UtcTime", "QueryName", "User")},
            "computer": (
                *("winlog.computer_name", "Event.System.Computer", "System.Computer", "Computer"),
                *("data.win.system.computer", "win.system.computer", "Hostname", "computer_name"),
                "host.name",
            ),
        },
    ),
    columns=_SYSMON_COLUMNS,
    tunnels=NOT_LOGGED,
    note=_LOOK_UP,
    rank=8,
    samples=(
        Sample(_WINLOGBEAT, _FOUND),
        Sample(
            _NXLOG,
            "time=2024-01-10T13:55:36.123000Z client_ip=ws12 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=(
        _WINLOGBEAT.replace("Microsoft-Windows-Sysmon", "Security"),
        _NXLOG.replace("UtcTime", "Time"),
    ),
)
_XML: Final = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
    "Name='Microsoft-Windows-Sysmon' Guid='{5770385f-c22a-43e0-bf4c-06f5698ffbd9}'/>"
    "<EventID>22</EventID><Version>5</Version><TimeCreated SystemTime='2024-01-10T13:55:37Z'/>"
    "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws12.force.example</Computer>"
    "</System><EventData><Data Name='RuleName'>-</Data><Data Name='UtcTime'>2024-01-10 13:55:36.123"
    "</Data><Data Name='ProcessId'>712</Data><Data Name='QueryName'>www.example.com</Data><Data "
    "Name='QueryStatus'>0</Data><Data Name='Image'>C:\\msedge.exe</Data><Data Name='User'>"
    "FORCE\\jdoe</Data></EventData></Event>"
)
_NAME: Final = "<Data Name=['\"]{}['\"]>"


def _of_xml(name: str) -> Derivation:
    """A field behind the stamp."""
    return lambda cell: cell["rest"].str.extract(f"{_NAME.format(name)}([^<]+)", 1)


SYSMON_XML: Final = replace(
    SYSMON,
    name="sysmon-xml",
    title="Sysmon look-ups (event 22), XML",
    reader=LinePattern(
        pieces=(
            Piece("opening", "[ \t]*<Event(?: [^>]*)?>[ \t]*"),
            Piece("system", "<System>.*?"),
            Piece(None, "Microsoft-Windows-Sysmon"),
            Piece("between", ".*?"),
            Piece(None, "<Computer>"),
            Piece("computer", "[^<]*"),
            Piece(None, "</Computer>"),
            Piece("behind", ".*?"),
            Piece("stamp name", _NAME.format("UtcTime")),
            Piece("UtcTime", r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+"),
            Piece(None, "</Data>"),
            Piece("rest", ".*"),
        )
    ),
    columns=replace(
        _SYSMON_COLUMNS,
        derived={"QueryName": _of_xml("QueryName"), "User": _of_xml("User")},
    ),
    samples=(Sample(_XML, _FOUND),),
    near_misses=(
        _XML.replace("Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing"),
        _XML.replace("UtcTime", "Time"),
    ),
)


def _falcon_time(cell: Cells) -> Expressions:
    """When it happened, else when the cloud had it; some exports write ISO 8601."""
    stamp = pl.coalesce(cell["ContextTimeStamp"], cell["timestamp"])
    seconds = stamp.str.contains(r"^[0-9]{9,10}(?:\.[0-9]+)?$")
    number = pl.when(seconds).then(clock.epoch_seconds(stamp)).otherwise(clock.epoch(stamp))
    return {"time": pl.coalesce(number, clock.iso_offset(stamp))}


def _of_kind(kind: str, cell: str) -> Derivation:
    """A cell of events of one kind."""
    return lambda cells: pl.when(cells["kind"].str.contains(kind, literal=True)).then(cells[cell])


def _falcon_client(cell: Cells) -> pl.Expr:
    """The device's address (phones write zeros), else its name, else its sensor."""
    there = ~cell["address"].str.contains("^[0.:]+$")
    address = pl.when(there).then(cell["address"])
    return pl.coalesce(address, cell["ComputerName"], cell["aid"])


def _falcon_evidence(cell: Cells) -> pl.Expr:
    addressed = cell["opened"].str.contains("://[^/]+/.").fill_null(value=False)
    return (
        pl.when(cell["asked"].is_not_null())
        .then(pl.lit("dns"))
        .when(addressed)
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect"))
    )


_FALCON: Final = (
    '{"event_simpleName":"DnsRequest","name":"DnsRequestV4","ContextTimeStamp":"1704894936.123",'
    '"ContextProcessId":"271","DomainName":"www.example.com","RequestType":"1","aip":"198.51.100.7"'
    ',"cid":"ffffffff15754bcfb5f9152ec7ac90ac","aid":"ffffffffac4148947ed68497e89f3308",'
    '"event_platform":"Win","timestamp":"1704894940001","id":"9d8a6ae1"}'
)
_PHONE: Final = (
    '{"event_simpleName":"NetworkConnectIP4","name":"NetworkConnectIP4IOSV3","LocalAddressIP4":'
    '"0.0.0.0","ContextTimeStamp":"1704894936.123","RemotePort":"443","OriginatingURL":'
    '"www.example.com","RemoteAddressIP4":"203.0.113.9","aip":"198.51.100.7","timestamp":'
    '"1704894940001","aid":"ffffffffac4148947ed68497e89f3308"}'
)
_LOGSCALE: Final = (
    '{"#event_simpleName":"DnsRequest","@timestamp":1704894936123,"DomainName":"www.example.com",'
    '"ComputerName":"WS12","UserName":"jdoe","aid":"ffffffffac4148947ed68497e89f3308"}'
)
CROWDSTRIKE: Final = Format(
    name="crowdstrike",
    title="CrowdStrike Falcon events (Data Replicator, LogScale), JSON",
    definition="CrowdStrike, Falcon Data Replicator, events data dictionary",
    reader=JsonObject(
        (
            need("event_simpleName", "#event_simpleName"),
            need("timestamp", "@timestamp", "ContextTimeStamp", regex="^[0-9]{9}"),
            need("aid"),
        ),
        wrappers=("event",),
        aliases={
            "kind": ("event_simpleName", "#event_simpleName"),
            "timestamp": ("timestamp", "@timestamp"),
            "address": ("LocalIP", "LocalAddressIP4", "LocalAddressIP6"),
            "asked": ("DomainName",),
            "opened": ("OriginatingURL",),
        },
    ),
    columns=Columns(
        time=Stamp("utc", _falcon_time),
        user="UserName",
        client_ip=_falcon_client,
        action=None,
        host="asked",
        url="opened",
        evidence=Evidence(("url", "connect", "dns"), _falcon_evidence),
        repeat=where(lambda cell: cell["asked"].is_null() & cell["opened"].is_null(), _OTHER),
        derived={
            "asked": _of_kind("DnsRequest", "asked"),
            "opened": _of_kind("NetworkConnect", "opened"),
        },
    ),
    tunnels=NOT_LOGGED,
    note=f"{_LOOK_UP} Where an export names no device, its sensor (aid) stands for the client.",
    rank=7,
    samples=(
        Sample(
            _FALCON,
            "time=2024-01-10T13:55:36.123000Z client_ip=ffffffffac4148947ed68497e89f3308"
            " url=www.example.com action=unknown evidence=dns",
        ),
        Sample(
            _LOGSCALE,
            "time=2024-01-10T13:55:36.123000Z user=jdoe client_ip=ws12 url=www.example.com"
            " action=unknown evidence=dns",
        ),
        Sample(
            _PHONE,
            "time=2024-01-10T13:55:36.123000Z client_ip=ffffffffac4148947ed68497e89f3308"
            " url=www.example.com action=unknown evidence=connect",
        ),
        Sample(
            _FALCON.replace("DnsRequest", "ProcessRollup2").replace("DomainName", "ImageFileName"),
            "time=2024-01-10T13:55:36.123000Z client_ip=ffffffffac4148947ed68497e89f3308"
            " action=unknown evidence=connect repeat=no request: an event of another kind",
        ),
    ),
    near_misses=(_FALCON.replace("event_simpleName", "event"), _FALCON.replace('"aid"', '"id2"')),
)


def _of_category(name: str, cell: str) -> Derivation:
    return lambda cells: pl.when(cells["event.category"] == name).then(cells[cell])


def _asked(cell: Cells) -> pl.Expr:
    """The name; some sensors write the type of the record in front of it."""
    return _of_category("dns", "event.dns.request")(cell).str.replace("^type: *[0-9]+ +", "")


def _sentinel_time(cell: Cells) -> Expressions:
    stamped = clock.iso_offset(cell["timestamp"])
    return {"time": pl.coalesce(clock.epoch(cell["event.time"]), stamped)}


def _sentinel_evidence(cell: Cells) -> pl.Expr:
    return pl.when(cell["asked"].is_not_null()).then(pl.lit("dns")).otherwise(pl.lit("url"))


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
        time=Stamp("utc", _sentinel_time),
        user="src.process.user",
        client_ip=("src.ip.address", "endpoint.name"),
        action=None,
        method=_of_category("url", "event.url.action"),
        host="asked",
        url="url",
        evidence=Evidence(("url", "dns"), _sentinel_evidence),
        repeat=where(_is_neither, "no request: an event that names no host"),
        derived={
            "asked": _asked,
            "url": _of_category("url", "url.address"),
        },
    ),
    tunnels=NOT_LOGGED,
    note=f"{_LOOK_UP} Says nothing of what was let through.",
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
