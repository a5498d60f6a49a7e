"""Puts together what workers sent, as if one machine had read it all."""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from logan.cluster.dispatch import TaskOutcome
from logan.cluster.messages import ReadRequest, TextDigests
from logan.cluster.results import ResultStore
from logan.cluster.scratch import ScratchError
from logan.cluster.sent_sources import SentResult, SentSource, SentSources
from logan.evidence.evidence import Evidence, EvidenceMerger
from logan.evidence.failures import SourceFailure, uncompared
from logan.evidence.read_source import EvidenceError, ReadSource
from logan.intake.beginnings import checksums
from logan.intake.opening import open_source
from logan.intake.sources import FoundSources, Source
from logan.intake.stored import UNOPENED
from logan.pipeline.copies import FoundCopies, SourceText
from logan.pipeline.parts import parts_to_read_again
from logan.pipeline.read import evidence_of_finding
from logan.pipeline.settings import PartRequest, Settings

_MOUNT: Final = (
    "have all machines see it by the same path, and let the user who runs `dask worker` read it"
)
_ROOM: Final = "make room where temporary files lie (TMPDIR), and run it again"
_AGAIN: Final = "run it again, or read this source without --cluster"


class UnopenedSource(NamedTuple):
    """What a worker could not read a line of, though it is there for this machine."""

    source: Source
    part: PartRequest | None
    address: str


