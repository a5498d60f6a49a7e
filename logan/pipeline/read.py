"""Reading, from paths to evidence; reads top to bottom as the data flows.

source streams (intake -> recognition -> batches -> examine, in threads) -> entry (tallies, hours)
-> matching (formats, canonical, rules) -> evidence, of which `logan.pipeline.settle` makes a
result.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from logan.evidence.evidence import Evidence, collect_findings, collect_rejects
from logan.evidence.read_source import ReadSource
from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.intake.buffers import BufferPool
from logan.intake.opening import open_source
from logan.intake.source_search import find
from logan.intake.sources import ExcludedPath, FoundSources
from logan.pipeline.batches import Batch, LongLinePiece, read_batches
from logan.pipeline.copies import find_copies
from logan.pipeline.entry import enter_lines, enter_piece
from logan.pipeline.hours import StampReader
from logan.pipeline.matcher import CandidateMatcher
from logan.pipeline.recognition import RecognisedSource
from logan.pipeline.reread import make_sure
from logan.pipeline.settings import Settings
from logan.pipeline.source import SourceReading
from logan.pipeline.source_options import RequestedSource
from logan.pipeline.source_requests import ArchiveRequests, request_all
from logan.pipeline.target_probe import TrendProbe, probe_ends, probe_targets, read_samples
from logan.pipeline.workers import Entry, SourceStreams
from logan.pipeline.zone_probe import ZoneProbe
from logan.rules.compilation import CompiledPatterns, begin_compiling
from logan.rules.late_prefilter import AnyPrefilter, open_prefilter
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
    watched: Callable[[], CompiledPatterns] | None = None,
    stages: Stages | None = None,
    found: FoundSources | None = None,
    threads: int | None = None,
    comparing: bool = True,
) -> Evidence:
    """Read every input once: what each line shows by itself, and where it went.

    `progress` is told a source's name and its stored bytes read so far. `watched` gives the
    patterns of the rules, where compiling them began before. `stages` is told where the time went.
    `found` are the inputs, where they were looked for before. `threads` search them; None: as many
    as there are processors. `comparing`: copies are set apart; else that is up to whoever puts this
    together with other evidence.
    Raises UsageError for inputs that do not exist; whatever else is wrong with an input stands in
    what is said of its source.
    """
    stages = stages or Stages()
    watched = watched or begin_compiling(settings.rules)
    with stages.wait("finding the inputs"):
        found = found or find(settings.paths, exclude=settings.exclude)
    findings, rejects = collect_findings(), collect_rejects()
    archives = ArchiveRequests(settings)
    matcher = CandidateMatcher(
        settings.rules,
        findings,
        rejects,
        batch_lines=BATCH_LINES,
        batch_bytes=BATCH_BYTES,
        hashing=settings.hashing,
        stages=stages,
        formats=_all_formats(settings),
    )
    with stages.wait("compiling the rules"):
        prefilter = open_prefilter(watched)
    with stages.wait("reading and searching"):
        entered = _EnteredSources(prefilter, matcher)
        requested = request_all(found.sources, settings)
        archives.count_on(len(requested))
        reads = partial(_read_batches, settings, archives)
        with SourceStreams(requested, reads, prefilter, stages, threads) as batches:
            _enter_all(batches, entered, stages, progress or _silent)
        with stages.work("accounts and hours"):
            readings = entered.finished(settings.formats)
    if comparing:
        with stages.wait("comparing what begins alike"):
            _set_copies_apart(readings, matcher)
    beside = evidence_of_finding(found, settings)
    return beside._replace(
        findings=findings.collected(),
        rejects=rejects.collected(),
        sources=(*_read_sources(readings, matcher), *beside.sources),
        excluded=_list_excluded((*found.excluded, *archives.excluded), settings.exclude),
    )


def _all_formats(settings: Settings) -> Sequence[Format]:
    """The formats that a line may be in that its source's own does not read, whatever was named."""
    own = settings.formats
    return own if own is FORMATS else tuple(dict.fromkeys((*own, *FORMATS)))


def evidence_of_finding(found: FoundSources, settings: Settings) -> Evidence:
    """What looking for the inputs shows, before any is read: what cannot be, and what is not."""
    return Evidence(
        rules=settings.rules.version,
        sources=tuple(
            ReadSource(one.name, failure=one.reason, advice=one.advice) for one in found.unread
        ),
        duplicates=frozenset((one.name, one.same_as) for one in found.duplicates),
        skipped=frozenset(one.name for one in found.skipped),
        markers=frozenset(found.markers),
        globs=frozenset(glob for glob, *_ in (*settings.zones, *settings.answers)),
        excluded=_list_excluded(found.excluded, settings.exclude),
    )


