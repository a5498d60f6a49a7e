"""Reading, from paths to evidence; reads top to bottom as the data flows.

lanes (intake -> examine, in threads) -> entry (accounts, coverage) -> matching (formats, canonical,
rules) -> evidence, which `logan.pipeline.settle` makes a result of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from logan.errors import UsageError
from logan.evidence.evidence import Evidence, collect_findings, collect_rejects
from logan.intake.buffers import Rooms
from logan.intake.reader import open_source
from logan.intake.sources import ByteRange, Found, Source, find
from logan.pipeline.batches import Step, gather
from logan.pipeline.copies import find_copies
from logan.pipeline.entry import enter_block, enter_piece
from logan.pipeline.examine import Examined
from logan.pipeline.hours import Stamps
from logan.pipeline.matcher import Judge
from logan.pipeline.reread import make_sure
from logan.pipeline.settings import PartRequest, Settings
from logan.pipeline.source import Account, answers_of, zone_of
from logan.pipeline.workers import Done, Lanes
from logan.pipeline.zone_probe import Dating
from logan.rules.compilation import Watched, begin_compiling
from logan.rules.prefilter import Prefilter
from logan.runtime.timings import Stages

#: Candidate lines that are parsed together, in lines and bytes. Polars is at its best with few,
#: large frames, but gains little past this; parsing takes some 5 kB a line.
BATCH_LINES: Final = 12_000
BATCH_BYTES: Final = 4 << 20

Progress = Callable[[str, int], None]


def read(
    settings: Settings,
    *,
    progress: Progress | None = None,
    watched: Callable[[], Watched] | None = None,
    stages: Stages | None = None,
) -> Evidence:
    """Read every input once: what each line shows by itself, and where it went.

    `progress` is told a source's name and its stored bytes read so far. `watched` gives the
    patterns of the rules, where compiling them began before. `stages` is told where the time went.
    Raises UsageError for inputs that do not exist; whatever else is wrong with an input stands in
    what is said of its source.
    """
    stages = stages or Stages()
    watched = watched or begin_compiling(settings.rules)
    with stages.wait("finding the inputs"):
        found = find(settings.paths)
    findings, rejects = collect_findings(), collect_rejects()
    judge = Judge(
        settings.rules,
        findings,
        rejects,
        batch_lines=BATCH_LINES,
        batch_bytes=BATCH_BYTES,
        hashing=settings.hashing,
        stages=stages,
    )
    with stages.wait("compiling the rules"):
        prefilter = Prefilter(*watched())
    with stages.wait("reading and searching"):
        accounts = _read_all(found, settings, judge, prefilter, stages, progress or _silent)
    counts, ambiguous = judge.counts, judge.ambiguous
    return Evidence(
        rules=settings.rules.version,
        findings=findings.collected(),
        rejects=rejects.collected(),
        sources=tuple(
            one.read_source(counts.get(one.index, {}), ambiguous[one.index]) for one in accounts
        ),
        duplicates=frozenset((one.name, one.same_as) for one in found.duplicates),
        skipped=frozenset(one.name for one in found.skipped),
        globs=frozenset(glob for glob, *_ in (*settings.zones, *settings.answers)),
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
    accounts = _open_accounts(found.sources, settings)
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
    with stages.wait("comparing what begins alike"):
        _set_copies_apart(accounts, judge)
    unread = [Account.of_unread(one, len(accounts) + at) for at, one in enumerate(found.unread)]
    return [*accounts, *unread]


def _set_copies_apart(accounts: Sequence[Account], judge: Judge) -> None:
    """Count the lines of each copy as repeats, and forget what was found in it."""
    copies = find_copies([account.text for account in accounts])
    for at, original in copies.of.items():
        accounts[at].become_copy(accounts[original])
    for at, (reason, advice) in copies.uncompared.items():
        accounts[at].note_uncompared(reason, advice)
    if copies.of:
        judge.forget(copies.of.keys())


def _open_accounts(sources: Sequence[Source], settings: Settings) -> list[Account]:
    """The accounts of all sources; of one that parts are asked of, one for each part."""
    requests: dict[str, list[PartRequest | None]] = defaultdict(list)
    for request in settings.parts:
        requests[request.name].append(request)
    if unknown := requests.keys() - {source.name for source in sources}:
        raise UsageError(
            f"{min(unknown)}: a part of it is to be read, and no source has this name. Name it as "
            "it is found below the paths."
        )
    wanted = [(source, part) for source in sources for part in requests.get(source.name, [None])]
    return [_open_account(*pair, index, settings) for index, pair in enumerate(wanted)]


def _open_account(
    source: Source, request: PartRequest | None, index: int, settings: Settings
) -> Account:
    zone, answers = zone_of(source.name, settings.zones), answers_of(source.name, settings.answers)
    if request is None:
        return Account(source, index, zone, answers)
    return Account(
        source._replace(part=ByteRange(request.first_byte, request.stop_byte)),
        index,
        zone,
        answers,
        directives_before=request.directives_before,
        lines_before=request.lines_before,
    )


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
