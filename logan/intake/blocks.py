"""Cutting a stream of bytes into numbered blocks of whole lines.

A line ends with b"\\n" and with nothing else: CR, NUL, NEL and invalid UTF-8 are content.
Where the bytes come from is not this module's business.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from mmap import PAGESIZE
from typing import Final, Literal, NamedTuple, Protocol

from logan.intake.buffers import Buffer, BufferPool

#: Measured: larger blocks outgrow the processor's cache, smaller ones cost more steps in Python.
BLOCK_SIZE: Final = 2 << 20
#: The longest content of a line that is handed on whole; no gateway writes a line near this.
MAX_LINE: Final = 1 << 20
#: What consecutive pieces of a longer line share, so that no name is cut by the cutting.
OVERLAP: Final = 4 << 10
#: The end of a source, where it is no longer than this, is copied out of its buffer: many small
#: sources need no buffer each.
COPIED: Final = 256 << 10
#: Below this, `bytes.count` is done before a call into Polars has begun.
_SMALL: Final = 64 << 10

#: Lines of fewer bytes than this on average are short, where so many samples of so many bytes say
#: so; then blocks are this share of a usual one.
_SHORT: Final = 16
_SAMPLES: Final = 32
_SAMPLE: Final = 64
_SHARE: Final = 16

Piece = Literal["whole", "start", "middle", "end"]


class Block(NamedTuple):
    """Consecutive whole lines of a source, or one piece of a line longer than `MAX_LINE`.

    `data`: every line ends with b"\\n", except possibly the last line of the source.
    `first_line`: 1-based number of the first line in `data` (0 if lines are not counted).
    `lines`: lines that begin in this block and not in an earlier one, so blocks sum to the source:
    of a line in pieces, 1 for the "start" and 0 for the rest.
    `offset`: place of `data[0]` in the decoded text.
    `piece`: "whole", or which part of one long line this is. A "middle" or an "end" repeats the
    last `OVERLAP` bytes of the piece before it; an "end" may hold nothing else.
    `continued`: of the lines, how many were moved up into the line that their record begins on and
    are empty now (`logan.formats.engine.framing`).
    """

    data: bytes
    first_line: int
    lines: int
    offset: int
    piece: Piece = "whole"
    continued: int = 0


class BufferBlock(NamedTuple):
    """Consecutive whole lines in a buffer, to be left by whoever is through with them.

    As a `Block`, but the lines are not counted.
    """

    data: memoryview
    offset: int
    buffer: Buffer
    continued: int = 0


#: Puts the next bytes of a text into memory and returns how many: 0 only at its end.
Fill = Callable[[memoryview], int]


def cut(
    chunks: Iterable[bytes],
    *,
    block_size: int = BLOCK_SIZE,
    max_line: int = MAX_LINE,
    overlap: int = OVERLAP,
) -> Iterator[Block]:
    """The stream as blocks, in order; an empty stream has none.

    A block is handed on as soon as half of `block_size` is there, and holds at most what was
    waiting plus one chunk; a chunk that is large enough and ends with a line is not copied.
    Which lines come whole and which in pieces depends on their length alone, not on the chunks.
    """
    cutter = _Cutter(max_line, overlap)
    waiting: list[bytes] = []
    held = 0
    for chunk in chunks:
        waiting.append(chunk)
        held += len(chunk)
        if held >= block_size // 2:
            rest = yield from cutter.cut(b"".join(waiting), last=False)
            waiting, held = [rest] if rest else [], len(rest)
    yield from cutter.cut(b"".join(waiting), last=True)


def buffer_size(block_size: int = BLOCK_SIZE, max_line: int = MAX_LINE) -> int:
    """How large the buffers for `cut_in_buffers` must be. What is not filled is never touched."""
    return PAGESIZE + max_line + block_size


def cut_in_buffers(
    fill: Fill,
    buffers: BufferPool,
    *,
    block_size: int = BLOCK_SIZE,
    max_line: int = MAX_LINE,
    overlap: int = OVERLAP,
) -> Iterator[BufferBlock | Block]:
    """A text as blocks that live in buffers, for those who find every line anyway.

    The same lines whole and in pieces as from `cut`. Long lines, and the last few of a source, come
    as a `Block` that knows no numbers. Waits for buffers, so it raises `buffers.ClosedError` where
    nobody takes blocks any more.
    """
    cutter = _Cutter(max_line, overlap)
    rest, last, size = b"", False, block_size
    while not last:
        buffer = buffers.take()
        # Every byte stands at the same place in its page as in the file. Where it does not, some
        # processors (Zen 3 with FSRM) copy five times slower.
        start = cutter.offset % PAGESIZE
        end = buffer.write(start, rest)
        goal = end + size
        while end < goal and not last:
            count = fill(buffer.view(end, goal))
            end += count
            last = count == 0
        size = block_size // _SHARE if _has_short_lines(buffer.view(start, end)) else block_size
        rest = yield from cutter.cut_buffer(buffer, start, end, last=last)


def _has_short_lines(data: memoryview) -> bool:
    """True where lines are so short that the places of all of a block would take much memory.

    By samples: to count them all takes a tenth of a scan.
    """
    step = max(1, len(data) // _SAMPLES)
    seen = b"".join([data[at : at + _SAMPLE] for at in range(0, len(data), step)])
    return seen.count(b"\n") * _SHORT > len(seen)


def count_lines(data: bytes) -> int:
    """Lines in `data`, one without its newline at the end included.

    Polars counts 15 GB/s where `bytes.count` does 2.5; pyarrow, 2.
    """
    if len(data) < _SMALL:
        newlines = data.count(b"\n")
    else:
        import polars as pl
        import pyarrow as pa

        octets = pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])
        newlines = int((pl.Series(octets) == ord("\n")).sum())
    return newlines + (not data.endswith(b"\n") and bool(data))


class _Cutter:
    """Where in the source the next byte stands: offset, line, and inside a long line or not."""

    def __init__(self, max_line: int, overlap: int) -> None:
        self._max_line = max_line
        self._overlap = overlap
        self.offset = 0
        self._line = 1
        self._within = False
        self._tail = b""

    def cut(self, data: bytes, *, last: bool) -> Generator[Block, None, bytes]:
        """Yield what is certain, return what must wait for more: less than `max_line` + 1 bytes."""
        while data:
            if self._within:
                newline = data.find(b"\n") + 1
                end = newline or len(data)
                yield self._piece(data[:end], last=last or newline > 0)
            else:
                end, long = _whole_lines(data, 0, len(data), self._max_line)
                if last and not long:
                    end = len(data)
                if end:
                    yield self._whole(data[:end])
                elif long:
                    end = self._max_line
                    yield self._piece(data[:end], last=False)
                else:
                    break
            data = data[end:]
        if last and self._within:
            yield self._piece(b"", last=True)
        return data

    def cut_buffer(
        self, buffer: Buffer, start: int, end: int, *, last: bool
    ) -> Generator[BufferBlock | Block, None, bytes]:
        """As `cut`, for the bytes of a buffer from `start` to `end`; hands it on or leaves it."""
        whole, long = _whole_lines(buffer.memory, start, end, self._max_line)
        few = last and end - start <= COPIED
        if self._within or long or few:
            data = bytes(buffer.view(start, end))
            buffer.release()
            if self._within or long:
                return (yield from self.cut(data, last=last))
            if data:
                yield Block(data, 0, 0, self.offset)
            return b""
        if last:
            whole = end
        rest = bytes(buffer.view(whole, end))
        if whole == start:
            buffer.release()
            return rest
        offset = self.offset
        self.offset += whole - start
        yield BufferBlock(buffer.view(start, whole), offset, buffer)
        return rest

    def _whole(self, data: bytes) -> Block:
        block = Block(data, self._line, count_lines(data), self.offset)
        self.offset += len(data)
        self._line += block.lines
        return block

    def _piece(self, new: bytes, *, last: bool) -> Block:
        kind: Piece = ("end" if last else "middle") if self._within else "start"
        data = self._tail + new
        block = Block(data, self._line, int(kind == "start"), self.offset - len(self._tail), kind)
        self.offset += len(new)
        self._line += last
        self._within = not last
        self._tail = b"" if last else data[-self._overlap :]
        return block


class _Searchable(Protocol):
    """What `bytes` and `mmap` have in common."""

    def rfind(self, wanted: bytes, start: int, end: int, /) -> int: ...


def _whole_lines(data: _Searchable, start: int, end: int, max_line: int) -> tuple[int, bool]:
    """Where the whole lines of usual length from `start` on end, and whether a longer one follows.

    Hops from newline to newline at most `max_line` apart: a few searches per block, not one a line.
    """
    at = start
    while end - at > max_line:
        newline = data.rfind(b"\n", at, at + max_line + 1)
        if newline < 0:
            return at, True
        at = newline + 1
    return max(at, data.rfind(b"\n", at, end) + 1), False