class ClusterEvidence:
    """All that workers sent so far. `scratch` is where large results lie."""

    def __init__(self, sources: Sequence[Source], scratch: str | None) -> None:
        self._sources = {source.name: source for source in sources}
        self._store = ResultStore(scratch)
        self._sent = SentSources()
        self._lost: dict[str, SourceFailure] = {}
        self._lost_at: dict[str, int] = {}

    def take(self, outcome: TaskOutcome) -> None:
        """Take what became of a reading task; of parts that were read before, this counts."""
        request: ReadRequest = outcome.task.subject
        result = self._keep(outcome)
        for part in request.parts:
            self._sent.drop_part(part)
        if isinstance(result, SentResult):
            self._sent.add(result)
            return
        first = request.parts[0].first_byte if request.parts else 0
        for source in request.sources:
            if first <= self._lost_at.get(source.name, first):
                self._lost[source.name], self._lost_at[source.name] = result, first

    def take_instead(self, outcome: TaskOutcome) -> None:
        """Take what another worker read of a source that a first one could not open."""
        result = self._keep(outcome)
        if not isinstance(result, SentResult) or any(map(_is_unopened, result.sources)):
            return
        for part in result.request.parts:
            self._sent.drop_part(part)
        if not result.request.parts:
            self._sent.drop_whole(result.request.sources[0].name)
        self._sent.add(result)

    def _keep(self, outcome: TaskOutcome) -> SentResult | SourceFailure:
        answer = outcome.answer
        if answer is None:
            return SourceFailure(f"was not read: {outcome.reason}", _AGAIN)
        if answer.kind == "large":
            size = int(answer.said["size"]) / (1 << 20)
            return SourceFailure(
                f"was not read: what is found in it takes {size:,.0f} MiB, more than is sent "
                "through a cluster",
                "name storage for such results with --scratch, and run it again",
            )
        try:
            place = self._store.keep(answer)
            sources = self._store.load(place, rows=False).sources
        except (ScratchError, EvidenceError) as error:
            said = f"was not read: what was found in it could not be had: {error}"
            return SourceFailure(said, _AGAIN)
        except OSError as error:
            said = "was not read: what was found in it could not be kept on this machine"
            return SourceFailure(f"{said}: {error.strerror or type(error).__name__}", _ROOM)
        return SentResult(outcome.task.subject, outcome.address, place, [*sources])

    def unopened(self) -> list[UnopenedSource]:
        """What another worker may be able to open."""
        return [
            UnopenedSource(self._sources[one.name], _part_of(one, result), result.address)
            for result in self._sent.results
            for one in result.sources
            if one is not None and _is_unopened(one) and one.name in self._sources
        ]

    def explain_unopened(self) -> None:
        """Say of what this machine can open, and workers cannot, that it is they who cannot."""
        for result in self._sent.results:
            for at, one in enumerate(result.sources):
                if one is not None and _is_unopened(one) and self._can_be_opened(one):
                    reason = f"{one.failure}, on the machine of the worker at {result.address}"
                    result.sources[at] = one._replace(failure=reason, advice=_MOUNT)

    def _can_be_opened(self, one: ReadSource) -> bool:
        if one.name not in self._sources or not (one.failure or "").startswith(UNOPENED):
            return False
        with open_source(self._sources[one.name]) as reader:
            return not (reader.failure or "").startswith(UNOPENED)

    def parts_to_read_again(self) -> list[tuple[Source, PartRequest]]:
        """As `logan.pipeline.parts.parts_to_read_again`, of sources of which no part is lost."""
        parts = [one for _, one in self._sent.counting() if one.part and one.name not in self._lost]
        again = parts_to_read_again(parts)
        return [(self._sources[part.name], part) for part in again]

    def sources_in_parts(self) -> list[Source]:
        """The sources that were read in parts."""
        names = {one.name for _, one in self._sent.counting() if one.part is not None}
        return [self._sources[name] for name in sorted(names)]

    def note_hash(self, name: str, found: TextDigests) -> None:
        """Note the hash of all that is stored of a source that was read in parts."""
        self._sent.change(name, lambda one: one._replace(whole_sha256=found.whole))
        if found.reason is not None:
            self._sent.fail(name, SourceFailure(found.reason, found.advice))

    def texts(self) -> list[SourceText]:
        """The texts that were read, each as a whole, in order of their names."""
        found = []
        for name in self._sent.names():
            all_sent = self._sent.counted(name)
            found += [self._text(sent, source) for sent, source in all_sent if not source.part]
            if all_sent and all(source.part for _, source in all_sent) and name not in self._lost:
                found.append(self._text_in_parts(name))
        return found

    def _text(self, sent: SentSource, read: ReadSource) -> SourceText:
        text = read.text
        source = _named(self._owner(sent, read), read)
        if text is None:
            return SourceText(source, (), 0, False)
        sha256 = None if text.sha256 is None else bytes.fromhex(text.sha256)
        return SourceText(source, text.checksums, text.size, read.has_records, sha256)

    def _owner(self, sent: SentSource, read: ReadSource) -> Source:
        """The source that a read one is, or the archive that it lies in."""
        if read.name in self._sources:
            return self._sources[read.name]
        requested = sent.result.request.sources
        return next(one for one in requested if read.name.startswith(f"{one.name}/"))

    def _text_in_parts(self, name: str) -> SourceText:
        source = self._sources[name]
        with open_source(source) as reader:
            beginning = checksums(reader.head)
        read = [one for _, one in self._sent.counted(name)]
        whole = not any(one.failed_by == "end" for one in read)
        records = any(one.has_records for one in read)
        return SourceText(source, beginning if whole else (), source.size or 0, records)

    def note_copies(self, texts: Sequence[SourceText], copies: FoundCopies) -> None:
        """Set copies apart, and say which texts could not be compared."""
        for at, original in copies.of.items():
            of = texts[original].source.name
            self._sent.change(texts[at].source.name, partial(ReadSource.as_copy, original=of))
        for at, (reason, advice) in copies.uncompared.items():
            self._sent.fail(texts[at].source.name, uncompared(reason, advice))

    def merged(self, found: FoundSources, settings: Settings) -> Evidence:
        """All evidence, as one machine would have it."""
        for name in {one.name for _, one in self._sent.counting() if one.part is not None}:
            self._end_at_failure(name)
        lost = [self._end_of(name) for name in sorted(self._lost)]
        merger = EvidenceMerger(compared=True)
        beside = evidence_of_finding(found, settings)
        missing = tuple(one for one in lost if one is not None)
        merger.add(beside._replace(sources=(*beside.sources, *missing)))
        for result in self._sent.results:
            evidence = self._store.load(result.place)
            dropped = {at for at, one in enumerate(result.sources) if one is None}
            pairs = zip(result.sources, evidence.sources, strict=True)
            known = tuple(one or before for one, before in pairs)
            merger.add(evidence._replace(sources=known).without(dropped))
        return merger.merged()

    def _end_of(self, name: str) -> ReadSource | None:
        """Of a lost source, or one of which a part is lost, what says so.

        How many lines a part has, and by which columns those behind it are read, nobody knows: so
        nothing behind it counts. Where something stands before it, that says why there is no more.
        """
        failure, first = self._lost[name], self._lost_at[name]
        before: list[SentSource] = []
        for sent, one in self._sent.counted(name):
            if one.part is None or one.part.first_byte > first:
                sent.put(None)
            else:
                before.append(sent)
        if not before:
            source = self._sources[name]
            return ReadSource(name, size=source.size or 0).failing(failure)
        last = max(before, key=lambda sent: sent.source.part or (0,))  # type: ignore[union-attr]
        reason = f"was read up to byte {first:,} only: {failure.reason}"
        assert last.source is not None  # noqa: S101 - narrows the type
        last.put(last.source.failing(SourceFailure(reason, failure.advice, "end")))
        return None

    def _end_at_failure(self, name: str) -> None:
        """Count nothing behind the part of a source that could not be read to its end.

        So does who reads it as a whole: the lines behind have no numbers that anyone knows.
        """
        parts = (one for _, one in self._sent.counted(name) if one.failed_by == "end")
        ends = [one.part.stop_byte for one in parts if one.part is not None]
        for sent, one in self._sent.counted(name):
            if ends and one.part is not None and one.part.first_byte >= min(ends):
                sent.put(None)


def _is_unopened(source: ReadSource | None) -> bool:
    """True for what cannot be read, not for an empty file."""
    return source is not None and source.failure is not None and not source.tally.lines


def _part_of(source: ReadSource, result: SentResult) -> PartRequest | None:
    """The request for a part that a source is."""
    parts = (part for part in result.request.parts if source.part is not None)
    return next((part for part in parts if part.name == source.name), None)


def _named(owner: Source, read: ReadSource) -> Source:
    """A file in an archive as a source of its own; else the source as it is."""
    member = read.text.member if read.text is not None else ()
    return owner._replace(name=read.name, size=None, member=member) if member else owner
