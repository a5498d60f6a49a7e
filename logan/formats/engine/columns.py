"""What the cells of a log mean: the columns of a format as a declaration of plain values.

What a column may be given by is in `logan.formats.engine.values`, the forms of its time in
`logan.formats.engine.stamps`. What a line proves, and whether what is inside a tunnel is logged
too, is said here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Final, Literal, NamedTuple, get_args

import polars as pl

from logan.formats.engine import verdicts
from logan.formats.engine.stamps import Clock, Stamp
from logan.formats.engine.values import Cells, Derivation, Given, always, number, value

EvidenceKind = Literal["url", "connect", "dns"]
ByteCounts = Literal["none", "sent", "received", "both"]

#: Types of DNS records (IANA, DNS parameters) that no visit asks for. Not here: A, AAAA, CNAME,
#: HTTPS, SVCB and ANY.
_NOT_OF_VISITS: Final = (
    r"^(?i)(?:(?:2|6|12|15|16|33|35|43|46|48|52|99|257)(?: \([A-Z]*\))?"
    "|(?:NS|SOA|PTR|MX|TXT|SRV|NAPTR|DS|RRSIG|DNSKEY|TLSA|SPF|CAA)(?: record)?)$"
)
_NUMBERS: Final = frozenset(("port", "status", "bytes_sent", "bytes_received", "duration_ms"))
#: What of a request is more than the host: where a log has none of it, only a connection is seen.
_ADDRESSES: Final = ("url", "path", "query")


class EvidenceColumn(NamedTuple):
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


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of `schema.RAW` that a log gives. Of a column without a default say None where
    the log does not have it: what is forgotten would be missing from every record without a word.

    Numbers given by cells are read as whole numbers, null where they are none. `time` None: the
    record has no stamp, the syslog header around it does. `evidence` None: "connect" for a CONNECT,
    for a line without a method whose address is no more than a host (`verdicts.tunnelled`), and for
    every line of a log that gives no address, else "url". `repeat` says in words why a line
    is no request, null where it is one; `companion`, that it tells of a request which may have a
    line of its own (`vocabulary.COMPANIONS`). `record_type` is what kind of record a look-up asked
    for: one for mail, keys or the zone is no visit, and a `repeat`. `derived` are further cells
    made out of those of the log and of those before them, for what several columns use.
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
    record_type: Given | None = None
    evidence: EvidenceColumn | None = None
    derived: dict[str, Derivation] = field(default_factory=dict)

    def given(self) -> dict[str, Given]:
        """What is given for each column, those apart that have a kind of value of their own."""
        apart = ("time", "evidence", "derived", "record_type")
        found = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in apart}
        return {name: given for name, given in found.items() if given is not None}

    def expressions(self, cell: Cells) -> dict[str, pl.Expr]:
        """The columns over the cells of a log."""
        found = {name: _typed(name, given, cell) for name, given in self.given().items()}
        stamp = self.time.columns(cell) if self.time is not None else {}
        if self.record_type is not None:
            elsewhere = _asked_for_no_visit(value(self.record_type, cell))
            found["repeat"] = pl.coalesce(found.get("repeat", pl.lit(None, pl.String)), elsewhere)
        return {**stamp, **found, "evidence": self.proof(cell)}

    def proof(self, cell: Cells) -> pl.Expr:
        """What each line proves."""
        if self.evidence is not None:
            return self.evidence.of_line(cell)
        if not self._gives_addresses:
            return pl.lit("connect")
        null = pl.lit(None, dtype=pl.String)
        method = null if self.method is None else value(self.method, cell)
        address = null if self.url is None else value(self.url, cell)
        return verdicts.tunnelled(method, address)

    @property
    def kinds(self) -> tuple[EvidenceKind, ...]:
        """What lines of this log may prove."""
        if self.evidence is not None:
            return tuple(kind for kind in get_args(EvidenceKind) if kind in self.evidence.kinds)
        if not self._gives_addresses:
            return ("connect",)
        tells = self.method is not None or self.url is not None
        return ("url", "connect") if tells else ("url",)

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


def _asked_for_no_visit(record_type: pl.Expr) -> pl.Expr:
    """Why a look-up is no visit, by its type in any spelling (`MX`, `15`, `15 (MX)`)."""
    elsewhere = record_type.str.contains(_NOT_OF_VISITS)
    return pl.when(elsewhere).then(pl.lit("no visit: a look-up for mail, keys or the zone"))


def _typed(name: str, given: Given, cell: Cells) -> pl.Expr:
    return number(given, cell) if name in _NUMBERS else value(given, cell)


# Evidence


def sees(kind: EvidenceKind) -> EvidenceColumn:
    """Every line proves the same."""
    return EvidenceColumn((kind,), always(kind))


def connects(closed: Derivation, *, look_up: Derivation | None = None) -> EvidenceColumn:
    """Only a connection where `closed` is true, else the address; and where `look_up` is, a name
    that was asked for."""

    def of_line(cell: Cells) -> pl.Expr:
        shut = closed(cell).fill_null(value=False)
        found = pl.when(shut).then(pl.lit("connect")).otherwise(pl.lit("url"))
        return found if look_up is None else _unless_asked(look_up(cell), found)

    kinds: tuple[EvidenceKind, ...] = ("url", "connect")
    return EvidenceColumn(kinds if look_up is None else (*kinds, "dns"), of_line)


def unopened(method: Given, address: Given) -> Derivation:
    """Where no more than a connection is seen, as for a log that does not say what its lines prove:
    of a CONNECT, and of a host alone in a line without a method."""
    return lambda cell: verdicts.tunnelled(value(method, cell), value(address, cell)) == "connect"


def looks_up(asked: Derivation) -> EvidenceColumn:
    """A name that was asked for where `asked` is true, else the address."""
    return EvidenceColumn(("url", "dns"), lambda cell: _unless_asked(asked(cell), pl.lit("url")))


def _unless_asked(asked: pl.Expr, proof: pl.Expr) -> pl.Expr:
    return pl.when(asked.fill_null(value=False)).then(pl.lit("dns")).otherwise(proof)


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
#: What no log of look-ups can show.
LOOK_UP_NOTE: Final = "A look-up is no visit: browsers look names up ahead, and answers are cached."


def stated_by_line(opens: Derivation) -> Tunnels:
    """The gateway opens some tunnels only, and a line tells which."""
    return Tunnels(
        "each line of a tunnel tells whether it was opened", lambda cell, _columns: opens(cell)
    )
