"""The files of a gateway as a run finds them, and their text at certain places.

What may be cheap is: of a file that is its text, any place is read alone. All else is unpacked.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from logan.intake.beginnings import checksums, digest_prefixes
from logan.intake.files import Identity, open_quietly
from logan.intake.reader import SourceReader, open_source
from logan.intake.sources import Source
from logan.vocabulary import ARCHIVES

#: As much before a place is compared to know a file again that has grown since.
TAIL_BYTES: Final = 64 << 10


class LogFile(NamedTuple):
    """A file that a gateway's globs name; `identity` is what it was when it was found."""

    gateway: str
    source: Source
    identity: Identity

    @property
    def stamp(self) -> tuple[int, int, int, int]:
        """Device, number, size and time of change: what a file has that nobody wrote to."""
        return self.identity[:4]


class FileHead(NamedTuple):
    """How a file begins: the checksums of its first bytes.

    `is_text`: it is stored as the text that it is. `failure`: nothing of it can be read.
    """

    beginning: tuple[int, ...]
    is_text: bool
    failure: str | None = None
    advice: str | None = None


def read_head(file: LogFile) -> FileHead:
    """Look at the first bytes of a file. Never raises."""
    with open_source(file.source) as reader:
        if reader.container in ARCHIVES:
            return FileHead(
                (), False, f"is a {reader.container} archive, whose files an audit does not follow",
                "unpack it beside the logs, or leave it out with `exclude`",
            )  # fmt: skip
        failure = None if reader.head else reader.failure
        return FileHead(
            checksums(reader.head), reader.is_stored_as_text, failure, failure and reader.advice
        )


def find_line_end(file: LogFile, first: int) -> int:
    """The end of the last whole line in a file that is its text; `first` where none ends later.

    Raises OSError.
    """
    handle = open_quietly(_path(file))
    try:
        stop = file.identity.size
        while stop > first:
            start = max(first, stop - TAIL_BYTES)
            newline = os.pread(handle, stop - start, start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            stop = start
        return first
    finally:
        os.close(handle)


def tail_sha256(file: LogFile, length: int) -> str:
    """The SHA-256 of the last 64 KiB before a place in a file that is its text. Raises OSError."""
    handle = open_quietly(_path(file))
    try:
        start = max(0, length - TAIL_BYTES)
        return hashlib.sha256(os.pread(handle, length - start, start)).hexdigest()
    finally:
        os.close(handle)


def prefix_sha256(file: LogFile, length: int) -> str | None:
    """The SHA-256 of the first bytes of a file's text; None where it does not have as many."""
    with open_source(file.source) as reader:
        return next((sha.hex() for _, sha in digest_prefixes(reader.chunks(), [length])), None)


def line_sha256(file: LogFile, place: int) -> str | None:
    """The SHA-256 of the whole line that follows a place in a file's text; None if none does."""
    digest = hashlib.sha256()
    with open_source(file.source) as reader:
        for chunk in _from(reader, file, place):
            newline = chunk.find(b"\n") + 1
            digest.update(chunk[: newline or len(chunk)])
            if newline:
                return digest.hexdigest()
    return None


def _from(reader: SourceReader, file: LogFile, place: int) -> Iterator[bytes]:
    """The text from a place on."""
    if reader.is_stored_as_text:
        yield from _stored_from(file, place)
        return
    position = 0
    for chunk in reader.chunks():
        if position + len(chunk) > place:
            yield chunk[max(0, place - position) :]
        position += len(chunk)


def _stored_from(file: LogFile, place: int) -> Iterator[bytes]:
    handle = open_quietly(_path(file))
    try:
        while chunk := os.pread(handle, TAIL_BYTES, place):
            yield chunk
            place += len(chunk)
    finally:
        os.close(handle)


def _path(file: LogFile) -> Path:
    assert file.source.path is not None  # noqa: S101 - logs are files
    return file.source.path
