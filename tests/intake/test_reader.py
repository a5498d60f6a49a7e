"""Reading: every kind of input from its name to its blocks."""

import codecs
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise
from pathlib import Path

import pytest

from logan.intake.blocks import MAX_LINE, OVERLAP, Block, BufferBlock, buffer_size
from logan.intake.buffers import BufferPool
from logan.intake.opening import open_source
from logan.intake.reader import HEAD_SIZE, SourceReader
from logan.intake.source_search import find
from logan.intake.sources import ByteRange, Source
from tests.intake.test_packed import PACK, every_container

LINES = b"".join(b"%07d caf\xe9 \x00 pimeyes.com\r\n" % number for number in range(40_000))


class Outcome:
    """A source read to its end."""

    def __init__(self, reader: SourceReader) -> None:
        with reader:
            self.head = reader.head
            self.blocks = list(reader.blocks())
        self.reader = reader
        self.text = b"".join(block.data for block in self.blocks)
        self.failure = reader.failure


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "input"


def source_of(path: Path) -> Source:
    return find([str(path)]).sources[0]


def read(path: Path, data: bytes | None = None, *, hashing: bool = False) -> Outcome:
    if data is not None:
        path.write_bytes(data)
    return Outcome(open_source(source_of(path), hashing=hashing, block_size=300_000))


def test_a_plain_file(file: Path) -> None:
    outcome = read(file, LINES)
    assert outcome.text == LINES
    assert outcome.head == LINES[:HEAD_SIZE]
    assert len(outcome.blocks) > 3
    assert sum(block.lines for block in outcome.blocks) == 40_000
    assert [b.first_line for b in outcome.blocks[:2]] == [1, 1 + outcome.blocks[0].lines]
    reader = outcome.reader
    assert (reader.container, reader.encoding) == ("plain", "utf-8")
    assert (reader.failure, reader.advice, reader.notes, reader.sha256) == (None, None, (), None)
    assert reader.position == len(LINES)


def test_no_final_newline(file: Path) -> None:
    outcome = read(file, b"one\r\ntwo")
    assert outcome.text == b"one\r\ntwo"
    assert [block.lines for block in outcome.blocks] == [2]


def test_an_empty_file_has_no_lines_and_no_failure(file: Path) -> None:
    outcome = read(file, b"")
    assert (outcome.blocks, outcome.head, outcome.failure) == ([], b"", None)


def test_an_empty_file_that_should_be_packed_lost_its_content(tmp_path: Path) -> None:
    outcome = read(tmp_path / "access.log.gz", b"")
    assert outcome.failure == "is empty, which gzip data never is: its content was lost"
    assert read(tmp_path / "access.log.gz", b"plain after all\n").failure is None


@every_container
def test_containers_are_known_by_content(name: str, tmp_path: Path) -> None:
    packed = PACK[name](LINES)
    outcome = read(tmp_path / "a.log", packed * 2)
    assert outcome.text == LINES * 2
    assert outcome.head == LINES[:HEAD_SIZE]
    assert outcome.reader.container == name
    assert outcome.failure is None
    assert outcome.reader.position == 2 * len(packed)


@every_container
def test_a_cut_at_every_byte_is_a_failure(name: str, file: Path) -> None:
    text = LINES[:2_000]
    packed = PACK[name](text)
    for size in range(1, len(packed)):
        outcome = read(file, packed[:size])
        assert outcome.failure is not None, size
        assert outcome.reader.advice is not None
        assert text.startswith(outcome.text)
    assert read(file, packed).failure is None


def test_what_comes_before_damage_is_read(file: Path) -> None:
    packed = gzip.compress(LINES)
    outcome = read(file, packed[:-1000])
    assert outcome.failure == (
        f"gzip data ends in the middle of member 1, after {len(packed) - 1000:,} stored bytes"
    )
    assert LINES.startswith(outcome.text)
    assert len(outcome.text) > 0.9 * len(LINES)


def test_a_failure_within_the_head_keeps_what_came_before(file: Path) -> None:
    packed = gzip.compress(b"only line\n")
    outcome = read(file, packed[:-1])
    assert outcome.head == outcome.text == b"only line\n"
    assert outcome.failure is not None


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_in_any_container(file: Path, pack: object, encoding: str) -> None:
    text = "\ufeff" + "date\ttime\tüser😀\r\n" * 30_000
    outcome = read(file, pack(text.encode(encoding)))
    assert outcome.text == text[1:].encode()
    assert outcome.reader.encoding == encoding
    assert outcome.failure is None
    assert sum(block.lines for block in outcome.blocks) == 30_000
    assert read(file, text.encode(encoding)[:-1]).failure == (
        f"{encoding} text ends inside a character"
    )


def test_the_first_failure_is_the_one_told(file: Path) -> None:
    stored_as_is = gzip.compress("\ufeffabc".encode("utf-16-le"), compresslevel=0)
    outcome = read(file, stored_as_is[: 10 + 5 + 7])  # header, block header, text
    assert outcome.text == "ab\ufffd".encode()
    assert outcome.failure == "gzip data ends in the middle of member 1, after 22 stored bytes"


