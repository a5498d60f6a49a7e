"""Netskope's client: sessions to private applications, JSON.

Definition: docs.netskope.com, Network Events (Cloud Exchange mapping). `timestamp` is in seconds
since 1970. A session is one event, whatever passed through it.
"""

from typing import Final

from logan.formats.engine.columns import LOGGED_ALONE, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch
from logan.formats.vendors.netskope import MISSING, decide

PRIVATE: Final = Format(
    name="netskope-client",
    title="Netskope client network events, JSON",
    definition="docs.netskope.com, Network Events (Cloud Exchange mapping)",
    reader=JsonObject(
        (
            need("timestamp", regex="^[0-9]{10}$"),
            need("trafficType"),
            need("tunnelId", "networkSessionId"),
            need("sourceServiceName"),
        ),
        missing=MISSING,
    ),
    columns=Columns(
        time=epoch("timestamp"),
        user="suser",
        client_ip="src",
        action=lambda cell: decide(cell["action"]),
        host="sourceServiceName",
        port="dpt",
        bytes_sent="clientBytes",
        bytes_received="serverBytes",
    ),
    tunnels=LOGGED_ALONE,
    note="Sessions to an organisation's own applications.",
    rank=6,
    samples=(
        Sample(
            '{"action":"allow","clientBytes":"148","dpt":"443","dst":"192.0.2.9","src":"null",'
            '"networkSessionId":"11","serverBytes":"148","sourceServiceName":"app.force.example",'
            '"suser":"jane.doe@force.example","timestamp":"1705409961","trafficType":"PrivateApp",'
            '"tunnelId":"7"}',
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example"
            " url=app.force.example:443 action=allowed bytes_sent=148 bytes_received=148"
            " evidence=connect",
        ),
    ),
    near_misses=('{"timestamp":"1705409961","suser":"jane","dst":"192.0.2.9"}',),
)
