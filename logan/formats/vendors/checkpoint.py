"""Check Point URL Filtering and Application Control, as pairs: of Log Exporter, and of LEA.

Definition: Check Point, Log Exporter (sk122323: syslog, generic, Splunk, CEF, LEEF, JSON), the Log
Fields reference (sk144192), and Logging and Monitoring, Selecting Query Fields (the actions:
Redirect may lead to a block or a log-on page, Ask User waits for an answer). Old OPSEC LEA exports
(fw1-loggrabber) use the same names. `time` is the epoch, in LEA exports the log server's wall
clock. `proxy_src_ip` is the client even behind a proxy. Logs of other blades tell of the same
connections. Several requests of one connection may share one line (`suppressed_logs`). A line may
be written again as more is known (Logging and Monitoring, Special Log Fields, `loguid`): with the
`time` of the first, and its own in `lastupdatetime`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import BARRED, KeyValue, Pairs
from logan.formats.engine.layout import integer
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import epoch, first, iso, local
from logan.formats.engine.values import Cells, matched, where

#: What is read, by Check Point's name; then the names in CEF and LEEF.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "time": ("rt", "devTime", "start"),
    "action": ("act",),
    "product": (),
    "src": (),
    "proxy_src_ip": (),
    "user": ("suser", "usrName"),
    "src_user_name": (),
    "resource": ("request", "url"),
    "http_host": ("dhost",),
    "appi_name": (),
    "service": ("dpt", "dstPort", "d_port"),
    "method": ("requestMethod",),
    "user_agent": ("requestClientApplication", "user_agent_string"),
    "referrer": ("requestContext",),
    "http_status": (),
    "client_outbound_bytes": ("sent_bytes", "out", "srcBytes"),
    "client_inbound_bytes": ("received_bytes", "in", "dstBytes"),
}
ALIASES: Final = {name: (name, *others) for name, others in _NAMES.items()}
_NEEDS: Final = {
    "product": ".+",
    "loguid|origin|orig": ".+",
    "time": "[0-9]{9,13}|[0-9]{1,2}[A-Z][a-z]{2}[0-9]{4} +[0-9:]+",
}
#: `[action:"Accept"; time:"..."]`, or the structured data of RFC 5424: `[x@2620 action="Accept"]`.
_STRUCTURED: Final = Pairs(
    before=r"[ \[;]",
    assign="[=:]",
    ends=" ;]",
    escapes=('\\"', "\\\\", "\\]"),
    missing=("", "-"),
)
_WEB: Final = ("URL Filtering", "Application Control", "Application & URL Filtering")
_ALLOWED: Final = "(?:accept|allow|inform|(?:https )?(?:bypass|inspect)|decrypt|detect|monitor).*"
_BLOCKED: Final = "(?:block|drop|reject|prevent|deny).*"
_NAMES_NO_HOST: Final = (
    "its first lines hold no address or host of URL Filtering or Application Control: the logs of "
    "other blades cannot show visits"
)


def _lea_stamp(cell: Cells) -> pl.Expr:
    return cell["time"].str.replace_all(" +", " ")


def _host(cell: Cells) -> pl.Expr:
    """The host, or the name of the application where that is one, and no address is there."""
    domain = r"^([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})$"
    name = cell["appi_name"].str.extract(domain, 1)
    return pl.coalesce(cell["http_host"], pl.when(cell["resource"].is_null()).then(name))


def _port(cell: Cells) -> pl.Expr:
    url = cell["resource"]
    return pl.when(url.is_null() | ~url.str.contains("://")).then(integer(cell["service"]))


def _tunnel(cell: Cells) -> pl.Expr:
    return (cell["method"].str.to_uppercase() == "CONNECT").fill_null(value=False)


def _closed(cell: Cells) -> pl.Expr:
    """Only the site was seen: an address without a path, and no method of a request."""
    url = cell["resource"]
    bare = url.is_null() | url.str.contains("^(?:https://)?[^/]*/?$")
    plain = url.str.starts_with("http://").fill_null(value=False)
    return (bare & cell["method"].is_null() & ~plain) | _tunnel(cell)


def _client(cell: Cells) -> pl.Expr:
    """The client behind a proxy, if that is known."""
    behind = cell["proxy_src_ip"]
    return pl.coalesce(pl.when(~behind.str.starts_with("0.0.")).then(behind), cell["src"])


def _names_none(cell: Cells) -> pl.Expr:
    return cell["resource"].is_null() & cell["host"].is_null()


def _companion(cell: Cells) -> pl.Expr:
    """A line of another blade tells of the session, an update again of what began before it."""
    of_web = cell["product"].is_in(_WEB).fill_null(value=False)
    began, updated = (integer(cell[name].str.slice(0, 10)) for name in ("time", "lastupdatetime"))
    return pl.when(~of_web).then(pl.lit("session")).when(updated > began).then(pl.lit("remark"))


_COLUMNS: Final = Columns(
    time=first(epoch("time"), iso("time"), local(_lea_stamp, "%d%b%Y %H:%M:%S")),
    user=lambda cell: cell.first("user", "src_user_name").str.replace(r" ?\(\+\)$", ""),
    client_ip=_client,
    method="method",
    url="resource",
    host="host",
    port=_port,
    status="http_status",
    action=matched("action", allowed=_ALLOWED, blocked=_BLOCKED, status="http_status"),
    bytes_sent="client_outbound_bytes",
    bytes_received="client_inbound_bytes",
    referrer="referrer",
    user_agent="user_agent",
    evidence=connects(_closed),
    repeat=where(_names_none, "no request: an event or a connection that names no host"),
    companion=_companion,
    derived={"host": _host},
)


def _names_site(line: str) -> bool:
    """True of a line of a web blade with a site in it."""
    sites = ("resource", "request=", "url=", "appi_name")
    return _any(_WEB, line) and _any(sites, line)


def _any(texts: Sequence[str], line: str) -> bool:
    return any(text in line for text in texts)


#: The exporter writes its own time in front and the gateway's among the fields.
_BARRED: Final = replace(BARRED, repeated=("time",))
_BARRED_SAMPLE: Final = (
    "time=1709993106|hostname=gw1|product=URL Filtering|action=Block|ifdir=outbound|ifname=eth1|"
    "loguid={0x5d9cdcc9,0x8d159f,0x5f19f392,0x1897a828}|origin=192.0.2.1|version=5|"
    "src=10.1.2.3|proxy_src_ip=10.1.2.3|dst=203.0.113.9|service=443|proto=6|method=GET|"
    "user=John Doe (jdoe)|resource=https://www.example.com/a?b\\=c|sent_bytes=700|"
    "received_bytes=9000|user_agent=Mozilla/5.0 (X11)|matched_category=News|"
)
_LEA_SAMPLE: Final = (
    "loc=78|filename=fw.log|time=09Mar2024 14:05:06|action=allow|orig=192.0.2.1|"
    "product=URL Filtering|src=10.1.2.3|resource=http://www.example.com/"
)
_COLON_SAMPLE: Final = (
    '<134>1 2024-03-09T14:05:06Z gw1 CheckPoint 26203 - [action:"Accept"; flags:"411908"; '
    'loguid:"{0x1,0x2,0x3,0x4}"; origin:"192.0.2.1"; time:"1709993106"; version:"5"; '
    '__policy_id_tag:"product=VPN-1 & FireWall-1[mgmt=m1;policy_name=Std\\]"; '
    'appi_name:"www.example.com"; dst:"203.0.113.9"; product:"URL Filtering"; '
    'resource:"https://www.example.com"; service:"443"; src:"10.1.2.3"; src_user_name:"jdoe(+)"]'
)
_DATA_SAMPLE: Final = (
    '<134>1 2024-03-09T14:05:06Z gw1 CheckPoint 26203 - [sc4s@2620 action="Redirect" '
    'loguid="{0x1,0x2,0x3,0x4}" origin="192.0.2.1" time="1709993106" product="URL Filtering" '
    'resource="http://www.example.com/a" src="10.1.2.3" user="FORCE\\jdoe"]'
)
PAIRS: Final = Format(
    name="checkpoint",
    title="Check Point URL Filtering, Log Exporter (Splunk) and LEA, pairs parted by bars",
    definition="Check Point, Log Exporter (sk122323) and Log Fields (sk144192)",
    reader=KeyValue(pairs=_BARRED, needs=_NEEDS, aliases=ALIASES),
    learns=names_no_host_unless(_names_site, _NAMES_NO_HOST),
    columns=_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note="Suppressed logs: one line may stand for several requests of a connection.",
    rank=6,
    samples=(
        Sample(
            _BARRED_SAMPLE,
            "time=2024-03-09T14:05:06Z user=John Doe (jdoe) client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c action=blocked bytes_sent=700"
            " bytes_received=9000 user_agent=Mozilla/5.0 (X11) evidence=url",
            also=("Mar  9 14:05:06 gw1 " + _BARRED_SAMPLE,),
        ),
        Sample(
            _LEA_SAMPLE,
            "time=2024-03-09T14:05:06Z client_ip=10.1.2.3 url=http://www.example.com/"
            " action=allowed evidence=url",
        ),
    ),
    near_misses=(_BARRED_SAMPLE.replace("product=", "produce="),),
)
STRUCTURED: Final = replace(
    PAIRS,
    name="checkpoint-syslog",
    title="Check Point URL Filtering, Log Exporter (syslog)",
    reader=KeyValue(pairs=_STRUCTURED, needs=_NEEDS, aliases=ALIASES),
    samples=(
        Sample(
            _COLON_SAMPLE,
            "time=2024-03-09T14:05:06Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com action=allowed evidence=connect",
        ),
        Sample(
            _DATA_SAMPLE,
            "time=2024-03-09T14:05:06Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=http://www.example.com/a action=unknown evidence=url",
        ),
        Sample(
            _DATA_SAMPLE.replace('resource="http://', 'method="GET" resource="https://'),
            "time=2024-03-09T14:05:06Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a action=unknown evidence=url",
        ),
    ),
    near_misses=(_COLON_SAMPLE.replace("loguid", "uid").replace("origin", "source"),),
)
