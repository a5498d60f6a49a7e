"""What is to be told of how the audit fares: what could not be read, silence, holes, changes."""

import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from glob import escape as escape_glob
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Final

from logan.audit.configuration import AuditConfiguration, Gateway
from logan.audit.counting import NewCounts
from logan.audit.findings_notices import write_span
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RulesRow, RunRow
from logan.audit.ledger_values import from_microseconds
from logan.audit.log_rows import PlaceRow, StreamRow
from logan.audit.newest_lines import newest_line
from logan.audit.purge import PurgeOutcome
from logan.audit.subjects import Subject
from logan.outputs.text import printable
from logan.outputs.words import count

#: Less room than this is told before it is too late.
LEAST_FREE_BYTES: Final = 256 << 20
_NUMBER: Final = re.compile(r"\d[\d,]*")
#: The lines, and the days of UTC with an hour, that no reading by certain rules has.
_OLDER_LINES: Final = (
    "SELECT sum(to_line - from_line) FROM segment WHERE superseded_by IS NULL AND rules_id != ?"
)
_OLDER_DAYS: Final = (
    "SELECT count(DISTINCT hour / 24) FROM hour WHERE gateway || char(0) || hour NOT IN "
    "(SELECT gateway || char(0) || hour FROM hour WHERE rules_id = ?)"
)


def make_notice(
    about: Subject,
    key: str,
    text: str,
    run: RunRow,
    gateway: str | None = None,
    more: Iterable[str] = (),
) -> NoticeRow:
    """A notice of this run; of two with one key the first is told.

    `text` is one line, whatever name of a file stands in it; `more` are lines below it.
    """
    lines = "\n".join(map(printable, (text, *more)))
    return NoticeRow(f"{about}:{key}", about, run.id, gateway, lines, run.start)


