"""CrowdStrike Falcon's events: what a device looked up, and what its phones connected to.

Definition: CrowdStrike, Falcon Data Replicator, events data dictionary (DnsRequest, and of phones
the address that a connection was for; `aip` is public, `aid` the sensor; some exports write
ISO 8601). They see what a device asked for, not what became of it.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch, first, iso_utc
from logan.formats.engine.values import Cells, Derivation, where

#: When it happened, else when the cloud had it.
_STAMP: Final = ("ContextTimeStamp", "timestamp")


def _of_kind(kind: str, cell: str) -> Derivation:
    """A cell of events of one kind."""
    return lambda cells: pl.when(cells["kind"].str.contains(kind, literal=True)).then(cells[cell])


def _client(cell: Cells) -> pl.Expr:
    """The device's address (phones write zeros), else its name, else its sensor."""
    there = ~cell["address"].str.contains("^[0.:]+$")
    address = pl.when(there).then(cell["address"])
    return pl.coalesce(address, cell["ComputerName"], cell["aid"])


def _names_host_alone(cell: Cells) -> pl.Expr:
    return ~cell["opened"].str.contains("://[^/]+/.").fill_null(value=False)


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
        time=first(epoch(_STAMP), iso_utc(_STAMP)),
        user="UserName",
        client_ip=_client,
        action=None,
        host="asked",
        record_type=_of_kind("DnsRequest", "RequestType"),
        url="opened",
        evidence=connects(_names_host_alone, look_up=lambda cell: cell["asked"].is_not_null()),
        repeat=where(
            lambda cell: cell["asked"].is_null() & cell["opened"].is_null(),
            "no request: an event of another kind",
        ),
        derived={
            "asked": _of_kind("DnsRequest", "asked"),
            "opened": _of_kind("NetworkConnect", "opened"),
        },
    ),
    tunnels=NOT_LOGGED,
    note="A look-up is no visit: browsers look names up ahead. Where an export names no device, its"
    " sensor (aid) stands for the client.",
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
