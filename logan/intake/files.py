"""A file on disk: opened without a trace, and known again when it is opened later.

Between the moment a file is found and the moment it is read, logs are rotated: what bears the name
then may be another file. Device and file number tell, and for files that are being written to,
whose number may be given to a new file of the same name, the bytes that they began with.
"""

import errno
import os
import stat
import time
from pathlib import Path
from typing import Final, NamedTuple

#: O_NOATIME leaves the time of last access as it was; O_NONBLOCK keeps a FIFO that took the place
#: of a file from blocking the open; O_BINARY keeps Windows from translating line ends.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_ATIME: Final = getattr(os, "O_NOATIME", 0)
#: So many bytes of a file in use are kept: past the headers, or a stamp and a request.
_FIRST_BYTES: Final = 256
#: A file that was written to within so many seconds counts as being in use.
_IN_USE_SECONDS: Final = 3600


#: The device of a file that is mounted on several machines.
ANY_DEVICE: Final = -1
_NOT_IN_THE_LOCALE: Final = "its name has characters that the locale here lacks (set LANG=C.UTF-8)"
#: How far shares may round the time of a file, in nanoseconds (FAT: two seconds).
TIME_ROUNDING: Final = 2_000_000_000


class FileIdentity(NamedTuple):
    """What a file was when it was found. `number` 0: the file system numbers no files.

    `size` are stored bytes, `changed` is the time of the last change of content, in nanoseconds;
    `first_bytes` are empty for files that were not in use. `last_bytes` are what they held up to
    `size`, without the NULs that some writers reserve room with, where another machine is to know
    the file again.
    """

    device: int
    number: int
    size: int
    changed: int
    first_bytes: bytes = b""
    last_bytes: bytes = b""

    @property
    def last_place(self) -> int:
        """Where `last_bytes` stood."""
        return max(0, self.size - _FIRST_BYTES)

    def begins(self, data: bytes) -> bool:
        """Whether all that a file holds now is what was found, with more behind it or not."""
        last = data[self.last_place : self.last_place + len(self.last_bytes)]
        return data.startswith(self.first_bytes) and last == self.last_bytes


def for_another_machine(found: FileIdentity, path: Path) -> FileIdentity:
    """The same, for a machine where devices have other numbers, and other files the same ones."""
    last = _read_at(path, found.last_place, found.size) if found.first_bytes else b""
    return found._replace(device=ANY_DEVICE, last_bytes=last.rstrip(b"\0"))


def identify(path: Path, state: os.stat_result) -> FileIdentity:
    """What is to be known of the file at `path`, whose state was just read."""
    return with_first_bytes(path, identify_unopened(path, state))


def identify_unopened(_path: Path, state: os.stat_result) -> FileIdentity:
    """As much of it as a look at a file tells that may need no more."""
    return FileIdentity(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)


def with_first_bytes(path: Path, found: FileIdentity) -> FileIdentity:
    """The same of a file that is to be read: with what it begins with, where it is in use."""
    in_use = time.time_ns() - found.changed < _IN_USE_SECONDS * 10**9
    return found._replace(first_bytes=_read_first(path, _FIRST_BYTES)) if in_use else found


def why_another(found: FileIdentity, file: int, state: os.stat_result) -> str | None:
    """Why an open file is not the one that was found, in words; None if it is."""
    if is_another(found, state):
        return "is another file than the one that was found under this name"
    if begins_otherwise(file, found.first_bytes) or _ends_otherwise(file, found):
        return "was written anew since it was found"
    return None


def is_another(found: FileIdentity, state: os.stat_result) -> bool:
    """True where neither the number of a file nor its size and time are those that were found.

    On another machine the number proves nothing: a file of two that were set up alike has it twice.
    There, what was in use may have grown (its content tells), all else has its size and time.
    """
    if found.device == ANY_DEVICE:
        grown = bool(found.first_bytes) and state.st_size >= found.size
        same_time = abs(found.changed - state.st_mtime_ns) <= TIME_ROUNDING
        return not grown and not (same_time and found.size == state.st_size)
    same_number = not found.number or (found.device, found.number) == (state.st_dev, state.st_ino)
    # Some remote file systems number a file anew whenever they are asked.
    unchanged = (found.size, found.changed) == (state.st_size, state.st_mtime_ns)
    return not same_number and not unchanged


def begins_otherwise(file: int, first_bytes: bytes) -> bool:
    """True where an open file does not begin with these bytes, though it has as many."""
    if not first_bytes:
        return False
    now = read_first(file, len(first_bytes))
    return now != first_bytes and len(now) == len(first_bytes)


def _ends_otherwise(file: int, found: FileIdentity) -> bool:
    """True where an open file does not hold what it ended with, though it has as many bytes."""
    if not found.last_bytes:
        return False
    place = os.lseek(file, 0, os.SEEK_CUR)
    os.lseek(file, found.last_place, os.SEEK_SET)
    now = os.read(file, len(found.last_bytes))
    os.lseek(file, place, os.SEEK_SET)
    return now != found.last_bytes and len(now) == len(found.last_bytes)


def read_first(file: int, size: int = _FIRST_BYTES) -> bytes:
    """The first bytes of an open file, which stays where it is."""
    place = os.lseek(file, 0, os.SEEK_CUR)
    os.lseek(file, 0, os.SEEK_SET)
    first = os.read(file, size)
    os.lseek(file, place, os.SEEK_SET)
    return first


def kind_of(mode: int) -> str | None:
    """What a thing with this `st_mode` is, in words; None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "no regular file")


def open_quietly(path: Path) -> int:
    """Open a file for reading. Only the owner of a file may do so without leaving a time of access.

    Raises OSError, also for a name that the locale of this machine cannot write: another machine,
    which found the file, may have another one.
    """
    try:
        return os.open(path, _FLAGS | _NO_ATIME)
    except PermissionError:
        return os.open(path, _FLAGS)
    except UnicodeEncodeError as error:
        raise OSError(errno.EILSEQ, _NOT_IN_THE_LOCALE) from error


def _read_first(path: Path, size: int) -> bytes:
    """The first bytes of the file at `path`; none where it cannot be read, which is told later."""
    return _read_at(path, 0, size)


def _read_at(path: Path, first: int, stop: int) -> bytes:
    try:
        file = open_quietly(path)
    except OSError:
        return b""
    try:
        if first:
            os.lseek(file, first, os.SEEK_SET)
        return os.read(file, stop - first)
    except OSError:
        return b""
    finally:
        os.close(file)
