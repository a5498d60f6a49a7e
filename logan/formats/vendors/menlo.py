"""Menlo Security's web log: what the isolated browser was sent to fetch.

Definition: Menlo Security, Log Export API 2.0 (web); elastic/integrations, packages/menlo, with its
test lines. Times are UTC. `x-client-ip` is the user's side, `origin_ip` and `dst` are the site's;
`pe_action` is what the policy did with the request: an isolated page was fetched. A proxy event
tells of the CONNECT before it, or of what went wrong with it.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, words


def _time(cell: Cells) -> Expressions:
    wall = cell["event_time"].str.strip_suffix("Z")
    return {"time": clock.naive(wall, "%Y-%m-%dT%H:%M:%S%.f").dt.replace_time_zone("UTC")}


def _companion(cell: Cells) -> pl.Expr:
    failed = cell["proxyEventType"].is_not_null()
    return pl.when(failed).then(pl.lit("remark"))


_LINE: Final = (
    '{"top_url": "www.example.com", "domain": "www.example.com", "protocol": "https", '
    '"origin_ip": "203.0.113.9", "event_time": "2024-01-10T13:55:36.600000", "dst": "203.0.113.9", '
    '"user-agent": "Mozilla/5.0 (X11)", "product": "MSIP", "vendor": "Menlo Security", '
    '"version": "2.0", "request_type": "GET", "refererl": "https://example.org/", '
    '"groups": ["staff"], "categories": "News", "x-client-ip": "10.1.2.3", "name": "page_request", '
    '"url": "https://www.example.com/a?b=c", "userid": "jdoe@force.example", '
    '"pe_action": "isolate", "response_code": "200"}'
)
_FAILED: Final = (
    '{"event":{"domain":"www.example.com","event_time":"2024-01-10T13:55:36","name":"proxy_event",'
    '"pe_action":"proxy_event","product":"MSIP","proxyEventType":"cert_error",'
    '"request_type":"CONNECT","response_code":"200","url":"www.example.com:443",'
    '"vendor":"Menlo Security","x-client-ip":"10.1.2.3"}}'
)
MENLO: Final = Format(
    name="menlo",
    title="Menlo Security web log, JSON",
    definition="Menlo Security, Log Export API 2.0, web",
    reader=JsonObject(
        (
            need("vendor", regex="^Menlo Security$"),
            need("event_time", regex="^[0-9]{4}-[0-9]{2}-[0-9]{2}T"),
            need("url", "domain"),
            need("pe_action"),
        ),
        wrappers=("event",),
        missing=("", "-", "NA", "N/A", "Unknown"),
    ),
    columns=Columns(
        time=Stamp("utc", _time),
        user="userid",
        client_ip="x-client-ip",
        method="request_type",
        url=("url", "domain"),
        status="response_code",
        action=words("pe_action", allowed=("allow", "isolate"), blocked=("block",)),
        referrer=("refererl", "referer"),
        user_agent="user-agent",
        companion=_companion,
    ),
    tunnels=NOT_DOCUMENTED,
    note="Sees what the isolated browser was sent to fetch; no byte counts.",
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36.600000Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " referrer=https://example.org/ user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            _FAILED,
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443 status=200 action=unknown evidence=connect"
            " companion=remark setup=yes",
        ),
    ),
    near_misses=(
        _LINE.replace("Menlo Security", "Example"),
        _LINE.replace("pe_action", "action"),
    ),
)
