"""The parts that a large source may be read in: on several machines, or one after the other.

Parts begin where lines do. Which columns are in force at the start of a part is known only when
what stands before it was read: a part that was read by others is to be read again
(`parts_to_read_again`), until there is none.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import BinaryIO, Final

from logan.evidence.read_source import ReadSource
from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.intake.files import open_quietly
from logan.intake.opening import open_source
from logan.intake.sources import Source
from logan.intake.unreadable import UnreadableError
from logan.pipeline.recognition import recognise
from logan.pipeline.settings import PartRequest
from logan.pipeline.source_options import RequestedSource

#: Bytes that are looked through at a time for the end of a line.
_LOOK: Final = 64 << 10


def propose_parts(
    source: Source, *, part_bytes: int, formats: Sequence[Format] = FORMATS
) -> list[PartRequest]:
    """The parts of a source, of about `part_bytes` each, in their order.

    Empty for what is better read as a whole: what is small, packed, no file, in UTF-16, with a byte
    order mark or NULs before its text, not recognised, or has records of several lines. Never
    raises for what is wrong with the source: whoever reads it as a whole is told.
    """
    if source.is_stream or not source.size or source.size <= part_bytes:
        return []
    with open_source(source) as reader:
        recognised = recognise(RequestedSource(source, 0), reader.head, formats)
    if (
        not reader.is_stored_as_text
        or reader.failure
        or recognised.format is None
        or recognised.edits_lines
    ):
        return []
    try:
        bounds = [0, *_line_starts(source, range(part_bytes, source.size, part_bytes))]
    except (OSError, UnreadableError):
        return []
    ends = pairwise([*sorted({*bounds}), source.size])
    return [PartRequest(source.name, first, stop) for first, stop in ends if stop > first]


def _line_starts(source: Source, places: Sequence[int]) -> Iterator[int]:
    """For each place in a source where the next line begins, as far as one does.

    Of a line that goes over several places the end is looked for once.
    """
    start: int | None = 0
    with _opened_anywhere(source) as file:
        for place in places:
            if place > (start or 0) and (start := _line_start(file, place)) is None:
                return
            yield start or 0


def _opened_anywhere(source: Source) -> BinaryIO:
    """What is stored of a source, to be read from any place."""
    if source.path is not None:
        return os.fdopen(open_quietly(source.path), "rb", buffering=0)
    from logan.intake.object_reader import ObjectReader
    from logan.intake.stored_object import open_at_random

    assert source.remote is not None  # noqa: S101 - narrows the type
    return open_at_random(ObjectReader(source.remote), source.size or 0)


def _line_start(file: BinaryIO, place: int) -> int | None:
    file.seek(place)
    while data := file.read(_LOOK):
        newline = data.find(b"\n")
        if newline >= 0:
            return place + newline + 1
        place += len(data)
    return None


def parts_to_read_again(sources: Sequence[ReadSource]) -> list[PartRequest]:
    """The parts that were not read by the directives that stand before them, with these.

    `sources` are parts in any order, as reading gave them. What a part itself sets is taken as it
    was read, so there may be more to read again when these have been.
    """
    parts = sorted((one for one in sources if one.part is not None), key=_place)
    again: list[PartRequest] = []
    for _, group in groupby(parts, key=lambda one: one.name):
        reached: tuple[str, ...] = ()
        for one in group:
            assert one.part is not None  # noqa: S101 - only parts come here
            if one.part.directives_before != reached:
                again.append(PartRequest(one.name, *one.part[:3], reached))
            reached = (*reached, *one.part.directives)
    return again


def _place(one: ReadSource) -> tuple[str, int]:
    return one.name, one.part.first_byte if one.part else 0
