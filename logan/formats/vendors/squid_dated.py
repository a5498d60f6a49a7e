"""Squid's native access log with a date that people can read in the place of the seconds.

Definition: squid.conf.documented, `logformat`: what `squid` is made of, with `%tl` or `%tg` for
`%ts` (`%d/%b/%Y:%H:%M:%S %z`, or as their argument says); where `.%03tu` follows, thousandths of a
second stand behind the zone. Sites that have it so call their format `squid`, too.
"""

import re
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions, Layout, integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.reader import StampSpan
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells
from logan.formats.vendors.squid import NATIVE, NATIVE_LINE

_CLOCK: Final = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_ZONE: Final = "[+-][0-9]{4}"
_NAMES: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
#: A month in the midst of a date, as no line of the log with seconds needs to have one.
_MONTHS: Final = (
    *(f"/{name}/" for name in _NAMES),
    *(f"{mark}{month:02}{mark}" for month in range(1, 13) for mark in "/-"),
)
_NAMED_MONTH: Final = f"[0-9]{{2}}/(?:{'|'.join(_NAMES)})/[0-9]{{4}}:{_CLOCK}"
_NUMBER: Final = "(?:0[1-9]|1[0-2])"
_NUMBERS: Final = f"[0-9]{{4}}(?:-{_NUMBER}-|/{_NUMBER}/)[0-9]{{2}}[ T]{_CLOCK}"
_HOUR: Final = re.compile(
    r"\[?[0-9]{2,4}[-/](?:[0-9]{2}|[A-Z][a-z]{2})[-/][0-9]{2,4}[ T:][0-9]{2}:"
)


def _wall_hour(line: str, _layout: Layout) -> tuple[int, int] | None:
    """`2024-01-10 13:`; with a zone behind it, it fixes no hour."""
    found = _HOUR.match(line)
    return found.span() if found else None


def _reader(stamp: str, stamp_span: StampSpan | None = None) -> LinePattern:
    return LinePattern(
        pieces=(
            Piece(None, r"\[?"),
            Piece("time", stamp),
            Piece("fraction", r"(?:\.[0-9]{1,3})?"),
            Piece(None, r"\]?"),
            *NATIVE_LINE[1:],
        ),
        literals=(_MONTHS,),
        stamp_span=stamp_span,
    )


def _fraction(cell: Cells) -> pl.Expr:
    """What stands behind the point, a number of thousandths."""
    number = integer(cell["fraction"].str.strip_prefix("."))
    return pl.duration(milliseconds=number.fill_null(0))


def _instant(cell: Cells) -> Expressions:
    stamp = cell["time"]
    numbered = clock.iso_offset(stamp.str.replace("^(.{4})/(.{2})/", "${1}-${2}-"))
    return {"time": pl.coalesce(clock.clf(stamp), numbered) + _fraction(cell)}


def _wall(cell: Cells) -> Expressions:
    stamp = cell["time"].str.replace("^(.{4})/(.{2})/", "${1}-${2}-").str.replace("T", " ")
    forms = (clock.naive(stamp, form) for form in ("%d/%b/%Y:%H:%M:%S", "%Y-%m-%d %H:%M:%S"))
    return {"local_time": pl.coalesce(*forms) + _fraction(cell)}


_REST: Final = (
    "    142 10.1.2.3 TCP_MISS/200 5120 GET http://www.example.com/ jdoe HIER_DIRECT/203.0.113.9"
    " text/html"
)
_RECORD: Final = (
    "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET url=http://www.example.com/"
    " status=200 action=allowed bytes_received=5120 evidence=url"
)
DATED: Final[Format] = replace(
    NATIVE,
    name="squid-dated",
    title="Squid native access log with dates",
    definition="squid.conf.documented, logformat",
    reader=_reader(f"{_NAMED_MONTH} {_ZONE}|{_NUMBERS}{_ZONE}"),
    columns=replace(NATIVE.columns, time=Stamp("offset", _instant)),
    rank=2,
    samples=(
        Sample(
            f"10/Jan/2024:14:55:36 +0100.123{_REST}",
            _RECORD.replace("36Z", "36.123000Z"),
        ),
        Sample(
            f"10/Jan/2024:14:55:36 +0100{_REST}",
            _RECORD,
            also=(f"[10/Jan/2024:13:55:36 +0000]{_REST}", f"2024-01-10T14:55:36+0100{_REST}"),
        ),
    ),
    near_misses=(
        f"10/Jan/2024 13:55:36{_REST}",
        f"10/Jan/2024:13:55:36 +0000{_REST}".replace("TCP_MISS/200", "200"),
    ),
)
DATED_LOCALLY: Final[Format] = replace(
    DATED,
    name="squid-dated-local",
    title="Squid native access log with dates, without a zone",
    reader=_reader(f"{_NAMED_MONTH}|{_NUMBERS}", _wall_hour),
    columns=replace(NATIVE.columns, time=Stamp("local", _wall)),
    samples=(
        Sample(
            f"2024-01-10 13:55:36.123{_REST}",
            _RECORD.replace("36Z", "36.123000Z"),
            also=(f"10/Jan/2024:13:55:36.123{_REST}", f"[2024/01/10 13:55:36.123]{_REST}"),
        ),
    ),
    near_misses=(
        f"10/Jan/2024:13:55:36 +0000{_REST}",
        f"2024-01-10 13:55:36{_REST}".replace("TCP_MISS/200", "200"),
    ),
)
