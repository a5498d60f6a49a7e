"""What reading found out about a source, or about a part of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import pairwise
from operator import add
from typing import NamedTuple

from logan.errors import LoganError
from logan.evidence.tally import SourceTally
from logan.result import ZoneOrigin


class EvidenceError(LoganError):
    """Evidence that cannot be loaded, merged or settled; says which, why, and what to do."""


class SourcePart(NamedTuple):
    """The lines of a source that were read: those that begin at bytes [first_byte, stop_byte).

    Bytes are those of its text, `first_line` is the number of the first line in the whole source,
    from 1. `layout_before` and `layout_after` name the layout in force at both ends: two parts that
    meet must have the same there, or the latter was read by columns that are not its own.
    """

    first_byte: int
    stop_byte: int
    first_line: int
    layout_before: str = ""
    layout_after: str = ""


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source, or a part of one, as it was read: what it was taken for, and its tally.

    `format` None: not recognised, or empty. `proves` are the kinds of evidence that its format can
    give. Names, zones, failures and notes as in `SourceAccount`; `size` in stored bytes, of the
    whole source. `part` None: all of it was read, as far as `failure` does not say otherwise.
    """

    name: str
    size: int = 0
    format: str | None = None
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
    part: SourcePart | None = None

    def below(self, folder: str) -> "ReadSource":
        """The same, named as if it lay in `folder`."""
        copy_of = None if self.copy_of is None else f"{folder}/{self.copy_of}"
        return replace(self, name=f"{folder}/{self.name}", copy_of=copy_of)


def check_apart(sources: Sequence[ReadSource]) -> None:
    """Raise `EvidenceError` where lines of one source would be counted twice.

    Sources of one name are one source read in parts; whole ones of one name are two readings of
    one file, or files of two machines, and nobody can tell which.
    """
    for before, after in pairwise(sorted(sources, key=_order)):
        if before.name != after.name or _are_empty_alike(before, after):
            continue
        if before.part is None or after.part is None:
            raise EvidenceError(
                f"{after.name}: is in two of what is to be put together, so that its lines would "
                "count twice. Leave one of them out; if they are files of two machines, put each "
                "below a folder of its own name first."
            )
        _check_meeting(after.name, before.part, after.part)


def _check_meeting(name: str, before: SourcePart, after: SourcePart) -> None:
    if after.first_byte < before.stop_byte:
        raise EvidenceError(
            f"{name}: its bytes {after.first_byte:,} to {before.stop_byte:,} are in two of what is "
            "to be put together, so that their lines would count twice. Leave one of them out."
        )
    if after.first_byte == before.stop_byte and after.layout_before != before.layout_after:
        raise EvidenceError(
            f"{name}: what begins at byte {after.first_byte:,} was read by other columns than a "
            "line before it sets. Read it again together with what stands before it."
        )


def join_parts(sources: Sequence[ReadSource]) -> tuple[list[ReadSource], list[int]]:
    """Sources in order of their names, parts of one joined, and the place of each one given.

    The order does not depend on the order in which they are given. Sources that have the same name
    and are no parts stay apart.
    """
    joined: list[list[ReadSource]] = []
    places = [0] * len(sources)
    for number, source in sorted(enumerate(sources), key=lambda pair: _order(pair[1])):
        if not (joined and _belong_together(joined[-1][-1], source)):
            joined.append([])
        joined[-1].append(source)
        places[number] = len(joined) - 1
    return [_join(parts) for parts in joined], places


def _order(source: ReadSource) -> tuple[object, ...]:
    part = source.part or SourcePart(-1, -1, -1)
    return (source.name, part, source.size, source.tally.lines, source.sha256 or "", repr(source))


def _are_empty_alike(before: ReadSource, source: ReadSource) -> bool:
    """True for an input without a line that came twice: named twice where nothing is, for one."""
    return before == source and not source.tally.lines


def _belong_together(before: ReadSource, source: ReadSource) -> bool:
    if before.name != source.name:
        return False
    parts = before.part is not None and source.part is not None
    return parts or _are_empty_alike(before, source)


def _join(parts: Sequence[ReadSource]) -> ReadSource:
    """One source out of its parts, which stand in their order."""
    if parts[0].part is None:
        return parts[0]
    failed = next((one for one in parts if one.failure is not None), parts[0])
    notes = (note for one in parts for note in one.notes)
    return replace(
        parts[0],
        size=max(one.size for one in parts),
        zone=parts[-1].zone,
        zone_origin=parts[-1].zone_origin,
        tally=reduce(add, (one.tally for one in parts)),
        failure=failed.failure,
        advice=failed.advice,
        notes=(*dict.fromkeys(notes), *_unread_lines(parts)),
        sha256=None,
        content_sha256=None,
        part=None,
    )


def _unread_lines(parts: Sequence[ReadSource]) -> Iterator[str]:
    """What of a source is not among its parts, in words; whatever follows the last is not known."""
    following = 1
    for one in parts:
        assert one.part is not None  # noqa: S101 - only parts come here
        first = one.part.first_line
        if first > following:
            yield f"its lines {following:,} to {first - 1:,} are not among what was read"
        following = first + one.tally.lines
