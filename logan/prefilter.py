"""Finds, on raw bytes, the lines that could name a watched service; counts all others.

The expressions come out of the rules. They may pass a line too many, never one too few: for every
format, prefilter then parse equals parse then match. Hyperscan runs them in time linear in the
input and without the interpreter lock, so no rule can make a scan hang and threads scale.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import hyperscan

#: With more matches than one in this many bytes, finding the lines one by one costs more than
#: passing the whole block on; the rules then judge every line of it.
_DENSE: Final = 2048
_MANY: Final = 256
_AROUND: Final = 512


@dataclass(frozen=True, slots=True)
class Spans:
    """The lines of a block that could name a service, as byte offsets (start, end without `\\n`).

    `everything` is set, and `lines` empty, where so many match that all lines are to be read.
    """

    lines: tuple[tuple[int, int], ...]
    everything: bool = False


class Prefilter:
    """The watched patterns, compiled once; safe to share between threads."""

    def __init__(self, triggers: Sequence[str]) -> None:
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = hyperscan.HS_FLAG_CASELESS
        self._database.compile(
            expressions=[trigger.encode() for trigger in triggers],
            ids=list(range(len(triggers))),
            elements=len(triggers),
            flags=[flags] * len(triggers),
        )
        self._local = threading.local()

    def _scratch(self) -> hyperscan.Scratch:
        """Working memory of this thread: Hyperscan allows none to be shared."""
        if not hasattr(self._local, "scratch"):
            self._local.scratch = hyperscan.Scratch(self._database)
        scratch: hyperscan.Scratch = self._local.scratch
        return scratch

    def excerpt(self, data: bytes) -> bytes | None:
        """What stands around the first place in `data` that could name a service; None: nothing does.

        For lines too long to be held whole.
        """
        ends = self._ends(data, limit=1)
        return data[max(0, ends[0] - _AROUND) : ends[0] + _AROUND] if ends else None

    def search(self, data: bytes) -> Spans:
        """The candidate lines of a block of whole lines, in order."""
        limit = max(_MANY, len(data) // _DENSE)
        ends = self._ends(data, limit=limit)
        if len(ends) >= limit:
            return Spans((), everything=True)
        ends.sort()
        lines = []
        done = -1
        for end in ends:
            if end <= done:
                continue
            start = data.rfind(b"\n", 0, end - 1) + 1
            stop = data.find(b"\n", end - 1)
            done = stop if stop >= 0 else len(data)
            lines.append((start, done))
        return Spans(tuple(lines))

    def _ends(self, data: bytes, *, limit: int) -> list[int]:
        """Where matches end, in no particular order; at most `limit` of them."""
        ends: list[int] = []

        def note(_id: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            ends.append(end)
            return len(ends) >= limit or None

        try:
            self._database.scan(data, match_event_handler=note, scratch=self._scratch())
        except hyperscan.ScanTerminated:
            pass
        return ends
