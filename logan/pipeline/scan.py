"""A scan, from paths to a result; reads top to bottom as the data flows.

lanes (intake -> examine, in threads) -> entry (accounts, coverage) -> reading (formats, canonical,
rules) -> findings. No terminal, no table made here.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from logan.evidence.findings import Findings, Rejects
from logan.formats import FORMATS
from logan.formats.engine.base import Format
from logan.intake.buffers import Rooms
from logan.intake.reader import open_source
from logan.intake.sources import Found, Source, find
from logan.pipeline.batches import Step, gather
from logan.pipeline.examine import Examined
from logan.pipeline.hours import Stamps
from logan.pipeline.matcher import Judge
from logan.pipeline.read import enter_block, enter_piece
from logan.pipeline.reread import make_sure
from logan.pipeline.source import Account, Answers, Zones, answers_of, fits, gateways_of, zone_of
from logan.pipeline.workers import Done, Lanes
from logan.pipeline.zone_probe import Dating
from logan.result import ScanResult, Selection, SourceAccount
from logan.rules.compilation import Watched, begin_compiling
from logan.rules.model import Rules
from logan.rules.prefilter import Prefilter
from logan.rules.redaction import redacted
from logan.runtime.private_folder import PrivateFolder
from logan.runtime.timings import Stages

#: Candidate lines that are parsed together, in lines and bytes. Polars is at its best with few,
#: large frames, but gains little past this; parsing takes some 5 kB a line.
BATCH_LINES: Final = 12_000
BATCH_BYTES: Final = 4 << 20
#: Skipped files that are named one by one.
_NAMED: Final = 3

Progress = Callable[[str, int], None]


class Settings(NamedTuple):
    """What a scan was asked to do.

    `zones` are (glob, zone) pairs, first match wins, for stamps without a zone; `answers` settle
    what else a stamp leaves open (`logan.formats.engine.dates`). `report_zone` is the zone of local
    days. `formats` are those that may be used. `hashing` asks for SHA-256.
    """

    paths: tuple[str, ...]
    rules: Rules
    zones: Zones = ()
    answers: Answers = ()
    report_zone: str = "UTC"
    formats: tuple[Format, ...] = FORMATS
    selection: Selection = Selection()
    session_gap_minutes: int = 30
    hashing: bool = False


def scan(
    settings: Settings,
    *,
    progress: Progress | None = None,
    watched: Callable[[], Watched] | None = None,
    stages: Stages | None = None,
) -> ScanResult:
    """Read every input once and tell what was found, and where each line went.

    `progress` is told a source's name and its stored bytes read so far. `watched` gives the
    patterns of the rules, where compiling them began before. `stages` is told where the time went.
    Raises UsageError for inputs that do not exist; whatever else is wrong with an input stands in
    its account.
    """
    started = time.monotonic()
    stages = stages or Stages()
    watched = watched or begin_compiling(settings.rules)
    with stages.wait("finding the inputs"):
        found = find(settings.paths)
    folder = PrivateFolder()
    findings, rejects = Findings(folder), Rejects(folder)
    judge = Judge(
        settings.rules,
        findings,
        rejects,
        batch_lines=BATCH_LINES,
        batch_bytes=BATCH_BYTES,
        stages=stages,
    )
    with stages.wait("compiling the rules"):
        prefilter = Prefilter(*watched())
    with stages.wait("reading and searching"):
        accounts = _read_all(found, settings, judge, prefilter, stages, progress or _silent)
    names = [account.source.name for account in accounts]
    with stages.wait("settling what was found"):
        settled = findings.settle(
            settings.rules, names, session_gap_minutes=settings.session_gap_minutes
        )
        sources = _settled(accounts, judge, settled.counts)
    return ScanResult(
        found=settled.found,
        parts=settled.parts,
        runs=settled.runs,
        rejects=rejects.named(names),
        sources=sources,
        zone=settings.report_zone,
        selection=settings.selection,
        session_gap_minutes=settings.session_gap_minutes,
        service_names=settings.rules.service_names,
        rules_version=settings.rules.version,
        elapsed_seconds=time.monotonic() - started,
        redactions=redacted(settings.rules),
        notes=(*_idle_globs(found, settings), *_notes(found, settled.respelt)),
        folder=folder,
    )


def _silent(_name: str, _position: int) -> None:
    """No progress asked for."""


def _read_all(
    found: Found,
    settings: Settings,
    judge: Judge,
    prefilter: Prefilter,
    stages: Stages,
    progress: Progress,
) -> list[Account]:
    """Read all sources, and enter their blocks into their accounts as they come."""
    accounts = [
        _open_account(source, index, settings) for index, source in enumerate(found.sources)
    ]
    stamps, dating = Stamps(), Dating()
    with Lanes(accounts, partial(_read, settings), prefilter, stages) as blocks:
        for together in blocks:
            with stages.work("accounts and hours"):
                for done in together:
                    _enter(done, prefilter, stamps, dating, judge)
            for done in together:
                progress(done.account.source.name, done.position)
    with stages.work("accounts and hours"):
        for account in accounts:
            _ask(account, dating)
        dating.flush()
        stamps.flush()
        judge.flush()
        for account in accounts:
            if account.coverage.unsure:
                make_sure(account, settings.formats)
    unread = [Account.of_unread(one, len(accounts) + at) for at, one in enumerate(found.unread)]
    return [*accounts, *unread]


def _open_account(source: Source, index: int, settings: Settings) -> Account:
    zone, answers = zone_of(source.name, settings.zones), answers_of(source.name, settings.answers)
    return Account(source, index, zone, answers)


def _enter(done: Done, prefilter: Prefilter, stamps: Stamps, dating: Dating, judge: Judge) -> None:
    """Enter a block, or a piece of a long line, into the account of its source."""
    _ask(done.account, dating)
    if isinstance(done.block, Examined):
        enter_block(done.account, done.block, stamps, judge)
    else:
        enter_piece(done.account, done.block, prefilter, judge)


def _ask(account: Account, dating: Dating) -> None:
    """Have it found out, with others, whether the stamps of a source name their zone."""
    if account.undated is not None:
        dating.ask(account.undated, account.note_dated)
        account.undated = None


def _read(settings: Settings, accounts: Iterator[Account], rooms: Rooms) -> Iterator[Step]:
    """The blocks of sources, with what must be known to examine them."""
    opens = partial(open_source, hashing=settings.hashing)
    return gather(accounts, rooms, opens, formats=settings.formats, hashing=settings.hashing)


def _settled(
    accounts: Sequence[Account], judge: Judge, decided: Mapping[int, Counter[str]]
) -> tuple[SourceAccount, ...]:
    """The accounts with the bins that the rules decided."""
    gateways = gateways_of([account.source.name for account in accounts])
    return tuple(
        account.settled(
            _sum(judge.counts.get(account.index), decided.get(account.index)),
            ambiguous=judge.ambiguous[account.index],
            gateway=gateways[account.index],
        )
        for account in accounts
    )


def _sum(first: Counter[str] | None, second: Counter[str] | None) -> Mapping[str, int]:
    """Both counts together; most sources of a large folder have neither."""
    if first and second:
        return first + second
    return first or second or {}


def _idle_globs(found: Found, settings: Settings) -> Iterator[str]:
    """What was said of sources that are not there: mistyped, it leaves a clock to be guessed."""
    given = dict.fromkeys(glob for glob, *_ in (*settings.zones, *settings.answers))
    for glob in given:
        if glob != "*" and not any(fits(source.name, glob) for source in found.sources):
            yield f"no source is named {glob}: what an option says of it was not used"


def _notes(found: Found, respelt: int) -> tuple[str, ...]:
    doubles = [
        f"{one.name} is the same file as {one.same_as}: read once" for one in found.duplicates
    ]
    if respelt:
        names = "1 user name was" if respelt == 1 else f"{respelt} user names were"
        doubles.append(f"{names} logged in spellings that differ in case: taken as one")
    return (*doubles, *_skipped_note([one.name for one in found.skipped]))


def _skipped_note(names: Sequence[str]) -> tuple[str, ...]:
    """One sentence on all that was passed over: to be said, and not to fill the screen."""
    if not names:
        return ()
    few = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    what = "1 file is no log" if len(names) == 1 else f"{len(names)} files are no logs"
    return (f"{what} by name, passed over: {few}",)
