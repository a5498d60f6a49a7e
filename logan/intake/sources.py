"""The inputs as values: what is to be read, and what is not and why.

`logan.intake.source_search` finds them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from logan.intake.files import FileIdentity

if TYPE_CHECKING:
    from logan.intake.object_storage import FoundObject


class ByteRange(NamedTuple):
    """Bytes [first, stop) of the text of a source; both are 0, its size, or follow a newline.

    `end`: the source is taken to end there, whatever follows; None: where it does.
    """

    first: int
    stop: int
    end: int | None = None


class Source(NamedTuple):
    """An input that can be opened.

    `name`: as given or as found under a given folder; "-" for standard input. Always valid
    Unicode (bytes of a name that are not UTF-8 stand as \\xNN), but control characters are kept.
    `size`: stored bytes when it was found; None for standard input, as is `path`. `identity` tells
    whether what is opened later is what was found; None: not known.
    `part`: what of it is to be read; None for all. `member`: of a file in an archive, its number
    there, and in the archives within that; `path` and `identity` are those of the archive.
    `remote`: where an object in a storage lies, which has no `path`, and what it was.
    """

    name: str
    path: Path | None
    size: int | None
    identity: FileIdentity | None = None
    part: ByteRange | None = None
    member: tuple[int, ...] = ()
    remote: "FoundObject | None" = None

    @property
    def is_stream(self) -> bool:
        """True for standard input, of which nothing can be read a second time."""
        return self.path is None and self.remote is None

    @property
    def read_once(self) -> bool:
        """True where a second reading is not possible, or takes that of all before it: of what is
        in a pipe, and in an archive."""
        return self.is_stream or bool(self.member)


class UnreadInput(NamedTuple):
    """An input that exists, or was asked for, and cannot be read."""

    name: str
    reason: str
    advice: str | None = None


def unread_marker(name: str) -> UnreadInput:
    """An object in a storage that may be a log, and whose name ends with a slash."""
    return UnreadInput(
        name,
        "is an empty folder, or a log in an object whose name ends with a slash: the storage's "
        "client tells neither from the other, and opens no such object",
        "copy a log to a name without the slash; remove an empty folder, or leave it out by "
        "--exclude",
    )


class DuplicateName(NamedTuple):
    """A further name (path, hard link, symbolic link) of the source `same_as`; not read again."""

    name: str
    same_as: str


class SkippedPath(NamedTuple):
    """A file or folder inside a given folder that by its name is no log."""

    name: str
    reason: str


class ExcludedPath(NamedTuple):
    """A file or folder that was left out because it fits `glob`, as the user asked."""

    name: str
    glob: str


class FoundSources(NamedTuple):
    """Everything that lies under the paths, in the order of the paths, folders sorted by name.

    `markers` are the names of folders in a storage that nothing is listed below, and that an object
    with a log, whose name ends with a slash, would look the same as.
    """

    sources: tuple[Source, ...]
    unread: tuple[UnreadInput, ...]
    duplicates: tuple[DuplicateName, ...]
    skipped: tuple[SkippedPath, ...]
    excluded: tuple[ExcludedPath, ...] = ()
    markers: tuple[str, ...] = ()
