"""A prefilter whose patterns are compiled once there are so many lines that it pays.

To compile them takes as long as to parse and match a few thousand lines. A small log needs none:
all of its lines are candidates, of which the rules find the same.
"""

import threading
from collections.abc import Callable

from logan.intake.line_index import LineIndex
from logan.rules.compilation import LITTLE, CompiledPatterns, LateCompilation
from logan.rules.prefilter import Prefilter, Rows


class LatePrefilter:
    """Passes on all of the first lines, and searches what comes after them; safe to share between
    threads."""

    def __init__(self, compiled: Callable[[], CompiledPatterns], most: int) -> None:
        """`compiled` is called once at most; `most` bytes are passed on unsearched."""
        self._compiled = compiled
        self._left = most
        self._lock = threading.Lock()
        self._prefilter: Prefilter | None = None

    def search(self, index: LineIndex) -> Rows | None:
        """As `Prefilter.search`; None, which is all lines, for the first bytes."""
        with self._lock:
            self._left -= len(index.data)
            if self._left >= 0:
                return None
        return self._searching().search(index)

    def excerpt(self, data: bytes) -> bytes | None:
        """As `Prefilter.excerpt`."""
        return self._searching().excerpt(data)

    def _searching(self) -> Prefilter:
        with self._lock:
            self._prefilter = self._prefilter or Prefilter(*self._compiled())
            return self._prefilter


AnyPrefilter = Prefilter | LatePrefilter


def open_prefilter(compiled: Callable[[], CompiledPatterns]) -> AnyPrefilter:
    """The prefilter of patterns that are being compiled, or are to be later on."""
    if isinstance(compiled, LateCompilation):
        return LatePrefilter(compiled, LITTLE)
    return Prefilter(*compiled())
