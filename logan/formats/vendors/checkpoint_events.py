"""Check Point URL Filtering and Application Control as events: CEF, LEEF and JSON of Log Exporter.

Definition: Check Point, Log Exporter (sk122323). What the fields mean is in
`logan.formats.vendors.checkpoint`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.cef import CefEvent, LeefEvent
from logan.formats.engine.format import Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.vendors.checkpoint import ALIASES, PAIRS

_EVENT: Final = ALIASES | {"product": ("product", "@product")}
_CEF_SAMPLE: Final = (
    "CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|act=Accept rt=1709993106000 "
    "src=10.1.2.3 dst=203.0.113.9 dpt=443 suser=DOE JOHN (jdoe) "
    "request=https://www.example.com:443 requestMethod=CONNECT in=10 out=20"
)
_LEEF_SAMPLE: Final = (
    "LEEF:2.0|Check Point|URL Filtering|1.0|Accept|cat=URL Filtering\tdevTime=1709993106\t"
    "src=10.1.2.3\tdst=203.0.113.9\tdstPort=443\tusrName=jdoe\tresource=https://www.example.com/a"
)
_JSON_SAMPLE: Final = (
    '{"action":"Accept","loguid":"{0x1,0x2,0x3,0x4}","origin":"192.0.2.1","time":"1709993106",'
    '"product":"URL Filtering","resource":"https://www.example.com/a","src":"10.1.2.3",'
    '"src_user_name":"jdoe"}'
)
CEF: Final = replace(
    PAIRS,
    name="checkpoint-cef",
    title="Check Point URL Filtering, Log Exporter (CEF)",
    reader=CefEvent(needs={"@vendor": "Check Point", "rt|start": ".+"}, aliases=_EVENT),
    samples=(
        Sample(
            _CEF_SAMPLE,
            "time=2024-03-09T14:05:06Z user=DOE JOHN (jdoe) client_ip=10.1.2.3"
            " method=CONNECT url=https://www.example.com:443 action=allowed bytes_sent=20"
            " bytes_received=10 evidence=connect setup=yes",
        ),
        Sample(
            _CEF_SAMPLE.replace("com:443", "com/a?b\\=c").replace("CONNECT", "GET"),
            "time=2024-03-09T14:05:06Z user=DOE JOHN (jdoe) client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c action=allowed bytes_sent=20 bytes_received=10"
            " evidence=url",
        ),
    ),
    near_misses=(_CEF_SAMPLE.replace("|Check Point|U", "|Example|U"),),
)
LEEF: Final = replace(
    PAIRS,
    name="checkpoint-leef",
    title="Check Point URL Filtering, Log Exporter (LEEF)",
    reader=LeefEvent(
        needs={"@vendor": "Check Point", "devTime|rt": ".+"},
        aliases=_EVENT | {"action": ("action", "act", "@event")},
    ),
    samples=(
        Sample(
            _LEEF_SAMPLE,
            "time=2024-03-09T14:05:06Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a action=allowed evidence=url",
        ),
        Sample(
            f"{_LEEF_SAMPLE}\tmethod=GET",
            "time=2024-03-09T14:05:06Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a action=allowed evidence=url",
        ),
    ),
    near_misses=(_LEEF_SAMPLE.replace("Check Point", "Example"),),
)
JSON: Final = replace(
    PAIRS,
    name="checkpoint-json",
    title="Check Point URL Filtering, Log Exporter (JSON)",
    reader=JsonObject(
        (need("product"), need("loguid"), need("origin", "originsicname"), need("time")),
        aliases=ALIASES,
    ),
    samples=(
        Sample(
            _JSON_SAMPLE,
            "time=2024-03-09T14:05:06Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a action=allowed evidence=url",
        ),
        Sample(
            _JSON_SAMPLE.replace('"src":', '"method":"GET","src":'),
            "time=2024-03-09T14:05:06Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a action=allowed evidence=url",
        ),
    ),
    near_misses=(_JSON_SAMPLE.replace("loguid", "uid"),),
)
