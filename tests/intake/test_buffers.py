"""BufferPool: as many as there may be, used again, and nobody waits for ever."""

import threading
import weakref
from mmap import PAGESIZE

import pytest

from logan.intake.buffers import Buffer, BufferPool, ClosedError


def test_a_buffer_that_was_released_is_taken_again() -> None:
    buffers = BufferPool(PAGESIZE, most=2)
    first, second = buffers.take(), buffers.take()
    assert first is not second
    first.release()
    assert buffers.take() is first


def test_what_is_written_is_read_at_its_place() -> None:
    buffer = BufferPool(PAGESIZE, most=1).take()
    assert buffer.write(5, b"abc") == 8
    assert bytes(buffer.view(4, 9)) == b"\0abc\0"


def test_whoever_waits_gets_the_buffer_that_is_released() -> None:
    buffers = BufferPool(PAGESIZE, most=1)
    only = buffers.take()
    taken: list[Buffer] = []
    waiting = threading.Thread(target=lambda: taken.append(buffers.take()))
    waiting.start()
    only.release()
    waiting.join()
    assert taken == [only]


def test_closing_sends_away_who_waits_and_who_comes() -> None:
    buffers = BufferPool(PAGESIZE, most=1)
    buffers.take()
    faults: list[BaseException] = []

    def wait() -> None:
        try:
            buffers.take()
        except ClosedError as error:
            faults.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    buffers.close()
    waiting.join()
    assert len(faults) == 1
    with pytest.raises(ClosedError):
        buffers.take()


def test_a_closed_pool_keeps_no_memory_not_even_what_comes_back_late() -> None:
    buffers = BufferPool(PAGESIZE, most=2)
    early, late = buffers.take(), buffers.take()
    memory = [weakref.ref(early.memory), weakref.ref(late.memory)]
    early.release()
    del early
    buffers.close()
    late.release()
    del late
    assert [one() for one in memory] == [None, None]
