"""Sources whose text equals, or begins, that of another: their lines are counted there already.

A log and its compressed copy, a backup in the folder, what logrotate leaves while it compresses.
Content decides, no name and no time. Sources that begin alike, by the checksums that reading took
of their first bytes, are read a second time: for each the SHA-256 of its text up to every length at
which one of the others ends. So each is read once more, however many there are, and none where no
two begin alike.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from logan.intake.beginnings import checksums, digest_prefixes
from logan.intake.reader import open_source
from logan.intake.sources import Source
from logan.runtime.ordered_map import ahead

_CHANGED: Final = "has another content now"
_ADVICE: Final = "run again when nothing writes to it"


class SourceText(NamedTuple):
    """The text of a source as it was read: `size` bytes, with the checksums of its beginning.

    `records`: it has lines that are neither blank nor directives. Headers alone are no copy of
    anything. `sha256` is that of the text, taken while it was read, of a source that is
    `read_once`.
    """

    source: Source
    beginning: tuple[int, ...]
    size: int
    records: bool
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Copies:
    """What comparing found. Numbers are places among the texts that were given.

    `of`: for each copy, the text that it equals or begins. `uncompared`: texts that begin as
    another one does and could not be read a second time, with the reason and what to do.
    """

    of: Mapping[int, int]
    uncompared: Mapping[int, tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class _Prefixes:
    """The digests of a text at the lengths that matter; `failure` if it could not be read again."""

    digests: Mapping[int, bytes]
    failure: tuple[str, str | None] | None = None


def find_copies(texts: Sequence[SourceText]) -> Copies:
    """The texts that equal or begin another one.

    The original is the longest; of equal texts one that is a file of its own, then the one whose
    name comes first. So the order of the texts does not matter. An original is no copy itself.
    """
    lengths = _lengths_to_compare(texts)
    if not lengths:
        return Copies({}, {})
    order = sorted(lengths, key=lambda at: _rank(texts[at]))
    read = ahead(partial(_read_prefixes, texts, lengths), order)
    originals: dict[tuple[int, bytes], int] = {}
    copies: dict[int, int] = {}
    uncompared: dict[int, tuple[str, str | None]] = {}
    for at, prefixes in zip(order, read, strict=True):
        if prefixes.failure is not None:
            uncompared[at] = prefixes.failure
        size = texts[at].size
        own = (size, prefixes.digests[size]) if size in prefixes.digests else None
        if own is not None and own in originals:
            copies[at] = originals[own]
        else:
            for prefix in prefixes.digests.items():
                originals.setdefault(prefix, at)
    return Copies(copies, uncompared)


def _rank(text: SourceText) -> tuple[int, bool, str]:
    """The longest first, a file of its own before one in an archive or a pipe, then by name."""
    return -text.size, text.source.read_once, text.source.name


def _lengths_to_compare(texts: Sequence[SourceText]) -> Mapping[int, set[int]]:
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


def _read_prefixes(
    texts: Sequence[SourceText], lengths: Mapping[int, set[int]], at: int
) -> _Prefixes:
    """Read a text again, up to the last length that matters."""
    text = texts[at]
    own = {} if text.sha256 is None else {text.size: text.sha256}
    if lengths[at] == own.keys():
        return _Prefixes(own)
    if text.source.path is None:
        return _Prefixes(own, ("standard input cannot be read a second time", None))
    with open_source(text.source) as reader:
        if checksums(reader.head) != text.beginning:
            return _Prefixes({}, (reader.failure or _CHANGED, reader.advice or _ADVICE))
        digests = dict(digest_prefixes(reader.chunks(), sorted(lengths[at])))
        if len(digests) == len(lengths[at]):
            return _Prefixes(digests)
        return _Prefixes({}, (reader.failure or _CHANGED, reader.advice or _ADVICE))
