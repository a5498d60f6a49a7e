"""Unbound's query and reply log.

Definition: nlnetlabs.nl, unbound.conf(5): `log-queries`, `log-replies`, `log-tag-queryreply`,
`log-local-actions`, `rpz-log`, `log-time-ascii`, `log-time-iso`, `use-syslog`. To a file it writes
seconds since 1970 in brackets, or a stamp that reads like syslog's; the thread's number is
hexadecimal. Names end in a dot. Each kind of line is switched on by itself: a reply, or what a
local zone did, may be all there is of a look-up.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout
from logan.formats.engine.line_pattern import LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, matched

_START: Final = (
    Piece("stamp", r"(?:\[[0-9]{9,10}(?:\.[0-9]+)?\] )?"),
    Piece("program", r"(?:unbound(?:\[[0-9]+:[0-9a-fA-F]+\])?:? )?"),
    Piece("thread", r"(?:\[[0-9]+:[0-9a-fA-F]+\] )?"),
    Piece("level", "info|query|reply"),
    Piece(None, ": "),
)
_QUERY: Final = (
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
_LOCAL: Final = (
    *_START,
    # of a response policy zone (`rpz-log`), with its name and what of the answer it is about
    Piece("policy", r"(?:rpz: applied (?:\[[^\]]*\] )?(?:[a-z-]+ )?)?"),
    # not there where no zone but the default's kind answered
    Piece("zone", "(?:[^ ]+ )?"),
    Piece("action", "[a-z_-]+"),
    Piece(None, " "),
    Piece("client", ADDRESS),
    Piece(None, "@[0-9]+ "),
    Piece("name", r"[^ ]*\."),
    Piece("rest", " [A-Z0-9]+ [A-Z0-9]+.*"),
)
_READER: Final = LineVariants(
    shapes={"query": _QUERY, "local": _LOCAL}, literals=(("info: ", "query: ", "reply: "),)
)
_REFUSALS: Final = (
    "deny|refuse|redirect|static|always_(?:refuse|nxdomain|nodata|null|deny)|inform_(?:deny|redirect)|"
    "rpz-(?:nxdomain|nodata|drop|local-data|cname-override)"
)


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """Whether lines carry their own stamp."""
    shapes = ("query", "local")
    matches = (_READER.match(line, shape) for line in records for shape in shapes)
    fields = [found for found in matches if found]
    stamped = all(found["stamp"] for found in fields)
    return layout if stamped else layout.with_stamps(own="none")


def _time(cell: Cells) -> Expressions:
    if cell.layout.stamps.own == "none":
        return {}
    return {"time": clock.epoch_seconds(cell["stamp"].str.strip_chars("[] "))}


def _companion(cell: Cells) -> pl.Expr:
    replied = cell["reply"].fill_null("") != ""
    answer = pl.when(replied).then(pl.lit("answer"))
    return answer.when(cell["action"].is_not_null()).then(pl.lit("remark"))


UNBOUND: Final = Format(
    name="unbound",
    title="Unbound query log",
    definition="nlnetlabs.nl, unbound.conf(5)",
    reader=_READER,
    learns=_learn,
    columns=Columns(
        time=Stamp("utc", _time),
        user=None,
        client_ip="client",
        action=matched("action", allowed="", blocked=_REFUSALS),
        host="name",
        record_type="type",
        evidence=sees("dns"),
        companion=_companion,
    ),
    tunnels=NOT_LOGGED,
    note="Over syslog or with log-time-ascii the clock is that of the stamp in front.",
    rank=6,
    samples=(
        Sample(
            "[1704894936] unbound[812:0] info: 10.1.2.3 www.example.com. A IN",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            also=(
                (
                    "2024-01-10T13:55:36+00:00 ns1 unbound[812]: [812:a] query: 10.1.2.3 "
                    "www.example.com. A IN"
                ),
            ),
        ),
    ),
    near_misses=(
        "[1704894936] unbound[812:0] info: start of service (unbound 1.19.0).",
        "[1704894936] unbound[812:0] info: resolving www.example.com. A IN",
    ),
)
