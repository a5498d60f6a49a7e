"""A text read once, to find out which known streams it continues, copies or only resembles.

What is known of a stream are prefixes, each by the SHA-256 of the bytes since a shorter one of it.
Any number of streams are followed at once: a text is hashed from every length at which it is known
to be theirs, up to the next ones.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop
from typing import Any, NamedTuple

from logan.intake.opening import open_source
from logan.intake.sources import Source


class KnownPrefix(NamedTuple):
    """Bytes [first, length) of a stream have this SHA-256."""

    stream: int
    first: int
    length: int
    sha256: str


class TracedText(NamedTuple):
    """A text, and the streams whose known prefixes it has.

    `length` is that of the text, `lines_length` that of its whole lines; `sha256` and
    `lines_sha256` are those of both. `reached` gives by length the streams whose first `length`
    bytes the text has; `next_lines` the SHA-256 of the line that follows there, if a whole one
    does. `failure` says why the text could not be read to its end, `advice` what to do.
    """

    length: int
    lines_length: int
    sha256: str
    lines_sha256: str
    reached: Mapping[int, frozenset[int]]
    next_lines: Mapping[int, str]
    failure: str | None = None
    advice: str | None = None


def trace_source(source: Source, prefixes: Iterable[KnownPrefix]) -> TracedText:
    """Read all of a source. Never raises for what is in it or what became of it."""
    trace = _Trace(prefixes)
    with open_source(source) as reader:
        for chunk in reader.chunks():
            trace.add(chunk)
        return trace.finished(reader.failure, reader.advice)


def trace_text(chunks: Iterable[bytes], prefixes: Iterable[KnownPrefix]) -> TracedText:
    """The same of a text that comes in chunks."""
    trace = _Trace(prefixes)
    for chunk in chunks:
        trace.add(chunk)
    return trace.finished(None, None)


class _Trace:
    """How far a text was read, and what is known of it so far."""

    def __init__(self, prefixes: Iterable[KnownPrefix]) -> None:
        self._by_first: dict[int, dict[int, list[KnownPrefix]]] = defaultdict(dict)
        streams = set()
        for prefix in prefixes:
            self._by_first[prefix.first].setdefault(prefix.length, []).append(prefix)
            streams.add(prefix.stream)
        self._position = 0
        self._whole = hashlib.sha256()
        self._lines = (0, self._whole.hexdigest())
        self._digests: dict[int, Any] = {}
        self._stops: list[int] = []
        self._reached: dict[int, set[int]] = {0: streams}
        self._open_lines: dict[int, Any] = {}
        self._next_lines: dict[int, str] = {}
        self._begin_at(0)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes."""
        start, end = self._position, self._position + len(chunk)
        last_line = start + chunk.rfind(b"\n") + 1
        while self._position < end:
            at = self._position
            ends = [end, *self._stops[:1], *([last_line] if last_line > at else [])]
            self._take(chunk, at - start, min(ends) - start)
            if self._position == last_line:
                self._lines = (last_line, self._whole.copy().hexdigest())
            if self._stops and self._stops[0] == self._position:
                self._stop()

    def finished(self, failure: str | None, advice: str | None) -> TracedText:
        """What is known once the last byte was taken."""
        reached = {at: frozenset(some) for at, some in self._reached.items() if at and some}
        whole = self._whole.hexdigest()
        return TracedText(
            self._position, self._lines[0], whole, self._lines[1], reached, self._next_lines,
            failure, advice,
        )  # fmt: skip

    def _take(self, chunk: bytes, begin: int, end: int) -> None:
        with memoryview(chunk) as view:
            self._whole.update(view[begin:end])
            for digest in self._digests.values():
                digest.update(view[begin:end])
            for at, digest in list(self._open_lines.items()):
                newline = chunk.find(b"\n", begin, end) + 1
                digest.update(view[begin : newline or end])
                if newline:
                    self._next_lines[at] = self._open_lines.pop(at).hexdigest()
        self._position += end - begin

    def _stop(self) -> None:
        """Compare what was read with what is known up to here."""
        here = heappop(self._stops)
        while self._stops and self._stops[0] == here:
            heappop(self._stops)
        for first in list(self._digests):
            known = self._by_first[first].get(here, [])
            sha256 = self._digests[first].copy().hexdigest() if known else ""
            for prefix in known:
                if prefix.sha256 == sha256 and prefix.stream in self._reached[first]:
                    self._reached.setdefault(here, set()).add(prefix.stream)
            if here >= max(self._by_first[first]):
                del self._digests[first]
        if self._reached.get(here):
            self._open_lines[here] = hashlib.sha256()
            self._begin_at(here)

    def _begin_at(self, here: int) -> None:
        if here in self._by_first:
            self._digests[here] = hashlib.sha256()
            self._stops += self._by_first[here]
            heapify(self._stops)
