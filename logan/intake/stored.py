"""The bytes of a source as they are stored: opened read-only, read once, counted and hashed.

Never mapped into memory: a file that is cut short meanwhile would kill the process instead of
giving an error. What the bytes mean is not this module's business.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, FileIO
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from logan.intake.chunks import hash_of_all
from logan.intake.files import begins_otherwise, kind_of, open_quietly, read_first, why_another
from logan.intake.sources import ByteRange, Source
from logan.intake.unreadable import UnreadableError

#: How far before the end of a block its last newline is looked for: 400 lines of usual length.
_LOOK_BACK: Final = 64 << 10
#: How the reason begins why a source is not there for this machine, whatever is in it.
UNOPENED: Final = (
    *("vanished", "cannot be opened", "permission denied"),
    *("is another file", "was written anew since it was found"),
)
_DISK: Final = "check the disk or the share it lies on, or copy the file elsewhere first"
_ROTATED: Final = "run again when nothing rotates the logs; until then, what it held is missing"


class StoredBytes(Protocol):
    """The bytes of a source as they are stored, read once; each failure is an `UnreadableError`.

    See `StoredFile` for what each method does.
    """

    position: int

    def close(self) -> None: ...
    def beginning(self, size: int) -> bytes: ...
    def chunks(self, size: int, *, whole_lines: bool = False) -> Iterator[bytes]: ...
    def fill(self, buffer: memoryview) -> int: ...
    def sha256(self) -> str | None: ...
    def opened_anew(self) -> BinaryIO | None: ...
    def check_unbroken(self) -> None: ...
    def notes(self) -> tuple[str, ...]: ...


class StoredFile:
    """A file up to the size it has when it is opened, or standard input up to its end.

    It must be the file that was found: another one that has its name now is not read.

    `position`: stored bytes read so far, with those before a part. Of a part no hash is taken.
    Every failure is `UnreadableError`.
    """

    def __init__(self, source: Source, *, hashing: bool) -> None:
        self.position = 0
        self._looked_at = b""
        self._digest = hashlib.sha256() if hashing and source.part is None else None
        self._closed = False
        self._file: int | None = None
        self._path = source.path
        self._size: int | None = None
        if source.path is not None:
            self._file, self._state = _open(source)
            self._size = self._state.st_size
            self._found_size = source.size or 0
            self._first = self._read_beginning()
            if source.part is not None:
                self._begin_at(source.part)
        elif sys.stdin is None:
            raise UnreadableError("standard input is closed")

    def _read_beginning(self) -> bytes:
        """What the file began with when it was opened."""
        assert self._file is not None  # noqa: S101 - only files are asked
        try:
            with self._reading():
                return read_first(self._file)
        except UnreadableError:
            self.close()
            raise

    def _begin_at(self, part: ByteRange) -> None:
        """Give the bytes of a part and no others."""
        assert self._file is not None  # noqa: S101 - only files have parts
        self._size = part.stop
        self.position = os.lseek(self._file, part.first, os.SEEK_SET)

    def close(self) -> None:
        if self._file is not None and not self._closed:
            os.close(self._file)
        self._closed = True

    def beginning(self, size: int) -> bytes:
        """The first `size` bytes, fewer where there are no more; `chunks` gives them again."""
        start = self._read(size)
        if self._file is None:
            self._looked_at = start
            return start
        os.lseek(self._file, 0, os.SEEK_SET)
        if start and not self._size:  # procfs and the like state no size
            self._size = None
        return start

    def chunks(self, size: int, *, whole_lines: bool = False) -> Iterator[bytes]:
        """The rest, in chunks of at most `size` bytes.

        With `whole_lines`, chunks of a file end with a line where one ends near: no promise, but it
        saves the cutting a copy of every byte.
        """
        while chunk := self._take(self._line_end(size) if whole_lines else size):
            yield chunk

    def fill(self, buffer: memoryview) -> int:
        """The next bytes, put into memory: how many; 0 only at the end or where there is no room.

        To be used after `chunks` gave the first ones.
        """
        left = len(buffer) if self._size is None else min(len(buffer), self._size - self.position)
        count = self._read_into(buffer[:left]) if left else 0
        self._note(buffer[:count], wanted=left)
        return count

    def sha256(self) -> str | None:
        """Of all stored bytes, reading those that nobody asked for; None without `hashing`."""
        return hash_of_all(self._digest, self.chunks(1 << 20))

    def opened_anew(self) -> BinaryIO | None:
        """The same file, to be read from any place; None for standard input."""
        if self._file is None or self._path is None:
            return None
        file = os.fdopen(open_quietly(self._path), "rb")
        state = os.fstat(file.fileno())
        if (state.st_dev, state.st_ino) != (self._state.st_dev, self._state.st_ino):
            file.close()
            raise UnreadableError("is another file now", _ROTATED)
        return file

    def check_unbroken(self) -> None:
        """Raise `UnreadableError` if what was written before it was read was lost in the meantime.

        Some tools rotate a log by copying it and cutting it to nothing: the copy is another file.
        """
        if self._file is None:
            return
        if self._state.st_size < self._found_size:
            raise UnreadableError(
                f"was cut after it was found: of {self._found_size:,} bytes, "
                f"{self._state.st_size:,} were left when it was opened",
                _ROTATED,
            )
        with self._reading():
            changed = os.fstat(self._file).st_mtime_ns != self._state.st_mtime_ns
            another = changed and begins_otherwise(self._file, self._first)
        if another:
            raise UnreadableError("was cut and written anew while it was read", _ROTATED)

    def notes(self) -> tuple[str, ...]:
        """What happened to the file while it was read, in words."""
        if self._file is None:
            return ()
        before, now = self._state, self._state
        with suppress(OSError):  # `check_unbroken` asks too, and says it
            now = os.fstat(self._file)
        if now.st_size > before.st_size:
            more = now.st_size - before.st_size
            return (f"grew by {more:,} bytes while it was read; these are not included",)
        if now.st_mtime_ns != before.st_mtime_ns:
            return ("was written to while it was read",)
        return ()

    def _take(self, size: int) -> bytes:
        if self._looked_at:
            chunk, self._looked_at = self._looked_at, b""
            self._note(chunk, wanted=0)
        else:
            left = size if self._size is None else min(size, self._size - self.position)
            chunk = self._read(left) if left else b""
            self._note(chunk, wanted=left)
        return chunk

    def _note(self, data: bytes | memoryview, *, wanted: int) -> None:
        """Count and hash what was read."""
        if self._size is not None and wanted and not data:
            raise UnreadableError(
                f"the file shrank while it was read: {self.position:,} of the {self._size:,} "
                "bytes it had were there",
                "read it when nothing rotates or truncates it",
            )
        self.position += len(data)
        if self._digest is not None:
            self._digest.update(data)

    def _line_end(self, size: int) -> int:
        """How many of the next `size` bytes are whole lines, if the last newline is near."""
        look = self.position + size - _LOOK_BACK
        if self._file is None or self._size is None or not self.position < look < self._size:
            return size
        os.lseek(self._file, look, os.SEEK_SET)
        newline = self._read(_LOOK_BACK).rfind(b"\n")
        os.lseek(self._file, self.position, os.SEEK_SET)
        return size if newline < 0 else size - _LOOK_BACK + newline + 1

    def _read(self, size: int) -> bytes:
        with self._reading():
            return sys.stdin.buffer.read(size) if self._file is None else os.read(self._file, size)

    def _read_into(self, buffer: memoryview) -> int:
        with self._reading():
            if self._file is None:
                return cast(BufferedReader, sys.stdin.buffer).readinto(buffer)
            with FileIO(self._file, closefd=False) as file:
                return file.readinto(buffer) or 0

    @contextmanager
    def _reading(self) -> Iterator[None]:
        if self._closed:
            raise ValueError("read from a source that is closed")
        try:
            yield
        except OSError as error:
            raise UnreadableError(
                f"reading failed after {self.position:,} stored bytes: {_words(error)}",
                _DISK,
            ) from error


def _open(source: Source) -> tuple[int, os.stat_result]:
    """The file that was found, opened, and its state."""
    assert source.path is not None  # noqa: S101 - narrows the type
    file = _open_path(source.path)
    try:
        state = os.fstat(file)
        kind = kind_of(state.st_mode)
        why = f"is {kind} now; it was a file when it was found" if kind else None
        if why is None and source.identity is not None:
            why = why_another(source.identity, file, state)
    except OSError as error:
        os.close(file)
        raise UnreadableError(f"cannot be read: {_words(error)}", _DISK) from error
    if why is not None:
        os.close(file)
        raise UnreadableError(f"{why}: nothing of it was read", _ROTATED)
    return file, state


def _open_path(path: Path) -> int:
    try:
        return open_quietly(path)
    except FileNotFoundError:
        raise UnreadableError("vanished before it could be read", "run again") from None
    except PermissionError:
        raise UnreadableError(
            "permission denied", "give the user who runs logan the right to read it"
        ) from None
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {_words(error)}") from error


def _words(error: OSError) -> str:
    return error.strerror or str(error)