def tell_incomplete(
    run: RunRow,
    why: Iterable[str],
    before: Sequence[str],
    advice: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Iterator[NoticeRow]:
    """Why a run is not complete, but for what was so in the run before: that is told already.

    A file that was rotated meanwhile has another number, so numbers do not count, but how often a
    reason is there. `advice` are lines to stand below a reason.
    """
    told = Counter(_NUMBER.sub("#", reason) for reason in before)
    for reason in dict.fromkeys(why):
        alike = _NUMBER.sub("#", reason)
        if told[alike]:
            told[alike] -= 1
            continue
        key = f"{run.mark}:{short_hash(reason)}"
        yield make_notice("incomplete", key, reason, run, more=advice.get(reason, ()))


def advise_unrecognised(place: PlaceRow, configuration: Path) -> Iterator[str]:
    """What to write into the configuration for a file that nobody recognised."""
    name = json.dumps(escape_glob(PurePath(place.path).name), ensure_ascii=False)
    yield f'In {configuration}, below name = "{place.gateway}", write one of these:'
    yield f"  exclude = [{name}]   where it is no log of this gateway"
    yield '  format = "NAME"   where all logs of it are in a format that `logan formats` lists'
    yield '  format_files = ["FILE"]   else: `logan formats draft` proposes what stands in FILE'


def short_hash(text: str) -> str:
    """As much of a hash as tells a few texts apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def find_silent(
    ledger: Ledger, configuration: AuditConfiguration, now: datetime
) -> dict[str, datetime | None]:
    """The gateways without a line for longer than they may be, each with its newest line.

    One that never had a line is silent from the first run on.
    """
    first = ledger.value("SELECT min(start) FROM run")
    began = from_microseconds(first) if isinstance(first, int) else now
    silent = {}
    for gateway in configuration.gateways:
        newest = newest_line(ledger, gateway.name, now)
        if gateway.silence is not None and now - (newest or began) > gateway.silence:
            silent[gateway.name] = newest
    return silent


def write_silence(newest: datetime | None, zone: str) -> str:
    """Since when a gateway is silent, on the clocks of a zone; None: it never had a line."""
    return "no line" if newest is None else f"no line since {write_span(newest, newest, zone)}"


def tell_silent(
    silent: Mapping[str, datetime | None], run: RunRow, zone: str
) -> Iterator[NoticeRow]:
    """Each silence once: what lasts is told no more."""
    for gateway, newest in silent.items():
        text = f"{gateway}: {write_silence(newest, zone)}"
        yield make_notice("silence", f"{gateway}:{newest}", text, run, gateway)


def tell_format(
    stream: StreamRow, formats: Collection[str | None], run: RunRow
) -> Iterator[NoticeRow]:
    """A log that is taken for what none of its gateway was taken for before (`formats`)."""
    known = sorted(filter(None, formats))
    if known and stream.format is not None and stream.format not in known:
        text = (
            f"{stream.gateway}: {stream.path} is taken for {stream.format}; "
            f"logs of this gateway were taken for {', '.join(known)} before"
        )
        yield make_notice("format", f"{stream.id}:{stream.format}", text, run, stream.gateway)


def tell_rejected_before(
    ledger: Ledger, gateways: Iterable[Gateway], run: RunRow
) -> Iterator[NoticeRow]:
    """The same of what the baseline read, once, in the first run behind it: a baseline tells
    nobody. The counts of this run are not stored yet."""
    query = "SELECT kind FROM run WHERE id < ? AND complete IS NOT NULL ORDER BY id DESC LIMIT 1"
    if ledger.value(query, run.id) not in ("baseline", "rebuilt"):
        return
    of_gateway = "SELECT value FROM count WHERE measure = 'bin:rejected' AND gateway = ?"
    for gateway in gateways:
        lines = ledger.value(of_gateway, gateway.name)
        if isinstance(lines, int) and lines > 0:
            name = "name" if lines > 1 else "names"
            old = f"{gateway.name}: {count(lines, 'line')} of the baseline that {name} a watched"
            text = f"{old} service and could not be parsed"
            yield make_notice("rejected", f"baseline:{gateway.name}", text, run, gateway.name)


def tell_rejected(
    counts: NewCounts, gateways: Iterable[Gateway], run: RunRow
) -> Iterator[NoticeRow]:
    """New lines that name a watched service and could not be parsed: whether they are hits is not
    known, so their gateway has no "none found"."""
    for gateway in gateways:
        lines = counts.changes.get((gateway.name, "", "", "bin:rejected"), 0)
        if lines > 0:
            name = "name" if lines > 1 else "names"
            new = f"{gateway.name}: {count(lines, 'new line')} that {name} a watched service"
            text = f"{new} and could not be parsed"
            yield make_notice("rejected", f"{run.mark}:{gateway.name}", text, run, gateway.name)


def tell_overlap(path: str, gateway: str, other: str, run: RunRow) -> NoticeRow:
    """A file of one gateway whose lines are those of another one's."""
    text = f"{gateway}: {path} has lines of {other}: they count once, there"
    return make_notice("overlap", f"{gateway}:{path}:{other}", text, run, gateway)


def tell_empty_folders(
    ledger: Ledger, folders: Mapping[str, Sequence[str]], run: RunRow
) -> Iterator[NoticeRow]:
    """Each folder in the storage of a gateway that an object with a log may look the same as, once.

    It makes no run incomplete: consoles make such folders, and leave them empty.
    """
    earlier = "SELECT text FROM notice WHERE about = 'empty_folder' AND gateway = ?"
    for gateway, names in folders.items():
        texts = ledger.connection.execute(earlier, (gateway,))
        told = {line for (text,) in texts for line in text.split("\n")[1:]}
        new = [name for name in dict.fromkeys(names) if printable(f"  {name}") not in told]
        if new:
            text = (
                f"{gateway}: {count(len(new), 'folder')} in its storage with nothing listed below; "
                "a log in an object whose name ends with a slash looks the same, and is not read"
            )
            more = (f"  {name}" for name in new)
            yield make_notice("empty_folder", f"{run.mark}:{gateway}", text, run, gateway, more)


def tell_rules(ledger: Ledger, run: RunRow) -> Iterator[NoticeRow]:
    """That the rules are others than those of the run before, and how much older ones read.

    Nothing where this run, or one before, has read all of it again: there is nothing to be done.
    """
    query = "SELECT rules_id FROM run WHERE id < ? ORDER BY id DESC LIMIT 1"
    before = ledger.value(query, run.id)
    if before is None or before == run.rules_id:
        return
    lines = ledger.number(_OLDER_LINES, run.rules_id)
    if not lines:
        return
    days = ledger.number(_OLDER_DAYS, run.rules_id)
    old, new = (ledger.select(RulesRow, "WHERE id = ?", one)[0] for one in (before, run.rules_id))
    read = count(days, "day") if days else count(lines, "line")
    text = (
        f"the rules changed from {old.version} to {new.version}: {read} "
        f"{'was' if (days or lines) == 1 else 'were'} read by older rules alone"
    )
    yield make_notice("rules", run.mark, text, run)


def tell_purge(outcome: PurgeOutcome, run: RunRow) -> Iterator[NoticeRow]:
    """What a run removed as its time was over, and which holds it obeyed; nothing if nothing.

    Told once a month: once an audit is older than what it keeps, every night removes something.
    """
    if not outcome.rows:
        return
    rows = f"{count(outcome.findings, 'finding')} and {count(outcome.rejects, 'line')} not parsed"
    held = "".join(f"; {kept:,} kept for {name}" for name, kept in outcome.held.items() if kept)
    text = f"removed as their time was over: {rows}, older than {outcome.before:%Y-%m-%d}{held}"
    yield make_notice("purge", f"{run.start:%Y-%m}", text, run)


def tell_clock(due: PurgeOutcome, ahead: timedelta, run: RunRow) -> Iterator[NoticeRow]:
    """That what was `due` was not removed, as the clock may be wrong."""
    if not due.rows:
        return
    text = (
        f"nothing was removed as its time was over: this run began {ahead.days:,} days after the "
        "one before. If the clock is right, the next run removes it; if it is not, set it"
    )
    yield make_notice("purge", run.mark, text, run)


def tell_disk(ledger: Ledger, run: RunRow) -> Iterator[NoticeRow]:
    """That the disk of the ledger is nearly full."""
    free = shutil.disk_usage(ledger.path.parent).free
    if free < LEAST_FREE_BYTES:
        text = f"the disk of {ledger.path} has only {free >> 20:,} MiB left"
        yield make_notice("disk", f"{run.start:%Y-%m-%d}", text, run)
