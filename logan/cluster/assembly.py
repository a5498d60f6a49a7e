"""Puts together what workers sent, as if one machine had read it all."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NamedTuple

from logan.cluster.dispatch import TaskOutcome
from logan.cluster.messages import ReadRequest, TextDigests
from logan.cluster.results import ResultPlace, ResultStore
from logan.cluster.scratch import ScratchError
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


@dataclass(slots=True)
class _Result:
    """What a worker sent. `sources` are as they are now known, None for what does not count."""

    request: ReadRequest
    address: str
    place: ResultPlace
    sources: list[ReadSource | None]


class _Piece(NamedTuple):
    """A source, or a part of one, and its place in a result."""

    result: _Result
    number: int

    @property
    def source(self) -> ReadSource | None:
        return self.result.sources[self.number]

    def put(self, source: ReadSource | None) -> None:
        self.result.sources[self.number] = source


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
        self._results: list[_Result] = []
        self._pieces: dict[str, list[_Piece]] = defaultdict(list)
        self._lost: dict[str, SourceFailure] = {}
        self._lost_at: dict[str, int] = {}

    def take(self, outcome: TaskOutcome) -> None:
        """Take what became of a reading task; of parts that were read before, this counts."""
        request: ReadRequest = outcome.task.subject
        result = self._keep(outcome)
        for part in request.parts:
            self._drop_part(part)
        if isinstance(result, _Result):
            self._add(result)
            return
        first = request.parts[0].first_byte if request.parts else 0
        for source in request.sources:
            if first <= self._lost_at.get(source.name, first):
                self._lost[source.name], self._lost_at[source.name] = result, first

    def take_instead(self, outcome: TaskOutcome) -> None:
        """Take what another worker read of a source that a first one could not open."""
        result = self._keep(outcome)
        if not isinstance(result, _Result) or any(map(_is_unopened, result.sources)):
            return
        for part in result.request.parts:
            self._drop_part(part)
        if not result.request.parts:
            self._drop_whole(result.request.sources[0].name)
        self._add(result)

    def _keep(self, outcome: TaskOutcome) -> _Result | SourceFailure:
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
        return _Result(outcome.task.subject, outcome.address, place, [*sources])

    def _add(self, result: _Result) -> None:
        self._results.append(result)
        for number, source in enumerate(result.sources):
            if source is not None:
                self._pieces[source.name].append(_Piece(result, number))

    def _drop_part(self, part: PartRequest) -> None:
        for piece in self._pieces[part.name]:
            one = piece.source
            if one is not None and one.part is not None and one.part[0] == part.first_byte:
                piece.put(None)

    def _drop_whole(self, name: str) -> None:
        """Count nothing of a source, nor of what lies in it, if it is an archive."""
        for other, pieces in self._pieces.items():
            if other == name or other.startswith(f"{name}/"):
                for piece in pieces:
                    piece.put(None)

    def unopened(self) -> list[UnopenedSource]:
        """What another worker may be able to open."""
        return [
            UnopenedSource(self._sources[one.name], _part_of(one, result), result.address)
            for result in self._results
            for one in result.sources
            if one is not None and _is_unopened(one) and one.name in self._sources
        ]

    def explain_unopened(self) -> None:
        """Say of what this machine can open, and workers cannot, that it is they who cannot."""
        for result in self._results:
            for at, one in enumerate(result.sources):
                if one is not None and _is_unopened(one) and self._can_be_opened(one):
                    reason = f"{one.failure}, on the machine of the worker at {result.address}"
                    result.sources[at] = replace(one, failure=reason, advice=_MOUNT)

    def _can_be_opened(self, one: ReadSource) -> bool:
        if one.name not in self._sources or not (one.failure or "").startswith(UNOPENED):
            return False
        with open_source(self._sources[one.name]) as reader:
            return not (reader.failure or "").startswith(UNOPENED)

    def parts_to_read_again(self) -> list[tuple[Source, PartRequest]]:
        """As `logan.pipeline.parts.parts_to_read_again`, of sources of which no part is lost."""
        parts = [one for _, one in self._counting() if one.part and one.name not in self._lost]
        again = parts_to_read_again(parts)
        return [(self._sources[part.name], part) for part in again]

    def sources_in_parts(self) -> list[Source]:
        """The sources that were read in parts."""
        names = {one.name for _, one in self._counting() if one.part is not None}
        return [self._sources[name] for name in sorted(names)]

    def note_hash(self, name: str, found: TextDigests) -> None:
        """Note the hash of all that is stored of a source that was read in parts."""
        self._change(name, lambda one: replace(one, whole_sha256=found.whole))
        if found.reason is not None:
            self._fail(name, SourceFailure(found.reason, found.advice))

    def texts(self) -> list[SourceText]:
        """The texts that were read, each as a whole, in order of their names."""
        found = []
        for name in sorted(self._pieces):
            pieces = self._counted(name)
            found += [self._text(piece, source) for piece, source in pieces if not source.part]
            if pieces and all(source.part for _, source in pieces) and name not in self._lost:
                found.append(self._text_in_parts(name))
        return found

    def _text(self, piece: _Piece, read: ReadSource) -> SourceText:
        text = read.text
        source = _named(self._owner(piece, read), read)
        if text is None:
            return SourceText(source, (), 0, False)
        sha256 = None if text.sha256 is None else bytes.fromhex(text.sha256)
        return SourceText(source, text.checksums, text.size, read.has_records, sha256)

    def _owner(self, piece: _Piece, read: ReadSource) -> Source:
        """The source that a read one is, or the archive that it lies in."""
        if read.name in self._sources:
            return self._sources[read.name]
        requested = piece.result.request.sources
        return next(one for one in requested if read.name.startswith(f"{one.name}/"))

    def _text_in_parts(self, name: str) -> SourceText:
        source = self._sources[name]
        with open_source(source) as reader:
            beginning = checksums(reader.head)
        read = [one for _, one in self._counted(name)]
        whole = not any(one.failed_by == "end" for one in read)
        records = any(one.has_records for one in read)
        return SourceText(source, beginning if whole else (), source.size or 0, records)

    def note_copies(self, texts: Sequence[SourceText], copies: FoundCopies) -> None:
        """Set copies apart, and say which texts could not be compared."""
        for at, original in copies.of.items():
            of = texts[original].source.name
            self._change(texts[at].source.name, partial(ReadSource.as_copy, original=of))
        for at, (reason, advice) in copies.uncompared.items():
            self._fail(texts[at].source.name, uncompared(reason, advice))

    def merged(self, found: FoundSources, settings: Settings) -> Evidence:
        """All evidence, as one machine would have it."""
        for name in {one.name for _, one in self._counting() if one.part is not None}:
            self._end_at_failure(name)
        lost = [self._end_of(name) for name in sorted(self._lost)]
        merger = EvidenceMerger(compared=True)
        beside = evidence_of_finding(found, settings)
        missing = tuple(one for one in lost if one is not None)
        merger.add(replace(beside, sources=(*beside.sources, *missing)))
        for result in self._results:
            evidence = self._store.load(result.place)
            dropped = {at for at, one in enumerate(result.sources) if one is None}
            pairs = zip(result.sources, evidence.sources, strict=True)
            known = tuple(one or before for one, before in pairs)
            merger.add(replace(evidence, sources=known).without(dropped))
        return merger.merged()

    def _end_of(self, name: str) -> ReadSource | None:
        """Of a lost source, or one of which a part is lost, what says so.

        How many lines a part has, and by which columns those behind it are read, nobody knows: so
        nothing behind it counts. Where something stands before it, that says why there is no more.
        """
        failure, first = self._lost[name], self._lost_at[name]
        before: list[_Piece] = []
        for piece, one in self._counted(name):
            if one.part is None or one.part.first_byte > first:
                piece.put(None)
            else:
                before.append(piece)
        if not before:
            source = self._sources[name]
            return ReadSource(name, size=source.size or 0).failing(failure)
        last = max(before, key=lambda piece: piece.source.part or (0,))  # type: ignore[union-attr]
        reason = f"was read up to byte {first:,} only: {failure.reason}"
        assert last.source is not None  # noqa: S101 - narrows the type
        last.put(last.source.failing(SourceFailure(reason, failure.advice, "end")))
        return None

    def _end_at_failure(self, name: str) -> None:
        """Count nothing behind the part of a source that could not be read to its end.

        So does who reads it as a whole: the lines behind have no numbers that anyone knows.
        """
        parts = (one for _, one in self._counted(name) if one.failed_by == "end")
        ends = [one.part.stop_byte for one in parts if one.part is not None]
        for piece, one in self._counted(name):
            if ends and one.part is not None and one.part.first_byte >= min(ends):
                piece.put(None)

    def _change(self, name: str, change: Callable[[ReadSource], ReadSource]) -> None:
        for piece, one in self._counted(name):
            piece.put(change(one))

    def _fail(self, name: str, failure: SourceFailure) -> None:
        """Note why a source is incomplete, unless that is known already."""
        pieces = self._counted(name)
        if pieces and not any(one.failure for _, one in pieces):
            first, one = pieces[0]
            first.put(one.failing(failure))

    def _counting(self) -> Iterator[tuple[_Piece, ReadSource]]:
        for name in self._pieces:
            yield from self._counted(name)

    def _counted(self, name: str) -> list[tuple[_Piece, ReadSource]]:
        """What counts of the source of a name."""
        found = ((piece, piece.source) for piece in self._pieces[name])
        return [(piece, source) for piece, source in found if source is not None]


def _is_unopened(source: ReadSource | None) -> bool:
    """True for what cannot be read, not for an empty file."""
    return source is not None and source.failure is not None and not source.tally.lines


def _part_of(source: ReadSource, result: _Result) -> PartRequest | None:
    """The request for a part that a source is."""
    parts = (part for part in result.request.parts if source.part is not None)
    return next((part for part in parts if part.name == source.name), None)


def _named(owner: Source, read: ReadSource) -> Source:
    """A file in an archive as a source of its own; else the source as it is."""
    member = read.text.member if read.text is not None else ()
    return owner._replace(name=read.name, size=None, member=member) if member else owner
