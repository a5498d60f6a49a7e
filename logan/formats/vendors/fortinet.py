"""FortiGate and FortiProxy: web filter, HTTP transaction and DNS filter logs, as pairs.

Definition: docs.fortinet.com, FortiOS Log Message Reference (5.x to 7.x: Web Filter, DNS, Traffic)
and Log field format; FortiProxy Log Reference (http-transaction). `sentbyte` comes from the client.
`eventtime` is the instant, in seconds up to 6.0 and in nanoseconds since; `date`, `time` and `tz`
are the unit's wall clock, and relays may take `date` away with their own header. The web filter's
`method` is how a rating was found, not the request's (`httpmethod`); `referralurl` is no visit.

A session's action says how it ended: `deny` is the one that a policy stopped, all others (`close`,
`timeout`, `server-rst` ...) were let through (FortiOS 6.2, message 3, LOG_ID_TRAFFIC_DENY).

Other lines of the feed (traffic, application control, intrusion prevention) tell of a session whose
requests the web filter logs, unless no policy has it do so.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine.columns import Columns, connects, stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import Expressions, Layout, integer
from logan.formats.engine.stamps import Stamp, epoch, first, zoned
from logan.formats.engine.values import Cells, Derivation, joined, matched, where

#: What is read, by the name of FortiOS 5 to 7; then its names in FortiOS 4 and in CEF.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
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
    "duration": ("FTNTFGTduration", "FTNTFPXduration"),
    "sentbyte": ("out", "sent"),
    "rcvdbyte": ("in", "rcvd"),
    "reqlength": (),
    "resplength": (),
    "referralurl": ("FTNTFGTreferralurl",),
    "agent": ("requestClientApplication",),
    "qname": ("FTNTFGTqname",),
    "qtype": ("FTNTFGTqtype",),
}
ALIASES: Final = {name: (name, *others) for name, others in _NAMES.items()}
_MISSING: Final = ("", "-", "N/A", "n/a")
_PASSED: Final = "pass(?:through|_session)?|allow(?:ed)?|exempt(?:ed)?|accept"
#: What a filter only wrote down.
_NOTED: Final = "detected|monitor(?:ed)?|log-only"
#: How sessions end that a policy let through.
_ENDED: Final = "(?i)^(?:start|close|timeout|reset|client-rst|server-rst|ip-conn|dns)$"
_BLOCKED: Final = "(?:block|deny|denied|drop|reject|reset|redirect|filtered|quarantine).*"
_TRANSACTIONS: Final = "transactions"
_WEB: Final = "webfilter"
_SESSIONS: Final = ("forward", "local", "multicast", "sniffer", "ztna", "traffic")
_NAMES_NO_HOST: Final = (
    "its first lines hold no web filter, http-transaction or DNS log, and no session that names a "
    "host: they cannot show visits"
)


def _time(cell: Cells) -> Expressions:
    """None where the time stands in the syslog header only, before FortiOS 6.0 in CEF."""
    if cell.layout.stamps.own == "none":
        return {}
    wall = zoned(joined("date", "time"), "%Y-%m-%d %H:%M:%S", "tz")
    return first(epoch("eventtime"), wall).columns(cell)


def _verdict(cell: Cells) -> pl.Expr:
    """What the unit did; what one of its filters stopped is stopped whatever is said beside."""
    word, by_filter = cell.first("action", "utmaction"), cell["utmaction"].str.to_lowercase()
    ended = cell["kind"].is_in(_SESSIONS) & word.str.contains(_ENDED)
    found = pl.when(ended.fill_null(value=False)).then(pl.lit("accept")).otherwise(word)
    stopped = by_filter.str.contains(f"^(?:{_BLOCKED})$").fill_null(value=False)
    return pl.when(stopped).then(by_filter).otherwise(found)


def _log(cell: Cells) -> pl.Expr:
    """Which of the unit's logs a line is of, with DNS in its kinds."""
    old = pl.when(cell["type"] == _WEB).then(pl.lit(_WEB))
    return pl.coalesce(old, cell["subtype"]).str.replace("^urlfilter$", _WEB)


def _companion(cell: Cells) -> pl.Expr:
    """What a line says of a request that may have one of its own.

    The web filter's line is one of one http-transaction; a session is logged when it ends.
    """
    kind, beside = cell["kind"], _TRANSACTIONS in cell.layout.facts
    old = pl.when(cell["log"].str.starts_with("dns-")).then(cell["log"])
    return (
        pl.when(kind == _WEB)
        .then(pl.lit("answer" if beside else None))
        .when(pl.coalesce(old, cell["eventtype"]) == "dns-response")
        .then(pl.lit("answer"))
        .when(kind.is_in(_SESSIONS))
        .then(pl.lit("session"))
        .when(~kind.is_in(["http-transaction", "dns"]))
        .then(pl.lit("remark"))
    )


def _lasted(cell: Cells) -> pl.Expr:
    """For how long a session has gone on: it is logged when it ends, and every two minutes before
    (LOG_ID_TRAFFIC_STAT), or when it starts, too."""
    return pl.when(cell["kind"].is_in(_SESSIONS)).then(integer(cell["duration"]) * 1000)


