"""W3C extended log format, whatever its `#Fields`: ProxySG and Edge SWG, IIS, TMG, Netskope.

Definitions: w3.org/TR/WD-logfile; Broadcom, ProxySG Log Fields and CPL Substitutions; Microsoft,
W3C Logging (IIS) and Forefront TMG logging fields. `date time` is UTC in all of them.
"""

import re
from typing import Final

import polars as pl

from logan.formats import clock
from logan.formats.base import (
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
    missing_to_null,
    separated,
)
from logan.schema import ACTION

# A quote inside a quoted value is doubled; ProxySG also writes 'single quotes' where asked to.
_SPACED_CELL: Final = "\"(?:[^\"]|\"\")*\"|'[^']*'|[^ \t]+"
_TABBED_CELL: Final = "[^\t]*"
_MISSING: Final = ("-", "")

#: Columns that name the requested host, the best first.
HOST_FIELDS: Final = ("cs-host", "cs(host)", "r-host", "cs-uri-host", "cs-dns", "x-cs-host")
_URL_FIELDS: Final = ("cs-uri", "c-uri", "cs-url", "x-cs-uri")
_TIME_FIELDS: Final = (
    "gmttime",
    "localtime",
    "timestamp",
    "x-timestamp-unix",
    "x-timestamp-unix-utc",
)
_USER_FIELDS: Final = ("cs-username", "cs-userdn", "cs-user", "x-cs-username", "c-username")
_CLIENT_FIELDS: Final = ("c-ip", "x-client-ip", "cs-ip", "c-computername")


def first(cell: dict[str, pl.Expr], *names: str) -> pl.Expr:
    """The first of the named cells that is not null; null where the log has none of them."""
    there = [cell[name] for name in names if name in cell]
    return pl.coalesce(*there) if there else pl.lit(None, dtype=pl.String)


def _unquoted(cell: pl.Expr) -> pl.Expr:
    """The value without its quotes; null where the log writes its word for nothing."""
    bare = (
        pl.when(cell.str.starts_with('"') & cell.str.ends_with('"'))
        .then(cell.str.strip_prefix('"').str.strip_suffix('"').str.replace_all('""', '"'))
        .when(cell.str.starts_with("'") & cell.str.ends_with("'"))
        .then(cell.str.strip_chars("'"))
        .otherwise(cell)
    )
    return missing_to_null(bare.str.strip_chars(" "), _MISSING)


