"""Cisco Umbrella and Secure Access: the cloud firewall's log as exported to S3.

Definition: docs.umbrella.com and docs.sse.cisco.com, Cloud Firewall Log Formats; see
`logan.formats.vendors.umbrella_record`. What `fqdns` are is taken from the example and the column
of lists beside it, not from a sentence: the names that a rule's destination list has for the
address. Of several nobody knows which was asked for, and where no list has one, none stands there.
`direction` tells who opened the connection.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, Columns
from logan.formats.engine.delimited import Delimited, in_order
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.values import Cells, matched
from logan.formats.vendors.umbrella_ip import IP_LOG
from logan.formats.vendors.umbrella_record import STAMP, TIME, TIME_NAMES, stamp_span, user

_ADDRESS: Final = "[0-9A-Fa-f:.]*"
_NUMBER: Final = "[0-9]*"
_NAMES_HOST: Final = re.compile(r"""(?i),\s*"?(?:allow|block)[a-z]*"?\s*,\s*"?[^",\s]""")
_NAMES_NO_HOST: Final = (
    "its first lines name destination addresses only (no `fqdns`): it cannot show visits"
)


def _host(cell: Cells) -> pl.Expr:
    """The only name, else the address: of several names nobody knows which was meant."""
    several = cell["fqdns"].str.contains(",", literal=True)
    return pl.when(several).then(cell["destination ip"]).otherwise(cell["fqdns"])


def _no_request(cell: Cells) -> pl.Expr:
    """Packets towards the organisation, and connections to an address without a name."""
    return (
        pl.when(cell["direction"].str.to_uppercase() != "OUTBOUND")
        .then(pl.lit("no request: a connection from outside"))
        .when(cell["fqdns"].is_null())
        .then(pl.lit("no request: it names no host"))
    )


_FRONT: Final = (
    '"2024-01-16 17:48:41","[211039844]","Yard 7", "CDFW Tunnel Device","OUTBOUND","6","84",'
    '"10.10.1.100","60951","203.0.113.9", "443","ams1.edc","12","ALLOW"'
)
_NEW: Final = (
    '"44,66","1705427321","1705427330","3","3","1108","755","39-42","","","","","","","[]","","",'
    '"","2204063"'
)
_RECORD: Final = (
    "time=2024-01-16T17:48:41Z client_ip=10.10.1.100 url=www.example.com:443 action=allowed"
)
FIREWALL_LOG: Final = Format(
    name="umbrella-firewall",
    title="Cisco Umbrella cloud firewall log",
    definition="docs.umbrella.com, Cloud Firewall Log Formats",
    reader=Delimited(
        needs={
            "time": TIME,
            "direction": "(?i:outbound|inbound)[a-zA-Z]*",
            "protocol": "[A-Za-z0-9]*",
            "packet size": _NUMBER,
            "source ip": _ADDRESS,
            "source port": _NUMBER,
            "destination ip": _ADDRESS,
            "destination port": _NUMBER,
            "action": "(?i:allow|block)[A-Za-z]*",
        },
        aliases={
            "time": TIME_NAMES,
            "identity": ("identities",),
            "identity type": ("identity types",),
            "action": ("verdict",),
        },
        order=in_order(
            "time,origin ids,identity,identity type,direction,protocol,packet size,source ip,"
            "source port,destination ip,destination port,data center,rule id,action,fqdns,"
            "destination list ids,first packet,last packet,packets sent,packets received,"
            "bytes sent,bytes received"
        ),
        least=14,
        open_end=True,
        stamp_span=stamp_span,
    ),
    learns=names_no_host_unless(_NAMES_HOST.search, _NAMES_NO_HOST),
    columns=Columns(
        time=STAMP,
        user=user,
        client_ip="source ip",
        action=matched("action", allowed="allow(?:ed)?", blocked="block(?:ed)?"),
        host=_host,
        port="destination port",
        bytes_sent="bytes sent",
        bytes_received="bytes received",
        repeat=_no_request,
    ),
    tunnels=LOGGED_ALONE,
    note="Names hosts only where a rule's destination list has them, by their address; where these"
    " are several, the line is a mention.",
    rank=6,
    samples=(
        Sample(
            f'{_FRONT},"www.example.com",{_NEW}',
            f"{_RECORD} bytes_sent=1108 bytes_received=755 evidence=connect",
        ),
        Sample(f'{_FRONT},"www.example.com","44"', f"{_RECORD} evidence=connect"),
        Sample(
            f'{_FRONT},"example.com,www.example.com","44"',
            _RECORD.replace("www.example.com", "203.0.113.9") + " evidence=connect",
        ),
        Sample(
            f'{_FRONT},"",""',
            _RECORD.replace("www.example.com", "")
            + " evidence=connect repeat=no request: it names no host",
        ),
    ),
    near_misses=(*IP_LOG.texts, _FRONT.replace("ALLOW", "12")),
)
