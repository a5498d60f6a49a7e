"""CEF and LEEF of any vendor, where no format of that vendor knows better.

Definitions: see `cef`. Both name the fields but not every vendor fills them alike: `dhost` may be a
name looked up by address, `shost` any machine's name, `suid` a number, `request` the name of a file
that was scanned; and CEF's `in` and `out` are read in opposite ways, so CEF's byte counts
are left out (LEEF's `srcBytes` and `dstBytes` are not in doubt). A host without an address that was
asked for proves a connection, no more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.cef import CefEvent, LeefEvent, with_domain
from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, where
from logan.schema import ACTION

Names = Mapping[str, tuple[str, ...]]

_CEF_NAMES: Final[Names] = {
    "stamp": ("rt", "end", "start", "deviceReceiptTime", "UNIFIutcTime"),
    "zone": ("dtz",),
    "client": ("src", "sourceAddress"),
    "user": ("suser", "sourceUserName"),
    "domain": ("sntdom",),
    "url": ("request", "requestUrl", "requestURL"),
    "host": ("dhost", "destinationHostName", "destinationDnsDomain"),
    "port": ("dpt",),
    "protocol": ("app", "applicationProtocol"),
    "method": ("requestMethod",),
    "action": ("act", "deviceAction"),
    "agent": ("requestClientApplication",),
    "context": ("requestContext",),
    "event": ("@name",),
    "status": (
        *("label:status", "label:Status", "label:HTTP Status", "label:HTTP status"),
        *("label:Response code", "label:statusCode"),
    ),
}
_LEEF_NAMES: Final[Names] = {
    "stamp": ("devTime", "deviceTime"),
    "zone": ("devTimeZone",),
    "client": ("src", "identSrc"),
    "user": ("usrName", "userName", "user"),
    "domain": ("usrDomain", "domainName"),
    "url": ("url", "URL", "request", "resource", "requestUrl"),
    "host": ("dstHost", "dstHostName", "hostname", "dhost", "dstname"),
    "port": ("dstPort",),
    "protocol": ("app", "application", "service"),
    "method": ("method", "requestMethod", "httpMethod", "reqMethod"),
    "action": ("action", "act", "disposition"),
    "agent": ("userAgent", "useragent", "user_agent"),
    "context": ("referer", "referrer", "refererURL"),
    "event": ("@event",),
    "sent": ("srcBytes",),
    "received": ("dstBytes",),
}
#: What of `request` is an address: with a scheme, a path, or a host that is no file's name.
_ADDRESSED: Final = (
    r"^(?:[A-Za-z][A-Za-z0-9+.-]*://|/|\[|[^\s/\\:]+\.[^\s/\\:]+(?::[0-9]+)?(?:[/?].*)?$)"
)
_FILE: Final = (
    r"(?i)^[^/]*\.(?:exe|dll|msi|bat|cmd|ps1|vbs|jar|apk|pdf|docx?|docm|xlsx?|xlsm|pptx?|rtf|txt|csv"
    r"|zip|rar|7z|gz|iso|img|html?|php|aspx?|js|css|json|xml|jpe?g|png|gif|svg|ico|dat|tmp|bin)$"
)
_DENIED: Final = "(?:not |dis|un)(?:allow|permit|accept)|non-permit"
#: How events of look-ups are called: `DNS_Query`, `DNS Response IN A NOERROR`.
_LOOK_UP: Final = "(?i)^dns[ _-]?(?:query|request|response)"
_LOOK_UP_ANSWER: Final = "(?i)^dns[ _-]?response"
#: An event of mail is about a letter, its sender and its links: nobody visits a site by it.
_MAIL: Final = "(?i)^(?:e?smtps?|submissions?|pop3?s?|imap4?s?|e?mail)$"
_MAIL_PORTS: Final = (25, 110, 143, 465, 587, 993, 995)
_NAMES_NO_HOST: Final = (
    "its first lines name no requested host (request or dhost): it cannot show visits"
)


_CEF: Final = CefEvent(aliases=_CEF_NAMES)
_LEEF: Final = LeefEvent(aliases=_LEEF_NAMES)


def _decide(word: pl.Expr, status: pl.Expr | None = None) -> pl.Expr:
    """What the gateway did, by the words that vendors use; none of them is read twice."""
    lower = word.str.to_lowercase()
    challenge = lower.str.contains("^(?:auth|challenge)")
    if status is not None:
        challenge = challenge.fill_null(value=False) | (status == 407)
    undone = lower.str.replace_all("not block", "allow").str.replace_all(_DENIED, "block")
    blocked = undone.str.contains("block|den(?:y|ied)|drop|reject|reset|prevent|quarantin|refus")
    allowed = undone.str.contains("allow|permit|accept|pass|observ|proxied")
    return (
        pl.when(challenge)
        .then(pl.lit("auth"))
        .when(blocked & ~allowed)
        .then(pl.lit("blocked"))
        .when(allowed & ~blocked)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _time(cell: Cells) -> Expressions:
    stamped = cell.layout.stamps.own != "none"
    return clock.any_stamp(cell["stamp"], cell["zone"]) if stamped else {}


def _address(cell: Cells) -> pl.Expr:
    """What was asked for; null where that is a file's name or path."""
    request = cell["url"]
    addressed = request.str.contains(_ADDRESSED) & ~request.str.contains(_FILE)
    return pl.when(addressed).then(request)


