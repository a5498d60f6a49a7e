"""What the fields of extended logs mean, whatever carries them (W3C lines, key=value, JSON).

Definitions: w3.org/TR/WD-logfile; Broadcom, ProxySG Log Fields and CPL Substitutions (s-action,
sc-filter-result, x-exception-id); Microsoft, IIS W3C logging and Forefront TMG SDK, Web Proxy Log
Fields; AWS, CloudFront standard logs (x-host-header).
"""

from typing import Final, Protocol

import polars as pl

from logan.formats.engine import clock, escapes
from logan.formats.engine.columns import Columns, connects, stated_by_line
from logan.formats.engine.layout import Expressions, Layout, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells
from logan.schema import ACTION


class Fields(Protocol):
    """Cells under their W3C names in lower case, null where a line lacks one."""

    def __getitem__(self, name: str, /) -> pl.Expr:
        """A cell that is there."""

    def __contains__(self, name: str, /) -> bool:
        """Whether the log has it."""


#: Fields that name the requested host, the best first.
HOST_FIELDS: Final = (
    "cs-host",
    "x-host-header",
    "cs(host)",
    "r-host",
    "cs-uri-host",
    "cs-dns",
    "x-cs-host",
)
URL_FIELDS: Final = ("cs-uri", "c-uri", "cs-url", "c-url", "x-cs-uri")
_EPOCH_FIELDS: Final = ("timestamp", "x-timestamp-unix", "x-timestamp-unix-utc")
#: Fields that hold a whole stamp.
TIME_FIELDS: Final = ("gmttime", "localtime", *_EPOCH_FIELDS)
_USER_FIELDS: Final = (
    "cs-username",
    "cs-userdn",
    "cs-user",
    "x-cs-username",
    "c-username",
    "c-auth-id",
)
_CLIENT_FIELDS: Final = ("c-ip", "x-client-ip", "cs-ip", "c-computername")
_PATH_FIELDS: Final = {"cs-uri-path", "cs-uri-stem", *URL_FIELDS}
#: A Web proxy of ISA Server or TMG asked for credentials; no visit (Microsoft KB, error 12209).
_TMG_CHALLENGE: Final = 12209
#: It refused by a rule; the field `action`, which says so too, is not in every log (error 12202).
_TMG_REFUSAL: Final = 12202
_DAY: Final = "%Y-%m-%d %H:%M:%S%.f"


def first(cell: Fields, *names: str) -> pl.Expr:
    """The first of the named cells that is not null; null where the log has none of them."""
    there = [cell[name] for name in names if name in cell]
    return pl.coalesce(*there) if there else pl.lit(None, dtype=pl.String)


