"""Symantec Web Isolation (Broadcom, once Fireglass): activity events, JSON behind a header.

Definition: Symantec Web Isolation, Logs and Log Forwarding. A page that is forwarded to isolation
is fetched by the engine as `Network Request` events; keys, clipboard, bandwidth and session events
tell more about a page that is logged already. `original_source_ip` is the client that a proxy in
front named, `source_ip` who connected. `total_bytes` came from the site, `total_bytes_sent` went to
it.
"""

from typing import Final

import polars as pl

from logan.formats.engine.clock import iso_offset
from logan.formats.engine.columns import Columns, stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, where, words

_EVENT: Final = JsonObject(
    (
        need("time_stamp", regex=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)$"),
        need("event", regex="^[A-Za-z][A-Za-z -]+$"),
        need("service"),
        need("isolation_session_id", "policy_version", "rendering_mode"),
        need("url", "url_host"),
    ),
    missing=("", "-", "null"),
)
_FORWARD: Final = "Forward To Isolation"
_REQUESTS: Final = (_FORWARD, "Network Request", "Block Page", "Page Blocked", "Warning Page")


def _no_request(cell: Cells) -> pl.Expr:
    why = pl.concat_str(pl.lit("no request: an event that names no host: "), cell["event"])
    return pl.when(cell["url"].is_null() & cell["url_host"].is_null()).then(why)


_COLUMNS: Final = Columns(
    time=Stamp("utc", lambda cell: {"time": iso_offset(cell["time_stamp"])}),
    user="username",
    client_ip=("original_source_ip", "source_ip"),
    method="request_method",
    url="url",
    scheme="url_scheme",
    host="url_host",
    port="url_port",
    status="response_status_code",
    action=words(
        "action",
        allowed=("isolate", "allow", "pass", "inspect", "bypass"),
        blocked=("block", "deny", "terminate"),
    ),
    bytes_sent="total_bytes_sent",
    bytes_received="total_bytes",
    referrer="referer_url",
    user_agent="user_agent",
    repeat=_no_request,
    companion=where(lambda cell: ~cell["event"].is_in(_REQUESTS), "session"),
)
_LINE: Final = (
    '{"service":"Threat Isolation Engine","event":"Network Request","source_ip":"192.0.2.4",'
    '"original_source_ip":"10.1.2.3","url":"https://www.example.com/a?b=c",'
    '"url_host":"www.example.com","url_port":443,"url_scheme":"https","username":"FORCE\\\\jdoe",'
    '"request_method":"POST","response_status_code":200,"action":"Isolate","policy_version":193,'
    '"total_bytes":4852,"total_bytes_sent":51200,"referer_url":"https://www.example.com/",'
    '"user_agent":"Mozilla/5.0","isolation_session_id":"a1-b2",'
    '"time_stamp":"2024-01-01T10:00:00.064134Z"}'
)
WEB_ISOLATION: Final = Format(
    name="web-isolation",
    title="Symantec Web Isolation activity log",
    definition="Symantec Web Isolation Guide, Activity Log",
    reader=_EVENT,
    columns=_COLUMNS,
    tunnels=stated_by_line(lambda cell: cell["event"] == _FORWARD),
    note="Sees what the isolated browser fetched; only isolated sites are in this log.",
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00.064134Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " method=POST url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=51200 bytes_received=4852 referrer=https://www.example.com/"
            " user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            "<14>Jan  1 10:00:00 tie-1 engine.x[ID:3][39]: "
            + _LINE.replace("Network Request", _FORWARD),
            "time=2024-01-01T10:00:00.064134Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " method=POST url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=51200 bytes_received=4852 referrer=https://www.example.com/"
            " user_agent=Mozilla/5.0 evidence=url setup=yes",
        ),
        Sample(
            _LINE.replace("Network Request", "Clipboard Paste"),
            "time=2024-01-01T10:00:00.064134Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " method=POST url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=51200 bytes_received=4852 referrer=https://www.example.com/"
            " user_agent=Mozilla/5.0 evidence=url companion=session",
        ),
    ),
    near_misses=(
        _LINE.replace('"service":"Threat Isolation Engine",', ""),
        _LINE.replace('"time_stamp"', '"time"'),
    ),
)
