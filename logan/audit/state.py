"""How an audit stands: what its ledger says of runs, gateways, hits, rules and notices.

Only the ledger is read, no log; what is asked for here is small however much the ledger holds.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple

from logan.audit.configuration import AuditConfiguration, Gateway
from logan.audit.ledger import DamagedLedgerError, Ledger, explained
from logan.audit.ledger_rows import CountRow, NoticeRow, PurgeRow, RulesRow, RunRow
from logan.audit.ledger_values import from_microseconds, to_microseconds
from logan.audit.newest_lines import newest_line
from logan.audit.recount_book import CountingByNights, counting_by_nights
from logan.audit.run_chain import find_broken_links
from logan.runtime.hour_numbers import HourGap, find_gaps

#: Runs and notices that are shown, the last ones.
_SHOWN: Final = 10
_PACK: Final = re.compile(r"(\S+) (\d+) \((\d{4}-\d{2}-\d{2})\)")


@dataclass(frozen=True, slots=True)
class GatewayState:
    """A gateway as the ledger knows it.

    `configured` is False for one that the configuration has no more. `newest` is its newest line
    that is not of the future; None: none was ever read. `silent`: for how long it had no line as
    the last run ended, where that is longer than it may be; else None. `uncovered` are gaps between
    its lines.
    """

    name: str
    configured: bool
    formats: tuple[str, ...]
    newest: datetime | None
    silent: timedelta | None
    lines: int
    bins: Mapping[str, int]
    uncovered: tuple[HourGap, ...]


class PackVersion(NamedTuple):
    """A rule pack, its version, and the day on which its facts were last gone through."""

    name: str
    version: str
    checked: date


class OwedNotices(NamedTuple):
    """Notices that a reader did not get yet, and why; None: nothing was tried so far."""

    recipient: str
    notices: int
    failure: str | None


class ToldNotice(NamedTuple):
    """A notice and who has got it."""

    notice: NoticeRow
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditState:
    """How an audit stands at the instant `now`.

    `runs` are the last ones, the newest first, of `run_count`. `unseen_hits` and `unseen_holes`
    are those of runs that nobody has marked as seen; `rebuilt` is when a run found no ledger and
    made one, until that is marked as seen too. `faults` name runs that were altered since.
    `hits` are counted by service and action; `by_nights` None: they are what all findings settled
    together come to.
    """

    now: datetime
    runs: tuple[RunRow, ...]
    run_count: int
    last_complete: datetime | None
    faults: tuple[str, ...]
    unseen_hits: int
    unseen_holes: int
    rebuilt: datetime | None
    hits: Mapping[tuple[str, str], int]
    by_nights: CountingByNights | None
    gateways: tuple[GatewayState, ...]
    rules: str | None
    packs: tuple[PackVersion, ...]
    owed: tuple[OwedNotices, ...]
    told: tuple[ToldNotice, ...]
    purges: tuple[PurgeRow, ...]

    @property
    def last_ended(self) -> RunRow | None:
        """The last run that came to its end."""
        return next((run for run in self.runs if run.end is not None), None)

    @property
    def uncovered_hours(self) -> int:
        """Hours without a line between a gateway's first and newest, of all gateways together."""
        return sum(part.hours for gateway in self.gateways for part in gateway.uncovered)


def read_state(ledger: Ledger, configuration: AuditConfiguration, now: datetime) -> AuditState:
    """The state that a ledger tells of. Raises `LedgerError` where it cannot be read."""
    with explained(ledger.path), _as_its_form_says(ledger):
        runs = tuple(ledger.select(RunRow, "ORDER BY id DESC LIMIT ?", _SHOWN))
        rules = (
            ledger.select(RulesRow, "WHERE id = ?", runs[0].rules_id)[0].version if runs else None
        )
        return AuditState(
            now=now,
            runs=runs,
            run_count=ledger.number("SELECT count(*) FROM run"),
            last_complete=_instant(ledger, _LAST_COMPLETE),
            faults=tuple(_faults(ledger)),
            unseen_hits=ledger.number("SELECT sum(new_hits) FROM run WHERE seen IS NULL"),
            unseen_holes=ledger.number(_UNSEEN_HOLES),
            rebuilt=_instant(ledger, _REBUILT),
            hits=_hits(ledger),
            by_nights=counting_by_nights(ledger, len(configuration.gateways)),
            gateways=_gateways(ledger, configuration, _instant(ledger, _LAST_END) or now),
            rules=rules,
            packs=tuple(_packs(rules or "")),
            owed=_owed(ledger),
            told=_told(ledger),
            purges=tuple(ledger.select(PurgeRow, "ORDER BY id DESC LIMIT ?", _SHOWN)),
        )


