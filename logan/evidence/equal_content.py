"""Sources of several readings of which one equals or begins another: their lines count once.

One reading compares what begins alike (`logan.pipeline.copies`). Sources that were not read
together are known to be equal by the SHA-256 of their content, and one to begin another by digests
of their first lines (`logan.intake.prefix_digests`), where these were taken.
"""

from collections.abc import Collection, Iterator, Sequence

from logan.evidence.read_source import ReadSource
from logan.evidence.text_relations import KnownBeginnings

#: What a text is known by: its length, 0 where that is of no matter, and a digest up to there.
_Known = tuple[int, str | bytes]


def mark_copies(sources: Sequence[ReadSource]) -> list[ReadSource]:
    """The sources, in their order of names, with all that begin or equal another as copies of it.

    The original is the longest, as in one reading. What is a copy already stays one, of what it is
    a copy of among all. Without a hash of its content, a source is a copy of none; nor is one
    without records.
    """
    hashes = [one.content_sha256 for one in sources if one.content_sha256 is not None]
    digests = {
        place: found
        for place, one in enumerate(sources)
        if one.text is not None and one.text.prefixes and (found := KnownBeginnings.of(one.text))
    }
    if not digests and len({*hashes}) == len(hashes):
        return list(sources)
    return _mark(sources, _originals(sources, digests))


def _originals(
    sources: Sequence[ReadSource], digests: dict[int, KnownBeginnings]
) -> dict[int, ReadSource]:
    """For each source that begins or equals another, by its place, that one."""
    lengths = {length for one in digests.values() for length in (one.size, *one.ended)}
    first: dict[_Known, ReadSource] = {}
    found: dict[int, ReadSource] = {}
    for place in sorted(range(len(sources)), key=lambda place: _rank(sources[place])):
        source, text = sources[place], digests.get(place)
        own = [*_known_by(source, text)]
        ended = text.ended.items() if text is not None else ()
        original = next((first[key] for key in (*own, *ended) if key in first), None)
        if original is not None and _may_be_copy(source):
            found[place] = original
        elif source.copy_of is None:
            for key in (*own, *_beginnings(text, lengths)):
                first.setdefault(key, source)
    return found


def _may_be_copy(source: ReadSource) -> bool:
    """Whether it has records, and is long enough to have any."""
    return source.has_records and (source.text is None or bool(source.text.checksums))


def _rank(source: ReadSource) -> tuple[int, bool, str]:
    """The order in which sources are originals: as `logan.pipeline.copies` has it."""
    text = source.text
    return (-text.size, text.read_once, source.name) if text else (0, True, source.name)


def _known_by(source: ReadSource, text: KnownBeginnings | None) -> Iterator[_Known]:
    """What all of a source is known by."""
    if source.content_sha256 is not None:
        yield 0, source.content_sha256
    if text is not None and text.own is not None:
        yield text.size, text.own


def _beginnings(text: KnownBeginnings | None, lengths: Collection[int]) -> Iterator[_Known]:
    """What the beginnings of a source are known by that others may be as long as."""
    for length, digest in text.ends.items() if text is not None else ():
        if length in lengths:
            yield length, digest


def _mark(sources: Sequence[ReadSource], originals: dict[int, ReadSource]) -> list[ReadSource]:
    copied = {sources[place].name: original.name for place, original in originals.items()}
    marked = list(sources)
    for place, source in enumerate(sources):
        if place in originals:
            name = originals[place].name
            is_copy = source.copy_of is not None
            marked[place] = source._replace(copy_of=name) if is_copy else source.as_copy(name)
        elif source.copy_of is not None:
            marked[place] = source._replace(copy_of=copied.get(source.copy_of, source.copy_of))
    return marked
