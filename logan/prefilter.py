"""Finds, on raw bytes, the lines that could name a watched service; counts all others.

The patterns come out of the rules (`logan.rules.triggers`). They may pass a line too many, never
one too few: for every format, prefilter then parse equals parse then match. Hyperscan runs them in
time linear in the input and without the interpreter lock, so no rule can make a scan hang, and
threads scale.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from logan.patterns import Match, Patterns
from logan.rules.triggers import Watch

#: With more matches than one in this many bytes, finding the lines one by one costs more than
#: passing the whole block on; the rules then judge every line of it.
_DENSE: Final = 2048
_MANY: Final = 256
_AROUND: Final = 512

Line = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spans:
    """The lines of a block that could name a service, as byte offsets (start, end without `\\n`).

    `everything` is set, and `lines` empty, where so many match that all lines are to be read.
    """

    lines: tuple[tuple[int, int], ...]
    everything: bool = False


class Prefilter:
    """The watched patterns, compiled once; safe to share between threads."""

    def __init__(self, watch: Watch, patterns: Patterns | None = None) -> None:
        """`patterns` are those of the watch, where they have been compiled already."""
        self._watch = watch
        self._names = len(watch.names)
        self._patterns = patterns or Patterns(watch.patterns)

    def excerpt(self, data: bytes) -> bytes | None:
        """What stands around the first place in `data` that could name a service, if there is one.

        For lines too long to be held whole.
        """
        found = self._patterns.find(data, names=self._names, limit=1)
        if found and found[0].pattern >= self._names and not self._sift(data, [(0, len(data))]):
            found = [match for match in found if match.pattern < self._names]
        if not found:
            return None
        return data[max(0, found[0].end - _AROUND) : found[0].end + _AROUND]

    def search(self, data: bytes) -> Spans:
        """The candidate lines of a block of whole lines, in order."""
        limit = max(_MANY, len(data) // _DENSE)
        found = self._patterns.find(data, names=self._names, limit=limit)
        if sum(pattern < self._names for _, pattern in found) >= limit:
            return Spans((), everything=True)
        named: dict[Line, None] = {}
        hinted: dict[Line, None] = {}
        for line, pattern in _lines_of(data, found):
            (named if pattern < self._names else hinted)[line] = None
        sifted = self._sift(data, [line for line in hinted if line not in named])
        return Spans(tuple(sorted([*named, *sifted])))

    def _sift(self, data: bytes, lines: Sequence[Line]) -> list[Line]:
        """Of lines with letters written otherwise, those that hold a name when spelled out."""
        if not lines:
            return []
        revealed = self._watch.reveal(b"\n".join(data[start:end] for start, end in lines))
        matches = self._patterns.find(revealed)
        found = [match for match in matches if match.pattern < self._names]
        if not found:
            return []
        ends = list(accumulate(len(line) + 1 for line in revealed.split(b"\n")))
        rows = {bisect_left(ends, match.end) for match in found}
        return [lines[row] for row in sorted(rows)]


def _lines_of(data: bytes, found: Sequence[Match]) -> Iterator[tuple[Line, int]]:
    """The line of each match, in order of place, with the pattern that matched."""
    start, stop = 0, -1
    for end, pattern in found:
        if end > stop:
            start = data.rfind(b"\n", 0, end - 1) + 1
            stop = data.find(b"\n", end - 1)
            stop = stop if stop >= 0 else len(data)
        yield (start, stop), pattern
