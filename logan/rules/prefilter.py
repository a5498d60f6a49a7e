"""Finds, on raw bytes, the lines that could name a watched service; counts all others.

The patterns come out of the rules (`logan.rules.triggers`). They may pass a line too many, never
one too few: for every format, prefilter then parse equals parse then match. Hyperscan runs them in
time linear in the input and without the interpreter lock, so no rule can make a scan hang, and
threads scale.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np
import numpy.typing as npt

from logan.intake.line_index import LineIndex
from logan.rules.compilation import Patterns
from logan.rules.triggers import Watch

#: With more matches than one in this many bytes, finding the lines one by one costs more than
#: passing the whole block on; the rules then judge every line of it.
_DENSE: Final = 2048
_MANY: Final = 256
_AROUND: Final = 512

Rows = npt.NDArray[np.int64]


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
        if found and found[0][1] >= self._names and not self._sift([data]):
            found = [match for match in found if match[1] < self._names]
        if not found:
            return None
        end, _ = found[0]
        return data[max(0, end - _AROUND) : end + _AROUND]

    def search(self, index: LineIndex) -> Rows | None:
        """The rows of a block that could name a service, in order; None for all of them.

        None where so many match that finding them one by one would cost more than reading all.
        """
        limit = max(_MANY, len(index.data) // _DENSE)
        found = self._patterns.find(index.data, names=self._names, limit=limit)
        if not found:
            return np.empty(0, dtype=np.int64)
        if sum(pattern < self._names for _, pattern in found) >= limit:
            return None
        rows = index.rows_of(np.asarray([end - 1 for end, _ in found])).tolist()
        named = {row for row, (_, one) in zip(rows, found, strict=True) if one < self._names}
        hinted = sorted(set(rows) - named)
        if hinted:
            named.update(hinted[at] for at in self._sift(index.bytes_of(hinted)))
        return np.asarray(sorted(named), dtype=np.int64)

    def _sift(self, lines: Sequence[bytes]) -> list[int]:
        """The places of those lines that hold a name once their letters are spelled out."""
        revealed = self._watch.reveal(b"\n".join(lines))
        matches = self._patterns.find(revealed)
        found = [end for end, pattern in matches if pattern < self._names]
        if not found:
            return []
        ends = list(accumulate(len(line) + 1 for line in revealed.split(b"\n")))
        return sorted({bisect_left(ends, end) for end in found})
