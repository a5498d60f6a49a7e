"""SonicWall SonicOS: the same events as ArcSight's CEF.

Definition: SonicOS Log Events Reference Guide, Syslog Format ArcSight; keys as published events of
SonicOS 7 have them. `request` is host and path, without a scheme; `out` comes from the side that
opened the connection, `in` goes to it. Values may stand in quotes. Events have no time of their
own. What they mean is in `logan.formats.vendors.sonicwall`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from logan.formats.engine.cef import CefEvent
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.values import Derivation
from logan.formats.vendors.sonicwall import COLUMNS, DEFINITION, NAMES_NO_HOST, TUNNELS


def _part(name: str, shape: str) -> Derivation:
    return lambda cell: cell[name].str.strip_chars('"').str.extract(shape)


_PARTS: Final[Mapping[str, Derivation]] = {
    "dstname": _part("request", "^([^/?]+)"),
    "arg": _part("request", "^[^/?]*(/.*)$"),
    "usr": _part("account", "^(.+)$"),
    "fw_action": _part("fw_action", "^(.+)$"),
}
_SAMPLE: Final = (
    "<134>1 2024-01-10T13:55:36Z fw1 sonicwall - - - CEF:0|SonicWall|NSa 4700|7.0.1-5119|97|"
    "Syslog Website Accessed|4|cat=1024 gcat=2 src=10.1.2.3 spt=60000 deviceInboundInterface=X0 "
    'dst=203.0.113.9 dpt=80 deviceOutboundInterface=X1 susr="FORCE\\\\jdoe" proto=tcp/http out=798 '
    'in=12352 request=www.example.com/a?b\\=c reason=64 fw_action="NA" dpi=1'
)
CEF: Final = Format(
    name="sonicwall-cef",
    title="SonicWall SonicOS web site hits and blocks, CEF",
    definition=DEFINITION,
    reader=CefEvent(
        needs={"@vendor": "(?i)SonicWall", "@signature": "[0-9]+", "gcat|cat": "[0-9]+"},
        aliases={
            "m": ("@signature",),
            "msg": ("@name",),
            "account": ("susr", "suser"),
            "sent": ("out",),
            "rcvd": ("in",),
            "op": ("requestMethod",),
            "result": ("outcome",),
        },
    ),
    learns=names_no_host_unless(re.compile(" request=").search, NAMES_NO_HOST),
    columns=replace(
        COLUMNS,
        time=None,
        client_ip="src",
        port="dpt",
        derived={**_PARTS, **COLUMNS.derived},
    ),
    tunnels=TUNNELS,
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=http://www.example.com:80/a?b=c action=allowed bytes_sent=798"
            " bytes_received=12352 evidence=url",
        ),
        Sample(
            _SAMPLE.replace("|97|", "|14|")
            .replace("Syslog Website Accessed", "Web site access denied")
            .replace("/a?b\\=c", "/")
            .replace("dpt=80", "dpt=443")
            .replace("tcp/http", "tcp/https"),
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=https://www.example.com:443/ action=blocked bytes_sent=798"
            " bytes_received=12352 evidence=connect",
        ),
    ),
    near_misses=(_SAMPLE.replace("|SonicWall|", "|Example|"),),
)
