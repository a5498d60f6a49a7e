"""Patterns compiled into one database of Hyperscan, and that done beside other work.

Compiling takes a tenth of a second and no interpreter lock: as long as importing Polars and the
formats. So nothing is imported here that imports those.
"""

import stat
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import hyperscan

from logan.rules.model import Rules
from logan.rules.triggers import ScanPatterns, watch
from logan.runtime.hyperscan_database import HyperscanDatabase

#: Where a match ends, and to which group the pattern belongs.
Match = tuple[int, int]

#: Bytes that are read without a search: their lines take a fifth of what compiling does.
LITTLE: Final = 32 << 10


class Patterns:
    """Patterns compiled into one database; safe to share between threads.

    `groups` are numbers of patterns that count together, in their order; those left over are one
    more group.
    """

    def __init__(self, patterns: Sequence[str], groups: Sequence[int] = ()) -> None:
        self._compiled = HyperscanDatabase(patterns, flag=hyperscan.HS_FLAG_CASELESS)
        sizes = (*groups, len(patterns) - sum(groups))
        self._groups = [group for group, size in enumerate(sizes) for _ in range(size)]

    def find(self, data: bytes | memoryview, *, limits: Sequence[int] = ()) -> list[Match]:
        """Where matches end and of which group they are, in order of place.

        Stops once the patterns of one group have matched as often as the limit of that group says;
        0, and none, is no limit.
        """
        found: list[Match] = []
        groups = self._groups
        left = [*limits, *[0] * (groups[-1] + 1 - len(limits))]

        def note(pattern: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            group = groups[pattern]
            found.append((end, group))
            left[group] -= 1
            return left[group] == 0 or None

        with suppress(hyperscan.ScanTerminated):
            self._compiled.scan(data, note)
        found.sort()
        return found

    def ends(self, data: bytes | memoryview, *, most: int = 0) -> list[int]:
        """Where the first `most` matches end, in order of place; 0: all of them."""
        return [end for end, _ in self.find(data, limits=(most,))]


class CompiledPatterns(NamedTuple):
    """What is watched, and its patterns."""

    watch: ScanPatterns
    patterns: Patterns


class LateCompilation:
    """Compiles the patterns of rules when it is called."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def __call__(self) -> CompiledPatterns:
        return _compiled(self._rules)


def compilation_for(paths: Iterable[str], rules: Rules) -> Callable[[], CompiledPatterns]:
    """`begin_compiling`, unless what is to be read are files that hold little: for these it is
    likely that no pattern is needed (`logan.rules.late_prefilter`)."""
    return LateCompilation(rules) if _hold_little(paths) else begin_compiling(rules)


def _hold_little(paths: Iterable[str]) -> bool:
    """True for files of few bytes; False for folders, globs and whatever else may be large."""
    size = 0
    for path in paths:
        try:
            found = Path(path).stat()
        except (OSError, ValueError):
            return False
        if not stat.S_ISREG(found.st_mode):
            return False
        size += found.st_size
    return size <= LITTLE


def begin_compiling(rules: Rules) -> Callable[[], CompiledPatterns]:
    """Compile in a thread of its own; what is returned waits for it and hands over the result."""
    thread = ThreadPoolExecutor(1)
    compiled = thread.submit(_compiled, rules)
    thread.shutdown(wait=False)
    return compiled.result


def _compiled(rules: Rules) -> CompiledPatterns:
    watched = watch(rules)
    return CompiledPatterns(watched, Patterns(watched.patterns, watched.groups))
