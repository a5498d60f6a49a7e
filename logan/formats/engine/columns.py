"""What the cells of a log mean: the columns of a format as a declaration of plain values.

A column is given by the name of a cell; by a tuple of names, of which the first that holds
something counts; or by a function from cells to an expression, of which the usual ones are made
here (`words`, `joined`, `always` ...). Functions are called when a log is read, never at import:
making expressions takes time that every start would pay.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, Literal, NamedTuple, get_args

import polars as pl

from logan.formats.engine import clock, dates, verdicts
from logan.formats.engine.layout import Expressions, Layout, integer
from logan.formats.engine.reader import CELL, cell_column, first_of

EvidenceKind = Literal["url", "connect", "dns"]
ByteCounts = Literal["none", "sent", "received", "both"]
#: Whose clock a stamp is: "utc" (by definition), "offset" (each stamp carries its own), "local"
#: (needs a zone), "envelope" (a record has none: that of the syslog header around it).
Clock = Literal["utc", "offset", "local", "envelope"]

_NUMBERS: Final = frozenset(("port", "status", "bytes_sent", "bytes_received", "duration_ms"))
#: What of a request is more than the host: where a log has none of it, only a connection is seen.
_ADDRESSES: Final = ("url", "path", "query")
_ISO_WALLS: Final = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")


class Cells:
    """The cells of one log's lines as expressions: null where a line has nothing there."""

    __slots__ = ("_has", "layout")

    def __init__(self, layout: Layout, has: Callable[[Layout, str], bool]) -> None:
        self.layout = layout
        self._has = has

    def __getitem__(self, name: str) -> pl.Expr:
        """A cell by its name."""
        return cell_column(name)

    def __contains__(self, name: str) -> bool:
        """False where no line of this log can have such a cell."""
        return self._has(self.layout, name)

    def first(self, *names: str) -> pl.Expr:
        """The first of several cells that holds something."""
        there = [name for name in names if name in self]
        return first_of(there) if there else pl.lit(None, dtype=pl.String)


Derivation = Callable[[Cells], pl.Expr]
#: What a column may be given by.
Given = str | tuple[str, ...] | Derivation


class Stamp(NamedTuple):
    """When a request was logged: whose clock that is, and what gives `time` or `local_time`.

    `columns` gives `time` where stamps fix an instant, `local_time` where they are wall clocks,
    both where lines differ, neither where lines of that layout have no stamp of their own.
    """

    clock: Clock
    columns: Callable[[Cells], Expressions]


class Evidence(NamedTuple):
    """What lines prove: all the kinds there may be, and which of them a line is."""

    kinds: tuple[EvidenceKind, ...]
    of_line: Derivation


class Tunnels(NamedTuple):
    """Whether the vendor logs what is inside a tunnel as lines of their own.

    `opens` is true for the lines that set up a tunnel whose inner requests may follow as lines; of
    such a line and the request that follows it, one is a visit and the other a repeat.
    """

    meaning: str
    opens: Callable[[Cells, "Columns"], pl.Expr | None]


