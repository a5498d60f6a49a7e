"""What was read of a source in parts, put together as one reading of all of it."""

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import groupby, pairwise
from operator import add
from typing import NamedTuple

from logan.evidence.failures import (
    WITHOUT_REQUESTS,
    is_asked_for_targets,
    join_failures,
)
from logan.evidence.read_source import (
    EvidenceError,
    ReadSource,
    ReadText,
    SourcePart,
    are_empty_alike,
    place_of,
)
from logan.evidence.target_trend import join_trends
from logan.evidence.unread_lines import join_unread


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
            numbers.sort(key=lambda number: place_of(sources[number]))
        group = numbers[:1]
        for number in numbers[1:]:
            if not _belong_together(sources[group[-1]], sources[number]):
                yield group
                group = []
            group.append(number)
        yield group


def _belong_together(before: ReadSource, source: ReadSource) -> bool:
    if before.name != source.name:
        return False
    parts = before.part is not None and source.part is not None
    return parts or are_empty_alike(before, source)


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
    unread = [one.unread.behind(before) for one, before in zip(parts, lines_before, strict=True)]
    trends = [one.trend.behind(before) for one, before in zip(parts, lines_before, strict=True)]
    parts = _without_idle_probes([_without_format_failure(one) for one in parts])
    notes = (note for one in parts for note in one.notes)
    whole_sha256 = parts[0].whole_sha256
    failure = join_failures([one.source_failure for one in parts], lines_before)
    whole = parts[0]._replace(
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
        text=_joined_text(parts),
        unread=join_unread(unread),
        trend=join_trends(trends),
        part=None,
    )
    return whole.failing(failure).concluded()


def _joined_text(parts: Sequence[ReadSource]) -> ReadText | None:
    """The text that parts make which follow each other from its start on, else None."""
    bounds = [one.part[:2] for one in parts if one.part is not None]
    follow = bounds[0][0] == 0 and all(one[1] == other[0] for one, other in pairwise(bounds))
    whole = follow and not any(one.failed_by == "end" for one in parts)
    return parts[-1].text if whole else None


def _without_format_failure(part: ReadSource) -> ReadSource:
    """A part without what its own lines say together: those of all parts decide."""
    return part.failing(None) if part.failed_by == "format" else part


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
    return part._replace(other_log=None) if part.other_log == WITHOUT_REQUESTS else part


def _unread_lines(parts: Sequence[ReadSource], lines_before: Sequence[int]) -> Iterator[str]:
    """What of a source is not among its parts, in words; whatever follows the last is not known."""
    reached = 0
    for part, before in zip(parts, lines_before, strict=True):
        if before > reached:
            yield f"its lines {reached + 1:,} to {before:,} are not among what was read"
        reached = before + part.tally.lines
