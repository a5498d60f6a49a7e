"""dnsmasq's query log, which is Pi-hole's too.

Definition: dnsmasq(8), `--log-queries` (and `=extra`, which puts a number and the client in front);
docs.pi-hole.net. The stamp is syslog's, without a year or a zone. `query` is what a client asked;
`forwarded`, `reply`, `cached` and the rest repeat its name. Pi-hole's own words (`gravity blocked`)
say that it gave a false answer.
"""

from typing import Final

import polars as pl

from logan.formats.engine.base import Columns, Fault, Format, Layout, Pattern, Piece, Shows
from logan.formats.engine.variants import Variants

_START: Final = Piece("number", r"(?:[0-9]+ [0-9A-Fa-f.:]+/[0-9]+ )?")
_BLOCKS: Final = (
    "gravity blocked|exactly (?:blacklisted|denied)|regex (?:blacklisted|denied)|special domain|"
    r"external blocked(?:, [A-Za-z0-9 =]+)?|blacklisted|blocked upstream(?: with [A-Za-z0-9.: ]+)?"
)
_WORDS: Final = (
    "forwarded|reply|cached|cached-stale|config|validation|synthetic|locally-known|DHCP|"
    r"(?:auth|dnssec-query|dnssec-retry)\[[A-Za-z0-9]+\]|/[^ ]+"
)
_QUERY: Final = Pattern(
    (
        _START,
        Piece(None, r"query\["),
        Piece("type", "[A-Za-z0-9=_]+"),
        Piece(None, r"\] "),
        Piece("name", "[^ ]+"),
        Piece(None, " from "),
        Piece("client", "[0-9A-Fa-f.:]+(?:%[^ ]*)?"),
    )
)
_BLOCKED: Final = Pattern(
    (
        _START,
        Piece("block", _BLOCKS),
        Piece(None, " "),
        Piece("name", "[^ ]+"),
        Piece("rest", " is .*"),
    )
)
_REPEATED: Final = Pattern(
    (
        _START,
        Piece("word", _WORDS),
        Piece(None, " "),
        Piece("name", "[^ ]+"),
        Piece("rest", " (?:is|to) .*"),
    )
)
_LINES: Final = Variants((("query", _QUERY), ("blocked", _BLOCKED), ("repeated", _REPEATED)))


def _check(line: str, layout: Layout) -> Fault | None:
    del layout
    return _LINES.fault(line)


def _columns(layout: Layout) -> Columns:
    del layout
    cell, shape = _LINES.cells(), _LINES.name()
    return {
        "reason": _LINES.reason(),
        "repeat": pl.when(shape != "query").then(pl.lit("what became of a DNS query")),
        "client_ip": pl.coalesce(cell["client"], cell["number"].str.extract("^[0-9]+ ([^/]+)/")),
        "host": cell["name"],
        "action": pl.when(shape == "blocked").then(pl.lit("blocked")).otherwise(pl.lit("unknown")),
        "evidence": pl.lit("dns"),
    }


_SAMPLE: Final = """\
Jan 10 13:55:36 dnsmasq[812]: query[A] www.example.com from 10.1.2.3
Jan 10 13:55:36 dnsmasq[812]: forwarded www.example.com to 192.0.2.53
Jan 10 13:55:36 dnsmasq[812]: reply www.example.com is 203.0.113.9
Jan 10 13:55:37 dnsmasq[812]: query[HTTPS] tracker.example from 10.1.2.3
Jan 10 13:55:37 dnsmasq[812]: gravity blocked tracker.example is NODATA"""
DNSMASQ: Final = Format(
    name="dnsmasq",
    title="dnsmasq and Pi-hole query log",
    definition="dnsmasq(8), --log-queries",
    shows=Shows(
        user=False,
        evidence=("dns",),
        bytes="none",
        clock="envelope",
        note="Stamps have no year: give --year. A blocked name was asked for all the same.",
    ),
    check=_check,
    signs=(("query[", " is ", " to "),),
    columns=_columns,
    prepare=_LINES.prepare,
    rank=6,
    samples=(_SAMPLE,),
    near_misses=(
        "Jan 10 13:55:36 ns1 dnsmasq-dhcp[812]: DHCPACK(br0) 10.1.2.3 00:50:56:13:60:56 pc7",
        "Jan 10 13:55:36 ns1 dnsmasq[812]: started, version 2.90 cachesize 150",
    ),
)