def decide(cell: dict[str, pl.Expr]) -> pl.Expr:
    """What the gateway did: its filter result, then its own action, never the origin's status.

    DENIED with a 407, an authentication exception or a redirect to a log-on page is a challenge
    (Broadcom, x-exception-id and s-action values).
    """
    status = integer(first(cell, "sc-status"))
    action = first(cell, "s-action", "action", "sc-action").str.to_uppercase()
    verdict = first(cell, "sc-filter-result", "x-policy-action").str.to_uppercase()
    exception = first(cell, "x-exception-id").str.to_lowercase()
    challenge = (
        (status == 407)
        | action.str.contains("AUTH")
        | exception.str.contains("^authentication|^auth_|_auth_")
    )
    denied = verdict.str.contains("DENIED|BLOCK") | action.str.contains("DENIED|BLOCK|^DENY")
    allowed = verdict.str.contains("OBSERVED|PROXIED|ALLOW|PASS") | action.str.contains(
        "^TCP_|^ALLOW|^TUNNEL|^PERMIT"
    )
    return (
        pl.when(challenge)
        .then(pl.lit("auth"))
        .when(denied)
        .then(pl.lit("blocked"))
        .when(allowed)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def _tunnelled(cell: dict[str, pl.Expr]) -> pl.Expr:
    """True where only the tunnel was seen: host and bytes, no request inside it."""
    method = first(cell, "cs-method").str.to_uppercase()
    scheme = first(cell, "cs-uri-scheme").str.to_lowercase()
    tunnel = (
        (method == "CONNECT")
        | first(cell, "s-action").str.contains("TUNNEL")
        | scheme.is_in(["tcp", "ssl", "tunnel"])
        | (method == "UNKNOWN")
    )
    return tunnel.fill_null(value=False)


def _time(cell: dict[str, pl.Expr], layout: Layout) -> Columns:
    """`date` and `time` (UTC), their local twins, or one of the single stamps."""
    date = cell.get("date", cell.get("date-local"))
    if date is None and layout.option("date"):
        date = pl.lit(layout.option("date"))
    time = cell.get("time", cell.get("time-local"))
    if time is not None and date is not None:
        text = pl.concat_str(date, pl.lit(" "), time)
        return {"local_time": clock.naive(text, "%Y-%m-%d %H:%M:%S%.f")}
    if "timestamp" in cell or "x-timestamp-unix" in cell or "x-timestamp-unix-utc" in cell:
        stamp = first(cell, "timestamp", "x-timestamp-unix", "x-timestamp-unix-utc")
        return {"time": pl.coalesce(clock.epoch(stamp), clock.iso_offset(stamp))}
    return {"time": clock.clf(first(cell, "localtime", "gmttime").str.strip_chars("[]"))}


def from_w3c(cell: dict[str, pl.Expr], layout: Layout) -> Columns:
    """The raw columns from cells under their W3C names (lower case), null where a cell is absent.

    `sc-bytes` goes to the user, `cs-bytes` comes from the user. `cs-uri-stem` is a path in IIS and
    the whole address without its query in ProxySG: canonical reads either.
    """
    tunnelled = _tunnelled(cell)
    method = first(cell, "cs-method")
    stem = first(cell, "cs-uri-stem")
    whole = stem.str.contains("://")
    status = integer(first(cell, "sc-status"))
    hosted_only = not {"cs-uri-path", "cs-uri-stem", *_URL_FIELDS} & set(cell)
    evidence = pl.lit("connect") if hosted_only else _evidence(tunnelled)
    return {
        **_time(cell, layout),
        "client_ip": first(cell, *_CLIENT_FIELDS),
        "user": first(cell, *_USER_FIELDS).str.replace_all("%5[Cc]", "\\").str.replace_all("%20", " "),
        "method": pl.when(method.str.to_lowercase() == "unknown").then(None).otherwise(method),
        "url": pl.coalesce(first(cell, *_URL_FIELDS), pl.when(whole).then(stem)),
        "scheme": first(cell, "cs-uri-scheme", "cs-protocol").str.to_lowercase(),
        "host": first(cell, *HOST_FIELDS),
        "port": integer(first(cell, "cs-uri-port", "r-port")),
        "path": pl.coalesce(first(cell, "cs-uri-path"), pl.when(~whole).then(stem)),
        "query": first(cell, "cs-uri-query"),
        "status": pl.when(status > 0).then(status).otherwise(None),
        "action": decide(cell),
        "bytes_sent": integer(first(cell, "cs-bytes")),
        "bytes_received": integer(first(cell, "sc-bytes")),
        "referrer": first(cell, "cs(referer)", "cs(referrer)", "cs-referer", "cs-referred"),
        "user_agent": first(cell, "cs(user-agent)", "cs-user-agent", "c-agent"),
        "evidence": evidence,
        "setup": (method.str.to_uppercase() == "CONNECT")
        & ~first(cell, "s-action").fill_null("").str.contains("TUNNEL"),
    }


def _evidence(tunnelled: pl.Expr) -> pl.Expr:
    return pl.when(tunnelled).then(pl.lit("connect")).otherwise(pl.lit("url"))


def _pattern(layout: Layout) -> Pattern:
    """The layout as one expression. More values than fields are let pass, as IIS modules append."""
    tabbed = layout.option("separator") == "tab"
    cell, gap = (_TABBED_CELL, "\t") if tabbed else (_SPACED_CELL, "[ \t]+")
    shape = {"date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "time": r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"}
    shape |= {"date-local": shape["date"], "time-local": shape["time"]}
    pieces = [
        Piece(name, f'{shape[name]}|"{shape[name]}"' if name in shape else cell)
        for name in layout.names
    ]
    return Pattern((*separated(pieces, gap), Piece(None, "[ \t]*"), Piece("more values", ".*")))


def _columns(layout: Layout) -> Columns:
    pattern = _pattern(layout)
    cell = {name: _unquoted(value) for name, value in pattern.cells().items()}
    return {"reason": pattern.reason(), **from_w3c(cell, layout)}


def _check(line: str, layout: Layout) -> Fault | None:
    return _pattern(layout).fault(line)


_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")


def fields_layout(layout: Layout, line: str) -> Layout:
    """The layout from a directive on: `#Fields` names the columns, `#Date` and zones the clock."""
    name, _, value = line.partition(":")
    directive = name.lower()
    if directive == "#fields":
        return _named(layout, value)
    if directive == "#date":
        date = re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)
        layout = layout.with_option("date", date.group(0)) if date else layout
        offset = _OFFSET.search(value[10:].split("(", 1)[-1]) if "(" in value else None
        return _in_zone(layout, offset)
    if directive == "#gmt-offset":
        return _in_zone(layout, _OFFSET.search(value))
    return layout


