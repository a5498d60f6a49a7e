"""Memory for blocks, used again and again.

A page that nobody has touched before costs more to touch than to search: the kernel has to find and
clear it, and on a virtual machine the host once more. So the blocks of a scan live in a few buffers
that are given back and filled anew; their number bounds what is under way, whatever the speeds.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from mmap import mmap
from typing import Final

#: How often one who waits looks whether anybody still wants a buffer filled, in seconds.
_LOOK: Final = 0.1


class ClosedError(Exception):
    """Nobody takes blocks any more: whoever waits for a buffer may stop."""


@dataclass(frozen=True, eq=False, slots=True)
class Buffer:
    """A piece of memory that begins on a page, and how it is given back."""

    memory: mmap
    give_back: Callable[["Buffer"], None]

    def write(self, at: int, data: bytes) -> int:
        """Put `data` at a place; the place behind it."""
        end = at + len(data)
        self.memory[at:end] = data
        return end

    def view(self, start: int, end: int) -> memoryview:
        """The bytes from `start` to `end`, to be read and written; valid until it is released."""
        return memoryview(self.memory)[start:end]

    def release(self) -> None:
        """Let others fill the buffer. Views of it must not be read from here on."""
        self.give_back(self)


@dataclass(slots=True)
class BufferPool:
    """At most `most` buffers of `size` bytes each, made when they are first needed."""

    size: int
    most: int
    _free: list[Buffer] = field(default_factory=list)
    _made: int = 0
    _closed: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self) -> Buffer:
        """A buffer; waits until one is left. Raises ClosedError once the buffers are closed.

        The one left last comes first: its pages are in the processor's cache.
        """
        with self._changed:
            while not self._closed:
                if self._free:
                    return self._free.pop()
                if self._made < self.most:
                    self._made += 1
                    return Buffer(mmap(-1, self.size), self._give_back)
                self._changed.wait(_LOOK)
        raise ClosedError

    def need_open(self) -> None:
        """Raise ClosedError once the buffers are closed: for those who work long without one."""
        if self._closed:
            raise ClosedError

    def close(self) -> None:
        """Send away all who wait, and keep no memory: what comes after a reading needs its own.

        Buffers know their pool, so left alone they would stay until somebody looks for circles.
        """
        with self._changed:
            self._closed = True
            self._free.clear()
            self._changed.notify_all()

    def _give_back(self, buffer: Buffer) -> None:
        with self._changed:
            if self._closed:
                return
            self._free.append(buffer)
            self._changed.notify()
