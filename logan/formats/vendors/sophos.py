"""Sophos Firewall (XG, XGS): the web filter's lines among all others of its feed.

Definition: docs.sophos.com, Sophos Firewall, Log file details (SFOS 17 to 21: Web filter) and the
standard syslog protocol. Stamps are wall clock with the zone's name or offset beside them. Lines of
other kinds (sessions, TLS inspection, viruses) tell of the same connections, or are events.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Format, Head, Layout, Shows, integer
from logan.formats.engine.keyvalue import PairFormat
from logan.schema import ACTION

_FIREWALL: Final = PairFormat(
    keys=(
        "log_component",
        "log_subtype",
        "date",
        "time",
        "timezone",
        "user_name",
        "user",
        "src_username",
        "src_ip",
        "url",
        "domain",
        "status_code",
        "http_status",
        "httpresponsecode",
        "http_method",
        "sent_bytes",
        "bytes_sent",
        "recv_bytes",
        "bytes_received",
        "referer",
        "user_agent",
    ),
    needs={
        "device|device_name": ".+",
        "log_id": "[0-9]{9,14}",
        "log_type": ".+",
        "timestamp|date": "[0-9]{4}-[0-9]{2}-[0-9]{2}.*",
    },
)
_OF_TRAFFIC: Final = (
    *("Content Filtering", "Anti-Virus", "ATP", "IDP", "SSL", "Sandbox", "Firewall"),
    "Zero day protection",
)
_BLIND: Final = (
    "its first lines hold no web filter log (Content Filtering with an address): sessions and "
    "events cannot show visits"
)


def verdict(word: pl.Expr, status: pl.Expr) -> pl.Expr:
    """What the gateway did; a page that warns stands before the site until it is answered."""
    lower = word.str.to_lowercase()
    return (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(lower.str.contains("^(?:den|block|drop|warn|would deny|coach)"))
        .then(pl.lit("blocked"))
        .when(lower.str.contains("^(?:allow|pass|override|proceed)"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _firewall_time(cell: dict[str, pl.Expr]) -> Columns:
    stamp = pl.concat_str(cell["date"], pl.lit(" "), cell["time"])
    local = clock.naive(stamp, "%Y-%m-%d %H:%M:%S")
    placed = clock.in_zone(local, cell["timezone"])
    instant = pl.coalesce(clock.iso_offset(cell["timestamp"]), placed["time"])
    wall = pl.when(instant.is_null()).then(placed["local_time"])
    return {"time": instant, "local_time": wall}


def _firewall_columns(layout: Layout) -> Columns:
    del layout
    cell = _FIREWALL.cells
    status = integer(
        pl.coalesce(cell["status_code"], cell["http_status"], cell["httpresponsecode"])
    )
    url = cell["url"]
    # Of HTTPS that was not opened the firewall knows the name only, and no browser.
    bare = url.is_null() | url.str.contains("^https://[^/?]*/?$")
    closed = bare & cell["user_agent"].is_null() & cell["http_method"].is_null()
    web = (cell["log_type"] == "Content Filtering") & (cell["log_component"] != "Application")
    web = web.fill_null(value=False)
    # The domain of other lines may be that of mail, or of a log-on.
    of_traffic = cell["log_type"].is_in(_OF_TRAFFIC).fill_null(value=False)
    return {
        "reason": _FIREWALL.reason(),
        "repeat": pl.when((~web & ~of_traffic) | (url.is_null() & cell["domain"].is_null())).then(
            pl.lit("no request: an event, or a session that names no host")
        ),
        "companion": pl.when(~web).then(pl.lit("session")),
        **_firewall_time(cell),
        "client_ip": cell["src_ip"],
        "user": pl.coalesce(cell["user_name"], cell["user"], cell["src_username"]),
        "method": cell["http_method"],
        "url": url,
        "host": pl.when(url.is_null()).then(cell["domain"]),
        "status": status,
        "action": verdict(cell["log_subtype"], status),
        "bytes_sent": integer(pl.coalesce(cell["sent_bytes"], cell["bytes_sent"])),
        "bytes_received": integer(pl.coalesce(cell["recv_bytes"], cell["bytes_received"])),
        "referrer": cell["referer"],
        "user_agent": cell["user_agent"],
        "evidence": pl.when(closed).then(pl.lit("connect")).otherwise(pl.lit("url")),
    }


def _firewall_layout(head: Head) -> Layout:
    read = [line for line in head.lines if _FIREWALL.check(line, Layout()) is None]
    web = any("Content Filtering" in line and re.search("(url|domain)=", line) for line in read)
    return Layout(blind=_BLIND if read and not web else None)


_FIREWALL_SAMPLE: Final = (
    'device="SFW" date=2024-05-16 time=14:54:39 timezone="BST" device_name="XG330" '
    "device_id=S0000000000000A log_id=050901616001 "
    'log_type="Content Filtering" log_component="HTTP" log_subtype="Allowed" status="" '
    'priority=Information fw_rule_id=6 user_name="jdoe@force.example" user_gp="Staff" '
    'category="News" url="http://www.example.com/a?b=c" src_ip=10.1.2.3 dst_ip=203.0.113.9 '
    'protocol="TCP" src_port=56332 dst_port=80 sent_bytes=310 recv_bytes=4563 '
    'domain=www.example.com exceptions= user_agent="Mozilla/5.0 (X11)" status_code="200" '
    'referer="http://example.org/"'
)
_STANDARD_SAMPLE: Final = (
    'device_name="SFW" timestamp="2024-06-14T09:30:41+0100" device_model="XGS2100" '
    'log_id=050902616002 log_type="Content Filtering" log_component="HTTP" log_subtype="Denied" '
    'url="https://www.example.com/" src_ip="10.1.2.3" src_port=35550 dst_port=443 bytes_sent=340 '
    'bytes_received=893 domain="www.example.com" http_status="403"'
)
FIREWALL: Final = Format(
    name="sophos-firewall",
    title="Sophos Firewall (XG, XGS) web filter",
    definition="docs.sophos.com, Sophos Firewall, Log file details, Web filter",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="local",
        note="Lines without a method; a zone's name is read where it means one offset.",
    ),
    check=_FIREWALL.check,
    signs=_FIREWALL.signs,
    prepare=_FIREWALL.prepare,
    columns=_firewall_columns,
    layout=_firewall_layout,
    rank=6,
    samples=("<134>" + _FIREWALL_SAMPLE, _FIREWALL_SAMPLE, _STANDARD_SAMPLE),
    near_misses=(_FIREWALL_SAMPLE.replace("log_type", "type"),),
)