def _list_excluded(
    excluded: Sequence[ExcludedPath], globs: Sequence[str]
) -> frozenset[tuple[str, str]]:
    """What was left out, with the glob that it fits; no name for a glob that nothing fits."""
    idle = {*globs} - {one.glob for one in excluded}
    return frozenset((*excluded, *(("", glob) for glob in idle)))


def _silent(_name: str, _position: int) -> None:
    """No progress asked for."""


def _read_sources(
    readings: Sequence[SourceReading], matcher: CandidateMatcher
) -> Iterator[ReadSource]:
    """What was read of each source, in their order."""
    counts, ambiguous = matcher.counts, matcher.ambiguous
    for at, reading in enumerate(readings):
        yield reading.read_source(
            counts.get(at, {}),
            ambiguous[at],
            named=at in matcher.found_in,
            unread=matcher.unread(at),
        )


def _enter_all(
    batches: Iterable[Sequence[Entry]],
    entered: "_EnteredSources",
    stages: Stages,
    progress: Progress,
) -> None:
    """Enter the batches of all sources as they come."""
    for entries in batches:
        with stages.work("accounts and hours"):
            for entry in entries:
                entered.enter(entry)
        for entry in entries:
            progress(entry.part.source.name, entry.part.position)


class _EnteredSources:
    """How far each source has come. Batches are entered in order; one thread alone does it."""

    def __init__(self, prefilter: AnyPrefilter, matcher: CandidateMatcher) -> None:
        self._prefilter = prefilter
        self._matcher = matcher
        self._stamps = StampReader()
        self._zones = ZoneProbe()
        self._trends = TrendProbe()
        self._readings: dict[int, SourceReading] = {}

    def enter(self, entry: Entry) -> None:
        """Enter lines of a source, or a piece of a long line."""
        reading = self._reading(entry.part.source)
        if isinstance(entry, LongLinePiece):
            enter_piece(reading, entry, self._prefilter, self._matcher)
        else:
            enter_lines(reading, entry, self._stamps, self._matcher)
            if reading.samples and entry.part.end is not None:
                self._trends.add(reading)

    def finished(self, formats: Sequence[Format]) -> list[SourceReading]:
        """Enter what still waits, and ask what only all lines show; the readings of all sources, in
        their order."""
        # Threads match the last lines while stamps and samples are read here.
        self._matcher.begin()
        self._zones.flush()
        self._stamps.flush()
        # A number without a reading would give what was found to another source.
        readings = [self._readings[number] for number in range(len(self._readings))]
        for reading in readings:
            if reading.coverage.unsure:
                make_sure(reading, formats)
        shown = read_samples(readings, self._trends.known)
        self._matcher.flush()
        probe_ends(readings, self._matcher.unread)
        probe_targets(shown, self._matcher.found_in, self._trends.known)
        return readings

    def _reading(self, source: RecognisedSource) -> SourceReading:
        """How far a source has come. Of a new one it is asked whether its stamps name a zone."""
        number = source.number
        reading = self._readings.get(number)
        if reading is None:
            reading = self._readings[number] = SourceReading(source)
            if source.zone_question is not None:
                self._zones.ask(source.zone_question, reading.note_dated)
        return reading


def _set_copies_apart(readings: Sequence[SourceReading], matcher: CandidateMatcher) -> None:
    """Count the lines of each copy as repeats, and forget what was found in it."""
    copies = find_copies([reading.text for reading in readings])
    for at, original in copies.of.items():
        readings[at].become_copy(readings[original])
    for at, (reason, advice) in copies.uncompared.items():
        readings[at].note_uncompared(reason, advice)
    if copies.of:
        matcher.forget(copies.of.keys())


def _read_batches(
    settings: Settings,
    archives: ArchiveRequests,
    requested: Iterator[RequestedSource],
    buffers: BufferPool,
) -> Iterator[Batch | LongLinePiece]:
    opens = partial(open_source, hashing=settings.hashing)
    return read_batches(
        requested,
        buffers,
        opens,
        formats=settings.formats,
        hashing=settings.hashing,
        prefix_digests=settings.prefix_digests,
        request_member=archives.request,
    )
