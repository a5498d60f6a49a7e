"""Files of a package on their way to disk: private, never in place of another, and hashed."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from logan.errors import OutputError

_PIECE: Final = 1 << 20


@contextmanager
def create(path: Path) -> Iterator[BinaryIO]:
    """Give a new file that only its owner may read (0600), and bring it to disk at the end."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replace(path: Path) -> Iterator[BinaryIO]:
    """As `create`, but an older file of that name gives way, once the new one is whole.

    Raises `OutputError` for what the system refuses; the older file then stands as it was.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        with create(fresh) as file:
            yield file
        fresh.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: could not be written: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)


def write(path: Path, *pieces: str | bytes) -> None:
    """Write a new private file of these pieces; text in UTF-8."""
    write_pieces(path, pieces)


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> str:
    """As `write`, for pieces that are made while they are written; gives the file's SHA-256."""
    digest = hashlib.sha256()
    with create(path) as file:
        for piece in pieces:
            octets = piece.encode() if isinstance(piece, str) else piece
            file.write(octets)
            digest.update(octets)
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
