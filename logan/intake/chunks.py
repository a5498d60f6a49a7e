"""Bytes that come in chunks: what they begin with, and how they are put into memory."""

import hashlib
from collections.abc import Iterator
from itertools import chain

from logan.intake.blocks import Fill


def first_bytes(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Chunks up to so many bytes, or a little more."""
    for chunk in chunks:
        yield chunk
        most -= len(chunk)
        if most <= 0:
            return


def poured(chunks: Iterator[bytes]) -> Fill:
    """What puts chunks into memory, one after the other."""
    left = memoryview(b"")

    def fill(buffer: memoryview) -> int:
        nonlocal left
        while not left:
            chunk = next(chunks, None)
            if chunk is None:
                return 0
            left = memoryview(chunk)
        count = min(len(left), len(buffer))
        buffer[:count] = left[:count]
        left = left[count:]
        return count

    return fill


def look(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """What the chunks begin with, at least `size` bytes if they have them, and all chunks again."""
    begun: list[bytes] = []
    while sum(map(len, begun)) < size and (chunk := next(chunks, None)) is not None:
        begun.append(chunk)
    start = b"".join(begun)
    return start, chain((start,) if start else (), chunks)


def hash_of_all(digest: "hashlib._Hash | None", rest: Iterator[bytes]) -> str | None:
    """The hash in hexadecimal, when `rest`, which hashes what it gives, is read; None without."""
    if digest is None:
        return None
    for _ in rest:
        pass
    return digest.hexdigest()
