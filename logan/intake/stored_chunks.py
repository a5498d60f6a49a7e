"""The bytes of a file in an archive, which come once, in chunks."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from logan.intake.chunks import hash_of_all


class StoredChunks:
    """Bytes that come in chunks: those of a file in an archive."""

    def __init__(self, chunks: Iterator[bytes], *, hashing: bool) -> None:
        self.position = 0
        self._chunks = chunks
        self._looked_at = memoryview(b"")
        self._digest = hashlib.sha256() if hashing else None

    def close(self) -> None:
        """Nothing is open that the archive does not close."""

    def beginning(self, size: int) -> bytes:
        """The first `size` bytes, fewer where there are no more; `chunks` gives them again."""
        begun = bytearray(self._looked_at)
        while len(begun) < size and (chunk := next(self._chunks, None)) is not None:
            begun += chunk
        self._looked_at = memoryview(bytes(begun))
        return bytes(self._looked_at[:size])

    def chunks(self, size: int, *, whole_lines: bool = False) -> Iterator[bytes]:
        """The rest, in chunks of at most `size` bytes."""
        del whole_lines
        while chunk := self._take(size):
            yield chunk

    def fill(self, buffer: memoryview) -> int:
        """The next bytes, put into memory: how many; 0 only at the end, or without room."""
        chunk = self._take(len(buffer)) if len(buffer) else b""
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def sha256(self) -> str | None:
        """Of all bytes, reading those that nobody asked for; None without `hashing`."""
        return hash_of_all(self._digest, self.chunks(1 << 20))

    def opened_anew(self) -> BinaryIO | None:
        """None: what lies in an archive is read once, from its beginning."""
        return None

    def check_unbroken(self) -> None:
        """That is the archive's matter."""

    def notes(self) -> tuple[str, ...]:
        """None: what happens to the archive is said of it."""
        return ()

    def _take(self, size: int) -> bytes:
        while not self._looked_at and (chunk := next(self._chunks, None)) is not None:
            self._looked_at = memoryview(chunk)
        taken, self._looked_at = bytes(self._looked_at[:size]), self._looked_at[size:]
        self.position += len(taken)
        if self._digest is not None:
            self._digest.update(taken)
        return taken
