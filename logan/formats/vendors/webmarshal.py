"""Trustwave (M86, Marshal) WebMarshal: pairs in the WebTrends enhanced log format, by syslog.

Definition: support.trustwave.com, KB 21119, What data does WebMarshal log in WELF traffic logs;
WebMarshal User Guide, Syslog: `sent` is the upload, `rcvd` the download. `time` is the server's
wall clock, not padded; the address is split in `scheme`, `dstname`, `proto` (the port) and `arg`,
whose query may be cut to `?...`; `dst` may be a proxy above. `user` is the machine's name or
address where nobody logged on. HTTPS rules open what they are to scan (User Guide, Understanding
Rule Types), and the requests inside are logged (KB 12020, Logging); that the CONNECT before them is
logged, too, neither says nor denies.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, matched

_KEYS: Final = (
    "id time fw pri src srcname dst dstname proto requestid rule sent rcvd cat_site catlevel_site "
    "cat_page catlevel_page cat_action user arg agent ref op filetype contenttype scheme "
    "wmcache scode dclass fclass msg result duration "
)


def _user(cell: Cells) -> pl.Expr:
    """Who logged on: not the machine, whose name stands there otherwise."""
    name = cell["user"].str.strip_chars(" ")
    machine = name.str.to_lowercase() == cell["srcname"].str.to_lowercase()
    return pl.when(~machine.fill_null(value=False)).then(name)


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
    reader=KeyValue(
        # A bare value runs to the next key: user names hold spaces.
        pairs=Pairs(keys=tuple(_KEYS.split()), ends="", escapes=('""',)),
        needs={
            "id": "WebMarshal",
            "time": "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}",
            "src|srcname": ".+",
            "dstname|dst": ".+",
        },
    ),
    columns=Columns(
        time=local("time", "%Y-%m-%d %H:%M:%S"),
        user=_user,
        client_ip=("src", "srcname"),
        method="op",
        scheme="scheme",
        host=("dstname", "dst"),
        port="proto",
        url=lambda cell: cell["arg"].str.strip_suffix("?..."),
        status="scode",
        action=matched(
            ("cat_action", "result"),
            allowed="pass|allow|permit|warn-proceed",
            blocked="block|deny",
            status="scode",
        ),
        bytes_sent="sent",
        bytes_received="rcvd",
        referrer="ref",
        user_agent="agent",
    ),
    tunnels=NOT_DOCUMENTED,
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00Z user=FORCE\\jane doe client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com:443/a/b?c=d status=200 action=allowed"
            " bytes_sent=175 bytes_received=261 referrer=https://example.org/?..."
            " user_agent=Mozilla/5.0 (X11; Linux) evidence=url",
            also=(
                "<14>1 2024-01-01T10:00:00.748Z gate.force.example WMEngine 9148 root - INFO - "
                + _LINE,
            ),
        ),
    ),
    near_misses=(
        _LINE.replace("id=WebMarshal", "id=firewall"),
        _LINE.replace("2024-1-1 10:00:00", "10:00:00"),
    ),
)
