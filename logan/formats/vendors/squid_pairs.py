"""Squid's access log as Splunk asks for it: a stamp, then `key=value`.

Definition: Splunk Add-on for Squid Proxy, "Configure Squid Proxy" (`logformat
splunk_recommended_squid`): `%ts.%03tu` in front, `bytes_in` is `%>st` (what the client sent),
`bytes_out` `%<st` (what it got), `sni` the name of the TLS handshake. What the codes mean is
Squid's affair (squid.conf.documented, `logformat`; in quotes a backslash escapes).
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import Columns, EvidenceColumn, stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import TEXT, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells
from logan.formats.vendors.squid import (
    decide,
    epoch_span,
    evidence,
    neighbour,
    opens_intercepted_tunnel,
    status_code,
    user_name,
)

_STAMP: Final = r"^([0-9]{9,10}\.[0-9]{3}) "
_ADDRESS: Final = r"^[0-9.]+:[0-9]+$|^\[[0-9A-Fa-f:]+\]:[0-9]+$"


def _host(cell: Cells) -> pl.Expr:
    """The name of the handshake, where a CONNECT that was intercepted has only an address."""
    tunnel = (cell["http_method"] == "CONNECT") & cell["url"].str.contains(_ADDRESS)
    return pl.when(tunnel).then(cell["sni"])


def _opens(cell: Cells) -> pl.Expr:
    status = status_code(cell["status"])
    return opens_intercepted_tunnel(cell["vendor_action"], cell["http_method"], status)


_LINE: Final = (
    "1704103200.123 logformat=splunk_recommended_squid duration=19 src_ip=10.1.2.3 src_port=62838 "
    'dest_ip=203.0.113.9 dest_port=443 user_ident="-" user="jdoe" '
    "local_time=[01/Jan/2024:10:00:00 +0000] http_method=POST request_method_from_client=POST "
    'request_method_to_server=POST url="https://www.example.com/a?b=c" http_referrer="-" '
    'http_user_agent="Mozilla/5.0 (X11)" status=200 vendor_action=TCP_MISS dest_status=HIER_DIRECT '
    'total_time_milliseconds=19 http_content_type="text/xml" bytes=2732 bytes_in=993 '
    'bytes_out=1739 sni="-"'
)
_TUNNEL: Final = (
    _LINE.replace("POST", "CONNECT")
    .replace("https://www.example.com/a?b=c", "203.0.113.9:443")
    .replace('sni="-"', 'sni="www.example.com"')
)
SPLUNK: Final = Format(
    name="squid-splunk",
    title="Squid, logformat splunk_recommended_squid",
    definition="Splunk Add-on for Squid Proxy, Configure Squid Proxy",
    reader=KeyValue(
        pairs=Pairs(),
        needs={
            "src_ip": ".+",
            "http_method": ".+",
            "url": ".+",
            "vendor_action": "[A-Z][A-Z_0-9]*",
            "dest_status": ".+",
        },
        stamp_span=epoch_span,
    ),
    columns=Columns(
        time=Stamp("utc", lambda _: {"time": clock.epoch_seconds(TEXT.str.extract(_STAMP, 1))}),
        user=lambda cell: user_name(cell.first("user", "user_ident")),
        client_ip="src_ip",
        method="http_method",
        url="url",
        host=_host,
        status=lambda cell: status_code(cell["status"]),
        action=lambda cell: decide(
            cell["vendor_action"], status_code(cell["status"]), cell["http_method"]
        ),
        bytes_sent="bytes_in",
        bytes_received="bytes_out",
        duration_ms=lambda cell: integer(cell["duration"]),
        referrer="http_referrer",
        user_agent="http_user_agent",
        evidence=EvidenceColumn(("url", "connect"), lambda cell: evidence(cell["http_method"])),
        repeat=lambda cell: neighbour(cell["vendor_action"]),
    ),
    tunnels=stated_by_line(_opens),
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00.123000Z user=jdoe client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=993"
            " bytes_received=1739 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            _TUNNEL.replace("TCP_MISS", "TCP_DENIED").replace("status=200", "status=407"),
            "time=2024-01-01T10:00:00.123000Z user=jdoe client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443 status=407 action=auth bytes_sent=993 bytes_received=1739"
            " user_agent=Mozilla/5.0 (X11) evidence=connect",
        ),
        Sample(
            _TUNNEL.replace("TCP_MISS", "TCP_TUNNEL").replace('user="jdoe"', 'user="-"'),
            "time=2024-01-01T10:00:00.123000Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443 status=200 action=allowed bytes_sent=993"
            " bytes_received=1739 user_agent=Mozilla/5.0 (X11) evidence=connect",
        ),
    ),
    near_misses=(_LINE.replace("vendor_action", "action"), _LINE.replace("src_ip", "src")),
)
