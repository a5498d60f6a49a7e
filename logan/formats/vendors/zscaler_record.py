"""What the fields of Zscaler's web feed mean, whatever form a customer chose for the feed.

Definition: help.zscaler.com, NSS Feed Output Format: Web Logs (`cip` is the user's address,
`cintip` the public one of the site; `eurl` has no scheme; `reqsize` goes up, `respsize` comes down;
`login` is the location's name where nobody logged on; `proto` SSL is TLS that was not inspected,
HTTP_PROXY the CONNECT of an explicit proxy). Times are in the zone that the feed is set to, without
saying which, unless `tz` was put in.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock, escapes
from logan.formats.engine.base import Columns, Shows, integer
from logan.formats.engine.verdicts import decided

#: Zscaler's names for a field (first the feed's own, then what templates call it), by ours.
NAMES: Final = {
    "stamp": ("datetime", "time", "epochtime", "epoch"),
    "zone": ("tz", "timezone"),
    "user": ("user", "login", "elogin"),
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
MISSING: Final = ("", "-", "None", "NA", "N/A", "Unknown", "none")
ACTION: Final = "(?i:allow(?:ed)?|block(?:ed)?|caution(?:ed)?)"
SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect"),
    bytes="both",
    clock="local",
    note="Times are in the zone of the feed. A CONNECT may be logged beside the session inside it.",
)
_UNINSPECTED: Final = "(?i)^(?:SSL|TLS|HTTP_PROXY|TUNNEL.*)$"
_WEEKDAY: Final = (
    r"^(?:[A-Z][a-z]+,? )?([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"( [A-Z]{1,4})? ([0-9]{4})$"
)
#: How the portal writes times into its exports.
_PORTAL: Final = ("%A, %B %d, %Y %I:%M:%S %p", "%A, %d %B %Y %I:%M:%S %p")


def columns(cell: Mapping[str, pl.Expr], reason: pl.Expr) -> Columns:
    """The raw columns from cells under our names, null where the feed says nothing."""
    method = cell["method"].str.to_uppercase()
    protocol, url = cell["protocol"], cell["url"]
    status = integer(cell["status"])
    unseen = protocol.str.contains(_UNINSPECTED) | (method == "CONNECT")
    # In `Fri Dec 31 07:07:07 2021` the year comes last, behind a zone if any.
    stamp = cell["stamp"].str.replace(_WEEKDAY, "${1} ${2} ${5} ${3}${4}")
    times = clock.any_stamp(stamp, cell["zone"])
    portal = (clock.naive(stamp, form) for form in _PORTAL)
    user = escapes.percent(cell["user"])
    return {
        "reason": reason,
        "time": times["time"],
        "local_time": pl.coalesce(times["local_time"], *portal),
        "client_ip": cell["client"],
        "user": pl.when((cell["user"] == cell["location"]).fill_null(value=False))
        .then(None)
        .otherwise(user),
        "method": method,
        "url": url,
        "scheme": pl.when(protocol.str.contains("(?i)^(?:https?|ftp)$")).then(protocol),
        "host": pl.when(url.is_null()).then(cell["host"]),
        "status": status,
        "action": pl.when(status == 407)
        .then(pl.lit("auth"))
        .otherwise(decided(cell["action"], allowed="allow(?:ed)?", blocked="block(?:ed)?")),
        "bytes_sent": integer(cell["sent"]),
        "bytes_received": integer(cell["received"]),
        "referrer": cell["referrer"],
        "user_agent": escapes.percent(cell["agent"]),
        "evidence": pl.when(unseen.fill_null(value=False))
        .then(pl.lit("connect"))
        .otherwise(pl.lit("url")),
        "setup": (method == "CONNECT").fill_null(value=False),
    }
