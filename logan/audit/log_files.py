"""The files of a gateway as a run finds them, and their text at certain places.

A log is a file, an object in a storage, or a file in an archive of either. What may be cheap is: of
one that is stored as its text, any place is read alone. All else is unpacked.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, Protocol

from logan.audit.file_stamp import OBJECTS, FileStamp
from logan.intake.beginnings import checksums, digest_prefixes
from logan.intake.files import open_quietly, with_first_bytes
from logan.intake.opening import open_source
from logan.intake.reader import SourceReader
from logan.intake.sources import FoundSources, Source
from logan.intake.unreadable import UnreadableError
from logan.vocabulary import ARCHIVES

#: As much before a place is compared to know a file again that has grown since.
TAIL_BYTES: Final = 64 << 10
_AGAIN: Final = "run again when nothing rotates the logs"


class LogFile(NamedTuple):
    """A log that a gateway's paths name; `stamp` is what it was when it was found.

    `archive` is the source of the archive that it is a member of; None: it is no member.
    """

    gateway: str
    source: Source
    stamp: FileStamp
    archive: Source | None = None

    @property
    def opened(self) -> Source:
        """What has to be opened to read it."""
        return self.archive or self.source


def log_file(gateway: str, source: Source, version: bytes | None = None) -> LogFile | None:
    """What a source is to an audit; None for what is no file (standard input).

    `version` is that of an object whose size and time are not enough to know it again.
    """
    if source.remote is not None:
        state = source.remote.state
        device = OBJECTS if version is None else -number_text(version) - 3
        number = number_text(str(source.remote.address).encode()) if state.changed else 0
        return LogFile(gateway, source, FileStamp(device, number, state.size, state.changed))
    if source.identity is None:
        return None
    return LogFile(gateway, source, FileStamp(*source.identity[:4]))


def to_be_read(file: LogFile) -> LogFile:
    """A file that was found unopened, with what tells whether it is the same when it is read."""
    path, found = file.source.path, file.source.identity
    if path is None or found is None:
        return file
    return file._replace(source=file.source._replace(identity=with_first_bytes(path, found)))


def number_text(text: bytes) -> int:
    """A positive number of 60 bits that stands for a text."""
    return int.from_bytes(hashlib.sha256(text).digest()[:8]) >> 4 | 1


def found_to_read(files: Iterable[LogFile]) -> FoundSources:
    """What is to be opened for files, each once; which members are wanted is to be said beside."""
    return FoundSources(tuple({one.opened.name: one.opened for one in files}.values()), (), (), ())


class FileHead(NamedTuple):
    """How a file begins: the checksums of its first bytes.

    `is_text`: it is stored as the text that it is. `is_archive`: it is none, its members are.
    `is_packed`: it is compressed, which is done to what nobody writes to any more.
    `failure`: nothing of it can be read.
    """

    beginning: tuple[int, ...]
    is_text: bool
    failure: str | None = None
    advice: str | None = None
    is_archive: bool = False
    is_packed: bool = False


def read_head(file: LogFile) -> FileHead:
    """Look at the first bytes of a file that is no member. Never raises."""
    with open_source(file.source) as reader:
        if reader.container in ARCHIVES:
            return FileHead((), False, is_archive=True)
        return head_of(reader)


def head_of(reader: SourceReader) -> FileHead:
    """How what a reader has opened begins."""
    failure = None if reader.head else reader.failure
    return FileHead(
        checksums(reader.head),
        reader.is_stored_as_text,
        failure,
        failure and reader.advice,
        is_packed=reader.container != "plain",
    )


def find_line_end(file: LogFile, first: int) -> int:
    """The end of the last whole line in a file that is its text; `first` where none ends later.

    Raises `UnreadableError`.
    """
    with _opened(file) as stored:
        stop = file.stamp.size
        while stop > first:
            start = max(first, stop - TAIL_BYTES)
            newline = stored.read(start, stop - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            stop = start
    return first


def tail_sha256(file: LogFile, length: int) -> str:
    """The SHA-256 of the last 64 KiB before a place in a file that is its text.

    Raises `UnreadableError`.
    """
    start = max(0, length - TAIL_BYTES)
    with _opened(file) as stored:
        return hashlib.sha256(stored.read(start, length - start)).hexdigest()


def prefix_sha256(file: LogFile, length: int) -> str | None:
    """The SHA-256 of the first bytes of a file's text; None where it does not have as many."""
    with open_source(file.source) as reader:
        return next((sha.hex() for _, sha in digest_prefixes(reader.chunks(), [length])), None)


def line_sha256(file: LogFile, place: int) -> str | None:
    """The SHA-256 of the whole line that follows a place in a file's text; None if none does.

    Raises `UnreadableError` for a file that is its text.
    """
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
    with _opened(file) as stored:
        while chunk := stored.read(place, min(TAIL_BYTES, max(0, file.stamp.size - place))):
            yield chunk
            place += len(chunk)


class _StoredText(Protocol):
    """Bytes that can be read from any place."""

    def read(self, first: int, size: int) -> bytes: ...


@contextmanager
def _opened(file: LogFile) -> Iterator[_StoredText]:
    """A file or an object, to be read from any place. Every failure is `UnreadableError`."""
    if file.source.remote is not None:
        from logan.intake.object_reader import ObjectReader  # for addresses alone

        reader = ObjectReader(file.source.remote)
        try:
            yield reader
        finally:
            reader.close()
        return
    assert file.source.path is not None  # noqa: S101 - narrows the type
    try:
        handle = open_quietly(file.source.path)
        try:
            yield _OpenFile(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}", _AGAIN) from error


class _OpenFile(NamedTuple):
    """An open file; reading it raises OSError, which `_opened` explains."""

    handle: int

    def read(self, first: int, size: int) -> bytes:
        return os.pread(self.handle, size, first)
