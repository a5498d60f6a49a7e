"""What the fields of Zscaler's web feed mean, whatever form a customer chose for the feed.

Definition: help.zscaler.com, NSS Feed Output Format: Web Logs (`cip` is the user's address,
`cintip` the public one of the site; `eurl` has no scheme; `reqsize` goes up, `respsize` comes down;
`login` is the location's name where nobody logged on, `ologin` a number that stands for a user;
`proto` SSL is TLS that was not inspected, HTTP_PROXY the CONNECT of an explicit proxy). A portal
writes the same in words: Web Insights Logs: Columns (`HTTP Proxy`, `403 - Forbidden`). Adding NSS
Feeds for Web Logs: a transaction that got a Caution page counts as blocked, one that the user went
on with as allowed. Times are in the zone that the feed is set to, without saying which, unless `tz`
was put in.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock, escapes
from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns, connects
from logan.formats.engine.layout import Expressions
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, matched

#: Zscaler's names for a field (first the feed's own, then what templates call it), by ours.
NAMES: Final = {
    "stamp": ("datetime", "time", "epochtime", "epoch"),
    "zone": ("tz", "timezone"),
    "user": ("user", "login", "elogin", "ologin"),
    "location": ("location", "elocation"),
    "client": ("ClientIP", "cip", "clientip"),
    "public": ("clientpublicIP", "cintip"),
    "url": ("url", "eurl"),
    "host": ("hostname", "ehost", "host"),
    "method": ("requestmethod", "reqmethod"),
    "status": ("status", "respcode", "responsecode"),
    "sent": ("requestsize", "reqsize"),
    "received": ("responsesize", "respsize"),
    "protocol": ("protocol", "proto"),
    "action": ("action",),
    "referrer": ("refererURL", "ereferer", "referer"),
    "agent": ("useragent", "eua", "ua"),
}
#: Names of which a feed has one: its own or that of a template, for the same value. A name with an
#: `e` is the same value encoded (`elogin`), and `host` may be a part of `url`.
SYNONYMS: Final = (
    ("user", "login"),
    *(NAMES[name] for name in ("client", "public", "method", "status", "sent", "received")),
)
MISSING: Final = ("", "-", "None", "NA", "N/A", "Unknown", "none")
ACTION: Final = "(?i:allow(?:ed)?|block(?:ed)?|caution(?:ed)?)"
NOTE: Final = (
    "Times are in the zone of the feed. A CONNECT may be logged beside the session inside it."
)
_UNINSPECTED: Final = "(?i)^(?:SSL|TLS|HTTP[_ ]PROXY|TUNNEL.*)$"
_ALLOWED: Final = "allow(?:ed)?"
_BLOCKED: Final = "block(?:ed)?|caution(?:ed)?"
_WEEKDAY: Final = (
    r"^(?:[A-Z][a-z]+,? )?([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"( [A-Z]{1,4})? ([0-9]{4})$"
)
#: How the portal writes times into its exports.
_PORTAL: Final = ("%A, %B %d, %Y %I:%M:%S %p", "%A, %d %B %Y %I:%M:%S %p")


def stamp(cell: Cells) -> Expressions:
    """The feed's stamp, with its zone where the template has one."""
    # In `Fri Dec 31 07:07:07 2021` the year comes last, behind a zone if any.
    written = cell["stamp"].str.replace(_WEEKDAY, "${1} ${2} ${5} ${3}${4}")
    times = clock.any_stamp(written, cell["zone"])
    portal = (clock.naive(written, form) for form in _PORTAL)
    return {"time": times["time"], "local_time": pl.coalesce(times["local_time"], *portal)}


def user(cell: Cells) -> pl.Expr:
    """Who logged on; where nobody did, the feed repeats the location's name."""
    name = escapes.percent(cell["user"])
    # Either may be written as it is, or encoded.
    nobody = (name == escapes.percent(cell["location"])).fill_null(value=False)
    return pl.when(~nobody).then(name)


def _scheme(cell: Cells) -> pl.Expr:
    protocol = cell["protocol"]
    return pl.when(protocol.str.contains("(?i)^(?:https?|ftp)$")).then(protocol)


def _is_closed(cell: Cells) -> pl.Expr:
    """True where only the site was seen."""
    return cell["protocol"].str.contains(_UNINSPECTED) | (cell["method"] == "CONNECT")


COLUMNS: Final = Columns(
    time=Stamp("local", stamp),
    client_ip="client",
    user=user,
    method="method",
    url="url",
    scheme=_scheme,
    host=lambda cell: pl.when(cell["url"].is_null()).then(cell["host"]),
    status="status",
    action=matched("action", allowed=_ALLOWED, blocked=_BLOCKED, status="status"),
    bytes_sent="sent",
    bytes_received="received",
    referrer="referrer",
    user_agent=lambda cell: escapes.percent(cell["agent"]),
    evidence=connects(_is_closed),
    derived={
        "method": lambda cell: cell["method"].str.to_uppercase(),
        "status": lambda cell: cell["status"].str.extract("^([0-9]+)(?: - .*)?$"),
    },
)
TUNNELS: Final = LOGGED_WITH_INNER_REQUESTS
