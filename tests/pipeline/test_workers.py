"""Source streams: every batch once, in the order of its source, and nothing left running."""

import os
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from logan.intake import storage_questions
from logan.intake.blocks import Block
from logan.intake.buffers import BufferPool
from logan.intake.sources import Source
from logan.pipeline import workers
from logan.pipeline.batches import Batch, BatchPart, LongLinePiece
from logan.pipeline.hours import HELD_BUFFERS
from logan.pipeline.recognition import RecognisedSource
from logan.pipeline.source_options import RequestedSource
from logan.pipeline.workers import SourceStreams
from logan.rules.prefilter import Prefilter
from logan.rules.triggers import ScanPatterns
from logan.runtime.timings import Stages

PREFILTER = Prefilter(ScanPatterns((r"pimeyes\.com",)))


def sources(count: int) -> list[RequestedSource]:
    return [RequestedSource(Source(f"{at}.log", Path(), 0), at) for at in range(count)]


def read(
    requested: Iterator[RequestedSource], _buffers: BufferPool
) -> Iterator[Batch | LongLinePiece]:
    """As many batches as the number of each source says, numbered in their text."""
    for one in requested:
        source = RecognisedSource(one)
        for at in range(one.number * 7):
            text = b"%d\n" % at
            if at % 3:
                yield Batch(text, [BatchPart(source, len(text), at)])
            else:
                part = BatchPart(source, len(text), at)
                yield LongLinePiece(part, Block(text, 1, 1, 0, "start"))


def test_blocks_of_a_source_keep_their_order_and_none_is_lost() -> None:
    seen = defaultdict(list)
    with SourceStreams(sources(6), read, PREFILTER, Stages()) as batches:
        for entry in chain.from_iterable(batches):
            long = isinstance(entry, LongLinePiece)
            data = entry.block.data if long else entry.index.data
            assert data == b"%d\n" % entry.part.position
            seen[entry.part.source.number].append(entry.part.position)
    assert seen == {at: list(range(at * 7)) for at in range(1, 6)}


def test_no_source_is_no_work() -> None:
    with SourceStreams([], read, PREFILTER, Stages()) as batches:
        assert list(batches) == []


def test_a_fault_in_a_stream_is_raised_where_batches_are_entered() -> None:
    def broken(
        requested: Iterator[RequestedSource], buffers: BufferPool
    ) -> Iterator[Batch | LongLinePiece]:
        yield from read(requested, buffers)
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        SourceStreams(sources(3), broken, PREFILTER, Stages()) as batches,
    ):
        list(batches)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no process an interrupt")
def test_an_interrupt_is_seen_where_a_storage_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Polars loaded nobody who waits is woken by it: it was seen after a minute and more."""
    monkeypatch.setattr(storage_questions, "_end_without_it", lambda: None)
    asked, answered = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        answered.wait()

    def silent(_requested: object, _buffers: object) -> Iterator[Batch | LongLinePiece]:
        storage_questions.ask(hang)
        yield from ()

    def interrupt() -> None:
        asked.wait()
        os.kill(os.getpid(), signal.SIGINT)

    late = threading.Timer(20, answered.set)
    for thread in (late, threading.Thread(target=interrupt)):
        thread.start()
    with (
        pytest.raises(KeyboardInterrupt),
        SourceStreams(sources(1), silent, PREFILTER, Stages(), 1) as batches,
    ):
        list(batches)
    late.cancel()
    assert not answered.is_set()
    answered.set()


def test_leaving_early_stops_every_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "THREADS", 3)
    before = {*threading.enumerate()}
    with SourceStreams(sources(50), read, PREFILTER, Stages()) as batches:
        next(batches)
    assert {*threading.enumerate()} <= before


def test_there_are_buffers_for_all_that_coverage_holds() -> None:
    """Else the threads would wait for buffers that are left only when they go on."""
    assert workers.KEPT >= HELD_BUFFERS
