"""Reads sources and examines their batches in threads, ahead of who enters them.

A source stream is one source after another, as a stream of batches. A thread takes the next batch
of a stream (one at a time: opening, inflating and cutting happen then), and examines it itself
while another takes the one after it: so what was read is searched while it is in that processor's
cache. Each thread has a stream of its own while there are sources for it, so that one file is
inflated while another is; after that it helps with those of others.

Batches of one source come out in their order; between sources there is none. A batch is handed on
once it has been examined, and waits for those before it: to hand on a promise first and the batch
later would wake a thread twice, which cost a tenth of a scan. Batches live in buffers, whose number
bounds the memory, whatever the sizes of the sources: two for each thread wait to be entered, each
thread fills one, and whoever enters them may keep `KEPT` for a while.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from queue import Empty, Full, Queue
from typing import Final, NamedTuple

from logan.intake.blocks import buffer_size
from logan.intake.buffers import BufferPool, ClosedError
from logan.intake.storage_questions import nothing_awaited
from logan.pipeline.batches import Batch, LongLinePiece
from logan.pipeline.examine import ExaminedPart, examine
from logan.pipeline.source_options import RequestedSource
from logan.rules.late_prefilter import AnyPrefilter
from logan.runtime.timings import Stages

THREADS: Final = min(os.cpu_count() or 1, 8)
#: Batches that may be kept after they came out, the one in hand not counted.
KEPT: Final = 8
#: How often a thread that waits for room looks whether anybody still wants its batches, in seconds.
_LOOK: Final = 0.1

#: The batches of sources, in their order.
ReadBatches = Callable[[Iterator[RequestedSource], BufferPool], Iterator[Batch | LongLinePiece]]
#: What is to be entered: the lines of a source, or a piece of a line.
Entry = ExaminedPart | LongLinePiece


class _SourceStream:
    """A numbered stream of batches, of which one thread at a time takes the next."""

    def __init__(
        self, requested: Iterator[RequestedSource], read: ReadBatches, buffers: BufferPool
    ) -> None:
        self.lock = threading.Lock()
        self.batches = enumerate(read(requested, buffers))


class _FinishedBatch(NamedTuple):
    """What is to be entered of a batch, and the number of the batch in its stream."""

    stream: _SourceStream
    number: int
    entries: list[Entry]


class SourceStreams:
    """Sources on their way, until all are read or the block of code is left.

    Gives what is to be entered together: what a batch holds of each source in it.
    """

    def __init__(
        self,
        requested: Sequence[RequestedSource],
        read: ReadBatches,
        prefilter: AnyPrefilter,
        stages: Stages,
        threads: int | None = None,
    ) -> None:
        threads = threads or THREADS
        under_way = 2 * threads
        self._prefilter = prefilter
        self._stages = stages
        self._waiting: Queue[_FinishedBatch | BaseException | None] = Queue(under_way)
        self._left = threading.Event()
        self._buffers = BufferPool(buffer_size(), most=under_way + threads + KEPT + 1)
        rest = iter(requested)
        self._streams = [
            _SourceStream(rest, read, self._buffers) for _ in range(min(threads, len(requested)))
        ]
        self._threads = [
            threading.Thread(
                target=self._drive, args=(number,), name=f"source stream {number}", daemon=True
            )
            for number in range(threads if requested else 0)
        ]

    def __enter__(self) -> Iterator[list[Entry]]:
        for thread in self._threads:
            thread.start()
        return self._finished()

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        self._left.set()
        self._buffers.close()
        with nullcontext() if kind is None else nothing_awaited():
            for thread in self._threads:
                thread.join()

    def _finished(self) -> Iterator[list[Entry]]:
        early: dict[tuple[_SourceStream, int], list[Entry]] = {}
        next_of = dict.fromkeys(self._streams, 0)
        ended = 0
        while ended < len(self._threads):
            one = self._next()
            if one is None:
                ended += 1
            elif isinstance(one, BaseException):
                raise one
            else:
                early[one.stream, one.number] = one.entries
                while (entries := early.pop((one.stream, next_of[one.stream]), None)) is not None:
                    next_of[one.stream] += 1
                    yield entries

    def _next(self) -> _FinishedBatch | BaseException | None:
        """What a thread hands on next. Not waited for without end: with Polars loaded an interrupt
        wakes nobody who waits (its handler has waiting begin again), and is seen after that.
        """
        while True:
            with suppress(Empty):
                return self._waiting.get(timeout=_LOOK)

    def _drive(self, number: int) -> None:
        """What a thread does: its own stream, then those of others."""
        try:
            for stream in (*self._streams[number:], *self._streams[:number]):
                while self._advance(stream):
                    pass
        except ClosedError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where batches are entered
            self._hand_on(error)
        else:
            self._hand_on(None)

    def _advance(self, stream: _SourceStream) -> bool:
        """Take the next batch of a stream and examine it; False where there is none."""
        with stream.lock, self._stages.work("reading"):
            taken = next(stream.batches, None)
        if taken is None:
            return False
        number, batch = taken
        if isinstance(batch, LongLinePiece):
            return self._hand_on(_FinishedBatch(stream, number, [batch]))
        with self._stages.work("searching"):
            examined = examine(batch, self._prefilter)
        return self._hand_on(_FinishedBatch(stream, number, [*examined]))

    def _hand_on(self, one: _FinishedBatch | BaseException | None) -> bool:
        """Wait for room; False where nobody takes batches any more."""
        while not self._left.is_set():
            try:
                self._waiting.put(one, timeout=_LOOK)
            except Full:
                continue
            return True
        return False
