"""Zyxel USG, ATP and USG FLEX: content filter lines among the firewall's, as pairs and as CEF.

Definition: Zyxel USG/ATP User's Guide, Log Descriptions (Content Filter); syslog in the formats
"VRPT/Syslog" and "CEF/Syslog". The message opens with the site (`www.example.com: Category, ...`);
`WEB FORWARD` let it through, `WEB BLOCK` did not. The line's only stamp is that of its syslog
header.
"""

from typing import Final

import polars as pl

from logan.formats.engine.base import Columns, Format, Layout, Shows
from logan.formats.engine.cef import Event
from logan.formats.engine.keyvalue import PairFormat
from logan.formats.engine.verdicts import decided

_PAIRS: Final = PairFormat(
    keys=("src", "msg", "note", "user", "cat"),
    needs={"src": ".+", "note": "[A-Z][A-Z _-]+", "msg": ".+", "devID": ".+", "cat": ".+"},
)
_EVENT: Final = Event(
    keys=("src", "msg", "suser", "ZYnote", "cat", "act"),
    needs={"@vendor": "(?i:zyxel)", "src": ".+", "cat": ".+"},
)
#: The site that a content filter message opens with: a host, or an address with its path.
_SITE: Final = (
    r"^(?:[a-z]+://)?([A-Za-z0-9_.-]+\.[A-Za-z0-9-]+(?::[0-9]+)?(?:/[^ ,]*?)?):(?: |[A-Z]|$)"
)


def _record(note: pl.Expr, message: pl.Expr) -> Columns:
    site = message.str.extract(_SITE, 1)
    web = note.str.contains("(?i)^web |forward web|blocked web|web sites").fill_null(value=False)
    return {
        "repeat": pl.when(~(web & site.is_not_null())).then(
            pl.concat_str(
                pl.lit("no request: a Zyxel line of the kind "), note.fill_null(pl.lit("?"))
            )
        ),
        "url": site,
        "action": decided(
            note, allowed=".*(?:forward|pass|allow|accept).*", blocked=".*(?:block|drop|deny).*"
        ),
        "evidence": pl.when(site.str.contains("/", literal=True))
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect")),
    }


def _pair_columns(layout: Layout) -> Columns:
    del layout
    cell = _PAIRS.cells
    return {
        "reason": _PAIRS.reason(),
        "user": cell["user"],
        "client_ip": cell["src"],
        **_record(cell["note"], cell["msg"]),
    }


def _event_columns(layout: Layout) -> Columns:
    del layout
    cell = _EVENT.cells
    return {
        "reason": _EVENT.reason(),
        "user": cell["suser"],
        "client_ip": cell["src"],
        **_record(pl.coalesce(cell["ZYnote"], cell["cat"]), cell["msg"]),
    }


_SHOWS: Final = Shows(
    user=True,
    evidence=("connect", "url"),
    bytes="none",
    clock="local",
    note="The time is that of the syslog header.",
)
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
    shows=_SHOWS,
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    prepare=_PAIRS.prepare,
    columns=_pair_columns,
    rank=6,
    samples=(
        _LINE,
        _LINE.replace("WEB FORWARD", "WEB BLOCK").replace("Forward", "Blocked"),
        (
            '<185>Jan  1 10:00:00 2024 USG1 src="10.1.2.3:49812" dst="192.0.2.53:53" '
            'msg="priority:32, from LAN to ANY, UDP, service others, ACCEPT" note="ACCESS FORWARD" '
            'user="unknown" devID="a1b2c3" cat="Security Policy Control"'
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
    shows=_SHOWS,
    check=_EVENT.check,
    signs=_EVENT.signs,
    prepare=_EVENT.prepare,
    columns=_event_columns,
    rank=6,
    samples=(_CEF_LINE,),
    near_misses=(_CEF_LINE.replace("ZyXEL", "Vendor"),),
)
FORMATS: Final = (PAIRS, CEF)
