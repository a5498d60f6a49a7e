"""Unbound's query and reply log.

Definition: nlnetlabs.nl, unbound.conf(5): `log-queries`, `log-replies`, `log-tag-queryreply`,
`log-local-actions`, `log-time-ascii`, `log-time-iso`, `use-syslog`. To a file Unbound writes
seconds since 1970 in brackets, or a stamp that reads like syslog's; the thread's number is
hexadecimal. Names end in a dot. Each kind of line is switched on by itself: a reply, or what a
local zone did, may be all there is of a look-up.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import (
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Sample,
    Shows,
)
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.variants import Variants

_START: Final = (
    Piece("stamp", r"(?:\[[0-9]{9,10}(?:\.[0-9]+)?\] )?"),
    Piece("program", r"(?:unbound(?:\[[0-9]+:[0-9a-fA-F]+\])?:? )?"),
    Piece("thread", r"(?:\[[0-9]+:[0-9a-fA-F]+\] )?"),
    Piece("level", "info|query|reply"),
    Piece(None, ": "),
)
_QUERY: Final = Pattern(
    (
        *_START,
        Piece("client", ADDRESS),
        Piece(None, " "),
        Piece("name", r"[^ ]*\."),
        Piece(None, " "),
        Piece("type", "[A-Z0-9]+"),
        Piece(None, " "),
        Piece("class", "IN|CH|HS|ANY|CLASS[0-9]+"),
        Piece("reply", r"(?: [A-Z0-9]+ [0-9]+\.[0-9]+ [01] [0-9]+.*)?"),
    )
)
_LOCAL: Final = Pattern(
    (
        *_START,
        Piece("zone", r"[^ ]*\."),
        Piece(None, " "),
        Piece("action", "[a-z_]+"),
        Piece(None, " "),
        Piece("client", ADDRESS),
        Piece(None, "@[0-9]+ "),
        Piece("name", r"[^ ]*\."),
        Piece("rest", " [A-Z0-9]+ [A-Z0-9]+.*"),
    )
)
_LINES: Final = Variants((("query", _QUERY), ("local", _LOCAL)))
_REFUSALS: Final = (
    "deny",
    "refuse",
    "redirect",
    "static",
    "always_refuse",
    "always_nxdomain",
    "always_nodata",
    "always_null",
    "always_deny",
    "inform_deny",
    "inform_redirect",
)


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _LINES.fault(line)


def _layout(head: Head) -> Layout:
    """Whether lines carry their own stamp."""
    fields = [found for line in head.lines if (found := _QUERY.match(line))]
    layout = Layout()
    if not all(found["stamp"] for found in fields):
        layout = layout.with_stamps(own="none")
    return layout


def _columns(layout: Layout) -> Columns:
    cell = _LINES.cells()
    replied = cell["reply"].fill_null("") != ""
    time = {"time": clock.epoch_seconds(cell["stamp"].str.strip_chars("[] "))}
    return {
        "reason": _LINES.reason(),
        "companion": pl.when(replied)
        .then(pl.lit("answer"))
        .when(cell["action"].is_not_null())
        .then(pl.lit("remark")),
        **({} if layout.stamps.own == "none" else time),
        "client_ip": cell["client"],
        "host": cell["name"],
        "action": pl.when(cell["action"].is_in(_REFUSALS))
        .then(pl.lit("blocked"))
        .otherwise(pl.lit("unknown")),
        "evidence": pl.lit("dns"),
    }


UNBOUND: Final = Format(
    name="unbound",
    title="Unbound query log",
    definition="nlnetlabs.nl, unbound.conf(5)",
    shows=Shows(
        user=False,
        evidence=("dns",),
        bytes="none",
        clock="utc",
        note="Over syslog or with log-time-ascii the clock is that of the stamp in front.",
    ),
    check=_check,
    signs=(("info: ", "query: ", "reply: "),),
    columns=_columns,
    prepare=_LINES.prepare,
    layout=_layout,
    rank=6,
    samples=(
        Sample(
            "[1704894936] unbound[812:0] info: 10.1.2.3 www.example.com. A IN",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
        Sample(
            "2024-01-10T13:55:36+00:00 ns1 unbound[812]: [812:a] query: 10.1.2.3 "
            "www.example.com. A IN",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=(
        "[1704894936] unbound[812:0] info: start of service (unbound 1.19.0).",
        "[1704894936] unbound[812:0] info: resolving www.example.com. A IN",
    ),
)
