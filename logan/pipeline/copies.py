"""Sources whose text equals, or begins, that of another: their lines are counted there already.

A log and its compressed copy, a backup in the folder, what logrotate leaves while it compresses.
Content decides, no name and no time. Sources that begin alike, by the checksums that reading took
of their first bytes, are read a second time: for each the SHA-256 of its text up to every length at
which one of the others ends. So each is read once more, however many there are, and none where no
two begin alike.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from logan.intake.beginnings import checksums, digest_prefixes
from logan.intake.opening import open_source
from logan.intake.prefix_digests import DIGEST_SIZE, restore_prefixes
from logan.intake.sources import Source
from logan.runtime.ordered_map import map_in_order

_CHANGED: Final = "has another content now"
_ADVICE: Final = "run again when nothing writes to it"


class SourceText(NamedTuple):
    """The text of a source as it was read: `size` bytes, with the checksums of its beginning.

    `records`: it has lines that are neither blank nor directives. Headers alone are no copy of
    anything. `sha256` is that of the text, taken while it was read, of a source that is
    `read_once`; `prefixes` are those of `logan.intake.prefix_digests`, of a stream.
    """

    source: Source
    beginning: tuple[int, ...]
    size: int
    records: bool
    sha256: bytes | None = None
    prefixes: str = ""


class FoundCopies(NamedTuple):
    """What comparing found. Numbers are places among the texts that were given.

    `of`: for each copy, the text that it equals or begins. `uncompared`: texts that begin as
    another one does and could not be read a second time, with the reason and what to do.
    """

    of: Mapping[int, int]
    uncompared: Mapping[int, tuple[str, str | None]]


class TextPrefixes(NamedTuple):
    """The digests of a text at the lengths that matter; `failure` if it could not be read again."""

    digests: Mapping[int, bytes]
    failure: tuple[str, str | None] | None = None


def find_copies(texts: Sequence[SourceText]) -> FoundCopies:
    """The texts that equal or begin another one, each read once more where that is needed.

    The original is the longest; of equal texts one that is a file of its own, then the one whose
    name comes first. So the order of the texts does not matter. An original is no copy itself.
    """
    lengths = lengths_to_compare(texts)
    order = [*lengths]
    read = map_in_order(lambda at: read_prefixes(texts[at], lengths[at]), order)
    return copies_among(texts, dict(zip(order, read, strict=True)))


def copies_among(texts: Sequence[SourceText], prefixes: Mapping[int, TextPrefixes]) -> FoundCopies:
    """As `find_copies`, of texts whose digests were read at `lengths_to_compare`."""
    originals: dict[tuple[int, bytes], int] = {}  # by length and the first bits of a digest
    copies: dict[int, int] = {}
    uncompared: dict[int, tuple[str, str | None]] = {}
    for at in sorted(prefixes, key=lambda at: _rank(texts[at])):
        digests, failure = prefixes[at].digests, prefixes[at].failure
        if failure is not None:
            uncompared[at] = failure
        size = texts[at].size
        known = {length: digest[:DIGEST_SIZE] for length, digest in digests.items()}
        own = (size, known[size]) if size in known and texts[at].records else None
        if own is not None and own in originals:
            copies[at] = originals[own]
        else:
            for prefix in known.items():
                originals.setdefault(prefix, at)
    return FoundCopies(copies, uncompared)


def _rank(text: SourceText) -> tuple[int, bool, str]:
    """The longest first, a file of its own before one in an archive or a pipe, then by name."""
    return -text.size, text.source.read_once, text.source.name


def lengths_to_compare(texts: Sequence[SourceText]) -> Mapping[int, set[int]]:
    """For each text that begins as another does, the sizes of those that it may hold."""
    lengths: dict[int, set[int]] = defaultdict(set)
    for begin_alike in _groups(texts):
        sizes = {texts[at].size for at in begin_alike.owners if texts[at].records}
        for at in begin_alike.members:
            lengths[at] |= {size for size in sizes if size <= texts[at].size}
    return {at: sizes for at, sizes in lengths.items() if sizes}


class _Group(NamedTuple):
    """Texts that agree up to a length: `owners` are those of which no longer checksum is known."""

    owners: list[int]
    members: list[int]


def _groups(texts: Sequence[SourceText]) -> Iterator[_Group]:
    """The sets of two or more texts that begin alike."""
    owners: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        if text.beginning:
            owners[len(text.beginning), text.beginning[-1]].append(at)
    members: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        for key in enumerate(text.beginning, 1):
            if key in owners:
                members[key].append(at)
    return (_Group(owners[key], some) for key, some in members.items() if len(some) > 1)


def read_prefixes(text: SourceText, lengths: Collection[int]) -> TextPrefixes:
    """The digests of a text at these lengths, for which it is read again up to the last of them."""
    own = {} if text.sha256 is None else {text.size: text.sha256}
    if {*lengths} == own.keys():
        return TextPrefixes(own)
    if text.source.is_stream:
        return _prefixes_of_stream(text, own, lengths)
    with open_source(text.source) as reader:
        if checksums(reader.head) != text.beginning:
            return TextPrefixes({}, (reader.failure or _CHANGED, reader.advice or _ADVICE))
        digests = dict(digest_prefixes(reader.chunks(), sorted(lengths)))
        if len(digests) == len(lengths):
            return TextPrefixes(digests)
        return TextPrefixes({}, (reader.failure or _CHANGED, reader.advice or _ADVICE))


def _prefixes_of_stream(
    text: SourceText, own: Mapping[int, bytes], lengths: Collection[int]
) -> TextPrefixes:
    """What was taken, at the ends of its first lines, of a text that cannot be read again."""
    taken = {**restore_prefixes(text.prefixes), **own}
    digests = {length: taken[length] for length in lengths if length in taken}
    if len(digests) == len(lengths):
        return TextPrefixes(digests)
    return TextPrefixes(digests, ("standard input cannot be read a second time", None))