def value(given: Given, cell: Cells) -> pl.Expr:
    """The expression that a column is given by."""
    if isinstance(given, str):
        return cell[given]
    return cell.first(*given) if isinstance(given, tuple) else given(cell)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of `schema.RAW` that a log gives. Of a column without a default say None where
    the log does not have it: what is forgotten would be missing from every record without a word.

    Numbers given by cells are read as whole numbers, null where they are none. `time` None: the
    record has no stamp, the syslog header around it does. `evidence` None: "connect" for a CONNECT
    and for every line of a log that gives no address, else "url". `repeat` says in words why a line
    is no request, null where it is one; `companion`, that it tells of a request which may have a
    line of its own (`vocabulary.COMPANIONS`). `derived` are further cells made out of those of the
    log and of those before them, for what several columns use.
    """

    time: Stamp | None
    user: Given | None
    client_ip: Given | None
    action: Given | None
    method: Given | None = None
    url: Given | None = None
    scheme: Given | None = None
    host: Given | None = None
    port: Given | None = None
    path: Given | None = None
    query: Given | None = None
    status: Given | None = None
    bytes_sent: Given | None = None
    bytes_received: Given | None = None
    referrer: Given | None = None
    user_agent: Given | None = None
    duration_ms: Given | None = None
    repeat: Given | None = None
    companion: Given | None = None
    evidence: Evidence | None = None
    derived: dict[str, Derivation] = field(default_factory=dict)

    def given(self) -> dict[str, Given]:
        """What is given for each column, those apart that have a kind of value of their own."""
        apart = ("time", "evidence", "derived")
        found = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in apart}
        return {name: given for name, given in found.items() if given is not None}

    def expressions(self, cell: Cells) -> dict[str, pl.Expr]:
        """The columns over the cells of a log."""
        found = {name: _typed(name, given, cell) for name, given in self.given().items()}
        stamp = self.time.columns(cell) if self.time is not None else {}
        return {**stamp, **found, "evidence": self.proof(cell)}

    def proof(self, cell: Cells) -> pl.Expr:
        """What each line proves."""
        if self.evidence is not None:
            return self.evidence.of_line(cell)
        if not self._gives_addresses:
            return pl.lit("connect")
        if self.method is None:
            return pl.lit("url")
        return verdicts.tunnelled(value(self.method, cell))

    @property
    def kinds(self) -> tuple[EvidenceKind, ...]:
        """What lines of this log may prove."""
        if self.evidence is not None:
            return tuple(kind for kind in get_args(EvidenceKind) if kind in self.evidence.kinds)
        if not self._gives_addresses:
            return ("connect",)
        return ("url",) if self.method is None else ("url", "connect")

    @property
    def byte_counts(self) -> ByteCounts:
        """Which directions are counted."""
        if self.bytes_sent is not None and self.bytes_received is not None:
            return "both"
        if self.bytes_sent is not None:
            return "sent"
        return "none" if self.bytes_received is None else "received"

    @property
    def clock(self) -> Clock:
        """Whose clock the stamps are."""
        return "envelope" if self.time is None else self.time.clock

    @property
    def _gives_addresses(self) -> bool:
        return any(getattr(self, name) is not None for name in _ADDRESSES)


def _typed(name: str, given: Given, cell: Cells) -> pl.Expr:
    found = value(given, cell)
    return integer(found) if name in _NUMBERS and not callable(given) else found


def cells_in(found: pl.Expr) -> frozenset[str]:
    """The cells that an expression uses."""
    names = found.meta.root_names()
    return frozenset(name.removeprefix(CELL) for name in names if name.startswith(CELL))


# Columns


def always(constant: str) -> Derivation:
    """The same value on every line."""
    return lambda _: pl.lit(constant)


def joined(*names: str, separator: str = " ") -> Derivation:
    """Several cells, one behind the other; null where one of them lacks."""
    return lambda cell: pl.concat_str([cell[name] for name in names], separator=separator)


def positive(name: str) -> Derivation:
    """A number that is written as 0 where there is none, such as the status of no answer."""

    def number(cell: Cells) -> pl.Expr:
        found = integer(cell[name])
        return pl.when(found > 0).then(found)

    return number


def words(
    given: Given,
    *,
    allowed: Sequence[str] = (),
    blocked: Sequence[str] = (),
    challenged: Sequence[str] = (),
) -> Derivation:
    """What the gateway decided, by its own words for it, in any case; another word is unknown."""
    lists = {"allowed": allowed, "blocked": blocked, "challenged": challenged}
    patterns = {name: "|".join(map(re.escape, found)) for name, found in lists.items()}
    return lambda cell: verdicts.decided(value(given, cell), **patterns)


def matched(
    given: Given, *, allowed: str = "", blocked: str = "", challenged: str = ""
) -> Derivation:
    """As `words`, by expressions that a word must fit whole."""
    return lambda cell: verdicts.decided(
        value(given, cell), allowed=allowed, blocked=blocked, challenged=challenged
    )


def unless(request: Derivation, why: str) -> Derivation:
    """A `repeat` with these words wherever a line is not surely a request."""
    return lambda cell: pl.when(~request(cell).fill_null(value=False)).then(pl.lit(why))


def where(told: Derivation, why: str) -> Derivation:
    """A `repeat` with these words, or a `companion` of this kind, where a line is told for one."""
    return lambda cell: pl.when(told(cell)).then(pl.lit(why))


# Times


def epoch(given: Given) -> Stamp:
    """Seconds, milli-, micro- or nanoseconds since 1970 UTC."""
    return Stamp("utc", lambda cell: {"time": clock.epoch(value(given, cell))})


def epoch_seconds(given: Given) -> Stamp:
    """Seconds since 1970 UTC, with any decimals."""
    return Stamp("utc", lambda cell: {"time": clock.epoch_seconds(value(given, cell))})


def utc(given: Given, form: str) -> Stamp:
    """A wall clock that is UTC by the vendor's definition, in a strptime format."""
    return Stamp(
        "utc",
        lambda cell: {"time": clock.naive(value(given, cell), form).dt.replace_time_zone("UTC")},
    )


