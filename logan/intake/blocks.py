"""Cutting a stream of bytes into numbered blocks of whole lines.

A line ends with b"\\n" and with nothing else: CR, NUL, NEL and invalid UTF-8 are content.
Where the bytes come from is not this module's business.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

#: Measured: 4 MiB reads 14 GB/s from the page cache, 8 MiB 8 GB/s, since larger blocks outgrow the
#: processor's cache and go back to the kernel each time they are freed. A whole scan is as fast
#: with 2 MiB, and needs 25 MB less.
BLOCK_SIZE: Final = 2 << 20
#: The longest content of a line that is handed on whole; no gateway writes a line near this.
MAX_LINE: Final = 1 << 20
#: What consecutive pieces of a longer line share, so that no name is cut by the cutting.
OVERLAP: Final = 4 << 10
#: Below this, `bytes.count` is done before a call into Polars has begun.
_SMALL: Final = 64 << 10

Piece = Literal["whole", "start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive whole lines of a source, or one piece of a line longer than `MAX_LINE`.

    `data`: every line ends with b"\\n", except possibly the last line of the source.
    `first_line`: 1-based number of the first line in `data` (0 if lines are not counted).
    `lines`: lines that begin in this block and not in an earlier one, so blocks sum to the source:
    of a line in pieces, 1 for the "start" and 0 for the rest.
    `offset`: place of `data[0]` in the decoded text.
    `piece`: "whole", or which part of one long line this is. A "middle" or an "end" repeats the
    last `OVERLAP` bytes of the piece before it; an "end" may hold nothing else.
    `continued`: of the lines, how many were moved up into the line that their record begins on and
    are empty now (`logan.formats.framing`).
    """

    data: bytes
    first_line: int
    lines: int
    offset: int
    piece: Piece = "whole"
    continued: int = 0


def cut(
    chunks: Iterable[bytes],
    *,
    block_size: int = BLOCK_SIZE,
    max_line: int = MAX_LINE,
    overlap: int = OVERLAP,
    counted: bool = True,
) -> Iterator[Block]:
    """The stream as blocks, in order; an empty stream has none.

    Not `counted`, they do not know their numbers: `first_line` and the `lines` of a whole block
    are 0, for those who find every line later anyway.

    A block is handed on as soon as half of `block_size` is there, and holds at most what was
    waiting plus one chunk; a chunk that is large enough and ends with a line is not copied.
    Which lines come whole and which in pieces depends on their length alone, not on the chunks.
    """
    cutter = _Cutter(max_line, overlap, counted=counted)
    waiting: list[bytes] = []
    held = 0
    for chunk in chunks:
        waiting.append(chunk)
        held += len(chunk)
        if held >= block_size // 2:
            rest = yield from cutter.cut(b"".join(waiting), last=False)
            waiting, held = [rest] if rest else [], len(rest)
    yield from cutter.cut(b"".join(waiting), last=True)


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

    def __init__(self, max_line: int, overlap: int, *, counted: bool) -> None:
        self._max_line = max_line
        self._overlap = overlap
        self._counted = counted
        self._offset = 0
        self._line = int(counted)
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
                end, long = _whole_lines(data, self._max_line)
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

    def _whole(self, data: bytes) -> Block:
        lines = count_lines(data) if self._counted else 0
        block = Block(data, self._line, lines, self._offset)
        self._offset += len(data)
        self._line += block.lines
        return block

    def _piece(self, new: bytes, *, last: bool) -> Block:
        kind: Piece = ("end" if last else "middle") if self._within else "start"
        data = self._tail + new
        block = Block(data, self._line, int(kind == "start"), self._offset - len(self._tail), kind)
        self._offset += len(new)
        self._line += last and self._counted
        self._within = not last
        self._tail = b"" if last else data[-self._overlap :]
        return block


def _whole_lines(data: bytes, max_line: int) -> tuple[int, bool]:
    """Where the whole lines of usual length end, and whether a longer line begins there.

    Hops from newline to newline at most `max_line` apart: a few searches per block, not one a line.
    """
    end = 0
    while len(data) - end > max_line:
        newline = data.rfind(b"\n", end, end + max_line + 1)
        if newline < 0:
            return end, True
        end = newline + 1
    return max(end, data.rfind(b"\n", end) + 1), False
