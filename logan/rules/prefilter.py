"""Finds, on raw bytes, the lines that could name a watched service; counts all others.

The patterns come out of the rules (`logan.rules.triggers`). They may pass a line too many, never
one too few: for every format, prefilter then parse equals parse then match. Hyperscan runs them in
time linear in the input and without the interpreter lock, so no rule can make a scan hang, and
threads scale.

Lines that hold letters written otherwise go through two steps more: they must have a clue to one of
the names (`logan.rules.encoded_names`), and then the name itself, once they are spelled out.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from logan.intake.line_index import LineIndex
from logan.rules.base64_addresses import LONGEST
from logan.rules.compilation import Match, Patterns
from logan.rules.foreign_labels import ForeignLabels
from logan.rules.pattern_databases import FIRST, STEPPED, PatternDatabases, Steps
from logan.rules.triggers import (
    ADDRESSES,
    CHARACTERS,
    ESCAPES,
    FOREIGN_LABELS,
    LAST_STEPS,
    NAMES,
    ScanPatterns,
)

#: With more matches than one in this many bytes, finding the lines one by one costs more than
#: passing the whole block on; the rules then judge every line of it.
_DENSE: Final = 2048
#: With more hints than one in this many bytes, looking for clues in all lines costs less.
_DENSE_HINTS: Final = 1024
#: So many hints are looked at to learn whether it is the characters themselves that are common.
_SAMPLE: Final = 256
_HINT_SIZE: Final = 24
_MANY: Final = 256
_AROUND: Final = 512
#: So many bytes are spelled out before patterns are compiled that tell lines apart: compiling those
#: of clues, and of the characters that stand for letters, takes as long.
_FREE: Final = 48 << 20
_FREE_OF_STANDING: Final = 12 << 20
#: So many blocks begin as closely as the last one needed, before one is searched for hints again.
_LIKE_THE_LAST: Final = 15
_HINTS: Final = (ESCAPES, CHARACTERS)
#: The place of the step for labels with foreign letters.
_FOREIGN: Final = STEPPED.index(FOREIGN_LABELS)
#: Makes one byte, which no hint has, of all that are not ASCII.
_WITHOUT_HINTS: Final = bytes(min(byte, 0x80) for byte in range(0x100))

Rows = npt.NDArray[np.int64]
Octets = bytes | memoryview


class _Found(NamedTuple):
    """What some bytes hold: names, and what tells of letters written otherwise, at these steps.

    `full`: there are as many names as were wanted, and the rest was not searched.
    """

    matches: Sequence[Match]
    full: bool
    steps: Steps

    def ends(self, group: int) -> list[int]:
        """Where the matches of a group end, in order."""
        return [end for end, one in self.matches if one == group]

    def step(self, group: int) -> int:
        """How closely was searched for a group."""
        return self.steps[STEPPED.index(group)]


class Prefilter:
    """The watched patterns, compiled once; safe to share between threads."""

    def __init__(self, watch: ScanPatterns, patterns: Patterns | None = None) -> None:
        """`patterns` are those of the watch, where they have been compiled already."""
        self._watch = watch
        self._ascii = watch.names_are_ascii
        self._foreign = ForeignLabels(watch.resembles)
        self._databases = PatternDatabases(
            watch, patterns or Patterns(watch.patterns, watch.groups)
        )
        self._spelled_out = 0
        # Threads may lose a block's steps to each other: the next one then finds its own.
        self._needed: Mapping[int, int] = dict.fromkeys(STEPPED, 0)
        self._blocks_alike = 0

    def excerpt(self, data: bytes) -> bytes | None:
        """What stands around the first place in `data` that could name a service, if there is one.

        For lines too long to be held whole.
        """
        found = self._find(data, most=1)
        if ends := self._named(found, data):
            return _around(ends[0], data)
        ends = sorted(end for end, group in found.matches if group in _HINTS)
        if not ends or not self._sift([data]):
            return None
        windows = (_around(end, data) for end in _apart(ends))
        return next((one for one in windows if self._sift([one])), _around(ends[0], data))

    def search(self, index: LineIndex) -> Rows | None:
        """The rows of a block that could name a service, in order; None for all of them.

        None where so many match that finding them one by one would cost more than reading all.
        """
        found = self._find(index.data, most=max(_MANY, len(index.data) // _DENSE))
        if found.full:
            return None
        if not found.matches and not found.steps[_FOREIGN]:
            return np.empty(0, dtype=np.int64)
        named = _rows_of(self._named(found, index.data), index)
        doubtful = self._doubtful_rows(found, index)
        if len(named):
            doubtful = np.setdiff1d(doubtful, named, assume_unique=True)
        if len(doubtful) and (places := self._sift(index.views_of(doubtful))):
            named = np.union1d(named, doubtful[places])
        return named

    def _named(self, found: _Found, data: Octets) -> list[int]:
        """Where names end, or labels begin that resemble one, in order."""
        ends = [
            end
            for end, group in found.matches
            if group == NAMES or (group == FOREIGN_LABELS and self._foreign.may_resemble(data, end))
        ]
        if found.steps[_FOREIGN] and (labels := self._foreign.resembling(data)):
            ends = sorted((*ends, *labels))
        if addresses := self._named_in_base64(found, data):
            ends = sorted((*ends, *addresses))
        return ends

    def _named_in_base64(self, found: _Found, data: Octets) -> list[int]:
        """Where addresses in base64 begin that hold a name, or where the name ends, in order."""
        ends = found.ends(ADDRESSES)
        if not ends or found.step(ADDRESSES):
            return ends
        hosts = [bytes(data[end : end + LONGEST]).partition(b"\n")[0] for end in ends]
        return [ends[place] for place in self._places_with_clue(ADDRESSES, 1, hosts)]

    def _find(self, data: bytes | memoryview, *, most: int) -> _Found:
        """Search for names, of which `most` are wanted, and for hints: more closely, where there
        are too many to look at one by one."""
        steps = self._first_steps()
        many = max(_MANY, len(data) // _DENSE_HINTS)
        closer = STEPPED if self._watch.gives_clues else (FOREIGN_LABELS, ADDRESSES)
        while True:
            limits = [
                many if group in closer and steps[group] < LAST_STEPS[group] else 0
                for group in STEPPED
            ]
            taken = (steps[ESCAPES], steps[CHARACTERS], steps[FOREIGN_LABELS], steps[ADDRESSES])
            matches = self._databases.at(taken).find(data, limits=(most, *limits))
            if not steps[CHARACTERS] and not _is_ascii(data):
                raw = self._databases.raw(data, most=limits[STEPPED.index(CHARACTERS)])
                matches = sorted((*matches, *raw)) if raw else matches
            counts = Counter([group for _, group in matches])
            over = [group for group, limit in zip(STEPPED, limits, strict=True) if limit]
            over = [group for group in over if counts[group] >= many]
            if counts[NAMES] == most or not over:
                self._needed = steps
                return _Found(matches, counts[NAMES] == most, taken)
            for group in over:
                steps[group] = self._next_step(group, steps[group], matches, data)

    def _next_step(
        self, group: int, step: int, matches: Sequence[Match], data: bytes | memoryview
    ) -> int:
        """The step behind one with too many matches: the last one where the next would have too
        many, too, for compiling its patterns takes long."""
        if step + 1 == LAST_STEPS[group]:
            return step + 1
        ends = [end for end, one in matches if one == group][:_SAMPLE]
        around = [bytes(data[max(0, end - _HINT_SIZE) : end + _HINT_SIZE]) for end in ends]
        clues = self._places_with_clue(group, step + 1, around)
        return LAST_STEPS[group] if 2 * len(clues) > len(around) else step + 1

    def _first_steps(self) -> dict[int, int]:
        """The steps to begin a block with: a log of ordinary bytes mostly goes on as it was."""
        self._blocks_alike += 1
        if self._blocks_alike > _LIKE_THE_LAST:
            self._blocks_alike = 0
            return dict.fromkeys(STEPPED, 0)
        return {**self._needed}

    def _doubtful_rows(self, found: _Found, index: LineIndex) -> Rows:
        """The rows whose lines may hold a name that is not written as it is, in order."""
        groups = [
            self._with_clues(group, step, _rows_of(ends, index), index)
            for group, step in zip(_HINTS, found.steps, strict=False)
            if (ends := found.ends(group))
        ]
        if len(groups) > 1:
            return np.union1d(*groups)
        return groups[0] if groups else np.empty(0, dtype=np.int64)

    def _with_clues(self, group: int, step: int, rows: Rows, index: LineIndex) -> Rows:
        """Those of the rows whose lines may hold a name; they were searched at this step."""
        if step == LAST_STEPS[group] or not self._watch.gives_clues:
            return rows
        if step + 1 < LAST_STEPS[group] and self._spelled_out >= _FREE_OF_STANDING:
            rows = rows[self._places_with_clue(group, step + 1, index.views_of(rows))]
        self._spelled_out += int((index.ends[rows] - index.starts[rows]).sum())
        if self._spelled_out >= _FREE:
            rows = rows[self._places_with_clue(group, LAST_STEPS[group], index.views_of(rows))]
        return rows

    def _places_with_clue(self, group: int, step: int, lines: Sequence[Octets]) -> list[int]:
        """The places of those lines that hold what tells of a name at a step."""
        if not lines:
            return []
        return _places(self._databases.of(group, step).ends(b"\n".join(lines)), lines)

    def _sift(self, lines: Sequence[Octets]) -> list[int]:
        """The places of those lines that hold a name once their letters are spelled out."""
        revealed = self._watch.reveal(b"\n".join(lines))
        if self._ascii and not revealed.isascii():
            # What else they hint at would be told of by calls, each of them in vain.
            revealed = revealed.translate(_WITHOUT_HINTS)
        matches = self._databases.at(FIRST).find(revealed)
        ends = self._named(_Found(matches, False, FIRST), revealed)
        return _places(ends, revealed.split(b"\n")) if ends else []


def _is_ascii(data: Octets) -> bool:
    return not len(data) or int(np.frombuffer(data, dtype=np.uint8).max()) < 0x80


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


def _rows_of(ends: Sequence[int], index: LineIndex) -> Rows:
    """The rows in which matches end, which are in order."""
    rows = index.rows_of(np.asarray(ends, dtype=np.int64) - 1)
    if len(rows) < 2:
        return rows
    first = np.ones(len(rows), dtype=np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=first[1:])
    return rows[first]


def _places(ends: Iterable[int], lines: Sequence[Octets]) -> list[int]:
    """The places of the lines in which matches end, where the lines stand behind each other."""
    stops = list(accumulate(len(line) + 1 for line in lines))
    return sorted({bisect_left(stops, end) for end in ends})
