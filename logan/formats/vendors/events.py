"""CEF and LEEF of any vendor, where no format of that vendor knows better.

Definitions: see `cef`. Both name the fields but not every vendor fills them alike: `dhost` may be a
name looked up by address, `shost` any machine's name, `suid` a number, `request` the name of a file
that was scanned; and CEF's `in` and `out` are read in opposite ways, so CEF's byte counts
are left out (LEEF's `srcBytes` and `dstBytes` are not in doubt). A host without an address that was
asked for proves a connection, no more.
"""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Format, Head, Layout, Shows, integer
from logan.formats.engine.cef import Event, LeefEvent, with_domain
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
    "method": ("requestMethod",),
    "action": ("act", "deviceAction"),
    "agent": ("requestClientApplication",),
    "context": ("requestContext",),
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
    "method": ("method", "requestMethod", "httpMethod", "reqMethod"),
    "action": ("action", "act", "disposition"),
    "agent": ("userAgent", "useragent", "user_agent"),
    "context": ("referer", "referrer", "refererURL"),
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
_STATUS: Final = ("status", "Status", "HTTP Status", "HTTP status", "Response code", "statusCode")
_DENIED: Final = "(?:not |dis|un)(?:allow|permit|accept)|non-permit"
_BLIND: Final = "its first lines name no requested host (request or dhost): it cannot show visits"


def _event(kind: type[Event], names: Names, *, labels: bool) -> Event:
    return kind(keys=tuple(key for keys in names.values() for key in keys), labels=labels)


_CEF: Final = _event(Event, _CEF_NAMES, labels=True)
_LEEF: Final = _event(LeefEvent, _LEEF_NAMES, labels=False)


def _decide(word: pl.Expr, status: pl.Expr | None) -> pl.Expr:
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


def _columns(
    cell: Mapping[str, pl.Expr], *, layout: Layout, reason: pl.Expr, status: pl.Expr | None
) -> Columns:
    url, method = _address(cell["url"]), cell["method"]
    bare = url.is_null() | url.str.contains("^(?:https://)?[^/]*/?$")
    tunnel = (method.str.to_uppercase() == "CONNECT").fill_null(value=False)
    closed = (bare & method.is_null()).fill_null(value=False)
    # A destination on port 53 is the name server, not the site.
    server = (integer(cell["port"]) == 53).fill_null(value=False) & url.is_null()
    host = pl.when(~server).then(cell["host"])
    own = url.is_null() | url.str.starts_with("/")
    named = pl.coalesce(pl.when(~url.str.starts_with("/")).then(url), host)
    stamped = layout.stamps.own != "none"
    return {
        "reason": reason,
        "repeat": pl.when(named.is_null()).then(pl.lit("no request: an event that names no host")),
        **(clock.any_stamp(cell["stamp"], cell["zone"]) if stamped else {}),
        "client_ip": cell["client"],
        "user": with_domain(cell["user"], cell["domain"]),
        "method": method,
        "url": url,
        "host": pl.when(own).then(host),
        "port": pl.when(own).then(integer(cell["port"])),
        "action": _decide(cell["action"], status),
        "referrer": pl.when(cell["context"].str.contains("://")).then(cell["context"]),
        "user_agent": cell["agent"],
        "evidence": pl.when(closed | tunnel).then(pl.lit("connect")).otherwise(pl.lit("url")),
        "setup": tunnel,
    }


def _address(request: pl.Expr) -> pl.Expr:
    """What was asked for; null where that is a file's name or path."""
    addressed = request.str.contains(_ADDRESSED) & ~request.str.contains(_FILE)
    return pl.when(addressed).then(request)


def _named(event: Event, names: Names) -> dict[str, pl.Expr]:
    return {name: pl.coalesce(event.cells[key] for key in keys) for name, keys in names.items()}


def _cef_columns(layout: Layout) -> Columns:
    header = _CEF.cells
    # McAfee's (Skyhigh's) Web Gateway puts the status where others put a signature.
    gateway = header["@vendor"].str.contains("(?i)^(?:mcafee|skyhigh)") & header[
        "@product"
    ].str.contains("(?i)web *gateway")
    signature = pl.when(gateway).then(header["@signature"].str.extract("^([1-5][0-9]{2})$"))
    status = pl.coalesce(integer(_CEF.labelled(*_STATUS)), integer(signature))
    cell = _named(_CEF, _CEF_NAMES)
    columns = _columns(cell, layout=layout, reason=_CEF.reason(), status=status)
    return {**columns, "status": status}


def _leef_columns(layout: Layout) -> Columns:
    cell = _named(_LEEF, _LEEF_NAMES)
    columns = _columns(cell, layout=layout, reason=_LEEF.reason(), status=None)
    sent, received = integer(cell["sent"]), integer(cell["received"])
    return {**columns, "bytes_sent": sent, "bytes_received": received}


def _layout(event: Event, names: Names) -> Callable[[Head], Layout]:
    """A layout that says whether events are stamped, and whether any names a host."""

    def layout(head: Head) -> Layout:
        read = [values for line in head.lines if (values := event.values(line)) is not None]
        hosted = any(key in values for values in read for key in (*names["url"], *names["host"]))
        stamped = [any(key in values for key in names["stamp"]) for values in read]
        found = Layout(blind=_BLIND if read and not hosted else None)
        if all(stamped):
            return found
        return found.with_stamps(own="some" if any(stamped) else "none")

    return layout


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
    shows=Shows(user=True, evidence=("url", "connect"), bytes="none", clock="local", note=_NOTE),
    check=_CEF.check,
    signs=_CEF.signs,
    prepare=_CEF.prepare,
    columns=_cef_columns,
    layout=_layout(_CEF, _CEF_NAMES),
    rank=2,
    samples=(_CEF_SAMPLE, _CEF_SAMPLE.removeprefix("CEF:")),
    near_misses=("CEF:0|Example|Web Gateway|1.0|100|Request", _LEEF_SAMPLE),
)
LEEF: Final = Format(
    name="leef",
    title="LEEF of any vendor",
    definition="IBM, QRadar Log Event Extended Format (LEEF) version 2",
    shows=Shows(user=True, evidence=("url", "connect"), bytes="both", clock="local", note=_NOTE),
    check=_LEEF.check,
    signs=_LEEF.signs,
    prepare=_LEEF.prepare,
    columns=_leef_columns,
    layout=_layout(_LEEF, _LEEF_NAMES),
    rank=2,
    samples=(_LEEF_SAMPLE, _LEEF_SAMPLE.removeprefix("LEEF:")),
    near_misses=("LEEF:1.0|Example|Web Gateway", _CEF_SAMPLE),
)
