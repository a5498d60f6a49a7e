"""Cutting: nothing lost, nothing doubled, numbers exact, whatever the chunks."""

import tracemalloc
from collections.abc import Iterable
from itertools import pairwise
from mmap import PAGESIZE
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake import blocks
from logan.intake.blocks import (
    BLOCK_SIZE,
    MAX_LINE,
    OVERLAP,
    Block,
    BufferBlock,
    Fill,
    buffer_size,
    count_lines,
    cut,
    cut_in_buffers,
)
from logan.intake.buffers import BufferPool

#: Small limits, so that short texts reach every case.
LIMITS = {"max_line": 8, "overlap": 3}
TEXTS = st.text(alphabet="ab\n\r\x00\u2028", max_size=80).map(str.encode)


def split(text: bytes, places: Iterable[int]) -> list[bytes]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(edges)]


def joined(blocks: Iterable[Block]) -> bytes:
    """The text again, asserting that each block stands where its offset says."""
    text = b""
    for block in blocks:
        repeated = len(text) - block.offset
        assert 0 <= repeated <= len(block.data)
        assert text.endswith(block.data[:repeated])
        assert bool(repeated) == (block.piece in ("middle", "end"))
        text += block.data[repeated:]
    return text


def lines_of(text: bytes) -> list[bytes]:
    """The slow twin of the cutter: every line with its newline."""
    return [line for line in text.replace(b"\n", b"\n\0split").split(b"\0split") if line]


@given(TEXTS, st.lists(st.integers(0, 80)), st.integers(1, 60))
def test_blocks_join_to_the_text(text: bytes, places: list[int], block_size: int) -> None:
    blocks = list(cut(split(text, places), block_size=block_size, **LIMITS))
    assert joined(blocks) == text
    assert sum(block.lines for block in blocks) == len(lines_of(text))


@given(TEXTS, st.lists(st.integers(0, 80)), st.integers(1, 60))
def test_blocks_are_whole_lines_with_exact_numbers(
    text: bytes, places: list[int], block_size: int
) -> None:
    for block in cut(split(text, places), block_size=block_size, **LIMITS):
        assert block.first_line == 1 + text[: block.offset].count(b"\n")
        if block.piece == "whole":
            assert block.lines == len(lines_of(block.data)) > 0
            assert block.data.endswith(b"\n") or text.endswith(block.data)
            assert text[: block.offset][-1:] in (b"", b"\n")
        else:
            assert block.lines == (block.piece == "start")


@given(TEXTS, st.lists(st.integers(0, 80)), st.integers(1, 60))
def test_length_alone_decides_which_lines_come_in_pieces(
    text: bytes, places: list[int], block_size: int
) -> None:
    blocks = list(cut(split(text, places), block_size=block_size, **LIMITS))
    whole = [line for b in blocks if b.piece == "whole" for line in lines_of(b.data)]
    assert whole == [line for line in lines_of(text) if len(line.rstrip(b"\n")) <= 8]
    kinds = [block.piece for block in blocks if block.piece != "whole"]
    starts = kinds.count("start")
    assert starts == kinds.count("end") == len(lines_of(text)) - len(whole)


@given(st.integers(0, 200), st.integers(9, 200), st.lists(st.integers(0, 400)))
def test_a_name_no_longer_than_the_overlap_is_whole_in_some_piece(
    before: int, after: int, places: list[int]
) -> None:
    text = b"." * before + b"abcd" + b"." * after + b"\nnext\n"
    blocks = cut(split(text, places), block_size=20, max_line=8, overlap=4)
    assert any(b"abcd" in block.data for block in blocks)


def test_no_text_has_no_blocks() -> None:
    assert list(cut([])) == []
    assert list(cut([b"", b""])) == []


def test_only_newline_ends_a_line() -> None:
    text = b"a\rb\x0bc\x0cd\x85e\xe2\x80\xa8f\x00g\xff\r\nlast"
    assert list(cut([text])) == [Block(text, first_line=1, lines=2, offset=0)]


def test_blank_lines_count() -> None:
    assert [block.lines for block in cut([b"\n\n\r\n"])] == [3]


def test_a_large_chunk_of_whole_lines_is_not_copied() -> None:
    chunk = b"0123456789\n" * 1000
    blocks = list(cut([chunk, chunk], block_size=len(chunk)))
    assert [block.data is chunk for block in blocks] == [True, True]
    assert [block.first_line for block in blocks] == [1, 1001]


@pytest.mark.parametrize("end", [b"\n", b""])
def test_the_longest_whole_line(end: bytes) -> None:
    for size, pieces in ((MAX_LINE, ["whole"]), (MAX_LINE + 1, ["start", "end"])):
        blocks = cut([b"x" * size + end], block_size=4 * MAX_LINE)
        assert [block.piece for block in blocks] == pieces


def test_a_long_line_between_others() -> None:
    text = b"first\n" + b"x" * 3_000_000 + b"\nthird\n"
    blocks = list(cut(split(text, range(0, len(text), 100_000)), block_size=4 * MAX_LINE))
    assert joined(blocks) == text
    assert [block.piece for block in blocks] == ["whole", "start", "middle", "end", "whole"]
    assert [block.first_line for block in blocks] == [1, 2, 2, 2, 3]
    assert [block.lines for block in blocks] == [1, 1, 0, 0, 1]
    assert blocks[2].offset == blocks[1].offset + MAX_LINE - OVERLAP


