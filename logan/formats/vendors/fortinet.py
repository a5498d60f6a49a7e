"""FortiGate and FortiProxy: web filter, HTTP transaction and DNS filter logs, as pairs and as CEF.

Definition: docs.fortinet.com, FortiOS Log Message Reference (5.x to 7.x: Web Filter, DNS, Traffic)
and Log field format; FortiProxy Log Reference (http-transaction). `sentbyte` comes from the client.
`eventtime` is the instant, in seconds up to 6.0 and in nanoseconds since; `date`, `time` and `tz`
are the unit's wall clock, and relays may take `date` away with their own header. The web filter's
`method` is how a rating was found, not the request's (`httpmethod`); `referralurl` is no visit.

Other lines of the feed (traffic, application control, intrusion prevention) tell of a session whose
requests the web filter logs, unless no policy has it do so.
"""

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Format, Head, Layout, Shows, integer
from logan.formats.engine.cef import Event
from logan.formats.engine.keyvalue import PairFormat, Pairs
from logan.schema import ACTION

#: What is read, by the name of FortiOS 5 to 7; then its names in FortiOS 4 and in CEF.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "eventtime": ("FTNTFGTeventtime", "FTNTFPXeventtime"),
    "date": (),
    "time": ("FTNTFGTtime",),
    "tz": ("FTNTFGTtz", "FTNTFPXtz"),
    "type": (),
    "subtype": ("FTNTFGTsubtype", "FTNTFPXsubtype"),
    "eventtype": ("FTNTFGTeventtype", "FTNTFPXeventtype"),
    "clientip": ("FTNTFPXclientip",),
    "srcip": ("src",),
    # CEF's suser is the unauthenticated name that some device was seen with: nobody's log-on
    "user": ("duser",),
    "hostname": ("dhost",),
    "url": ("request",),
    "scheme": ("FTNTFPXscheme",),
    "service": ("app",),
    "dstport": ("dpt", "dst_port"),
    "action": ("act", "status"),
    "utmaction": ("FTNTFGTutmaction", "FTNTFPXutmaction"),
    "statuscode": ("FTNTFPXstatuscode",),
    "httpmethod": ("requestMethod", "FTNTFGThttpmethod"),
    "sentbyte": ("out", "sent"),
    "rcvdbyte": ("in", "rcvd"),
    "reqlength": (),
    "resplength": (),
    "referralurl": ("FTNTFGTreferralurl",),
    "agent": ("requestClientApplication",),
    "qname": ("FTNTFGTqname",),
}
_KEYS: Final = tuple(key for name, others in _NAMES.items() for key in (name, *others))
_MISSING: Final = ("", "-", "N/A", "n/a")
_PAIRS: Final = PairFormat(
    pairs=Pairs(before='^(?:<[0-9]+>)?"?|[ \t,]', ends=" \t,", missing=_MISSING),
    keys=_KEYS,
    needs={
        "logid|log_id": "[0-9]{5,16}",
        "type": "[a-z-]+",
        "subtype": "[A-Za-z_-]+",
        "eventtime|date": "[0-9-]+",
        "vd|devid|devname|device_id|policyid": ".+",
    },
)
_EVENT: Final = Event(
    keys=_KEYS,
    needs={"@vendor": "Fortinet", "FTNTFGTeventtime|FTNTFPXeventtime|FTNTFGTlogid|cat": ".+"},
)
_ALLOWED: Final = ("passthrough", "allowed", "allow", "pass", "exempt", "exempted", "accept")
_BLOCKED: Final = "^(?:block|deny|denied|drop|reset|redirect|filtered|quarantine)"
_TRANSACTIONS: Final = "transactions"
_WEB: Final = "webfilter"
_SESSIONS: Final = ("forward", "local", "multicast", "sniffer", "ztna", "traffic")
_BLIND: Final = (
    "its first lines hold no web filter, http-transaction or DNS log, and no session that names a "
    "host: they cannot show visits"
)


