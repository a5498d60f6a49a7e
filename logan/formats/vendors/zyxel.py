"""Zyxel USG, ATP and USG FLEX: content filter lines among the firewall's, as pairs and as CEF.

Definition: Zyxel USG/ATP User's Guide, Log Descriptions (Content Filter); syslog in the formats
"VRPT/Syslog" and "CEF/Syslog". The message opens with the site (`www.example.com: Category, ...`);
`WEB FORWARD` let it through, `WEB BLOCK` did not. The line's only stamp is that of its syslog
header.
"""

from typing import Final

import polars as pl

from logan.formats.engine.cef import CefEvent
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, EvidenceColumn
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.values import Cells, matched, where

#: The site that a content filter message opens with: a host, or an address with its path.
_SITE: Final = (
    r"^(?:[a-z]+://)?([A-Za-z0-9_.-]+\.[A-Za-z0-9-]+\.?(?::[0-9]+)?(?:/[^ ,]*?)?):(?: |[A-Z]|$)"
)


def _repeat(cell: Cells) -> pl.Expr:
    kind = cell["note"].fill_null(pl.lit("?"))
    other = pl.concat_str(pl.lit("no request: a Zyxel line of the kind "), kind)
    return pl.when(cell["site"].is_null()).then(other)


def _of_no_filter(cell: Cells) -> pl.Expr:
    web = cell["note"].str.contains("(?i)^web |forward web|blocked web|web sites")
    return cell["site"].is_not_null() & ~web.fill_null(value=False)


def _evidence(cell: Cells) -> pl.Expr:
    addressed = cell["site"].str.contains("/", literal=True)
    return pl.when(addressed).then(pl.lit("url")).otherwise(pl.lit("connect"))


_COLUMNS: Final = Columns(
    time=None,
    user="user",
    client_ip="src",
    url="site",
    action=matched(
        "note", allowed=".*(?:forward|pass|allow|accept).*", blocked=".*(?:block|drop|deny).*"
    ),
    evidence=EvidenceColumn(("url", "connect"), _evidence),
    repeat=_repeat,
    companion=where(_of_no_filter, "remark"),
    derived={"site": lambda cell: cell["msg"].str.extract(_SITE, 1)},
)
_NOTE: Final = "The time is that of the syslog header."
_DEFINITION: Final = "Zyxel USG/ATP User's Guide, Log Descriptions: Content Filter"
_LINE: Final = (
    '<189>Jan  1 10:00:00 2024 USG1 src="10.1.2.3:64319" dst="192.0.2.1:443" '
    'msg="www.example.com:Search Engines, Rule_name:STAFF, SSI:N (Content Filter)" '
    'note="WEB FORWARD" user="jdoe" devID="a1b2c3" cat="Forward Web Sites"'
)
PAIRS: Final = Format(
    name="zyxel",
    title="Zyxel content filter, pairs",
    definition=_DEFINITION,
    reader=KeyValue(
        needs={"src": ".+", "note": "[A-Z][A-Z _-]+", "msg": ".+", "devID": ".+", "cat": ".+"}
    ),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 url=www.example.com"
            " action=allowed evidence=connect",
        ),
        Sample(
            _LINE.replace("WEB FORWARD", "WEB BLOCK").replace("Forward", "Blocked"),
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=connect",
        ),
        Sample(
            '<185>Jan  1 10:00:00 2024 USG1 src="10.1.2.3:49812" dst="192.0.2.53:53" '
            'msg="priority:32, from LAN to ANY, UDP, service others, ACCEPT" note="ACCESS FORWARD" '
            'user="unknown" devID="a1b2c3" cat="Security Policy Control"',
            "time=2024-01-01T10:00:00Z client_ip=10.1.2.3 action=allowed evidence=connect"
            " repeat=no request: a Zyxel line of the kind ACCESS FORWARD",
        ),
    ),
    near_misses=('src="10.1.2.3:64319" dst="192.0.2.1:443" msg="www.example.com: Search"',),
)
_CEF_LINE: Final = (
    "<141>2024-01-01T10:00:00+00:00 USG1 CEF:0|ZyXEL|USG FLEX 200|5.40(ABUI.0)|0|"
    "Forward web sites|5|devID=a1b2c3 src=10.1.2.3 dst=192.0.2.1 spt=65066 dpt=443 suser=jdoe "
    "msg=www.example.com: Search Engines, Rule_name:STAFF, SSI:N cat=Forward web sites "
    "ZYlevel=info ZYnote=WEB FORWARD"
)
CEF: Final = Format(
    name="zyxel-cef",
    title="Zyxel content filter, CEF",
    definition=_DEFINITION,
    reader=CefEvent(
        needs={"@vendor": "(?i:zyxel)", "src": ".+", "cat": ".+"},
        aliases={"user": ("suser",), "note": ("ZYnote", "cat")},
    ),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _CEF_LINE,
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 url=www.example.com"
            " action=allowed evidence=connect",
        ),
    ),
    near_misses=(_CEF_LINE.replace("ZyXEL", "Vendor"),),
)
