"""What reading found out about a source, or about a part of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import groupby, pairwise
from operator import add
from typing import NamedTuple

from logan.errors import LoganError
from logan.evidence.failures import (
    WITHOUT_REQUESTS,
    FailureCause,
    SourceFailure,
    is_asked_for_targets,
    join_failures,
)
from logan.evidence.tally import SourceTally
from logan.result import ZoneOrigin


class EvidenceError(LoganError):
    """Evidence that cannot be loaded, merged or settled; says which, why, and what to do."""


class SourcePart(NamedTuple):
    """The lines of a source that were read: those at bytes [first_byte, stop_byte) of it.

    Their rows count them from 1 within the part. `lines_before` says how many stand before them in
    the source; None: not known, and found out when all that stands before is there too.
    `directives_before` are the directives before the part that changed how lines are read, by which
    it was read; `directives` are those within it.
    """

    first_byte: int
    stop_byte: int
    lines_before: int | None = None
    directives_before: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()


class ReadText(NamedTuple):
    """The text of a source as it was read, as far as it tells what it may be a copy of.

    `checksums` are those of `logan.intake.beginnings`, `size` in bytes. `sha256` is that of the
    text, where it was taken while it was read. `member`: as in `logan.intake.sources.Source`.
    """

    checksums: tuple[int, ...]
    size: int
    sha256: str | None = None
    member: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source, or a part of one, as it was read: what it was taken for, and its tally.

    `format` None: not recognised, or empty. `proves` are the kinds of evidence that its format can
    give. Names, zones, failures and notes as in `SourceAccount`; `size` in stored bytes, of the
    whole source. `part` None: all of it was read, as far as `failure` does not say otherwise.
    `failed_by` and `failed_at` are the cause and the line of a `SourceFailure`; `named`: a line
    of it names a watched service. `text` None: it was not read, or only a part of it.
    `whole_sha256`, of a part: the SHA-256 of all bytes of its source, where it was taken.
    """

    name: str
    size: int = 0
    format: str | None = None
    other_log: str | None = None
    other_named: int = 0
    confidence: float | None = None
    runner_up: str | None = None
    proves: tuple[str, ...] = ()
    zone: str = "UTC"
    zone_origin: ZoneOrigin = "record"
    tally: SourceTally = field(default_factory=SourceTally)
    failure: str | None = None
    advice: str | None = None
    notes: tuple[str, ...] = ()
    sha256: str | None = None
    content_sha256: str | None = None
    copy_of: str | None = None
    encoding: str | None = None
    part: SourcePart | None = None
    failed_by: FailureCause | None = None
    failed_at: int = 0
    named: bool = False
    text: ReadText | None = None
    whole_sha256: str | None = None

    @property
    def has_records(self) -> bool:
        """False where there are headers and blank lines alone, which are no copy of anything."""
        bins = self.tally.bins
        return self.tally.lines > bins.get("blank", 0) + bins.get("directive", 0)

    @property
    def source_failure(self) -> SourceFailure | None:
        """Why it is not complete, as a value."""
        if self.failure is None:
            return None
        return SourceFailure(self.failure, self.advice, self.failed_by, self.failed_at)

    def failing(self, failure: SourceFailure | None) -> "ReadSource":
        """The same, incomplete for this reason alone; None: complete."""
        reason, advice, cause, line = failure or (None, None, None, 0)
        return replace(self, failure=reason, advice=advice, failed_by=cause, failed_at=line)

    def as_copy(self, original: str) -> "ReadSource":
        """The same as a copy of the source of that name: all of its lines are repeats.

        That its format or clock is not certain is of no matter then, only what was not read.
        """
        failure = self.source_failure
        unread = failure if failure is not None and failure.cause in ("end", "line") else None
        tally = replace(self.tally, bins={"repeat": self.tally.lines}, ambiguous=0)
        return replace(self, copy_of=original, tally=tally).failing(unread)

    def below(self, folder: str) -> "ReadSource":
        """The same, named as if it lay in `folder`."""
        copy_of = None if self.copy_of is None else f"{folder}/{self.copy_of}"
        return replace(self, name=f"{folder}/{self.name}", copy_of=copy_of)


def check_apart(sources: Sequence[ReadSource], readings: Sequence[int]) -> None:
    """Raise `EvidenceError` where lines of one source would be counted twice.

    `readings` number the readings that sources come from. Sources of one name are one source read
    in parts; whole ones of one name are two readings of one file, or files of two machines, and
    nobody can tell which. Only within one reading they are two: an archive may hold such files.
    """
    numbered = sorted(zip(sources, readings, strict=True), key=lambda one: _order(one[0]))
    for (before, reading), (after, other) in pairwise(numbered):
        apart = reading == other and before.part is None and after.part is None
        if before.name != after.name or apart or _are_empty_alike(before, after):
            continue
        if before.part is None or after.part is None:
            raise EvidenceError(
                f"{after.name}: is in two of what is to be put together, so that its lines would "
                "count twice. Leave one of them out; if they are files of two machines, put each "
                "below a folder of its own name first."
            )
        if after.part.first_byte < before.part.stop_byte:
            raise EvidenceError(
                f"{after.name}: its bytes {after.part.first_byte:,} to {before.part.stop_byte:,} "
                "are in two of what is to be put together, so that their lines would count twice. "
                "Leave one of them out."
            )


class JoinedSources(NamedTuple):
    """Sources in order of their names, parts of one joined.

    For each of those that were given, `places` has its place among `sources`, and `lines_before`
    the number of lines that stand before its own in its source.
    """

    sources: list[ReadSource]
    places: list[int]
    lines_before: list[int]