def _host(cell: Cells) -> pl.Expr:
    """The destination; on port 53 that is the name server, not the site."""
    server = (integer(cell["port"]) == 53).fill_null(value=False) & cell["url"].is_null()
    return pl.when(~server).then(cell["host"])


def _is_closed(cell: Cells) -> pl.Expr:
    """True where only the site was seen."""
    method = cell["method"]
    bare = cell["url"].is_null() | cell["url"].str.contains("^(?:https://)?[^/]*/?$")
    tunnel = (method.str.to_uppercase() == "CONNECT").fill_null(value=False)
    return (bare & method.is_null()).fill_null(value=False) | tunnel


def _is_look_up(cell: Cells) -> pl.Expr:
    """True of DNS, where the host (`destinationDnsDomain` of Infoblox) is what was asked for, or a
    bare name (`url` of BlueCat)."""
    spoken = (cell["protocol"].str.to_lowercase() == "dns").fill_null(value=False)
    named = cell["event"].str.contains(_LOOK_UP).fill_null(value=False)
    bare = cell["url"].is_null() | cell["url"].str.contains("^[^/:?]+$")
    return (spoken | named) & bare


def _is_answer(cell: Cells) -> pl.Expr:
    return cell["event"].str.contains(_LOOK_UP_ANSWER)


def _names_none(cell: Cells) -> pl.Expr:
    named = pl.when(~cell["url"].str.starts_with("/")).then(cell["url"])
    return pl.coalesce(named, cell["host"]).is_null()


def _is_mail(cell: Cells) -> pl.Expr:
    """True of a protocol of mail, or where none is named, of its ports."""
    unsaid = cell["protocol"].is_null() & cell["url"].is_null()
    return cell["protocol"].str.contains(_MAIL) | (
        unsaid & integer(cell["port"]).is_in(_MAIL_PORTS)
    )


def _repeat(cell: Cells) -> pl.Expr:
    return (
        pl.when(_names_none(cell))
        .then(pl.lit("no request: an event that names no host"))
        .when(_is_mail(cell))
        .then(pl.lit("no visit: an event of mail"))
    )


def _referrer(cell: Cells) -> pl.Expr:
    return pl.when(cell["context"].str.contains("://")).then(cell["context"])


def _status(cell: Cells) -> pl.Expr:
    """The status; McAfee's (Skyhigh's) gateway puts it where others put a signature."""
    vendor = cell["@vendor"].str.contains("(?i)^(?:mcafee|skyhigh)")
    gateway = vendor & cell["@product"].str.contains("(?i)web *gateway")
    signature = pl.when(gateway).then(cell["@signature"].str.extract("^([1-5][0-9]{2})$"))
    return pl.coalesce(integer(cell["status"]), integer(signature))


_COLUMNS: Final = Columns(
    time=Stamp("local", _time),
    client_ip="client",
    user=lambda cell: with_domain(cell["user"], cell["domain"]),
    method="method",
    url="url",
    host=lambda cell: pl.when(cell["own"]).then(cell["host"]),
    port=lambda cell: pl.when(cell["own"]).then(integer(cell["port"])),
    action=lambda cell: _decide(cell["action"]),
    referrer=_referrer,
    user_agent="agent",
    evidence=connects(_is_closed, look_up=_is_look_up),
    repeat=_repeat,
    companion=where(_is_answer, "answer"),
    derived={
        "url": _address,
        "host": _host,
        "own": lambda cell: cell["url"].is_null() | cell["url"].str.starts_with("/"),
    },
)
_CEF_COLUMNS: Final = replace(
    _COLUMNS,
    status=_status,
    action=lambda cell: _decide(cell["action"], _status(cell)),
)
_LEEF_COLUMNS: Final = replace(_COLUMNS, bytes_sent="sent", bytes_received="received")


