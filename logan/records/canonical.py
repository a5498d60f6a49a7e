"""One form for hosts, users, times and addresses, whatever the gateway that wrote them.

Expressions over the raw columns of a format (`schema.RAW`); nothing here knows a format or a rule.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.records.addresses import address_expression
from logan.records.empty_cells import filled
from logan.records.hosts import host_expression
from logan.records.instants import ambiguous_time, instant
from logan.records.urls import url_parts
from logan.records.users import user_expression
from logan.runtime.fast_path import found_in_any, normalised
from logan.schema import RAW, RECORD, TIME

#: Why a record is rejected that has no time.
UNTIMED: Final = "time: cannot be read"
#: No tunnel lasts longer: seven days, in milliseconds.
_LONGEST_MS: Final = 7 * 86_400_000
#: What no address or name of a machine has in it, nor behind it: the path of a site.
_NO_CLIENT: Final = r"""[\s"'<>\[\](){}|=\\]|://|\.[A-Za-z]{2,}(?::[0-9]+)?/(?:[^0-9]|$)"""
#: Why a record is rejected whose client is none.
CLIENTLESS: Final = "client: no address and no name"
#: What no name of a person has: a tab, the end of a line, a clock, an address among other words.
_NO_USER: Final = (
    r"[\t\n\r]|(?:^|[ T])[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[ .,Z]|$)"
    r"|(?: |^)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:[ :/]|$)"
)
#: Found in all of these, and in few names.
_NO_PLAIN_USER: Final = r"[ :.\t\n\r]"
#: What stands at an end of a name of several words and is a field of its own: one that is empty.
_BESIDE_USER: Final = "^- | -$"
_METHOD_EXCEPTION: Final = "[^A-Z]|^$"
_SCHEME_EXCEPTION: Final = "[^a-z]"


def _given(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A part of the request as the format gives it, else as its URL has it."""
    if frame[name].null_count() == len(frame):
        return pl.col(f"={name}")
    return pl.coalesce(_text(name), f"={name}")


def _text(name: str) -> pl.Expr:
    return filled(pl.col(name))


def _filled(raw: pl.DataFrame) -> pl.DataFrame:
    """A line's number and text and every column of `schema.RAW`, typed; what lacks is null."""
    schema, rows = raw.schema, len(raw)
    columns = [raw["source"], raw["line"], raw["text"]]
    for name, kind in RAW.items():
        if name not in schema:
            columns.append(pl.Series(name, [None], dtype=kind).new_from_index(0, rows))
        elif schema[name] == kind:
            columns.append(raw[name])
        else:
            columns.append(raw[name].cast(kind, strict=False))
    return pl.DataFrame(columns)


#: What lines say about other lines, beside their record.
BESIDE: Final = ("repeat", "companion", "setup", "began", "ambiguous")
#: Raw columns of which nothing else is made.
RAW_BESIDE: Final = ("repeat", "companion", "setup", "duration_ms")


def records(raw: pl.DataFrame, *, zone: str | None, beside: Sequence[str] = BESIDE) -> pl.DataFrame:
    """Canonical records from raw ones, one row each, in order.

    `raw` has `source`, `line` and `text` beside the raw columns. A row keeps its `reason` (it is no
    record), gets one where its time cannot be read, and keeps `text` for the rules. `beside`: what
    of that which lines say about others is wanted: `repeat`, `companion`, `setup`; `began` is the
    time less the duration, null where the log has none; `ambiguous` marks times that stood twice.
    """
    frame = _filled(raw)
    frame = frame.hstack(url_parts(frame["url"]).struct.unnest())
    given = {name: _given(frame, name) for name in ("scheme", "host", "path", "query")}
    url_port = pl.col("=port").cast(pl.Int32, strict=False)
    host = given["host"]
    starred = frame["url"].str.starts_with("*")
    if starred.any():  # the server as a whole, `OPTIONS *`: no host of that name
        host = pl.when(~(pl.col("host").is_null() & starred.fill_null(value=False))).then(host)
    canonical = {
        "time": instant(zone),
        "user": user_expression(pl.col("user")),
        "client_ip": address_expression(pl.col("client_ip")),
        "method": normalised(pl.col("method"), _METHOD_EXCEPTION, _method),
        "scheme": normalised(given["scheme"], _SCHEME_EXCEPTION, _scheme),
        "host": host_expression(host),
        "port": pl.coalesce("port", url_port),
        "path": given["path"],
        "query": given["query"].str.strip_prefix("?"),
        "referrer": _text("referrer"),
        "user_agent": _text("user_agent"),
        "action": pl.col("action").fill_null("unknown"),
        "evidence": pl.col("evidence").fill_null("url"),
        # A gateway that does not tell tunnels it opened from others: every CONNECT may be such a
        # one. It is a repeat only where a request inside it follows (`rules.across_lines`).
        "setup": (_may_be_setup(frame) & ~_failed()).fill_null(value=False),
        "began": _began(frame, zone),
        "ambiguous": ambiguous_time(zone),
    }
    names = (*RECORD, "text", "reason", *beside)
    records = frame.select(**{name: canonical.get(name, name) for name in names})
    if records["time"].null_count():
        no_time = pl.when(pl.col("time").is_null()).then(pl.lit(UNTIMED))
        records = records.with_columns(reason=pl.coalesce("reason", no_time))
    return _without_impossible(records)


def _without_impossible(records: pl.DataFrame) -> pl.DataFrame:
    """The records; those whose client or user cannot be one get a reason.

    Formats tell their fields apart; where one let by what was left of a prefix, or of another
    field, a false person would be named. Here it is seen for all of them.
    """
    checks = {}
    if found_in_any(records["client_ip"], _NO_CLIENT):
        checks["client_ip"] = pl.col("client_ip").str.contains(_NO_CLIENT)
    if found_in_any(records["user"], _NO_PLAIN_USER):
        checks["user"] = pl.col("user").str.contains(_NO_USER)
        if found_in_any(records["user"], " "):
            checks["user"] |= _with_another_field()
    found = records.select(**checks)
    if not any(found[name].any() for name in checks):
        return records
    words = {"client_ip": CLIENTLESS, "user": "user: more than a name"}
    reasons = [pl.when(found[name]).then(pl.lit(words[name])) for name in checks]
    return records.with_columns(reason=pl.coalesce("reason", *reasons))


def _may_be_setup(frame: pl.DataFrame) -> pl.Expr:
    """What the format says of a line, else whether it is a CONNECT."""
    if not frame["setup"].null_count():
        return pl.col("setup")
    return pl.coalesce("setup", pl.col("method").str.to_uppercase() == "CONNECT")


def _failed() -> pl.Expr:
    """True where a tunnel was asked for and answered with an error: nothing came through it.

    What a gateway refused may have its page of refusal inside.
    """
    refused = (pl.col("action") == "blocked").fill_null(value=False)
    return ((pl.col("status") >= 400) & ~refused).fill_null(value=False)


def _with_another_field() -> pl.Expr:
    """True where a user is a name and the field beside it: empty, or the request's own host."""
    user, host = pl.col("user").str.to_lowercase(), pl.col("host")
    led = user.str.starts_with(pl.concat_str(host, pl.lit(" ")))
    trailed = user.str.ends_with(pl.concat_str(pl.lit(" "), host))
    return user.str.contains(_BESIDE_USER) | (led | trailed).fill_null(value=False)


def _began(frame: pl.DataFrame, zone: str | None) -> pl.Expr:
    """When a request or tunnel began; null where its line has no duration to be believed."""
    if frame["duration_ms"].null_count() == len(frame):
        return pl.lit(None, dtype=TIME)
    lasted = pl.col("duration_ms")
    lasted = pl.when(lasted.is_between(0, _LONGEST_MS)).then(lasted)
    return instant(zone) - pl.duration(milliseconds=lasted)


def _method(cell: pl.Expr) -> pl.Expr:
    return filled(cell).str.to_uppercase()


def _scheme(cell: pl.Expr) -> pl.Expr:
    return cell.str.to_lowercase()
