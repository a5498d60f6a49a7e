"""Cisco Umbrella: the IP log as exported to S3, which names addresses only.

Definition: docs.umbrella.com, IP Log Formats; see `logan.formats.vendors.umbrella_record`.
"""

from typing import Final

from logan.formats.engine.columns import NOT_LOGGED, Columns
from logan.formats.engine.delimited import Delimited, in_order
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.vendors.umbrella_dns import LINE as DNS_LINE
from logan.formats.vendors.umbrella_record import (
    DEFINITION,
    STAMP,
    TIME,
    TIME_NAMES,
    stamp_span,
    user,
)

_ADDRESS: Final = "[0-9A-Fa-f:.]+"
_PORT: Final = "[0-9]{1,5}"
_NAMES_NO_HOST: Final = "it names destination addresses only, never hosts: it cannot show visits"
_LINE: Final = (
    '"2024-01-16 17:48:41","WS-12","10.10.1.100","55605", "203.0.113.9","443",'
    '"Unauthorized IP Tunnel Access"'
)
IP_LOG: Final = Format(
    name="umbrella-ip",
    title="Cisco Umbrella IP log",
    definition=DEFINITION,
    reader=Delimited(
        needs={
            "time": TIME,
            "source ip": _ADDRESS,
            "source port": _PORT,
            "destination ip": _ADDRESS,
            "destination port": _PORT,
            "categories": ".*",
        },
        aliases={
            "time": TIME_NAMES,
            "identity": ("identities",),
            "identity type": ("identity types",),
        },
        order=in_order(
            "time,identity,source ip,source port,destination ip,destination port,categories,"
            "identity type"
        ),
        least=7,
        open_end=True,
        stamp_span=stamp_span,
    ),
    learns=names_no_host_unless(lambda _: False, _NAMES_NO_HOST),
    columns=Columns(
        time=STAMP,
        user=user,
        client_ip="source ip",
        action=None,
        host="destination ip",
        port="destination port",
    ),
    tunnels=NOT_LOGGED,
    note="Names addresses only: cannot show visits to sites.",
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-16T17:48:41Z client_ip=10.10.1.100 url=203.0.113.9:443"
            " action=unknown evidence=connect",
            also=(_LINE + ',"Roaming Computers"',),
        ),
    ),
    near_misses=(DNS_LINE, _LINE.replace("55605", "web")),
)
