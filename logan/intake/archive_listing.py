"""Which files an archive holds, and which of them are no logs by their names.

Light: what reads archives is imported where there is one.
"""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from logan.intake.chunks import first_bytes
from logan.intake.members import ArchiveMember
from logan.intake.names import never_log
from logan.intake.unreadable import UnreadableError

#: A zip archive that cannot be read from any place is held in memory, up to so many bytes.
_MOST_IN_MEMORY: Final = 32 << 20
_NOT_SEEKABLE: Final = "is a zip archive in a pipe or an archive, of more than 32 MiB"
#: What macOS puts beside the files of an archive.
_MAC: Final = "__MACOSX"


def list_members(
    container: str, stream: Iterator[bytes], opened_anew: Callable[[], BinaryIO | None]
) -> Iterator[ArchiveMember]:
    """The files in a tar or zip archive, whose bytes are `stream`.

    A zip archive is read from any place: of the file that `opened_anew` gives, else in memory.
    Raises `UnreadableError` for one that is too large for that.
    """
    from logan.intake import archives

    if container == "tar":
        return archives.tar_members(stream)
    file = opened_anew() or _held_in_memory(stream)
    return _closing(file, archives.zip_members(file))


def _held_in_memory(stream: Iterator[bytes]) -> BinaryIO:
    data = b"".join(first_bytes(stream, _MOST_IN_MEMORY + 1))
    if len(data) > _MOST_IN_MEMORY:
        raise UnreadableError(_NOT_SEEKABLE, "give it as a file of its own")
    return io.BytesIO(data)


def _closing(file: BinaryIO, members: Iterator[ArchiveMember]) -> Iterator[ArchiveMember]:
    with file:
        yield from members


def names_no_log(name: str) -> bool:
    """True for a member that by its name, or that of a folder of it, holds no log."""
    return any(map(_is_no_log, name.split("/")))


def _is_no_log(part: str) -> bool:
    return part not in ("", ".", "..") and (part == _MAC or never_log(part) is not None)
