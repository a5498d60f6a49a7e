"""Containers: cut or damaged data never looks complete, and what came before it is handed on."""

import bz2
import gzip
import io
import lzma
import random
import sys
import zlib
from collections.abc import Callable, Iterator

import pytest

from logan.intake.packed import promised, recognise, unpack
from logan.intake.unreadable import UnreadableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_RANDOM = random.Random(7)
TEXT = b"".join(
    b"%d.%03d user%d http://example.com/\n" % (i, i, _RANDOM.getrandbits(16)) for i in range(60)
)


def pack_zstd(text: bytes) -> bytes:
    return zstd.compress(text, options={zstd.CompressionParameter.checksum_flag: 1})


def pack_gzip_with_name(text: bytes) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile("access.log", "wb", fileobj=packed, mtime=0) as file:
        file.write(text)
    return packed.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": pack_gzip_with_name,
    "zstd": pack_zstd,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "lzma": lambda text: lzma.compress(text, lzma.FORMAT_ALONE),
}
SKIPPED_FRAME = b"\x5a\x2a\x4d\x18\x0b\x00\x00\x00not for you"
every_container = pytest.mark.parametrize("name", PACK)


def read(data: bytes, chunk: int = 1 << 20) -> tuple[bytes, str | None]:
    """What comes out of packed data, and why no more does."""
    container = recognise(data)
    assert container is not None
    text = b""
    try:
        for part in unpack(container, pieces(data, chunk)):
            text += part
    except UnreadableError as error:
        return text, error.reason
    return text, None


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@every_container
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
@pytest.mark.parametrize("members", [1, 3])
def test_members_in_any_chunks(name: str, chunk: int, members: int) -> None:
    assert read(PACK[name](TEXT) * members, chunk) == (TEXT * members, None)


@every_container
def test_an_empty_member(name: str) -> None:
    nothing = PACK[name](b"")
    assert read(nothing) == (b"", None)
    assert read(nothing + PACK[name](TEXT) + nothing) == (TEXT, None)


@every_container
def test_a_cut_at_every_byte_is_noticed(name: str) -> None:
    data = PACK[name](TEXT)
    before = 0
    for size in range(1, len(data)):
        text, reason = read(data[:size])
        assert reason == (
            f"{name} data ends in the middle of member 1, after {size:,} stored bytes"
        )
        assert TEXT.startswith(text)
        assert len(text) >= before
        before = len(text)


@every_container
def test_a_cut_in_a_later_member_names_it(name: str) -> None:
    data = PACK[name](TEXT)
    for size in (1, 2, 5, len(data) // 2, len(data) - 1):
        text, reason = read(data * 2 + data[:size])
        assert reason == (
            f"{name} data ends in the middle of member 3, "
            f"after {2 * len(data) + size:,} stored bytes"
        )
        assert text[: 2 * len(TEXT)] == TEXT * 2


@every_container
def test_a_cut_between_members_cannot_be_told(name: str) -> None:
    assert read(PACK[name](TEXT)) == (TEXT, None)


def test_a_cut_gives_all_that_the_bytes_before_it_say() -> None:
    data = gzip.compress(TEXT, mtime=0)
    for size in range(18, len(data), 13):
        expected = zlib.decompressobj(31).decompress(data[:size])
        assert read(data[:size])[0] == expected


@pytest.mark.parametrize("name", [name for name in PACK if name != "lzma"])  # has no checksum
def test_a_flipped_bit_is_noticed_or_harmless(name: str) -> None:
    data = PACK[name](TEXT)
    noticed = 0
    for place in range(16, len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << place % 8
        text, reason = read(bytes(flipped))
        noticed += reason is not None
        assert reason is not None or text == TEXT
    assert noticed > 0.95 * (len(data) - 16)


def test_damage_in_a_later_member_leaves_the_earlier_ones() -> None:
    data = bytearray(gzip.compress(TEXT) * 2)
    data[-8] ^= 1
    text, reason = read(bytes(data))
    assert text[: len(TEXT)] == TEXT
    assert reason is not None
    assert reason.startswith("gzip data is damaged in member 2, within the first ")


@every_container
@pytest.mark.parametrize("zeros", [4, 512, 300_000])
def test_zero_padding_is_tolerated(name: str, zeros: int) -> None:
    data = PACK[name](TEXT)
    assert read(data + bytes(zeros)) == (TEXT, None)
    assert read(data + bytes(zeros) + data) == (TEXT * 2, None)


@every_container
def test_what_follows_the_last_member_is_reported(name: str) -> None:
    data = PACK[name](TEXT)
    text, reason = read(data + b"1704067200.1 plain line\n")
    assert text == TEXT
    assert reason == (
        f"{name} data ends with member 1 after {len(data):,} stored bytes; "
        "what follows is something else and was not read"
    )


def test_frames_that_zstd_skips() -> None:
    data = SKIPPED_FRAME + pack_zstd(TEXT) + SKIPPED_FRAME + pack_zstd(TEXT)
    assert read(data) == (TEXT * 2, None)
    assert read(SKIPPED_FRAME) == (b"", None)
    for size in range(1, len(SKIPPED_FRAME)):
        assert read(SKIPPED_FRAME[:size])[1] is not None


def test_a_zstd_frame_without_size_and_checksum() -> None:
    packer = zstd.ZstdCompressor()
    data = packer.compress(TEXT) + packer.flush()
    assert read(data) == (TEXT, None)
    assert all(read(data[:size])[1] is not None for size in range(1, len(data)))


def test_a_demand_for_memory_is_refused() -> None:
    window = {zstd.CompressionParameter.window_log: 28}
    packer = zstd.ZstdCompressor(options=window)
    data = packer.compress(TEXT) + packer.flush()
    assert read(data) == (b"", "zstd member 1 asks for more than 128 MiB of memory")
    header = bytearray(lzma.compress(TEXT, lzma.FORMAT_ALONE))
    header[1:5] = (1 << 30).to_bytes(4, "little")
    assert read(bytes(header)) == (b"", "lzma member 1 asks for more than 128 MiB of memory")


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"\n",
        b"B2 log\n",
        b"BZh is how bzip2 begins\n",
        b"BZh91AY&SX",
        b"\x1f\x8b\x07",
        b"(quoted) line",
        b"PZ*M",
        b"]\x00\x01",
        b"#Fields: date time\n",
        b"1704067200.123    5 10.0.0.1 TCP_MISS/200\n",
    ],
)
def test_text_is_no_container(start: bytes) -> None:
    assert recognise(start) is None


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("access.log.gz", "gzip"),
        ("ACCESS.GZ", "gzip"),
        ("a.zst", "zstd"),
        ("a.bz2", "bzip2"),
        ("access.log", None),
        ("gz", None),
        ("-", None),
    ],
)
def test_what_a_name_promises(name: str, container: str | None) -> None:
    found = promised(name)
    assert (found.name if found else None) == container
