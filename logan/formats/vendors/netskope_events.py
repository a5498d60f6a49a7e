"""Netskope's events as JSON: of pages, applications, connections, and alerts.

Definition: docs.netskope.com, REST API v2, Events. `timestamp` is in seconds since 1970; `userip`
is the user's own address, `srcip` the one that reached Netskope. Addresses have no scheme. Other
events of the feed (audit, infrastructure) name no site. Whether a connection that was opened has an
event beside those of its pages is not said. An alert says what a policy made of traffic that may
have an event of its own: `alert` is yes of both, `alert_type` (`record_type` of exports) names it.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch
from logan.formats.engine.values import Cells, positive, where
from logan.formats.vendors.netskope import MISSING, decide

_ASKED: Final = ("url", "dsthost", "domain")


def _closed(cell: Cells) -> pl.Expr:
    """What was not opened, or is a host without a path."""
    bare = ~cell.first(*_ASKED).str.contains("/", literal=True)
    return ((cell["bypass_traffic"] == "yes").fill_null(value=False) | bare).fill_null(value=True)


def _repeat(cell: Cells) -> pl.Expr:
    kind = cell.first("type", "record_type", "alert_type")
    why = pl.concat_str(pl.lit("no request: a Netskope event of the type "), kind)
    return pl.when(cell.first(*_ASKED).is_null()).then(why)


def _alert(cell: Cells) -> pl.Expr:
    """True of an alert, which may have no event beside it: pages that were stopped have none."""
    exported = cell["record_type"].str.to_lowercase() == "alert"
    raised = (cell["alert"] == "yes") & cell["alert_type"].is_not_null()
    return pl.coalesce(exported, raised).fill_null(value=False)


_EVENT: Final = Columns(
    time=epoch("timestamp"),
    user="user",
    client_ip=("userip", "srcip"),
    action=lambda cell: decide(cell["action"]),
    url=_ASKED,
    port=positive("dstport"),
    bytes_sent="client_bytes",
    bytes_received="server_bytes",
    referrer="referer",
    user_agent="useragent",
    evidence=connects(_closed),
    companion=where(_alert, "remark"),
    repeat=_repeat,
)
_EVENT_LINE: Final = (
    '{"_id":"8820","access_method":"Client","activity":"Upload","alert":"no","app":"Example",'
    '"action":"allow","referer":"https://example.org/","srcip":"203.0.113.4","timestamp":1705409961,'
    '"traffic_type":"Web","type":"nspolicy","ur_normalized":"jane.doe@force.example",'
    '"url":"www.example.com/a/b?c=d","user":"jane.doe@force.example","useragent":"Mozilla/5.0",'
    '"userip":"10.1.2.3","client_bytes":5120,"server_bytes":640,"dstport":443}'
)
EVENTS: Final = Format(
    name="netskope-events",
    title="Netskope events, JSON",
    definition="docs.netskope.com, REST API v2, Events: page, application, connection, alert",
    reader=JsonObject(
        (
            need("timestamp", regex=r"^[0-9]{10}(?:\.[0-9]+)?$"),
            need("type", "record_type", "alert_type", regex="^[A-Za-z_ -]+$"),
            need("ur_normalized", "userkey", "netskope_pop", "access_method", "organization_unit"),
            need("user"),
        ),
        wrappers=("event", "data"),
        missing=MISSING,
        stamp="timestamp",
    ),
    columns=_EVENT,
    tunnels=NOT_DOCUMENTED,
    note="No method and no status. An alert counts where its request has no event.",
    rank=6,
    samples=(
        Sample(
            _EVENT_LINE,
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3"
            " url=www.example.com:443/a/b?c=d action=allowed bytes_sent=5120"
            " bytes_received=640 referrer=https://example.org/ user_agent=Mozilla/5.0"
            " evidence=url",
        ),
        Sample(
            '{"timestamp":1705409961,"type":"connection","bypass_traffic":"yes","organization_unit":"",'
            '"url":"www.example.com","user":"jane.doe@force.example","userip":"10.1.2.3",'
            '"access_method":"Client"}',
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=unknown evidence=connect",
        ),
        Sample(
            '{"timestamp":1705409961,"type":"policy","alert":"yes","alert_type":"policy",'
            '"action":"block","url":"www.example.com/a","user":"jane.doe@force.example",'
            '"userip":"10.1.2.3","access_method":"Client"}',
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3"
            " url=www.example.com/a action=blocked evidence=url companion=remark",
        ),
        Sample(
            '{"timestamp":1705409961,"type":"admin_audit_logs","user":"admin@force.example",'
            '"organization_unit":"","audit_log_event":"Login Successful"}',
            "time=2024-01-16T12:59:21Z user=admin@force.example action=unknown"
            " evidence=connect repeat=no request: a Netskope event of the type"
            " admin_audit_logs",
        ),
    ),
    near_misses=(
        '{"timestamp":"2024-01-16T12:59:21Z","type":"page","user":"jane","access_method":"Client"}',
        '{"timestamp":1705409961,"type":"http","url":"www.example.com/","user":"jane"}',
    ),
)
