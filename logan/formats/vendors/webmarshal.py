"""Trustwave (M86, Marshal) WebMarshal: pairs in the WebTrends enhanced log format, by syslog.

Definition: WebMarshal User Guide, Syslog; WebTrends Enhanced Log format (WELF): `sent` goes from
the source to the destination, `rcvd` back. `time` is the server's wall clock, not padded; the
address is split in `scheme`, `dstname`, `proto` (the port) and `arg`, whose query may be cut to
`?...`.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Format, Layout, Shows, integer
from logan.formats.engine.keyvalue import PairFormat, Pairs
from logan.formats.engine.verdicts import decided, tunnelled

_KEYS: Final = (
    "id",
    "time",
    "fw",
    "pri",
    "src",
    "srcname",
    "dst",
    "dstname",
    "proto",
    "rule",
    "sent",
    "rcvd",
    "cat_site",
    "catlevel_site",
    "cat_page",
    "catlevel_page",
    "cat_action",
    "user",
    "arg",
    "agent",
    "ref",
    "op",
    "filetype",
    "contenttype",
    "scheme",
    "wmcache",
    "scode",
    "dclass",
    "fclass",
    "msg",
    "result",
    "duration",
)
_PAIRS: Final = PairFormat(
    # A bare value runs to the next key: user names hold spaces.
    pairs=Pairs(keys=_KEYS, ends="", escapes=('""',)),
    keys=_KEYS,
    needs={
        "id": "WebMarshal",
        "time": "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}",
        "src|srcname": ".+",
        "dstname|dst": ".+",
    },
)


def _columns(layout: Layout) -> Columns:
    del layout
    cell = _PAIRS.cells
    whole = cell["arg"].str.strip_suffix("?...")
    return {
        "reason": _PAIRS.reason(),
        "local_time": clock.naive(cell["time"], "%Y-%m-%d %H:%M:%S"),
        "user": cell["user"],
        "client_ip": pl.coalesce(cell["src"], cell["srcname"]),
        "method": cell["op"],
        "scheme": cell["scheme"],
        "host": pl.coalesce(cell["dstname"], cell["dst"]),
        "port": integer(cell["proto"]),
        "url": whole,
        "status": integer(cell["scode"]),
        "action": decided(
            pl.coalesce(cell["cat_action"], cell["result"]),
            allowed="pass|allow|permit|warn-proceed",
            blocked="block|deny",
        ),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["rcvd"]),
        "referrer": cell["ref"],
        "user_agent": cell["agent"],
        "evidence": tunnelled(cell["op"]),
    }


_LINE: Final = (
    'id=WebMarshal time="2024-1-1 10:00:00" fw=GATE1 pri=6 src=10.1.2.3 srcname=ws12 '
    "dst=192.0.2.1 dstname=www.example.com proto=443 sent=175 rcvd=261 cat_action=pass "
    'user=FORCE\\jane doe  arg=/a/b?c=d agent="Mozilla/5.0 (X11; Linux)" '
    "ref=https://example.org/?... op=POST filetype=TEXT contenttype=text/html scheme=https "
    'scode=200 dclass="Out of Business Hours" fclass="Other Files"'
)
WEBMARSHAL: Final = Format(
    name="webmarshal",
    title="Trustwave WebMarshal",
    definition="WebMarshal User Guide, Syslog (WELF)",
    shows=Shows(user=True, evidence=("url", "connect"), bytes="both", clock="local"),
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    prepare=_PAIRS.prepare,
    columns=_columns,
    rank=7,
    samples=(
        _LINE,
        "<14>1 2024-01-01T10:00:00.748Z gate.force.example WMEngine 9148 root - INFO - " + _LINE,
    ),
    near_misses=(
        _LINE.replace("id=WebMarshal", "id=firewall"),
        _LINE.replace("2024-1-1 10:00:00", "10:00:00"),
    ),
)