def local(given: Given, form: str) -> Stamp:
    """A wall clock without a zone, in a strptime format."""
    return Stamp("local", lambda cell: {"local_time": clock.naive(value(given, cell), form)})


def ordered_date(given: Given) -> Stamp:
    """A date and time of which the head, or a person, says in which order it is (`dates`)."""
    return Stamp(
        "local",
        lambda cell: {
            "local_time": dates.date_time(
                value(given, cell).str.replace("([0-9])T", "${1} "), cell.layout
            )
        },
    )


def iso(given: Given) -> Stamp:
    """ISO 8601 with `Z` or an offset."""
    return Stamp("offset", lambda cell: {"time": clock.iso_offset(value(given, cell))})


def iso_utc(given: Given) -> Stamp:
    """The same where the vendor writes UTC always."""
    return Stamp("utc", iso(given).columns)


def iso_or_local(given: Given) -> Stamp:
    """ISO 8601, with an offset or without."""

    def columns(cell: Cells) -> Expressions:
        stamp = value(given, cell)
        walls = pl.coalesce(clock.naive(stamp, wall) for wall in _ISO_WALLS)
        return {"time": clock.iso_offset(stamp), "local_time": walls}

    return Stamp("local", columns)


def with_offset(given: Given, form: str) -> Stamp:
    """A stamp with its offset (`%z`), in a strptime format."""

    def columns(cell: Cells) -> Expressions:
        stamp = value(given, cell)
        found = stamp.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
        return {"time": found}

    return Stamp("offset", columns)


def common_log_stamp(given: Given) -> Stamp:
    """`10/Oct/2000:13:55:36 -0700`, as in the common log format."""
    return Stamp("offset", lambda cell: {"time": clock.clf(value(given, cell))})


def any_stamp(given: Given, zone: Given | None = None) -> Stamp:
    """A stamp in any form that CEF and LEEF allow, its zone behind it or in a cell of its own."""

    def columns(cell: Cells) -> Expressions:
        return clock.any_stamp(value(given, cell), value(zone, cell) if zone is not None else None)

    return Stamp("local", columns)


# Evidence


def sees(kind: EvidenceKind) -> Evidence:
    """Every line proves the same."""
    return Evidence((kind,), always(kind))


def connects(closed: Derivation) -> Evidence:
    """Only a connection where `closed` is true, else the address."""

    def of_line(cell: Cells) -> pl.Expr:
        shut = closed(cell).fill_null(value=False)
        return pl.when(shut).then(pl.lit("connect")).otherwise(pl.lit("url"))

    return Evidence(("url", "connect"), of_line)


# Tunnels


def _connects(cell: Cells, columns: Columns) -> pl.Expr:
    if columns.method is None:
        return columns.proof(cell) == "connect"
    found = value(columns.method, cell).str.to_uppercase() == "CONNECT"
    return found.fill_null(value=False)


#: The gateway opens tunnels, and logs the requests inside beside the CONNECT.
LOGGED_WITH_INNER_REQUESTS: Final = Tunnels(
    "a tunnel is logged, and so are the requests inside it, each on a line of its own", _connects
)
#: No request inside a tunnel is ever logged: the line of the tunnel is all there is.
LOGGED_ALONE: Final = Tunnels(
    "a tunnel is logged, and never what is inside it", lambda _cell, _columns: pl.lit(value=False)
)
#: A log of look-ups, of requests behind a balancer, or of opened requests only.
NOT_LOGGED: Final = Tunnels(
    "there are no lines of tunnels", lambda _cell, _columns: pl.lit(value=False)
)
#: The vendor's documents do not say: a CONNECT may be one that was opened, and is a repeat only
#: where a request inside it follows (`logan.rules.across_lines`).
NOT_DOCUMENTED: Final = Tunnels("the vendor does not say", lambda _cell, _columns: None)


def stated_by_line(opens: Derivation) -> Tunnels:
    """The gateway opens some tunnels only, and a line tells which."""
    return Tunnels(
        "each line of a tunnel tells whether it was opened", lambda cell, _columns: opens(cell)
    )
