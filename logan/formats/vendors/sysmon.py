"""Sysmon's look-ups (event 22), as Winlogbeat, NXLog, Wazuh and Windows itself write them.

Definition: learn.microsoft.com, Sysmon, Event ID 22 (DNSEvent). Times are UTC. The user is that of
the process that asked.
"""

from typing import Final

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import utc
from logan.formats.engine.values import where

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


def _of_data(name: str) -> tuple[str, ...]:
    """A field of the event, with a small first letter as Wazuh writes it, or beside the others."""
    small = name[0].lower() + name[1:]
    return (*(f"{data}.{key}" for data in _DATA for key in (name, small)), name)


COLUMNS: Final = Columns(
    time=utc("UtcTime", "%Y-%m-%d %H:%M:%S%.f"),
    user="User",
    client_ip="computer",
    action=None,
    host="QueryName",
    evidence=sees("dns"),
    repeat=where(lambda cell: cell["QueryName"].is_null(), "no request: an event of another kind"),
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
FOUND: Final = (
    "time=2024-01-10T13:55:36.123000Z user=FORCE\\jdoe client_ip=ws12.force.example"
    " url=www.example.com action=unknown evidence=dns"
)
SYSMON: Final = Format(
    name="sysmon-json",
    title="Sysmon look-ups (event 22), JSON",
    definition="learn.microsoft.com, Sysmon, Event ID 22",
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
    columns=COLUMNS,
    tunnels=NOT_LOGGED,
    note="A look-up is no visit: browsers look names up ahead.",
    rank=8,
    samples=(
        Sample(_WINLOGBEAT, FOUND),
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