def join_parts(sources: Sequence[ReadSource]) -> JoinedSources:
    """Put sources in the order of their names, and join the parts of each.

    The order does not depend on that in which they are given. Sources that have the same name and
    are no parts stay apart. Raises `EvidenceError` for a part whose line numbers cannot be known,
    and for one that was read by other directives than stand before it.
    """
    joined = JoinedSources([], [0] * len(sources), [0] * len(sources))
    for place, group in enumerate(_groups(sources)):
        if len(group) == 1 and sources[group[0]].part is None:
            joined.sources.append(sources[group[0]])
            joined.places[group[0]] = place
            continue
        parts = [sources[number] for number in group]
        before = _lines_before(parts)
        joined.sources.append(_join(parts, before))
        for number, lines in zip(group, before, strict=True):
            joined.places[number], joined.lines_before[number] = place, lines
    return joined


def _groups(sources: Sequence[ReadSource]) -> Iterator[list[int]]:
    """The numbers of what belongs together, in order of names.

    Nearly every name is there once: what else orders sources is asked only of those that share one.
    """
    names = [source.name for source in sources]
    for _, alike in groupby(sorted(range(len(names)), key=names.__getitem__), names.__getitem__):
        numbers = list(alike)
        if len(numbers) > 1:
            numbers.sort(key=lambda number: _order(sources[number]))
        group = numbers[:1]
        for number in numbers[1:]:
            if not _belong_together(sources[group[-1]], sources[number]):
                yield group
                group = []
            group.append(number)
        yield group


def _order(source: ReadSource) -> tuple[object, ...]:
    part = source.part[:2] if source.part else (-1, -1)
    return (source.name, part, source.size, source.tally.lines, source.sha256 or "", repr(source))


def _are_empty_alike(before: ReadSource, source: ReadSource) -> bool:
    """True for an input without a line that came twice: named twice where nothing is, for one."""
    return before == source and not source.tally.lines


def _belong_together(before: ReadSource, source: ReadSource) -> bool:
    if before.name != source.name:
        return False
    parts = before.part is not None and source.part is not None
    return parts or _are_empty_alike(before, source)


def _lines_before(sources: Sequence[ReadSource]) -> list[int]:
    """For parts of one source in their order, the lines that stand before each."""
    numbers: list[int] = []
    reached = _Reached(0, 0, ())
    for source in sources:
        if source.part is None:
            numbers.append(0)
            continue
        meets = source.part.first_byte == reached.byte
        if meets:
            _check_meeting(source.name, source.part, reached)
        lines = reached.lines if meets else source.part.lines_before
        if lines is None:
            raise EvidenceError(
                f"{source.name}: how many lines stand before byte {source.part.first_byte:,} is "
                "not known, so that none below it can be named. Add what was read before it."
            )
        numbers.append(lines)
        reached = _Reached(
            source.part.stop_byte,
            lines + source.tally.lines,
            (*source.part.directives_before, *source.part.directives),
        )
    return numbers


class _Reached(NamedTuple):
    """How far parts of a source reach that follow each other, and what is in force there."""

    byte: int
    lines: int
    directives: tuple[str, ...]


def _check_meeting(name: str, part: SourcePart, reached: _Reached) -> None:
    if part.directives_before != reached.directives:
        raise EvidenceError(
            f"{name}: what begins at byte {part.first_byte:,} was not read by the directives that "
            "stand before it. Read it again by these."
        )
    if part.lines_before not in (None, reached.lines):
        raise EvidenceError(
            f"{name}: {part.lines_before:,} lines were said to stand before byte "
            f"{part.first_byte:,}, and {reached.lines:,} do. Read the source again."
        )


def _join(parts: Sequence[ReadSource], lines_before: Sequence[int]) -> ReadSource:
    """One source out of its parts, which stand in their order."""
    if parts[0].part is None:
        return parts[0]
    parts = _without_idle_probes(parts)
    notes = (note for one in parts for note in one.notes)
    whole_sha256 = parts[0].whole_sha256
    return replace(
        parts[0],
        size=max(one.size for one in parts),
        zone=parts[-1].zone,
        zone_origin=parts[-1].zone_origin,
        tally=reduce(add, (one.tally for one in parts)),
        other_named=sum(one.other_named for one in parts),
        named=any(one.named for one in parts),
        notes=(*dict.fromkeys(notes), *_unread_lines(parts, lines_before)),
        sha256=whole_sha256,
        content_sha256=None if any(one.failed_by == "end" for one in parts) else whole_sha256,
        whole_sha256=None,
        part=None,
    ).failing(join_failures([one.source_failure for one in parts], lines_before))


def _without_idle_probes(parts: Sequence[ReadSource]) -> Sequence[ReadSource]:
    """The parts, without what was said by the first lines of their source where these do not tell.

    Every part that names no service has asked them, for it knows nothing of the others.
    """
    failures = [one.source_failure for one in parts]
    if is_asked_for_targets(failures, named=any(one.named for one in parts)):
        return parts
    return [_without_probe(one) for one in parts]


def _without_probe(part: ReadSource) -> ReadSource:
    if part.failed_by == "targets":
        part = part.failing(None)
    return replace(part, other_log=None) if part.other_log == WITHOUT_REQUESTS else part


def _unread_lines(parts: Sequence[ReadSource], lines_before: Sequence[int]) -> Iterator[str]:
    """What of a source is not among its parts, in words; whatever follows the last is not known."""
    reached = 0
    for part, before in zip(parts, lines_before, strict=True):
        if before > reached:
            yield f"its lines {reached + 1:,} to {before:,} are not among what was read"
        reached = before + part.tally.lines
