"""dnsmasq's query log, which is Pi-hole's too.

Definition: dnsmasq(8), `--log-queries` (and `=extra`, which puts a number and the client in front,
of its own DNSSEC queries the number alone; `=proto`, which puts UDP or TCP before that, as in
Pi-hole 6); docs.pi-hole.net. The stamp is syslog's, without a year or a zone. `query` is what a
client asked; `forwarded`, `reply`, `cached` and the rest repeat its name. An answer whose question
is not there (it stands in a log that was rotated away) shows that somebody asked, and counts: of
nobody, unless `=extra` names the client. Pi-hole's own words (`gravity blocked`) say that it gave a
false answer.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import Cells, where

_START: Final = Piece("number", f"(?:(?:UDP |TCP )?[0-9]+ (?:{ADDRESS}/[0-9]+ )?)?")
_BLOCKS: Final = (
    "gravity blocked|exactly (?:blacklisted|denied)|regex (?:blacklisted|denied)|special domain|"
    r"external blocked(?:, [A-Za-z0-9 =]+)?|blacklisted|blocked upstream(?: with [A-Za-z0-9.: ]+)?"
)
_WORDS: Final = (
    "forwarded|reply|cached|cached-stale|config|validation|synthetic|locally-known|DHCP|"
    r"(?:auth|dnssec-query|dnssec-retry)\[[A-Za-z0-9]+\]|/[^ ]+"
)
_NOTHING: Final = r"^ is (?:NXDOMAIN|NODATA[A-Za-z0-9-]*|0\.0\.0\.0|::|REFUSED)$"
_QUERY: Final = (
    _START,
    Piece(None, r"query\["),
    Piece("type", "[A-Za-z0-9=_]+"),
    Piece(None, r"\] "),
    Piece("name", "[^ ]+"),
    Piece(None, " from "),
    Piece("client", ADDRESS),
)
_BLOCKED: Final = (
    _START,
    Piece("block", _BLOCKS),
    Piece(None, " "),
    Piece("name", "[^ ]+"),
    Piece("rest", " is .*"),
)
_REPEATED: Final = (
    _START,
    Piece("word", _WORDS),
    Piece(None, " "),
    Piece("name", "[^ ]+"),
    Piece("rest", " (?:is|to) .*"),
)


#: What it says of a domain's servers whenever it starts (dnsmasq, src/network.c, check_servers).
_SETTING: Final = (
    Piece(
        "setting", "using (?:only locally-known addresses|standard nameservers|nameserver [^ ]+)"
    ),
    Piece(None, " for (?:domain )?"),
    Piece("name", "[^ ]+"),
    Piece("rest", "(?: .*)?"),
)


def _client(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["client"], cell["number"].str.extract("([^/ ]+)/[0-9]+ $"))


def _name(cell: Cells) -> pl.Expr:
    """The name asked for; some programs ask the name server for a whole address."""
    return cell["name"].str.replace("^(?i:https?)://([^/]*).*$", "${1}")


def _action(cell: Cells) -> pl.Expr:
    """A name that the configuration gives no address, or the null one, is refused by it."""
    nothing = cell["rest"].str.contains(_NOTHING)
    refused = (cell[SHAPE] == "blocked") | ((cell["word"] == "config") & nothing)
    return pl.when(refused).then(pl.lit("blocked")).otherwise(pl.lit("unknown"))


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
    reader=LineVariants(
        shapes={
            "query": _QUERY,
            "blocked": _BLOCKED,
            "repeated": _REPEATED,
            "setting": _SETTING,
        },
        literals=(("query[", " is ", " to ", "using "),),
    ),
    columns=Columns(
        time=None,
        user=None,
        client_ip=_client,
        host=_name,
        action=_action,
        record_type="type",
        evidence=sees("dns"),
        companion=where(lambda cell: ~cell[SHAPE].is_in(["query", "setting"]), "remark"),
        repeat=where(lambda cell: cell[SHAPE] == "setting", "no look-up: a setting, said at start"),
    ),
    tunnels=NOT_LOGGED,
    note="Stamps have no year: give --year. A blocked name was asked for all the same.",
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:36Z url=www.example.com action=unknown evidence=dns"
            " companion=remark",
            "time=2024-01-10T13:55:36Z url=www.example.com action=unknown evidence=dns"
            " companion=remark",
            "time=2024-01-10T13:55:37Z client_ip=10.1.2.3 url=tracker.example"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:37Z url=tracker.example action=blocked evidence=dns"
            " companion=remark",
        ),
        Sample(
            "Jan 10 13:55:36 dnsmasq[812]: UDP 436 10.1.2.3/36363 query[A] www.example.com from "
            "10.1.2.3\n"
            "Jan 10 13:55:36 dnsmasq[812]: TCP 436 10.1.2.3/36363 reply www.example.com is "
            "203.0.113.9\n"
            "Jan 10 13:55:36 dnsmasq[812]: UDP 437 dnssec-query[DS] example.com to 192.0.2.53",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=remark",
            "time=2024-01-10T13:55:36Z url=example.com action=unknown evidence=dns"
            " companion=remark",
        ),
    ),
    near_misses=(
        "Jan 10 13:55:36 ns1 dnsmasq-dhcp[812]: DHCPACK(br0) 10.1.2.3 00:50:56:13:60:56 pc7",
        "Jan 10 13:55:36 ns1 dnsmasq[812]: started, version 2.90 cachesize 150",
    ),
)