@contextmanager
def _as_its_form_says(ledger: Ledger) -> Iterator[None]:
    """Raise `DamagedLedgerError` where a value is not of the kind that its column has."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise DamagedLedgerError(
            f"{ledger.path}: the ledger is not made as its form says ({type(error).__name__}). "
            "`logan audit verify` says more"
        ) from error


class SeenCounts(NamedTuple):
    """How many new hits, and holes in the logs, somebody has looked at."""

    hits: int
    holes: int


def mark_seen(ledger: Ledger, now: datetime) -> SeenCounts:
    """Note that a person has looked at what all ended runs found, and say how much that is."""
    ended = "WHERE seen IS NULL AND end IS NOT NULL"
    with ledger.transaction():
        holes = ledger.number(f"{_UNSEEN_HOLES} AND run.end IS NOT NULL")
        hits = ledger.number(f"SELECT sum(new_hits) FROM run {ended}")  # noqa: S608 - ours
        ledger.connection.execute(f"UPDATE run SET seen = ? {ended}", (to_microseconds(now),))  # noqa: S608
    return SeenCounts(hits, holes)


#: The last by its number: a run whose clock was wrong may have ended in the future.
_LAST_END: Final = "SELECT end + 0 FROM run WHERE end NOT NULL ORDER BY id DESC LIMIT 1"
_LAST_COMPLETE: Final = "SELECT end + 0 FROM run WHERE complete ORDER BY id DESC LIMIT 1"
_REBUILT: Final = "SELECT max(start) FROM run WHERE kind = 'rebuilt' AND seen IS NULL"
_UNSEEN_HOLES: Final = (
    "SELECT count(*) FROM notice JOIN run ON run.id = notice.run "
    "WHERE notice.about = 'hole' AND run.seen IS NULL"
)


def _instant(ledger: Ledger, query: str) -> datetime | None:
    found = ledger.value(query)
    return from_microseconds(found) if isinstance(found, int) else None


def _faults(ledger: Ledger) -> Iterator[str]:
    """What is wrong with the chain of runs; `logan audit verify` looks at all the rest."""
    runs = ledger.select(RunRow, "WHERE sha256 IS NOT NULL ORDER BY id")
    rules = {one.id: one.sha256 for one in ledger.select(RulesRow)}
    return (f"run {run.id} {what}" for run, what in find_broken_links(runs, rules))


def _hits(ledger: Ledger) -> dict[tuple[str, str], int]:
    query = (
        "SELECT service, measure, sum(value) FROM count WHERE measure BETWEEN 'hits:' AND 'hits;' "
        "GROUP BY measure, service ORDER BY service, measure"
    )
    rows = ledger.connection.execute(query).fetchall()
    return {(service, measure.removeprefix("hits:")): value for service, measure, value in rows}


def _gateways(
    ledger: Ledger, configuration: AuditConfiguration, end: datetime
) -> tuple[GatewayState, ...]:
    known = {name for (name,) in ledger.connection.execute("SELECT DISTINCT gateway FROM stream")}
    configured = {gateway.name: gateway for gateway in configuration.gateways}
    names = [*configured, *sorted(known - configured.keys())]
    return tuple(_gateway(ledger, name, configured.get(name), end) for name in names)


def _gateway(ledger: Ledger, name: str, gateway: Gateway | None, end: datetime) -> GatewayState:
    formats = ledger.connection.execute(
        "SELECT DISTINCT format FROM stream WHERE gateway = ? AND format NOT NULL ORDER BY 1",
        (name,),
    )
    rows = ledger.select(CountRow, "WHERE gateway = ? AND window = '' AND service = ''", name)
    counts = {row.measure: row.value for row in rows}
    newest = newest_line(ledger, name, end)
    return GatewayState(
        name=name,
        configured=gateway is not None,
        formats=tuple(format_name for (format_name,) in formats),
        newest=newest,
        silent=_silence(ledger, gateway, newest, end),
        lines=counts.get("lines", 0),
        bins={
            measure.removeprefix("bin:"): value
            for measure, value in counts.items()
            if measure.startswith("bin:")
        },
        uncovered=_uncovered(ledger, name),
    )


def _silence(
    ledger: Ledger, gateway: Gateway | None, newest: datetime | None, end: datetime
) -> timedelta | None:
    if gateway is None or gateway.silence is None:
        return None
    if newest is None:
        first = ledger.value("SELECT min(start) FROM run")
        newest = from_microseconds(first) if isinstance(first, int) else end
    return end - newest if end - newest > gateway.silence else None


def _uncovered(ledger: Ledger, name: str) -> tuple[HourGap, ...]:
    query = "SELECT hour FROM hour WHERE gateway = ? ORDER BY hour"
    hours = [hour for (hour,) in ledger.connection.execute(query, (name,))]
    return find_gaps(hours)


def _packs(version: str) -> list[PackVersion]:
    """The packs that a rules version names (`Rules.version`)."""
    return [
        PackVersion(name, number, date.fromisoformat(day))
        for name, number, day in _PACK.findall(version)
    ]


def _owed(ledger: Ledger) -> tuple[OwedNotices, ...]:
    query = (
        "SELECT coalesce(recipient, ''), count(*), max(failure) FROM notice "
        "LEFT JOIN delivery ON notice = notice.id WHERE delivered IS NULL "
        "GROUP BY recipient ORDER BY recipient"
    )
    return tuple(OwedNotices(*row) for row in ledger.connection.execute(query))


def _told(ledger: Ledger) -> tuple[ToldNotice, ...]:
    notices = ledger.select(NoticeRow, "ORDER BY id DESC LIMIT ?", _SHOWN)
    rows = ledger.connection.execute(
        "SELECT notice, recipient FROM delivery WHERE delivered NOT NULL AND notice >= ? "
        "ORDER BY notice, recipient",
        (min((notice.id for notice in notices), default=0),),
    ).fetchall()
    by_notice = {
        number: tuple(recipient for _, recipient in group)
        for number, group in groupby(rows, key=lambda row: row[0])
    }
    return tuple(ToldNotice(one, by_notice.get(one.id, ())) for one in notices)
