"""Sangfor IAG/NGAF (Internet Access Gateway) syslog: pairs in brackets.

Definition: Sangfor IAG User Manual, Syslog. `[key:value]` after `[log_type:...]`; the kinds `url`
and `malice_url` are requests, `other_log` and `botnet` connections to a named host, `flux`, `login`
and the rest no requests. `record_time` is the unit's wall clock; up is from the user.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.reader import CELL, Aliases, PlainReader, under_aliases
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, matched, where

_TIME: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_OPENING: Final = rf"\[log_type:([a-z_]+)\] \[record_time:({_TIME})\]"
_CLIENT: Final = r" \[(?:host|hst)_ip:"
_REQUESTS: Final = ("url", "malice_url")
_SESSIONS: Final = ("other_log", "botnet")
_MISSING: Final = ("", "-", "Not specified")
#: Why a line is no record that opens as one and has a client.
KEY_TWICE: Final = "a key stands twice, as a user can write it"
#: The column that says whether a line has a key twice.
_TWICE: Final = "%twice"


@dataclass(frozen=True, kw_only=True)
class BracketedPairs(PlainReader):
    """Lines of `[key:value]`. A value ends before the next ` [key:` or the end of the line."""

    aliases: Aliases = field(default_factory=dict)
    required_literals: RequiredLiterals = (("[log_type:",), ("] [record_time:",), ("_ip:",))

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """Whether the line opens with kind and time, and has a client."""
        if re.search(_OPENING, line) is None:
            return Fault("log_type and record_time", line)
        return None if re.search(_CLIENT, line) else Fault("host_ip", line)

    def reason(self, _layout: Layout) -> pl.Expr:
        """`check`, as an expression; and whether a key that is read stands twice."""
        return (
            pl.when(~TEXT.str.contains(_OPENING))
            .then(pl.lit("log_type and record_time: not as this format writes them"))
            .when(~TEXT.str.contains(_CLIENT))
            .then(pl.lit("host_ip: missing"))
            .when(pl.col(_TWICE))
            .then(pl.lit(KEY_TWICE))
        )

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """A column for each key; kind and time are those that open the line."""
        return under_aliases(self.aliases, names, self._cells)

    def _cells(self, names: Sequence[str]) -> Expressions:
        opening = TEXT.str.extract_groups(_OPENING).struct
        opens = {CELL + "log_type": opening[0], CELL + "record_time": opening[1]}
        keys = TEXT.str.extract_all(rf" \[(?:{'|'.join(names)}):").list
        return (
            {_TWICE: keys.n_unique() < keys.len()}
            | {CELL + name: _value(name) for name in names}
            | {name: cell for name, cell in opens.items() if name.removeprefix(CELL) in names}
        )


def _value(key: str) -> pl.Expr:
    found = TEXT.str.extract(rf" \[{key}:(.*?)\](?: \[[A-Za-z_]+:| *[^\[ ]?$)")
    return missing_to_null(found, _MISSING)


def _names_no_site(cell: Cells) -> pl.Expr:
    return pl.when(cell["asked"].is_null()).then(
        pl.concat_str(pl.lit("no request: a Sangfor line of the kind "), cell["log_type"])
    )


def _closed(cell: Cells) -> pl.Expr:
    """Only the host was seen, unless a request names its address."""
    addressed = cell["url"].str.contains("/", literal=True)
    return ~(cell["log_type"].is_in(_REQUESTS) & addressed).fill_null(value=False)


_COLUMNS: Final = Columns(
    time=local("record_time", "%Y-%m-%d %H:%M:%S"),
    user="user",
    client_ip="client",
    url="asked",
    action=matched(
        "net_action",
        allowed="log|allow|pass|permit|record|alert",
        blocked="reject|deny|drop|block|refuse",
    ),
    evidence=connects(_closed),
    repeat=_names_no_site,
    companion=where(lambda cell: ~cell["log_type"].is_in([*_REQUESTS, *_SESSIONS]), "session"),
)
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
    reader=BracketedPairs(
        aliases={
            "user": ("user", "usr_name"),
            "client": ("host_ip", "hst_ip"),
            "asked": ("url", "host", "DNS"),
        }
    ),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=www.example.com/a?b=[c] action=allowed evidence=url",
            also=("<134>Jan 01 10:00:02 localhost BA[11111]: " + _LINE,),
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