def decide(cell: Fields) -> pl.Expr:
    """What the gateway did: its filter result, then its own action, never the origin's status.

    A 407, an exception of authentication, a redirect to a log-on page or its form is a challenge,
    even where the filter result says DENIED. TCP_AUTH_HIT and TCP_AUTH_MISS are none: there, it is
    the site that asked for credentials. A splash page or a redirect by policy is unknown.
    """
    status = integer(first(cell, "sc-status"))
    action = first(cell, "s-action", "action", "sc-action").str.to_uppercase()
    verdict = first(cell, "sc-filter-result", "x-policy-action").str.to_uppercase()
    exception = first(cell, "x-exception-id").str.to_lowercase()
    challenge = (
        status.is_in([407, _TMG_CHALLENGE])
        | action.str.contains("AUTH_(?:REDIRECT|FORM|CHALLENGE)")
        | exception.str.starts_with("authentication")
    )
    denied = (
        (status == _TMG_REFUSAL)
        | verdict.str.contains("DENIED|BLOCK")
        | action.str.contains("DENIED|BLOCK|^DENY")
    )
    elsewhere = action.str.contains("POLICY_REDIRECT|SPLASHED")
    allowed = verdict.str.contains("OBSERVED|PROXIED|ALLOW|PASS") | action.str.contains(
        "^TCP_|^ALLOW|^TUNNEL|^PERMIT|PASSED"
    )
    return (
        pl.when(challenge)
        .then(pl.lit("auth"))
        .when(denied)
        .then(pl.lit("blocked"))
        .when(elsewhere)
        .then(pl.lit("unknown"))
        .when(allowed)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _tunnelled(cell: Fields, method: pl.Expr) -> pl.Expr:
    """True where only the tunnel was seen: host and bytes, no request inside it."""
    scheme = _protocol(cell)
    tunnel = (
        (method == "CONNECT")
        | first(cell, "s-action").str.contains("TUNNEL")
        | scheme.is_in(["tcp", "ssl", "tunnel", "ssl-tunnel"])
        | (method == "UNKNOWN")
    )
    return tunnel.fill_null(value=False)


def time(cell: Fields, layout: Layout) -> Expressions:
    """A stamp that names its zone, or `date` and `time` (their local twins, the header's date).

    `localtime` and `gmttime` carry their zone (Broadcom, "Custom Access Log Formats"); the header's
    date is that of the file's start, and a `time` behind midnight is of another.
    """
    if "localtime" in cell or "gmttime" in cell:
        stamp = first(cell, "localtime", "gmttime").str.strip_chars("[]")
        return {"time": clock.clf(stamp.str.replace(" (?:GMT|UTC)$", " +0000"))}
    date = next((cell[name] for name in ("date", "date-local") if name in cell), None)
    if date is None and layout.stamps.day:
        date = pl.lit(layout.stamps.day)
    clock_time = next((cell[name] for name in ("time", "time-local") if name in cell), None)
    if clock_time is not None and date is not None:
        return {"local_time": clock.naive(pl.concat_str(date, pl.lit(" "), clock_time), _DAY)}
    if any(name in cell for name in _EPOCH_FIELDS):
        stamp = first(cell, *_EPOCH_FIELDS)
        return {"time": pl.coalesce(clock.epoch(stamp), clock.iso_offset(stamp))}
    return {"time": pl.lit(None, dtype=pl.Datetime("us", "UTC"))}


def _protocol(cell: Fields) -> pl.Expr:
    return first(cell, "cs-uri-scheme", "cs-protocol").str.to_lowercase()


def _scheme(cell: Fields) -> pl.Expr:
    """The scheme; TMG has a word of its own for HTTPS that it opened."""
    return _protocol(cell).str.replace("^https-inspect$", "https")


def _method(cell: Fields) -> pl.Expr:
    """The method; TMG may leave that of a tunnel out."""
    method = first(cell, "cs-method", "s-operation").str.to_uppercase()
    tunnel = pl.when(_protocol(cell) == "ssl-tunnel").then(pl.lit("CONNECT"))
    return pl.coalesce(method, tunnel)


def _user(cell: Cells) -> pl.Expr:
    """The user, without percent codes; behind a name that TMG was sent and did not verify stands a
    question mark: that is nobody."""
    user = cell.first(*_USER_FIELDS)
    if "s-operation" in cell:
        user = pl.when(~user.str.ends_with("?")).then(user)
    return escapes.percent(user)


def _known_method(cell: Cells) -> pl.Expr:
    """The method; a ProxySG writes `unknown` for what is no HTTP."""
    method = _method(cell)
    return pl.when(method == "UNKNOWN").then(None).otherwise(method)


def _stem_is_whole(cell: Fields) -> pl.Expr:
    """Whether `cs-uri-stem` is an address (ProxySG), the host of a tunnel, or a path (IIS)."""
    stem = first(cell, "cs-uri-stem")
    tunnel = (_method(cell) == "CONNECT") & ~stem.str.starts_with("/")
    return stem.str.contains("://") | tunnel.fill_null(value=False)


def _url(cell: Fields) -> pl.Expr:
    stem = pl.when(_stem_is_whole(cell)).then(first(cell, "cs-uri-stem"))
    return pl.coalesce(first(cell, *URL_FIELDS), stem)


def _path(cell: Fields) -> pl.Expr:
    stem = pl.when(~_stem_is_whole(cell)).then(first(cell, "cs-uri-stem"))
    return pl.coalesce(first(cell, "cs-uri-path"), stem)


def _host(cell: Fields) -> pl.Expr:
    host = first(cell, *HOST_FIELDS)
    if "r-host" not in cell:
        return host
    # Whom the proxy asked: in a chain not the host that the user asked for.
    return pl.when(_url(cell).str.contains("://")).then(None).otherwise(host)


def _status(cell: Fields) -> pl.Expr:
    status = integer(first(cell, "sc-status"))
    return pl.when(status.is_between(1, 999)).then(status).otherwise(None)


def _closed(cell: Fields) -> pl.Expr:
    """True where only a tunnel was seen; of a log without addresses everywhere."""
    if not any(name in cell for name in _PATH_FIELDS):
        return pl.lit(value=True)
    return _tunnelled(cell, _method(cell))


def opens_tunnel(cell: Fields) -> pl.Expr:
    """A CONNECT that is not logged as a tunnel: where it was intercepted, its requests follow."""
    action = first(cell, "s-action").fill_null("")
    return (_method(cell) == "CONNECT") & ~action.str.contains("TUNNEL")


#: `sc-bytes` goes to the user, `cs-bytes` comes from the user.
COLUMNS: Final = Columns(
    time=Stamp("utc", lambda cell: time(cell, cell.layout)),
    client_ip=_CLIENT_FIELDS,
    user=_user,
    method=_known_method,
    url=_url,
    scheme=_scheme,
    host=_host,
    port=("cs-uri-port", "r-port"),
    path=_path,
    query="cs-uri-query",
    status=_status,
    action=decide,
    bytes_sent="cs-bytes",
    bytes_received="sc-bytes",
    duration_ms=("time-taken", "x-elapsed-time"),
    referrer=("cs(referer)", "cs(referrer)", "cs-referer"),
    user_agent=("cs(user-agent)", "cs-user-agent", "c-agent"),
    evidence=connects(_closed),
)
TUNNELS: Final = stated_by_line(opens_tunnel)
