"""Zscaler's web feed as CSV in the order that its portal proposes, without a header.

Definition: help.zscaler.com, NSS Feed Output Format: Web Logs, "View a sample web log" (34 values;
what older portals proposed has 32, without the two times behind the sizes). Customers choose other
orders too: a line is this feed's only where stamp, verdict, sizes, both addresses, method and
status stand in their places. What the fields mean is in `logan.formats.vendors.zscaler_record`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.delimited import Delimited
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS, MISSING, NOTE, TUNNELS

_BEGIN: Final = "stamp user protocol url action application class sent received"
_END: Final = (
    "urlclass supercategory category malware threat risk engine dictionary location department "
    "client public method status agent referrer ruletype rule content unscannable owner device key"
)
_STAMP: Final = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}"
_NEEDS: Final = {
    "stamp": _STAMP,
    "protocol": "[A-Z][A-Z_0-9]*",
    "url": ".+",
    "action": ACTION,
    "sent": "[0-9]+",
    "received": "[0-9]+",
    "client": f"{ADDRESS}|N/?A|None",
    "public": f"{ADDRESS}|N/?A|None",
    "method": "[A-Za-z-]+|N/A",
    "status": "[0-9]{3}|0|N/?A|None",
}
#: What other templates of the feed have beside these.
_LACKING: Final = {"host": ("host",), "zone": ("zone",)}


def _reader(order: str) -> Delimited:
    return Delimited(
        needs=_NEEDS,
        aliases=_LACKING,
        missing=MISSING,
        headed=False,
        order=tuple(order.split()),
    )


_FRONT: Final = (
    '"Wed Jan 10 13:55:36 2024","jdoe@force.example","HTTPS","www.example.com/a?b=c,d","Allowed",'
    '"General Browsing","Consumer Apps","640","5120",'
)
_BACK: Final = (
    '"Productivity Loss","Other","Miscellaneous","None","None","0","None","None","HQ","CID",'
    '"10.1.2.3","203.0.113.9","GET","200","Mozilla/5.0 (X11)","None","None","None","Other","None",'
    '"jdoe","WS11","N/A"'
)
_CLOSED: Final = (
    (_FRONT + _BACK)
    .replace("HTTPS", "SSL")
    .replace("jdoe@force.example", "HQ")
    .replace("www.example.com/a?b=c,d", "www.example.com")
    .replace("Allowed", "Blocked")
    .replace('"GET","200"', '"NA","NA"')
)
_RECORD: Final = (
    "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3 method=GET"
    " url=https://www.example.com/a?b=c,d status=200 action=allowed bytes_sent=640"
    " bytes_received=5120 user_agent=Mozilla/5.0 (X11) evidence=url"
)
BARE: Final = Format(
    name="zscaler-csv-bare",
    title="Zscaler web feed, CSV without a header (34 values)",
    definition="help.zscaler.com, NSS Feed Output Format: Web Logs",
    reader=_reader(f"{_BEGIN} servertime clienttime {_END}"),
    columns=COLUMNS,
    tunnels=TUNNELS,
    note=NOTE,
    rank=7,
    samples=(Sample(f'{_FRONT}"0","0",{_BACK}', _RECORD),),
    near_misses=(
        _FRONT + _BACK,
        f'{_FRONT}"0","0",{_BACK}'.replace("Wed Jan 10 13:55:36 2024", "2024-01-10 13:55:36"),
    ),
)
OLDER: Final = replace(
    BARE,
    name="zscaler-csv-bare-32",
    title="Zscaler web feed, CSV without a header (32 values)",
    reader=_reader(f"{_BEGIN} {_END}"),
    samples=(
        Sample(_FRONT + _BACK, _RECORD),
        Sample(
            _CLOSED,
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=blocked"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11) evidence=connect",
        ),
    ),
    near_misses=(
        f'{_FRONT}"0","0",{_BACK}',
        (_FRONT + _BACK).replace('"10.1.2.3","203.0.113.9"', '"a","b"'),
        (_FRONT + _BACK).replace('"Allowed"', '"x"'),
    ),
)
