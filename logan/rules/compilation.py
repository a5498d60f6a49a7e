"""Patterns compiled into one database of Hyperscan, and that done beside other work.

Compiling takes a tenth of a second and no interpreter lock: as long as importing Polars and the
formats. So nothing is imported here that imports those.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

import hyperscan

from logan.rules.model import Rules
from logan.rules.triggers import Watch, watch
from logan.runtime.hyperscan_database import Compiled

#: Where a match ends, and which pattern it was.
Match = tuple[int, int]


class Patterns:
    """Patterns compiled into one database; safe to share between threads."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._compiled = Compiled(patterns, flag=hyperscan.HS_FLAG_CASELESS)

    def find(self, data: bytes | memoryview, *, names: int = 0, limit: int = 0) -> list[Match]:
        """Where matches end and which pattern it was, in order of place.

        With a `limit` it stops once so many of the first `names` patterns have matched.
        """
        found: list[Match] = []
        room = limit

        def note(pattern: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            nonlocal room
            found.append((end, pattern))
            if pattern < names:
                room -= 1
                return room == 0 or None
            return None

        with suppress(hyperscan.ScanTerminated):
            self._compiled.scan(data, note)
        found.sort()
        return found


class Watched(NamedTuple):
    """What is watched, and its patterns."""

    watch: Watch
    patterns: Patterns


def begin_compiling(rules: Rules) -> Callable[[], Watched]:
    """Compile in a thread of its own; what is returned waits for it and hands over the result."""
    thread = ThreadPoolExecutor(1)
    compiled = thread.submit(_compiled, rules)
    thread.shutdown(wait=False)
    return compiled.result


def _compiled(rules: Rules) -> Watched:
    watched = watch(rules)
    return Watched(watched, Patterns(watched.patterns))