def _named(cells: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """The cells under their FortiOS 5 to 7 names."""
    return {
        name: pl.coalesce(cells[key] for key in (name, *others)) for name, others in _NAMES.items()
    }


def _time(cell: Mapping[str, pl.Expr]) -> Columns:
    wall = pl.concat_str(cell["date"], pl.lit(" "), cell["time"])
    local = clock.naive(wall, "%Y-%m-%d %H:%M:%S")
    placed = clock.in_zone(local, cell["tz"])
    instant = pl.coalesce(clock.epoch(cell["eventtime"]), placed["time"])
    return {
        "time": instant,
        "local_time": pl.when(instant.is_null()).then(placed["local_time"]),
    }


def _decide(cell: Mapping[str, pl.Expr], status: pl.Expr) -> pl.Expr:
    """What the unit did; `utmaction` is the filters' verdict in lines that have no other."""
    verdict = pl.coalesce(cell["action"], cell["utmaction"]).str.to_lowercase()
    by_filter = cell["utmaction"].str.to_lowercase()
    blocked = verdict.str.contains(_BLOCKED) | by_filter.str.contains(_BLOCKED)
    return (
        pl.when(status == 407)
        .then(pl.lit("auth"))
        .when(blocked)
        .then(pl.lit("blocked"))
        .when(verdict.is_in(_ALLOWED))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _companion(kind: pl.Expr, event: pl.Expr, layout: Layout) -> pl.Expr:
    """What a line says of a request that may have one of its own.

    The web filter's line is one of one http-transaction; a session is logged when it ends.
    """
    beside = _TRANSACTIONS in layout.facts
    return (
        pl.when(kind == _WEB)
        .then(pl.lit("answer" if beside else None))
        .when(event == "dns-response")
        .then(pl.lit("answer"))
        .when(kind.is_in(_SESSIONS))
        .then(pl.lit("session"))
        .when(~kind.is_in(["http-transaction", "dns"]))
        .then(pl.lit("remark"))
    )


def _request(cell: Mapping[str, pl.Expr], *, look_up: pl.Expr) -> Columns:
    """Host and address. Of HTTPS that was not opened only the name is known: a bare `/`."""
    url = cell["url"]
    path_only = url.str.starts_with("/")
    service = pl.coalesce(cell["scheme"], cell["service"]).str.to_lowercase()
    bare = url.is_null() | url.str.contains("^(?:[a-z]+://[^/?]*)?/?$")
    seen = pl.coalesce(cell["httpmethod"], cell["agent"], cell["statuscode"]).is_not_null()
    closed = bare & ~seen & (service != "http").fill_null(value=True)
    tunnel = (cell["httpmethod"].str.to_uppercase() == "CONNECT").fill_null(value=False)
    return {
        "host": pl.when(look_up).then(cell["qname"]).otherwise(cell["hostname"]),
        "url": url,
        "scheme": pl.when(path_only & service.is_in(["http", "https"])).then(service),
        "port": pl.when(path_only).then(integer(cell["dstport"])),
        "method": cell["httpmethod"],
        "evidence": pl.when(look_up)
        .then(pl.lit("dns"))
        .when(closed | tunnel)
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
        "setup": tunnel,
    }


def _columns(cell: Mapping[str, pl.Expr], reason: pl.Expr, layout: Layout) -> Columns:
    old = pl.when(cell["type"] == _WEB).then(pl.lit(_WEB))
    kind = pl.coalesce(old, cell["subtype"]).str.replace("^urlfilter$", _WEB)
    event = pl.coalesce(pl.when(kind.str.starts_with("dns-")).then(kind), cell["eventtype"])
    kind = kind.str.replace("^dns-.*$", "dns")
    status = integer(cell["statuscode"])
    return {
        "reason": reason,
        "repeat": pl.when(cell["type"] == "event").then(
            pl.lit("no request: an event of the unit itself")
        ),
        "companion": _companion(kind, event, layout),
        **_time(cell),
        "client_ip": pl.coalesce(cell["clientip"], cell["srcip"]),
        "user": cell["user"],
        **_request(cell, look_up=(kind == "dns").fill_null(value=False)),
        "status": status,
        "action": _decide(cell, status),
        "bytes_sent": integer(pl.coalesce(cell["sentbyte"], cell["reqlength"])),
        "bytes_received": integer(pl.coalesce(cell["rcvdbyte"], cell["resplength"])),
        "referrer": cell["referralurl"],
        "user_agent": cell["agent"],
    }


def _pair_columns(layout: Layout) -> Columns:
    return _columns(_named(_PAIRS.cells), _PAIRS.reason(), layout)


def _event_columns(layout: Layout) -> Columns:
    cell = _named(_EVENT.cells)
    title = _EVENT.cells["@name"].str.extract_groups("^(utm|traffic|event|dns):([a-z-]+)").struct
    cell["subtype"] = pl.coalesce(cell["subtype"], title[1])
    cell["type"] = pl.coalesce(cell["type"], title[0])
    columns = _columns(cell, _EVENT.reason(), layout)
    if layout.stamps.own != "none":
        return columns
    # Before FortiOS 6.0 the time stands in the syslog header only.
    return {name: column for name, column in columns.items() if name not in ("time", "local_time")}


_MARK: Final = re.compile(
    r"subtype\"?=\"*(webfilter|http-transaction|dns)|type=\"*(webfilter|dns)|utm:(webfilter|dns)"
)


#: A session or threat whose line names the host: where no web filter logs, it is all there is.
_NAMED: Final = r"(?:^|[ ,\t])(?:hostname|dhost)="
_OF_UNIT: Final = r"(?:^|[ ,\t])(?:type|cat)=\"*event"


def _learn(lines: list[str]) -> Layout:
    """Whether HTTP transactions are logged beside the web filter's lines, and what is missing."""
    marks = {name for line in lines for found in _MARK.findall(line) for name in found if name}
    sessions = [line for line in lines if not re.search(_OF_UNIT, line)]
    named = any(re.search(_NAMED, line) for line in sessions)
    layout = Layout(blind=_BLIND if lines and not marks and not named else None)
    return layout.with_fact(_TRANSACTIONS) if "http-transaction" in marks else layout


def _pair_layout(head: Head) -> Layout:
    return _learn([line for line in head.lines if _PAIRS.check(line, Layout()) is None])


def _event_layout(head: Head) -> Layout:
    lines = [line for line in head.lines if _EVENT.check(line, Layout()) is None]
    stamped = any("eventtime=" in line for line in lines)
    return _learn(lines) if stamped or not lines else _learn(lines).with_stamps(own="none")


_SAMPLE: Final = (
    'date=2024-05-13 time=17:29:45 devname="fw1" devid="FGT60D0000000000" '
    'eventtime=1715617785975119738 tz="+0100" logid="0317013312" type="utm" subtype="webfilter" '
    'eventtype="ftgd_allow" level="notice" vd="root" policyid=1 sessionid=381780 '
    'user="FORCE\\jdoe" group="staff" srcip=10.1.2.3 srcport=44258 srcintf="port12" '
    'dstip=203.0.113.9 dstport=443 proto=6 service="HTTPS" hostname="www.example.com" '
    'profile="staff" action="passthrough" '
    'reqtype="direct" url="https://www.example.com/a?b=c user=other" sentbyte=525 rcvdbyte=325 '
    'direction="outgoing" msg="URL belongs to an allowed category in policy" method="domain" '
    'cat=52 agent="Mozilla/5.0 (X11)" httpmethod="GET" referralurl="https://example.org/"'
)
_TRANSACTION: Final = (
    'time=12:17:24 devname="proxy1" devid=FPX0000000000000 eventtime=1715617785 tz="+0100" '
    'logid="1000234512" type="traffic" subtype="http-transaction" level="notice" vd="root" '
    'srcip=192.0.2.7 dstip=203.0.113.9 clientip=10.1.2.3 scheme="https" srcport=52112 dstport=443 '
    'hostname="www.example.com" url="https://www.example.com/a" policyid=5 reqlength=474 '
    'resplength=1200 user="jdoe" statuscode=200 agent="Mozilla/5.0" utmaction="block"'
)
_CEF_SAMPLE: Final = (
    "CEF:0|Fortinet|Fortigate|v7.2.5|13056|utm:webfilter ftgd_blk blocked|4|"
    "deviceExternalId=FGT60D0000000000 FTNTFGTeventtime=1715617785975119738 FTNTFGTtz=+0100 "
    "FTNTFGTlogid=0316013056 cat=utm:webfilter FTNTFGTsubtype=webfilter duser=jdoe "
    "src=10.1.2.3 spt=59194 dst=203.0.113.9 dpt=80 proto=6 app=HTTP dhost=www.example.com "
    "act=blocked request=/a?b\\=c out=96 in=0 msg=URL belongs to a denied category in policy"
)
_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect", "dns"),
    bytes="both",
    clock="local",
    note="Only what a policy's web filter profile logs; allowed categories may not be.",
)
PAIRS: Final = Format(
    name="fortinet",
    title="FortiGate and FortiProxy web filter, key=value",
    definition="docs.fortinet.com, FortiOS Log Message Reference; FortiProxy Log Reference",
    shows=_SHOWS,
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    prepare=_PAIRS.prepare,
    columns=_pair_columns,
    layout=_pair_layout,
    rank=6,
    samples=(
        _SAMPLE,
        "<189>" + _SAMPLE.replace(' eventtime=1715617785975119738 tz="+0100"', ""),
        _TRANSACTION,
    ),
    near_misses=(
        _SAMPLE.replace("logid", "id"),
        'type="utm" subtype="webfilter" srcip=10.1.2.3 url="http://www.example.com/"',
    ),
)
CEF: Final = Format(
    name="fortinet-cef",
    title="FortiGate and FortiProxy web filter, CEF",
    definition="docs.fortinet.com, FortiOS Log Message Reference, CEF support",
    shows=_SHOWS,
    check=_EVENT.check,
    signs=_EVENT.signs,
    prepare=_EVENT.prepare,
    columns=_event_columns,
    layout=_event_layout,
    rank=6,
    samples=(_CEF_SAMPLE,),
    near_misses=("CEF:0|Example|Fortigate|v7|1|utm:webfilter|4|cat=utm:webfilter src=10.1.2.3",),
)
