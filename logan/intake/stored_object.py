"""An object in a storage as a source: its bytes in order, counted and hashed, or from any place."""

import io
from collections.abc import Generator
from typing import Any, BinaryIO, Final, cast

from logan.intake.object_reader import ObjectReader
from logan.intake.sources import Source
from logan.intake.stored_chunks import StoredChunks

#: Bytes that are read together where somebody jumps about, as in the list of a zip archive.
_BUFFERED: Final = 256 << 10


class StoredObject(StoredChunks):
    """An object of the size that it had when it was found. Every failure is `UnreadableError`."""

    def __init__(self, source: Source, *, hashing: bool) -> None:
        assert source.remote is not None  # noqa: S101 - narrows the type
        size = source.remote.state.size
        first, stop = source.part[:2] if source.part else (0, size)
        self._reader, self._object_size = ObjectReader(source.remote), size
        self._ranges = self._reader.chunks(first, stop)
        super().__init__(self._ranges, hashing=hashing and source.part is None)
        self.position = first

    def close(self) -> None:
        self._reader.close()
        cast(Generator[bytes, None, None], self._ranges).close()

    def opened_anew(self) -> BinaryIO:
        """The same object, to be read from any place."""
        return open_at_random(self._reader, self._object_size)

    def check_unbroken(self) -> None:
        """Raise `UnreadableError` if anything else was stored under its name in the meantime."""
        self._reader.check_unchanged()


def open_at_random(reader: ObjectReader, size: int) -> BinaryIO:
    """An object as a file."""
    return cast(BinaryIO, io.BufferedReader(_ObjectFile(reader, size), _BUFFERED))


class _ObjectFile(io.RawIOBase):
    """What Python's buffers read from."""

    def __init__(self, reader: ObjectReader, size: int) -> None:
        self._reader, self._size = reader, size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: Any, /) -> int:
        count = max(0, min(len(buffer), self._size - self._place))
        buffer[:count] = self._reader.read(self._place, count)
        self._place += count
        return count