def tunnel(cell: Cells) -> pl.Expr:
    return (cell["httpmethod"].str.to_uppercase() == "CONNECT").fill_null(value=False)


def _closed(cell: Cells) -> pl.Expr:
    """Of HTTPS that was not opened only the name is known: a bare `/`."""
    url = cell["url"]
    bare = url.is_null() | url.str.contains("^(?:[a-z]+://[^/?]*)?/?$")
    seen = cell.first("httpmethod", "agent", "statuscode").is_not_null()
    closed = bare & ~seen & (cell["spoken"] != "http").fill_null(value=True)
    return closed | tunnel(cell)


def _path_only(cell: Cells) -> pl.Expr:
    return cell["url"].str.starts_with("/")


def _scheme(cell: Cells) -> pl.Expr:
    known = cell["spoken"].is_in(["http", "https"])
    return pl.when(_path_only(cell) & known).then(cell["spoken"])


def _host(cell: Cells) -> pl.Expr:
    return pl.when(cell["look-up"]).then(cell["qname"]).otherwise(cell["hostname"])


DERIVED: Final[dict[str, Derivation]] = {
    "log": _log,
    "kind": lambda cell: cell["log"].str.replace("^dns-.*$", "dns"),
    "look-up": lambda cell: (cell["kind"] == "dns").fill_null(value=False),
    "spoken": lambda cell: cell.first("scheme", "service").str.to_lowercase(),
}
COLUMNS: Final = Columns(
    time=Stamp("local", _time),
    user="user",
    client_ip=("clientip", "srcip"),
    action=matched(_verdict, allowed=f"{_PASSED}|{_NOTED}", blocked=_BLOCKED, status="statuscode"),
    method="httpmethod",
    url="url",
    scheme=_scheme,
    host=_host,
    record_type=lambda cell: pl.when(cell["look-up"]).then(cell["qtype"]),
    port=lambda cell: pl.when(_path_only(cell)).then(integer(cell["dstport"])),
    status="statuscode",
    bytes_sent=("sentbyte", "reqlength"),
    bytes_received=("rcvdbyte", "resplength"),
    duration_ms=_lasted,
    referrer="referralurl",
    user_agent="agent",
    evidence=connects(_closed, look_up=lambda cell: cell["look-up"]),
    repeat=where(lambda cell: cell["type"] == "event", "no request: an event of the unit itself"),
    companion=_companion,
    derived=DERIVED,
)


_MARK: Final = re.compile(
    r"subtype\"?=\"*(webfilter|http-transaction|dns)|type=\"*(webfilter|dns)|utm:(webfilter|dns)"
)


#: A session or threat whose line names the host: where no web filter logs, it is all there is.
_NAMED: Final = r"(?:^|[ ,\t])(?:hostname|dhost)="
_OF_UNIT: Final = r"(?:^|[ ,\t])(?:type|cat)=\"*event"


def learn(layout: Layout, records: Sequence[str]) -> Layout:
    """Whether HTTP transactions are logged beside the web filter's lines, and what is missing."""
    marks = {name for line in records for found in _MARK.findall(line) for name in found if name}
    sessions = [line for line in records if not re.search(_OF_UNIT, line)]
    named = any(re.search(_NAMED, line) for line in sessions)
    layout = layout._replace(
        names_no_host=_NAMES_NO_HOST if records and not marks and not named else None
    )
    return layout.with_fact(_TRANSACTIONS) if "http-transaction" in marks else layout


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
NOTE: Final = "Only what a policy's web filter profile logs; allowed categories may not be."
PAIRS: Final = Format(
    name="fortinet",
    title="FortiGate and FortiProxy web filter, key=value",
    definition="docs.fortinet.com, FortiOS Log Message Reference; FortiProxy Log Reference",
    reader=KeyValue(
        pairs=Pairs(before='^(?:<[0-9]+>)?"?|[ \t,]', ends=" \t,", missing=_MISSING),
        needs={
            "logid|log_id": "[0-9]{5,16}",
            "type": "[a-z-]+",
            "subtype": "[A-Za-z_-]+",
            "eventtime|date": "[0-9-]+",
            "vd|devid|devname|device_id|policyid": ".+",
        },
        aliases=ALIASES,
    ),
    learns=learn,
    columns=COLUMNS,
    tunnels=stated_by_line(tunnel),
    note=NOTE,
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-05-13T16:29:45.975119Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c user=other action=allowed bytes_sent=525"
            " bytes_received=325 referrer=https://example.org/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
        Sample(
            "<189>" + _SAMPLE.replace(' eventtime=1715617785975119738 tz="+0100"', ""),
            "time=2024-05-13T17:29:45Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c user=other action=allowed bytes_sent=525"
            " bytes_received=325 referrer=https://example.org/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
        Sample(
            _TRANSACTION,
            "time=2024-05-13T16:29:45Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a status=200 action=blocked bytes_sent=474"
            " bytes_received=1200 user_agent=Mozilla/5.0 evidence=url",
        ),
    ),
    near_misses=(
        _SAMPLE.replace("logid", "id"),
        'type="utm" subtype="webfilter" srcip=10.1.2.3 url="http://www.example.com/"',
    ),
)
