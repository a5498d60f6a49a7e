"""Sangfor IAG/NGAF (Internet Access Gateway) syslog: pairs in brackets.

Definition: Sangfor IAG User Manual, Syslog. `[key:value]` after `[log_type:...]`; the kinds `url`
and `malice_url` are requests, `other_log` and `botnet` connections to a named host, `flux`, `login`
and the rest no requests. `record_time` is the unit's wall clock; up is from the user.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import (
    TEXT,
    Columns,
    Fault,
    Format,
    Layout,
    Sample,
    Shows,
    missing_to_null,
)
from logan.formats.engine.verdicts import decided

_TIME: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_OPENING: Final = rf"\[log_type:([a-z_]+)\] \[record_time:({_TIME})\]"
_REQUESTS: Final = ("url", "malice_url")
_SESSIONS: Final = ("other_log", "botnet")
_MISSING: Final = ("", "-", "Not specified")


def _value(*keys: str) -> pl.Expr:
    """The value of the first key that a line has; it ends before the next ` [key:` or the end."""
    found = [TEXT.str.extract(rf" \[{key}:(.*?)\](?: \[[A-Za-z_]+:| *[^\[ ]?$)") for key in keys]
    return missing_to_null(pl.coalesce(found), _MISSING)


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    found = re.search(_OPENING, line)
    if found is None:
        return Fault("log_type and record_time", line)
    return None if re.search(r" \[(?:host|hst)_ip:", line) else Fault("host_ip", line)


def _columns(layout: Layout) -> Columns:
    del layout
    opening = TEXT.str.extract_groups(_OPENING)
    kind = opening.struct[0]
    url, host = _value("url"), _value("host", "DNS")
    seen = kind.is_in(_REQUESTS) & url.str.contains("/", literal=True)
    asked = pl.coalesce(url, host)
    request = kind.is_in([*_REQUESTS, *_SESSIONS])
    return {
        "reason": pl.when(kind.is_null())
        .then(pl.lit("log_type and record_time: not as this format writes them"))
        .when(~TEXT.str.contains(r" \[(?:host|hst)_ip:"))
        .then(pl.lit("host_ip: missing")),
        "repeat": pl.when(asked.is_null()).then(
            pl.concat_str(pl.lit("no request: a Sangfor line of the kind "), kind)
        ),
        "companion": pl.when(~request).then(pl.lit("session")),
        "local_time": clock.naive(opening.struct[1], "%Y-%m-%d %H:%M:%S"),
        "user": _value("user", "usr_name"),
        "client_ip": _value("host_ip", "hst_ip"),
        "url": asked,
        "action": decided(
            _value("net_action"),
            allowed="log|allow|pass|permit|record|alert",
            blocked="reject|deny|drop|block|refuse",
        ),
        "evidence": pl.when(seen.fill_null(value=False))
        .then(pl.lit("url"))
        .otherwise(pl.lit("connect")),
    }


_LINE: Final = (
    "[log_type:url] [record_time:2024-01-01 10:00:00] [user:jdoe] [group:/HQ/Staff/] "
    "[host_ip:10.1.2.3] [dst_ip:192.0.2.1] [serv:Visit Web Site] [app:Search] [site:Not specified] "
    "[tm_type:/PC/Windows PC] [net_action:Log] [url:www.example.com/a?b=[c]] [DNS:www.example.com] "
    "[title:-] [snapshot:-]"
)
SANGFOR: Final = Format(
    name="sangfor",
    title="Sangfor Internet Access Gateway",
    definition="Sangfor IAG User Manual, Syslog",
    shows=Shows(user=True, evidence=("url", "connect"), bytes="none", clock="local"),
    check=_check,
    signs=(("[log_type:",), ("] [record_time:",), ("_ip:",)),
    columns=_columns,
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=www.example.com/a?b=[c] action=allowed evidence=url",
        ),
        Sample(
            "<134>Jan 01 10:00:02 localhost BA[11111]: " + _LINE,
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=www.example.com/a?b=[c] action=allowed evidence=url",
        ),
        Sample(
            _LINE.replace("log_type:url", "log_type:flux"),
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=www.example.com/a?b=[c] action=allowed evidence=connect companion=session",
        ),
    ),
    near_misses=(
        _LINE.replace(" 10:00:00]", " ]"),
        "[log_type:url] [time:2024-01-01 10:00:00] [url:www.example.com/]",
    ),
)