def test_a_line_without_end_is_never_held_in_memory() -> None:
    chunk = b"x" * (1 << 20)
    tracemalloc.start()
    try:
        sizes = [len(block.data) for block in cut(chunk for _ in range(200))]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(sizes) - OVERLAP * (len(sizes) - 1) == 200 << 20
    assert peak < 32 << 20


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_000_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\nlast"])
def test_lines_are_counted_alike_in_small_and_large_data(size: int, end: bytes) -> None:
    data = (b"ab\n\n" * (size // 4 + 1))[:size] + end
    assert count_lines(data) == len(lines_of(data))


def poured(chunks: Iterable[bytes]) -> Fill:
    """What puts a text into memory, never more than a chunk at a time."""
    left = [chunk for chunk in chunks if chunk]

    def fill(buffer: memoryview) -> int:
        if not left:
            return 0
        count = min(len(buffer), len(left[0]))
        buffer[:count] = left[0][:count]
        left[0] = left[0][count:]
        if not left[0]:
            left.pop(0)
        return count

    return fill


def as_lines(blocks: Iterable[Block | BufferBlock]) -> list[tuple[str, bytes]]:
    """Lines, and pieces of long ones, in order; every buffer is left at once."""
    found: list[tuple[str, bytes]] = []
    for block in blocks:
        if isinstance(block, Block) and block.piece != "whole":
            found.append((block.piece, block.data))
            continue
        found += [("whole", line) for line in lines_of(bytes(block.data))]
        if isinstance(block, BufferBlock):
            assert block.buffer.memory[: len(block.data) + PAGESIZE]
            block.buffer.release()
    return found


@given(TEXTS, st.lists(st.integers(0, 80)), st.integers(1, 60), st.integers(0, 40))
def test_buffers_hold_the_lines_and_pieces_that_blocks_do(
    text: bytes, places: list[int], block_size: int, copied: int
) -> None:
    # The pieces of a long line depend on the chunks: each is handed on as it comes.
    buffers = BufferPool(buffer_size(block_size, LIMITS["max_line"]), most=1)
    with patch.object(blocks, "COPIED", copied):
        found = as_lines(
            cut_in_buffers(poured(split(text, places)), buffers, block_size=block_size, **LIMITS)
        )
    expected = as_lines(cut([text], block_size=block_size, **LIMITS))
    assert [line for kind, line in found if kind == "whole"] == [
        line for kind, line in expected if kind == "whole"
    ]
    kinds = [kind for kind, _ in found if kind in ("start", "end")]
    assert kinds == [kind for kind, _ in expected if kind in ("start", "end")]


@given(TEXTS, st.lists(st.integers(0, 80)), st.integers(1, 60))
def test_blocks_in_buffers_join_to_the_text(
    text: bytes, places: list[int], block_size: int
) -> None:
    buffers = BufferPool(buffer_size(block_size, LIMITS["max_line"]), most=1)
    seen = b""
    with patch.object(blocks, "COPIED", 0):
        for block in cut_in_buffers(
            poured(split(text, places)), buffers, block_size=block_size, **LIMITS
        ):
            repeated = len(seen) - block.offset
            assert seen.endswith(bytes(block.data[:repeated]))
            seen += bytes(block.data[repeated:])
            if isinstance(block, BufferBlock):
                block.buffer.release()
    assert seen == text


def test_a_byte_stands_in_its_page_as_in_the_file() -> None:
    text = b"".join(b"line %d\n" % number for number in range(40_000))
    buffers = BufferPool(buffer_size(block_size=100_000), most=1)
    offsets = []
    with patch.object(blocks, "COPIED", 0):
        for block in cut_in_buffers(poured([text]), buffers, block_size=100_000):
            assert isinstance(block, BufferBlock)
            place = block.buffer.memory.find(bytes(block.data[:20]))
            assert place == block.offset % PAGESIZE
            offsets.append(block.offset)
            block.buffer.release()
    assert len(offsets) > 3


def test_the_few_last_lines_of_a_source_take_no_buffer() -> None:
    buffers = BufferPool(buffer_size(), most=1)
    for _ in range(3):
        (block,) = cut_in_buffers(poured([b"a\nb"]), buffers)
        assert block == Block(b"a\nb", first_line=0, lines=0, offset=0)


def test_blocks_of_short_lines_are_small_so_that_few_lines_are_held_at_once() -> None:
    text = b"\n" * (8 << 20) + (b"x" * 99 + b"\n") * 40_000
    left = memoryview(text)

    def fill(place: memoryview) -> int:
        nonlocal left
        count = min(len(place), len(left))
        place[:count], left = left[:count], left[count:]
        return count

    sizes = []
    pool = BufferPool(buffer_size(), most=2)
    for block in cut_in_buffers(fill, pool):
        sizes.append(len(block.data))
        if isinstance(block, BufferBlock):
            block.buffer.release()
    assert sum(sizes) == len(text)
    assert sizes[0] == BLOCK_SIZE
    assert max(sizes[1:8]) <= BLOCK_SIZE // 16
    assert sizes[-2] > BLOCK_SIZE // 2