def test_a_utf8_mark_is_stripped(file: Path) -> None:
    outcome = read(file, b"\xef\xbb\xbf#Fields: date\n")
    assert outcome.text == outcome.head == b"#Fields: date\n"
    assert outcome.reader.encoding == "utf-8-sig"
    assert outcome.blocks[0].offset == 0


def test_files_without_lines_have_no_blocks(file: Path) -> None:
    outcome = read(file, b"SQLite format 3\0" + bytes(100))
    assert (outcome.blocks, outcome.head) == ([], b"")
    assert outcome.reader.container == "sqlite"
    assert outcome.failure == "is an SQLite database"
    assert outcome.reader.advice is not None


def test_an_archive_inside_a_container(file: Path) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.log"))
    outcome = read(file, archive.getvalue())
    assert outcome.blocks == []
    assert outcome.reader.container == "tar"
    assert outcome.failure == "is a tar archive inside gzip data"


def test_packed_twice(file: Path) -> None:
    outcome = read(file, gzip.compress(PACK["zstd"](LINES)))
    assert outcome.blocks == []
    assert outcome.failure == "is zstd data inside gzip data"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINES,
        gzip.compress(LINES),
        gzip.compress(LINES)[:-100],
        gzip.compress(LINES) + b"junk" * 100_000,
        b"PK\x03\x04" + LINES,
    ],
)
def test_the_hash_is_of_all_stored_bytes_whatever_could_be_read(file: Path, data: bytes) -> None:
    assert read(file, data, hashing=True).reader.sha256 == hashlib.sha256(data).hexdigest()


def test_no_hash_of_a_file_that_shrank(file: Path) -> None:
    file.write_bytes(LINES)
    with open_source(source_of(file), hashing=True, block_size=300_000) as reader:
        os.truncate(file, 400_000)
        text = b"".join(block.data for block in reader.blocks())
    assert text == LINES[:400_000]
    assert reader.failure is not None
    assert reader.failure.startswith("the file shrank while it was read: 400,000 of the ")
    assert reader.sha256 is None


def test_growth_is_noted(file: Path) -> None:
    file.write_bytes(b"one\n")
    with open_source(source_of(file)) as reader:
        with file.open("ab") as log:
            log.write(b"two\n")
        assert [block.data for block in reader.blocks()] == [b"one\n"]
    assert reader.notes == ("grew by 4 bytes while it was read; these are not included",)
    assert reader.failure is None


def test_a_file_that_vanished_is_a_failure_and_no_error(file: Path) -> None:
    file.write_bytes(LINES)
    source = source_of(file)
    file.unlink()
    outcome = Outcome(open_source(source))
    assert outcome.failure == "vanished before it could be read"
    assert (outcome.blocks, outcome.reader.position) == ([], 0)


def test_a_path_with_a_newline(tmp_path: Path) -> None:
    assert read(tmp_path / "a\nb", b"line\n").text == b"line\n"


