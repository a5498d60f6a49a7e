"""Sources of several readings that begin alike, and were not compared: lines may count twice.

One reading compares what begins alike by reading it again (`logan.pipeline.copies`). Evidence has
the logs no more. Where it has digests of the first lines, these decide (`text_relations`), but for
a text that agrees with another in all of them, and goes on or ends in the midst of a line. Else it
has the size of a text and checksums of how it begins, which cannot show that it begins another
one; often they can show that it does not.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from logan.evidence.failures import uncompared
from logan.evidence.read_source import ReadSource, ReadText
from logan.evidence.text_relations import KnownBeginnings, relate

_FAILURE: Final = uncompared(
    "they were not read together", "scan both of them together, so that what is in both counts once"
)


class _Text(NamedTuple):
    """What is known of a source's text, its place among the sources, and by which reading."""

    source: ReadSource
    text: ReadText
    place: int
    reading: int
    digests: KnownBeginnings | None


def fail_uncompared(sources: Sequence[ReadSource], readings: Sequence[int]) -> list[ReadSource]:
    """The sources; each that may equal or begin one of another reading is incomplete and says so.

    `readings` number the readings that sources come from. Of two that may be equal, it is said of
    that whose name comes last. Those that are known to be equal (`logan.evidence.equal_content`),
    and those that are a copy already, are left as they are.
    """
    texts = [
        _Text(source, source.text, place, reading, KnownBeginnings.of(source.text))
        for place, (source, reading) in enumerate(zip(sources, readings, strict=True))
        if source.part is None
        and source.text is not None
        and source.text.checksums
        and source.has_records
    ]
    marked = list(sources)
    if len({*readings}) > 1:
        for one in _doubtful(texts):
            marked[one.place] = one.source.failing(_FAILURE)
    return marked


def _doubtful(texts: Sequence[_Text]) -> Iterator[_Text]:
    """The texts that may equal or begin one of another reading."""
    owners: dict[tuple[int, int], list[_Text]] = defaultdict(list)
    for one in texts:
        if one.source.copy_of is None and one.source.failure is None:
            owners[len(one.text.checksums), one.text.checksums[-1]].append(one)
    by_hour: dict[tuple[int, int, int | None], list[_Text]] = defaultdict(list)
    for one in texts:
        for key in enumerate(one.text.checksums, 1):
            if key in owners:
                for hour in (None, *one.source.tally.hours):
                    by_hour[*key, hour].append(one)
    for key, some in owners.items():
        for one in some:
            hour = None if one.digests else min(one.source.tally.hours, default=None)
            longer = by_hour[*key, hour]
            if any(_may_begin(one, other) for other in longer):
                yield one


def _may_begin(one: _Text, other: _Text) -> bool:
    """Whether a text may equal or begin another, which begins as it does as far as is known."""
    if one.reading == other.reading or one.text.size > other.text.size:
        return False
    mine, theirs = one.source, other.source
    equally_long = one.text.size == other.text.size
    if equally_long and (mine.name < theirs.name or _bytes_tell(mine, theirs)):
        return False
    if one.digests is not None and other.digests is not None:
        return relate(one.digests, other.digests) == "unknown"
    if equally_long:
        return mine.tally.lines == theirs.tally.lines
    return mine.tally.lines <= theirs.tally.lines and mine.tally.hours <= theirs.tally.hours


def _bytes_tell(one: ReadSource, other: ReadSource) -> bool:
    """Whether hashes show that two texts are equal or not: these have other bytes in another
    encoding."""
    hashes = (one.content_sha256, other.content_sha256)
    return None not in hashes and (hashes[0] == hashes[1] or one.encoding == other.encoding)
