"""Compressed containers: recognised by content, unpacked as a stream, never complete when cut.

A container is any number of members one after the other, each with its own end mark; zero bytes
between and after them are padding. All five decompressors share one interface, so one loop reads
them. Reading to the end mark of every member is what notices a cut, also for zstd.
"""

import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import PurePath
from typing import Final, NamedTuple, Protocol

from logan.intake.unreadable import UnreadableError

_DAMAGED: Final = "data is damaged in member"
_CUT: Final = "data ends in the middle of member"
#: Stored bytes asked for at a time. What is left after a member is copied, so not more.
PACKED_CHUNK: Final = 128 << 10
#: Unpacked bytes asked for at a time, whatever the ratio. Each step takes the interpreter lock, for
#: which the threads compete: with 64 KiB a scan takes a fifth longer. What a step gave before it
#: found damage is lost, so not more.
_STEP: Final = 256 << 10
#: A frame or stream that asks for a larger dictionary is refused, so that memory stays constant.
#: zstd's own limit, a window of 128 MiB, serves the same end.
_MEMORY: Final = 128 << 20


class Decompressor(Protocol):
    """One member: what bz2, lzma, zstd and igzip have in common."""

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


#: A decompressor for one member, and what it raises when the data is damaged.
Opener = Callable[[], tuple[Decompressor, type[Exception]]]


class Compression(NamedTuple):
    """A kind of compression.

    `magics`: how a member may begin; for each of its first bytes, those that may stand there.
    `suffix` matters for empty files only.
    """

    name: str
    suffix: str
    open: Opener
    magics: tuple[tuple[bytes, ...], ...]

    def begins(self, data: bytes) -> bool:
        """Whether `data` begins a member; all of it where it is shorter than the magic."""
        return bool(data) and any(
            all(byte in allowed for byte, allowed in zip(data, magic, strict=False))
            for magic in self.magics
        )


def recognise(start: bytes) -> Compression | None:
    """The container whose first bytes these are, also when no more than these are left of it."""
    if start[:1] not in _BEGINNINGS:
        return None
    return next((container for container in CONTAINERS if container.begins(start)), None)


def promised(name: str) -> Compression | None:
    """The container that a file name promises. An empty file of that name lost its content."""
    suffix = PurePath(name).suffix.lower()
    return next((container for container in CONTAINERS if container.suffix == suffix), None)


def is_damage(failure: str) -> bool:
    """Whether packed data was damaged or cut: then what was unpacked may be altered at its end."""
    return _DAMAGED in failure or _CUT in failure


def unpack(container: Compression, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The unpacked bytes of all members, in chunks of at most 256 KiB.

    Raises `UnreadableError` after the last good byte where a member is cut or damaged, or where
    something else follows; at most 256 KiB before damage inside a member are lost, none before a
    cut. A cut exactly between two members cannot be told from the end.
    """
    stored = _Stored(chunks)
    member = 0
    while stored.skip_padding(_MAGIC):
        if not container.begins(stored.left):
            raise UnreadableError(
                f"{container.name} data ends with member {member} after {stored.position:,} stored "
                "bytes; what follows is something else and was not read",
                "if plain lines were appended to it, split it there and give both parts",
            )
        member += 1
        yield from _unpack_member(container, stored, member)


def _unpack_member(
    container: Compression, stored: "_Stored", member: int
) -> Generator[bytes, None, None]:
    decompressor, error_type = container.open()
    data = stored.next()
    while not decompressor.eof:
        if not data and decompressor.needs_input:
            data = stored.next()
            if not data:
                raise UnreadableError(
                    f"{container.name} {_CUT} {member}, after {stored.position:,} stored bytes",
                    "copy it again from where it came from",
                )
        try:
            out = decompressor.decompress(data, _STEP)
        except (error_type, EOFError, ValueError) as error:
            raise _damage(container, member, stored.position, error) from error
        data = b""
        if out:
            yield out
    stored.left = decompressor.unused_data


def _damage(
    container: Compression, member: int, position: int, error: Exception
) -> UnreadableError:
    text = str(error)
    if "memory" in text.lower():
        return UnreadableError(
            f"{container.name} member {member} asks for more than 128 MiB of memory",
            "decompress it first, with a higher limit",
        )
    return UnreadableError(
        f"{container.name} {_DAMAGED} {member}, "
        f"within the first {position:,} stored bytes ({text})",
        "copy it again from where it came from",
    )


class _Stored:
    """The stored bytes, with what a member left over for the next one."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._taken = 0
        self.left = b""

    @property
    def position(self) -> int:
        return self._taken - len(self.left)

    def next(self) -> bytes:
        """What is left, or else the next chunk; empty at the end."""
        data, self.left = self.left or self._pull(), b""
        return data

    def skip_padding(self, size: int) -> bool:
        """Drop zero bytes, then have at least `size` bytes left if there are; False at the end."""
        self.left = self.left.lstrip(b"\x00")
        while len(self.left) < size and (more := self._pull()):
            self.left = (self.left + more).lstrip(b"\x00")
        return bool(self.left)

    def _pull(self) -> bytes:
        data = next(self._chunks, b"")
        self._taken += len(data)
        return data


# Imported when needed: most logs are plain, or all of one kind.


def _open_gzip() -> tuple[Decompressor, type[Exception]]:
    from isal import igzip_lib

    error: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # isal 1.9's own stub
    return igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP), error


def _open_bz2() -> tuple[Decompressor, type[Exception]]:
    import bz2

    return bz2.BZ2Decompressor(), OSError


def _open_xz() -> tuple[Decompressor, type[Exception]]:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY), lzma.LZMAError


def _open_lzma() -> tuple[Decompressor, type[Exception]]:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY), lzma.LZMAError


def _open_zstd() -> tuple[Decompressor, type[Exception]]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    return zstd.ZstdDecompressor(), zstd.ZstdError


def _exactly(magic: bytes) -> tuple[bytes, ...]:
    return tuple(bytes([byte]) for byte in magic)


#: With fewer bytes than this, text that begins by chance as packed data does is possible.
LEAST: Final = 4
_ANY: Final = bytes(range(256))
#: The longest of the magics below.
_MAGIC: Final = 13

#: First bytes as in RFC 1952 and 8878, the xz and LZMA-alone format descriptions, and bzip2's
#: source: a block or, at once, the end; zstd has frames and frames to skip.
CONTAINERS: Final = (
    Compression(
        *("lzma", ".lzma", _open_lzma),
        ((*_exactly(b"\x5d\x00\x00"), *((_ANY,) * 9), b"\x00\xff"),),
    ),
    Compression("gzip", ".gz", _open_gzip, (_exactly(b"\x1f\x8b\x08"),)),
    Compression(
        *("zstd", ".zst", _open_zstd),
        (_exactly(b"\x28\xb5\x2f\xfd"), (bytes(range(0x50, 0x60)), *_exactly(b"\x2a\x4d\x18"))),
    ),
    Compression("xz", ".xz", _open_xz, (_exactly(b"\xfd7zXZ\x00"),)),
    Compression(
        *("bzip2", ".bz2", _open_bz2),
        tuple(
            (*_exactly(b"BZh"), b"123456789", *_exactly(mark))
            for mark in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
        ),
    ),
)

#: How any container begins.
_BEGINNINGS: Final = frozenset(
    bytes([byte]) for container in CONTAINERS for magic in container.magics for byte in magic[0]
)