@pytest.mark.parametrize("data", [LINES, gzip.compress(LINES)])
def test_standard_input(data: bytes) -> None:
    program = (
        "import sys\n"
        "from logan.intake.opening import open_source\n"
        "from logan.intake.source_search import find\n"
        "with open_source(find(['-']).sources[0]) as reader:\n"
        "    for block in reader.blocks():\n"
        "        sys.stdout.buffer.write(block.data)\n"
        "sys.exit(reader.failure)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True)
    assert (done.stdout, done.stderr, done.returncode) == (LINES, b"", 0)


def peak_while_reading(source: Source) -> tuple[int, int]:
    """Decoded bytes, and the most memory that Python held for them."""
    with open_source(source) as reader:
        tracemalloc.start()
        try:
            end = max(block.offset + len(block.data) for block in reader.blocks())
            return end, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_100_mb_without_a_newline(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.write(b"x")
        sparse.truncate(100 << 20)
    size, peak = peak_while_reading(source_of(file))
    assert size == 100 << 20
    assert peak < 40 << 20


def test_a_hole_of_100_mb(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.seek(100 << 20)
        sparse.write(LINES)
    size, peak = peak_while_reading(source_of(file))
    assert size == len(LINES)
    assert peak < 40 << 20


@every_container
def test_a_bomb_unpacks_in_constant_memory(name: str, file: Path) -> None:
    member = PACK[name](b" " * (20 << 20))
    members = 1 if name in ("xz", "bzip2", "lzma") else 10
    file.write_bytes(member * members)
    size, peak = peak_while_reading(source_of(file))
    assert size == members * 20 << 20
    assert peak < 40 << 20


def test_a_long_line_is_one_line(file: Path) -> None:
    text = b"first\n" + b"x" * (3 * MAX_LINE) + b" pimeyes.com\nlast\n"
    outcome = Outcome(open_source((file.write_bytes(gzip.compress(text)), source_of(file))[1]))
    assert sum(block.lines for block in outcome.blocks) == 3
    assert [block.piece for block in outcome.blocks[:2]] == ["whole", "start"]
    assert [block.first_line for block in outcome.blocks if b"pimeyes" in block.data] == [2]
    assert len(outcome.text) == len(text) + OVERLAP * (len(outcome.blocks) - 3)


#: Lines that every encoding can hold.
PLAIN_LINES = LINES.replace(b"\xe9", b"e")
#: Ways to store a text, whose parts are the same.
STORED: Mapping[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "marked": lambda text: codecs.BOM_UTF8 + text,
    "utf-16": lambda text: text.decode().encode("utf-16"),
    "behind a hole": lambda text: bytes(3_000) + text,
    "gzip": gzip.compress,
}


@pytest.mark.parametrize("store", STORED.values(), ids=STORED)
@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("hashing", [False, True])
def test_the_parts_of_a_text_are_the_text(
    file: Path, store: Callable[[bytes], bytes], filled: bool, hashing: bool
) -> None:
    text = PLAIN_LINES + b"x" * (MAX_LINE + 10) + b"\n" + PLAIN_LINES + b"no final newline"
    file.write_bytes(store(text))
    size = len(text)
    ends = [*accumulate(map(len, text.split(b"\n")), lambda end, length: end + 1 + length)]
    ends = [end + 1 for end in ends]
    bounds = [0, ends[0], ends[len(ends) // 3], ends[39_999], ends[40_000], size]
    found = b""
    for first, stop in pairwise(bounds):
        source = source_of(file)._replace(part=ByteRange(first, stop))
        digest = hashlib.sha256(text[first:stop]).hexdigest() if hashing else None
        with open_source(source, hashing=hashing) as reader:
            assert reader.head == PLAIN_LINES[:HEAD_SIZE]
            blocks = reader.fill(BufferPool(buffer_size(), most=9)) if filled else reader.blocks()
            found += b"".join(bytes(block.data) for block in blocks if kept(block))
            assert (reader.failure, reader.sha256, reader.content_sha256) == (None, None, digest)
    assert found == text.replace(b"x" * (MAX_LINE + 10) + b"\n", b"")


def kept(block: Block | BufferBlock) -> bool:
    """True for whole lines."""
    return isinstance(block, BufferBlock) or block.piece == "whole"


@pytest.mark.parametrize("store", STORED.values(), ids=STORED)
def test_a_part_that_reaches_beyond_the_text_is_not_whole(
    file: Path, store: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(store(PLAIN_LINES))
    source = source_of(file)._replace(part=ByteRange(0, len(PLAIN_LINES) + 1))
    with open_source(source, hashing=True) as reader:
        assert b"".join(block.data for block in reader.blocks()) == PLAIN_LINES
        assert "shrank" in (reader.failure or "")
        assert reader.content_sha256 is None


def test_a_part_is_taken_for_what_it_is_up_to_an_end_that_is_named(file: Path) -> None:
    file.write_bytes(LINES)
    with open_source(source_of(file)._replace(part=ByteRange(0, 100, 150))) as reader:
        assert reader.head == LINES[:150]


def test_a_part_before_a_cut_is_whole(file: Path) -> None:
    file.write_bytes(gzip.compress(LINES)[:-9])
    with open_source(source_of(file)) as reader:
        size = sum(len(block.data) for block in reader.blocks() if kept(block))
        assert reader.failure is not None
    with open_source(source_of(file)._replace(part=ByteRange(0, size))) as reader:
        assert b"".join(block.data for block in reader.blocks()) == LINES[:size]
        assert reader.failure is None


# --- A hole in front of the lines


@pytest.mark.parametrize("size", [64, 1000, HEAD_SIZE, 3 * HEAD_SIZE + 7, 5 << 20])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_hole_that_copytruncate_leaves_is_passed_over(
    file: Path, size: int, pack: Callable[[bytes], bytes]
) -> None:
    stored = pack(bytes(size) + LINES)
    outcome = read(file, stored, hashing=True)
    assert outcome.text == LINES
    assert outcome.head == LINES[:HEAD_SIZE]
    assert sum(block.lines for block in outcome.blocks) == 40_000
    assert outcome.failure is None
    assert outcome.reader.notes == (
        f"begins with {size:,} NUL bytes, which are no line: passed over",
    )
    assert outcome.reader.sha256 == hashlib.sha256(stored).hexdigest()
    assert outcome.reader.content_sha256 == hashlib.sha256(bytes(size) + LINES).hexdigest()
    assert outcome.reader.text_size == len(LINES)


def test_a_few_nul_bytes_are_content(file: Path) -> None:
    assert read(file, bytes(63) + LINES).text == bytes(63) + LINES


def test_a_file_of_nul_bytes_alone_lost_its_content(file: Path) -> None:
    outcome = read(file, bytes(700_000))
    assert outcome.failure == "holds nothing but 700,000 NUL bytes: its content was lost"
    assert outcome.text == b""
