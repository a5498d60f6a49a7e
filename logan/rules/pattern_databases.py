"""The databases that raw lines are searched with, each compiled when it is first needed.

Safe to share between threads.
"""

import threading
from typing import Final

from logan.rules.compilation import Match, Patterns
from logan.rules.triggers import ADDRESSES, CHARACTERS, ESCAPES, FOREIGN_LABELS, ScanPatterns

#: The groups that are searched for more closely where there are many of them.
STEPPED: Final = (ESCAPES, CHARACTERS, FOREIGN_LABELS, ADDRESSES)
#: How closely lines are searched for each of these (`ScanPatterns.closer`).
Steps = tuple[int, int, int, int]
FIRST: Final = (0, 0, 0, 0)


class PatternDatabases:
    """Patterns by what is searched for, each compiled when it is first needed."""

    def __init__(self, watch: ScanPatterns, patterns: Patterns) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._at: dict[Steps, Patterns] = {FIRST: patterns}
        self._of: dict[tuple[int, int], Patterns] = {}
        self._raw: Patterns | None = None

    def at(self, steps: Steps) -> Patterns:
        """Names, and what tells of other things, each at a step."""
        with self._lock:
            if steps not in self._at:
                closer = [self._watch.closer(*one) for one in zip(STEPPED, steps, strict=True)]
                groups = (self._watch.names, *closer)
                patterns = [pattern for group in groups for pattern in group]
                self._at[steps] = Patterns(patterns, [*map(len, groups[:-1])])
            return self._at[steps]

    def raw(self, data: bytes | memoryview, *, most: int) -> list[Match]:
        """The first `most` matches of hints that are not ASCII; 0: all of them."""
        if not self._watch.hints.raw:
            return []
        with self._lock:
            if self._raw is None:
                self._raw = Patterns(self._watch.hints.raw)
        return [(end, CHARACTERS) for end in self._raw.ends(data, most=most)]

    def of(self, group: int, step: int) -> Patterns:
        """What tells of one of them."""
        with self._lock:
            if (group, step) not in self._of:
                self._of[group, step] = Patterns(self._watch.closer(group, step))
            return self._of[group, step]
