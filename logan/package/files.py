"""Files of a package on their way to disk: private, never in place of another, and hashed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

_PIECE: Final = 1 << 20


@contextmanager
def create(path: Path) -> Iterator[BinaryIO]:
    """Give a new file that only its owner may read (0600), and bring it to disk at the end."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write(path: Path, *pieces: str | bytes) -> None:
    """Write a new private file of these pieces; text in UTF-8."""
    write_pieces(path, pieces)


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> None:
    """As `write`, for pieces that are made while they are written."""
    with create(path) as file:
        for piece in pieces:
            file.write(piece.encode() if isinstance(piece, str) else piece)


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
