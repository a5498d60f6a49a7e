"""What is to be told of new hits: how many, on what, by how many accounts, when; never by whom.

The accounts go along apart, for those readers who may have them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from logan.audit.counting import NewCounts
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.people_checks import PeopleChecks
from logan.audit.subjects import Subject
from logan.outputs.words import count, name_day
from logan.runtime.zones import zone_info
from logan.tables.measures import ADDRESS


@dataclass(frozen=True, slots=True)
class FindingsReport:
    """What is known when notices about findings are written.

    `names` are those of services, `zone` is that of local days. `newest` is the newest line of each
    gateway before this run, `late` by how much a line must be older to be told as late.
    `people` are lists of people, where there are any.
    """

    run: RunRow
    names: Mapping[str, str]
    zone: str
    newest: Mapping[str, datetime]
    late: Mapping[str, timedelta]
    people: PeopleChecks | None = None


def write_findings_notices(
    ledger: Ledger, counts: NewCounts, report: FindingsReport
) -> Iterator[NoticeRow]:
    """The notices about new hits; the counts are not stored yet."""
    for (gateway, service), hits in sorted(_by_service(counts.fresh).items()):
        name = report.names.get(service, service)
        new = counts.change(gateway, service, "hits")
        searches = counts.change(gateway, service, "searches")
        if new > 0:
            extent = f" ({count(searches, 'search')})" if searches > 0 else ""
            text = f"{gateway}: {count(new, 'new hit')} on {name}{extent}"
            yield _notice("hits", gateway, service, text, hits, report)
            if not _counted(ledger, service, "hits"):
                hit = "hit" if new == 1 else "hits"
                text = f"{gateway}: the first {hit} on {name}: {new:,}"
                yield _notice("new_service", gateway, service, text, hits, report)
        if searches > 0:
            text = f"{gateway}: {count(searches, 'new face search')} on {name}"
            yield _notice("searches", gateway, service, text, hits, report)
        yield from _after_block(ledger, gateway, service, name, hits, report)
        yield from _not_on_register(gateway, service, name, hits, report)
        yield from _late(gateway, service, name, hits, report)


def _by_service(fresh: pl.DataFrame) -> dict[tuple[str, str], pl.DataFrame]:
    if fresh.is_empty():
        return {}
    parts = fresh.partition_by("gateway", "service", as_dict=True)
    return {(str(gateway), str(service)): rows for (gateway, service), rows in parts.items()}


def _after_block(
    ledger: Ledger,
    gateway: str,
    service: str,
    name: str,
    hits: pl.DataFrame,
    report: FindingsReport,
) -> Iterator[NoticeRow]:
    """Hits that were let through where the service had been blocked, or is said to have been."""
    passed = hits.filter((pl.col("action") == "allowed").fill_null(value=False))
    why = "after others were blocked"
    if not _counted(ledger, service, "hits:blocked", gateway):
        passed = report.people.after_blocks(passed) if report.people else passed.clear()
        why = "though the list of events has it blocked"
    if passed.height:
        text = f"{gateway}: {count(passed.height, 'hit')} on {name} let through, {why},"
        yield _notice("after_block", gateway, service, text, passed, report)


def _not_on_register(
    gateway: str, service: str, name: str, hits: pl.DataFrame, report: FindingsReport
) -> Iterator[NoticeRow]:
    """Hits of listed persons that no entry of the register covers."""
    bare = report.people.not_covered(hits) if report.people else hits.clear()
    if bare.height:
        what = f"{count(bare.height, 'hit')} on {name} that no entry on the register covers,"
        text = f"{gateway}: {what}"
        yield _notice("not_on_register", gateway, service, text, bare, report)


def _late(
    gateway: str, service: str, name: str, hits: pl.DataFrame, report: FindingsReport
) -> Iterator[NoticeRow]:
    """Hits on lines that are older than others of their gateway which were read long ago."""
    newest, late = report.newest.get(gateway), report.late.get(gateway)
    if newest is None or late is None:
        return
    old = hits.filter(pl.col("time") < newest - late)
    if old.height:
        text = f"{gateway}: {count(old.height, 'hit')} on {name} in lines that came late,"
        yield _notice("late", gateway, service, text, old, report)


def _counted(ledger: Ledger, service: str, measure: str, gateway: str | None = None) -> bool:
    """Whether anything of the kind was counted before."""
    query = "SELECT sum(value) FROM count WHERE service = ? AND measure = ?"
    if gateway is not None:
        return bool(ledger.value(f"{query} AND gateway = ?", service, measure, gateway))
    return bool(ledger.value(query, service, measure))


def _notice(
    about: Subject,
    gateway: str,
    service: str,
    text: str,
    hits: pl.DataFrame,
    report: FindingsReport,
) -> NoticeRow:
    people = hits.select("user", ADDRESS)
    users = sorted(people["user"].drop_nulls().str.to_lowercase().unique())
    addresses = sorted(people["address"].drop_nulls().unique())
    first, last = hits.select(first=pl.col("time").min(), last=pl.col("time").max()).row(0)
    by = [count(len(users), "account")] if users else []
    by += [count(len(addresses), "address") + " without a user"] if addresses else []
    whom = f" by {' and '.join(by)}" if by else ""
    return NoticeRow(
        key=f"{about}:{report.run.mark}:{gateway}:{service}",
        about=about,
        run=report.run.id,
        gateway=gateway,
        text=f"{text}{whom}, {write_span(first, last, report.zone)}.",
        made=report.run.start,
        names=(*users, *addresses),
        first_time=first,
        last_time=last,
    )


def write_span(first: datetime, last: datetime, zone: str) -> str:
    """A span of time on the clocks of a zone, as a person would write it."""
    begin, end = (time.astimezone(zone_info(zone)) for time in (first, last))
    start = f"{name_day(begin.date())} {begin:%H:%M}"
    if begin.date() != end.date():
        return f"{start} to {name_day(end.date())} {end:%H:%M}"
    return start if f"{begin:%H:%M}" == f"{end:%H:%M}" else f"{start}-{end:%H:%M}"