def _learns(event: CefEvent, names: Names) -> Callable[[Layout, Sequence[str]], Layout]:
    """Whether events are stamped, and whether any names a host."""

    def learn(layout: Layout, records: Sequence[str]) -> Layout:
        read = [values for line in records if (values := event.values(line)) is not None]
        hosted = any(key in values for values in read for key in (*names["url"], *names["host"]))
        stamped = [any(key in values for key in names["stamp"]) for values in read]
        found = layout._replace(names_no_host=_NAMES_NO_HOST if read and not hosted else None)
        if all(stamped):
            return found
        return found.with_stamps(own="some" if any(stamped) else "none")

    return learn


_CEF_SAMPLE: Final = (
    "CEF:0|Example|Web Gateway|1.0|100|Request|3|rt=1704895200123 src=10.1.2.3 "
    "suser=FORCE\\\\jdoe act=blocked request=https://www.example.com/a?b\\=c requestMethod=GET "
    "requestClientApplication=Mozilla/5.0 (X11) cn1=403 cn1Label=Status"
)
_LEEF_SAMPLE: Final = (
    "LEEF:2.0|Example|Web Gateway|1.0|allow|^|devTime=Jan 10 2024 14:00:00 GMT^src=10.1.2.3^"
    "usrName=jdoe^url=https://www.example.com/a^action=allow^srcBytes=700^dstBytes=9000"
)
_NOTE: Final = "What is in the fields is the vendor's affair; see the definition of its own format."
CEF: Final = Format(
    name="cef",
    title="CEF of any vendor",
    definition="OpenText, ArcSight Common Event Format Implementation Standard",
    reader=_CEF,
    learns=_learns(_CEF, _CEF_NAMES),
    columns=_CEF_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=_NOTE,
    rank=2,
    samples=(
        Sample(
            _CEF_SAMPLE,
            "time=2024-01-10T14:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=403 action=blocked"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
            also=(_CEF_SAMPLE.removeprefix("CEF:"),),
        ),
        Sample(
            "CEF:0|Infoblox|Data Connector|2.1.3|DNS Response|DNS Response IN A NOERROR|1|app=DNS "
            "rt=1704895200123 src=10.1.2.3 destinationDnsDomain=www.example.com. spt=10069 "
            "InfobloxDNSQType=A suser=jdoe proto=UDP",
            "time=2024-01-10T14:00:00.123000Z user=jdoe client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
        ),
    ),
    near_misses=("CEF:0|Example|Web Gateway|1.0|100|Request", _LEEF_SAMPLE),
)
LEEF: Final = Format(
    name="leef",
    title="LEEF of any vendor",
    definition="IBM, QRadar Log Event Extended Format (LEEF) version 2",
    reader=_LEEF,
    learns=_learns(_LEEF, _LEEF_NAMES),
    columns=_LEEF_COLUMNS,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=_NOTE,
    rank=2,
    samples=(
        Sample(
            _LEEF_SAMPLE,
            "time=2024-01-10T14:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a action=allowed bytes_sent=700"
            " bytes_received=9000 evidence=url",
            also=(_LEEF_SAMPLE.removeprefix("LEEF:"),),
        ),
        Sample(
            "LEEF:1.0|BCN|Adonis|8|DNS_Query|cat=A_query\tdevTime=Jan 10 2024 14:00:00 GMT\t"
            "src=10.1.2.3\turl=www.example.com",
            "time=2024-01-10T14:00:00Z client_ip=10.1.2.3 url=www.example.com action=unknown"
            " evidence=dns",
        ),
        Sample(
            f"{_LEEF_SAMPLE}^method=GET",
            "time=2024-01-10T14:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a action=allowed bytes_sent=700"
            " bytes_received=9000 evidence=url",
        ),
    ),
    near_misses=("LEEF:1.0|Example|Web Gateway", _CEF_SAMPLE),
)