def _in_zone(layout: Layout, offset: re.Match[str] | None) -> Layout:
    if offset is None:
        return layout
    zone = f"{offset.group(1)}{offset.group(2)}:{offset.group(3)}"
    return Layout(layout.names, zone, layout.options, layout.blind)


def _named(layout: Layout, fields: str) -> Layout:
    """A `#Fields` line read: names in lower case, made unique, and what the log cannot show."""
    names: list[str] = []
    for name in fields.lower().split():
        names.append(name if name not in names else f"{name}.{len(names)}")
    there = set(names)
    zone = layout.zone
    if zone is None and {"date", "time"} & there:
        zone = "UTC"
    elif zone == "UTC" and "date-local" in there:
        zone = None
    if "\t" in fields.strip():
        layout = layout.with_option("separator", "tab")
    return Layout(tuple(names), zone, layout.options, _blindness(there))


def _blindness(names: set[str]) -> str | None:
    """Why a log with these columns cannot show visits; None where it can."""
    if not names & {*HOST_FIELDS, *_URL_FIELDS}:
        return "its #Fields name no requested host (cs-host or cs-uri): it cannot show visits"
    return None


def _layout(head: Head) -> Layout | None:
    """The layout at the first record, or None without a `#Fields` line that names a time."""
    layout = Layout()
    for line in head.lines:
        if line.startswith("#"):
            layout = fields_layout(layout, line)
        elif layout.names:
            break
    return layout if layout.names and _clock_missing(layout) is None else None


def _clock_missing(layout: Layout) -> str | None:
    there = set(layout.names)
    if {"date", "time"} <= there or {"date-local", "time-local"} <= there:
        return None
    if there & set(_TIME_FIELDS) or ("time" in there and layout.option("date")):
        return None
    return "its #Fields name no time (date and time, localtime or timestamp)"


def _missing(head: Head) -> str | None:
    """What a `#Fields` line lacks, where there is one."""
    layout = Layout()
    for line in head.lines:
        if line.startswith("#"):
            layout = fields_layout(layout, line)
    return _clock_missing(layout) if layout.names else None


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`2024-01-01 09:` fixes the hour where date and time open the line."""
    opens = layout.names[:2] in (("date", "time"), ("date-local", "time-local"))
    fits = opens and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ \t][0-9]{2}:", line)
    return (0, 14) if fits else None


W3C: Final = Format(
    name="w3c",
    title="W3C extended log (ProxySG, Edge SWG, IIS, TMG)",
    definition="w3.org/TR/WD-logfile; Broadcom ProxySG log fields; Microsoft W3C logging",
    shows=Shows(
        user=True,
        evidence=("url", "connect"),
        bytes="both",
        clock="utc",
        note="date-local and time-local need a zone; IIS logs without cs-host show no visits.",
    ),
    check=_check,
    columns=_columns,
    layout=_layout,
    missing=_missing,
    directive="#",
    follow=fields_layout,
    stamp_span=_stamp_span,
    rank=5,
    samples=(
        "#Software: SGOS 7.3\n"
        "#Fields: date time time-taken c-ip cs-username sc-filter-result cs-categories sc-status "
        "s-action cs-method cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query "
        "cs(User-Agent) sc-bytes cs-bytes\n"
        '2024-01-10 13:55:36 120 10.1.2.3 FORCE\\jdoe OBSERVED "News;Media" 200 TCP_NC_MISS GET '
        'https www.example.com 443 /a ?b=c "Mozilla/5.0 (X11; Linux)" 5120 640',
    ),
    near_misses=("#Fields: c-ip cs-host\n10.1.2.3 www.example.com",),
)
