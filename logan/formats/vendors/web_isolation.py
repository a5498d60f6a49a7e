"""Symantec Web Isolation (Broadcom, once Fireglass): activity events, JSON behind a header.

Definition: Symantec Web Isolation, Logs and Log Forwarding. A page that is forwarded to isolation
is fetched by the engine as `Network Request` events; keys, clipboard, bandwidth and session events
tell more about a page that is logged already. `original_source_ip` is the client that a proxy in
front named, `source_ip` who connected. `total_bytes` came from the site, `total_bytes_sent` went to
it.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.json_lines import Shape, need
from logan.formats.engine.verdicts import decided, tunnelled

_SHAPE: Final = Shape(
    (
        need("time_stamp", regex=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)$"),
        need("event", regex="^[A-Za-z][A-Za-z -]+$"),
        need("service"),
        need("isolation_session_id", "policy_version", "rendering_mode"),
        need("url", "url_host"),
    )
)
_FORWARD: Final = "Forward To Isolation"
_REQUESTS: Final = (_FORWARD, "Network Request", "Block Page", "Page Blocked", "Warning Page")
_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": "time_stamp",
    "event": "event",
    "user": "username",
    "source": ("original_source_ip", "source_ip"),
    "method": "request_method",
    "url": "url",
    "host": "url_host",
    "port": "url_port",
    "scheme": "url_scheme",
    "status": "response_status_code",
    "decision": "action",
    "sent": "total_bytes_sent",
    "received": "total_bytes",
    "referrer": "referer_url",
    "agent": "user_agent",
}


def _check(line: str, layout: Layout) -> Fault | None:
    return _SHAPE.check(line, layout)


def _columns(layout: Layout) -> Columns:
    cell = _SHAPE.cells(layout, _CELLS, ("", "-", "null"))
    event = cell["event"]
    return {
        "reason": _SHAPE.reason_at(layout),
        "repeat": pl.when(cell["url"].is_null() & cell["host"].is_null()).then(
            pl.concat_str(pl.lit("no request: an event that names no host: "), event)
        ),
        "companion": pl.when(~event.is_in(_REQUESTS)).then(pl.lit("session")),
        "setup": event == _FORWARD,
        "time": clock.iso_offset(cell["time"]),
        "user": cell["user"],
        "client_ip": cell["source"],
        "method": cell["method"],
        "url": cell["url"],
        "scheme": cell["scheme"],
        "host": cell["host"],
        "port": integer(cell["port"]),
        "status": integer(cell["status"]),
        "action": decided(
            cell["decision"],
            allowed="isolate|allow|pass|inspect|bypass",
            blocked="block|deny|terminate",
        ),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": cell["agent"],
        "evidence": tunnelled(cell["method"]),
    }


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
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="utc",
        note="Sees what the isolated browser fetched; only isolated sites are in this log.",
    ),
    check=_check,
    signs=_SHAPE.signs,
    columns=_columns,
    rank=7,
    samples=(
        _LINE,
        "<14>Jan  1 10:00:00 tie-1 engine.x[ID:3][39]: "
        + _LINE.replace("Network Request", _FORWARD),
        _LINE.replace("Network Request", "Clipboard Paste"),
    ),
    near_misses=(
        _LINE.replace('"service":"Threat Isolation Engine",', ""),
        _LINE.replace('"time_stamp"', '"time"'),
    ),
)
