"""Finds, on raw bytes, the lines that could name a watched service; counts all others.

The patterns come out of the rules (`logan.rules.triggers`). They may pass a line too many, never
one too few: for every format, prefilter then parse equals parse then match. Hyperscan runs them in
time linear in the input and without the interpreter lock, so no rule can make a scan hang, and
threads scale.

Lines that hold letters written otherwise go through two steps more: they must have a clue to one of
the names (`logan.rules.encoded_names`), and then the name itself, once they are spelled out.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from logan.intake.line_index import LineIndex
from logan.rules.compilation import Match, Patterns
from logan.rules.triggers import CHARACTERS, ESCAPES, NAMES, Watch

#: With more matches than one in this many bytes, finding the lines one by one costs more than
#: passing the whole block on; the rules then judge every line of it.
_DENSE: Final = 2048
#: With more hints than one in this many bytes, looking for clues in all lines costs less.
_DENSE_HINTS: Final = 4096
_MANY: Final = 256
_AROUND: Final = 512
#: So many bytes are spelled out before patterns are compiled that tell lines apart: compiling those
#: of clues, and of the characters that stand for letters, takes as long.
_FREE: Final = 16 << 20
_FREE_OF_STANDING: Final = 6 << 20
_HINTS: Final = (ESCAPES, CHARACTERS)

Rows = npt.NDArray[np.int64]


class _Found(NamedTuple):
    """What some bytes hold. Groups of patterns that match too often are `everywhere`, and not, or
    not all, among the matches."""

    matches: Sequence[Match]
    everywhere: frozenset[int]

    def ends(self, group: int) -> list[int]:
        """Where the matches of a group end, in order."""
        return [end for end, one in self.matches if one == group]


class Prefilter:
    """The watched patterns, compiled once; safe to share between threads."""

    def __init__(self, watch: Watch, patterns: Patterns | None = None) -> None:
        """`patterns` are those of the watch, where they have been compiled already."""
        self._watch = watch
        self._databases = _Databases(watch, patterns or Patterns(watch.patterns, watch.groups))
        self._spelled_out = 0

    def excerpt(self, data: bytes) -> bytes | None:
        """What stands around the first place in `data` that could name a service, if there is one.

        For lines too long to be held whole.
        """
        found = self._find(data, most=1)
        if ends := found.ends(NAMES):
            return _around(ends[0], data)
        ends = sorted(self._doubtful_ends(found, data))
        if not ends or not self._sift([data]):
            return None
        windows = (_around(end, data) for end in _apart(ends))
        return next((one for one in windows if self._sift([one])), _around(ends[0], data))

    def search(self, index: LineIndex) -> Rows | None:
        """The rows of a block that could name a service, in order; None for all of them.

        None where so many match that finding them one by one would cost more than reading all.
        """
        found = self._find(index.data, most=max(_MANY, len(index.data) // _DENSE))
        if NAMES in found.everywhere:
            return None
        if not found.matches and not found.everywhere:
            return np.empty(0, dtype=np.int64)
        named = _rows_of(found.ends(NAMES), index)
        doubtful = sorted(self._doubtful_rows(found, index) - named)
        if doubtful:
            named.update(doubtful[at] for at in self._sift(index.bytes_of(doubtful)))
        return np.asarray(sorted(named), dtype=np.int64)

    def _find(self, data: bytes | memoryview, *, most: int) -> _Found:
        """Search for names, of which `most` are wanted, and for hints while there are not many."""
        everywhere: frozenset[int] = frozenset()
        hints = _most_hints(data) if self._watch.gives_clues else 0
        while True:
            matches = self._databases.without(everywhere).find(data, limits=(most, hints, hints))
            counts = Counter(group for _, group in matches)
            if counts[NAMES] == most:
                return _Found(matches, everywhere | {NAMES})
            full = {group for group in _HINTS if hints and counts[group] == hints}
            if not full:
                return _Found(matches, everywhere)
            everywhere |= full

    def _doubtful_rows(self, found: _Found, index: LineIndex) -> set[int]:
        """The rows whose lines may hold a name that is not written as it is."""
        rows: set[int] = set()
        for group in _HINTS:
            ends, everywhere = self._hinted(group, found, index.data)
            if everywhere:
                rows |= _rows_of(self._databases.clues(group).ends(index.data), index)
            elif ends:
                hinted = sorted(_rows_of(ends, index))
                rows.update(hinted[at] for at in self._with_clues(group, index.bytes_of(hinted)))
        return rows

    def _hinted(
        self, group: int, found: _Found, data: bytes | memoryview
    ) -> tuple[Sequence[int], bool]:
        """Where the hints of a group end, or that there are too many to look at one by one.

        Hints of characters tell only how such characters begin: where there are too many, most
        stand for no letter of a name (the apostrophe of news sites), so the others are counted.
        """
        if group not in found.everywhere:
            return found.ends(group), False
        if group != CHARACTERS:
            return (), True
        most = _most_hints(data)
        ends = self._databases.standing().ends(data, most=most)
        return ends, len(ends) == most

    def _doubtful_ends(self, found: _Found, data: bytes) -> list[int]:
        """Where the clues of a line end, or its hints, if there are few."""
        doubtful: list[int] = []
        for group in _HINTS:
            ends, everywhere = self._hinted(group, found, data)
            doubtful += self._databases.clues(group).ends(data) if everywhere else ends
        return doubtful

    def _with_clues(self, group: int, lines: Sequence[bytes]) -> Sequence[int]:
        """The places of those lines with hints of a group that may hold a name."""
        places: Sequence[int] = range(len(lines))
        if not self._watch.gives_clues:
            return places
        if group == CHARACTERS and self._spelled_out >= _FREE_OF_STANDING:
            places = _places(self._databases.standing().ends(b"\n".join(lines)), lines)
        self._spelled_out += sum(len(lines[place]) for place in places)
        if not places or self._spelled_out < _FREE:
            return places
        kept = [lines[place] for place in places]
        clues = self._databases.clues(group).ends(b"\n".join(kept))
        return [places[at] for at in _places(clues, kept)]

    def _sift(self, lines: Sequence[bytes]) -> list[int]:
        """The places of those lines that hold a name once their letters are spelled out."""
        revealed = self._watch.reveal(b"\n".join(lines))
        matches = self._databases.without(frozenset()).find(revealed)
        ends = [end for end, group in matches if group == NAMES]
        return _places(ends, revealed.split(b"\n")) if ends else []


def _most_hints(data: bytes | memoryview) -> int:
    """So many hints are looked at one by one."""
    return max(_MANY, len(data) // _DENSE_HINTS)


def _around(end: int, data: bytes) -> bytes:
    """What stands around the end of a match."""
    return data[max(0, end - _AROUND) : end + _AROUND]


def _apart(ends: Iterable[int]) -> Iterator[int]:
    """Of places in order the first, and each that is not near the one before it."""
    last = -_AROUND
    for end in ends:
        if end >= last + _AROUND:
            yield end
            last = end


def _rows_of(ends: Iterable[int], index: LineIndex) -> set[int]:
    """The rows in which matches end."""
    return set(index.rows_of(np.asarray([end - 1 for end in ends], dtype=np.int64)).tolist())


def _places(ends: Iterable[int], lines: Sequence[bytes]) -> list[int]:
    """The places of the lines in which matches end, where the lines stand behind each other."""
    stops = list(accumulate(len(line) + 1 for line in lines))
    return sorted({bisect_left(stops, end) for end in ends})


class _Databases:
    """Patterns by what is searched for, each compiled when it is first needed."""

    def __init__(self, watch: Watch, patterns: Patterns) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._without: dict[frozenset[int], Patterns] = {frozenset(): patterns}
        self._clues: dict[int, Patterns] = {}
        self._standing: Patterns | None = None

    def without(self, groups: frozenset[int]) -> Patterns:
        """The patterns of the watch but those of some groups."""
        with self._lock:
            if groups not in self._without:
                left = self._watch.without(groups)
                self._without[groups] = Patterns(left.patterns, left.groups)
            return self._without[groups]

    def clues(self, group: int) -> Patterns:
        """The clues to names with letters of which a group of patterns is a hint."""
        with self._lock:
            if group not in self._clues:
                self._clues[group] = Patterns(self._watch.clues(group))
            return self._clues[group]

    def standing(self) -> Patterns:
        """The characters that may stand for letters of names, or for none."""
        with self._lock:
            if self._standing is None:
                self._standing = Patterns(self._watch.standing())
            return self._standing
