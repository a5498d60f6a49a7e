"""Sophos Firewall (XG, XGS): the web filter's lines among all others of its feed.

Definition: docs.sophos.com, Sophos Firewall, Log file details (SFOS 17 to 21: Web filter) and the
standard syslog protocol. Stamps are wall clock with the zone's name or offset beside them. Lines of
other kinds (sessions, TLS inspection with its `sni`, viruses, alerts of the web content policy with
the `website`) tell of the same connections, or are events.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import first, iso, zoned
from logan.formats.engine.values import Cells, Derivation, Given, joined, matched, where

_FIREWALL: Final = KeyValue(
    needs={
        "device|device_name|device_model": ".+",
        "log_id": "[0-9]{9,14}",
        "log_type": ".+",
        "timestamp|date": "[0-9]{4}-[0-9]{2}-[0-9]{2}.*",
    },
    aliases={
        "status": ("status_code", "http_status", "httpresponsecode"),
        "name": ("user_name", "user", "src_username"),
        "sent": ("sent_bytes", "bytes_sent"),
        "received": ("recv_bytes", "bytes_received"),
        "domain": ("domain", "sni", "website"),
    },
)
_OF_TRAFFIC: Final = (
    *("Content Filtering", "Anti-Virus", "ATP", "IDP", "SSL", "Sandbox", "Firewall"),
    "Zero day protection",
)
#: An alert about words in a page, whose own line is beside it; `action` says what was done.
_CONTENT: Final = "Web Content Policy"
_NAMES_NO_HOST: Final = (
    "its first lines hold no web filter log (Content Filtering with an address) and no TLS "
    "inspection log with a server's name: sessions and events cannot show visits"
)


def verdict(word: Given, *, status: Given) -> Derivation:
    """What the gateway did; a page that warns stands before the site until it is answered. What it
    would deny, it did not."""
    return matched(
        word,
        allowed="(?:allow|pass|override|proceed).*",
        blocked="(?:den|block|drop|reject|warn|coach).*",
        status=status,
    )


def _is_closed(cell: Cells) -> pl.Expr:
    """True of HTTPS that was not opened: the firewall knows the name only, and no browser."""
    bare = cell["url"].is_null() | cell["url"].str.contains("^https://[^/?]*/?$")
    return bare & cell["user_agent"].is_null() & cell["http_method"].is_null()


def _is_web(cell: Cells) -> pl.Expr:
    of_filter = cell["log_type"] == "Content Filtering"
    other = cell["log_component"].is_in(["Application", "SSL", _CONTENT])
    return (of_filter & ~other).fill_null(value=False)


def _names_none(cell: Cells) -> pl.Expr:
    # The domain of other lines may be that of mail, or of a log-on.
    of_tls = (cell["log_component"] == "SSL").fill_null(value=False)
    of_traffic = cell["log_type"].is_in(_OF_TRAFFIC).fill_null(value=False) | of_tls
    nameless = cell["url"].is_null() & cell["domain"].is_null()
    return (~cell["web"] & ~of_traffic) | nameless


def _decided(cell: Cells) -> pl.Expr:
    alert = (cell["log_component"] == _CONTENT).fill_null(value=False)
    return pl.when(alert).then(cell["action"]).otherwise(cell["log_subtype"])


_COLUMNS: Final = Columns(
    time=first(iso("timestamp"), zoned(joined("date", "time"), "%Y-%m-%d %H:%M:%S", "timezone")),
    client_ip="src_ip",
    user="name",
    method="http_method",
    url="url",
    host=lambda cell: pl.when(cell["url"].is_null()).then(cell["domain"]),
    status="status",
    action=verdict(_decided, status="status"),
    bytes_sent="sent",
    bytes_received="received",
    referrer="referer",
    user_agent="user_agent",
    evidence=connects(_is_closed),
    repeat=where(_names_none, "no request: an event, or a session that names no host"),
    companion=where(lambda cell: ~cell["web"], "session"),
    derived={"web": _is_web},
)


def _is_of_filter(line: str) -> bool:
    """True of a line of the web filter with an address in it, or of TLS inspection with a name."""
    filtered = "Content Filtering" in line and re.search("(url|domain)=", line) is not None
    return filtered or re.search(r'log_component="?SSL"?\s.*\bsni="?[^" ]', line) is not None


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
_TLS_SAMPLE: Final = (
    'timestamp="2024-06-14T09:30:41+0100" device_model="XGS2100" device_serial_id="X1" '
    'log_id="019602617003" log_type="Content Filtering" log_component="SSL" '
    'log_subtype="Do not decrypt" log_version=1 severity="Information" user="jdoe" '
    'src_ip="10.1.2.3" dst_ip="203.0.113.9" user_group="Staff" '
    'src_port=56332 dst_port=443 app_name="" category="News" rule_id=1 '
    'sni="www.example.com" tls_version="TLS1.3" reason="" message=""'
)
FIREWALL: Final = Format(
    name="sophos-firewall",
    title="Sophos Firewall (XG, XGS) web filter",
    definition="docs.sophos.com, Sophos Firewall, Log file details, Web filter",
    reader=_FIREWALL,
    learns=names_no_host_unless(_is_of_filter, _NAMES_NO_HOST),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="Lines without a method; a zone's name is read where it means one offset.",
    rank=6,
    samples=(
        Sample(
            _FIREWALL_SAMPLE,
            "time=2024-05-16T14:54:39Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=http://www.example.com/a?b=c status=200 action=allowed bytes_sent=310"
            " bytes_received=4563 referrer=http://example.org/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
        Sample(
            _STANDARD_SAMPLE,
            "time=2024-06-14T08:30:41Z client_ip=10.1.2.3 url=https://www.example.com/"
            " status=403 action=blocked bytes_sent=340 bytes_received=893 evidence=connect",
        ),
        Sample(
            _TLS_SAMPLE,
            "time=2024-06-14T08:30:41Z user=jdoe client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=connect companion=session",
        ),
    ),
    near_misses=(_FIREWALL_SAMPLE.replace("log_type", "type"),),
)
