"""The inputs as values: what is to be read, and what is not and why; all that was found so far.

`logan.intake.source_search` finds them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from logan.intake.addresses import ObjectAddress
from logan.intake.files import FileIdentity
from logan.intake.names import fits

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


class SourceCollection:
    """What has been found so far, and under which name each file, object and folder was first seen.

    What fits a glob in `exclude` (see `names.fits`) is left out.
    """

    def __init__(self, exclude: Sequence[str]) -> None:
        self._exclude = exclude
        self.sources: list[Source] = []
        self.unread: list[UnreadInput] = []
        self.duplicates: list[DuplicateName] = []
        self.skipped: list[SkippedPath] = []
        self.excluded: list[ExcludedPath] = []
        self.markers: list[str] = []
        self._names: dict[tuple[int, int] | ObjectAddress, str] = {}

    def all(self) -> FoundSources:
        """All of it."""
        return FoundSources(
            tuple(self.sources),
            tuple(self.unread),
            tuple(self.duplicates),
            tuple(self.skipped),
            tuple(self.excluded),
            tuple(self.markers),
        )

    def count(self) -> int:
        """How many inputs there are, whether they are read, left out or cannot be read."""
        read = len(self.sources) + len(self.duplicates)
        return read + len(self.unread) + len(self.excluded)

    def excludes(self, name: str) -> bool:
        """True for a name that is left out, which is noted."""
        glob = next((glob for glob in self._exclude if fits(name, glob)), None)
        if glob is not None:
            self.excluded.append(ExcludedPath(name, glob))
        return glob is not None

    def is_new(self, identity: tuple[int, int] | ObjectAddress, name: str) -> bool:
        """False for what was found by another name before, which is noted.

        `identity` is a device and the number of a file on it, or an address.
        """
        first = self._names.get(identity)
        if first is not None:
            self.duplicates.append(DuplicateName(name, first))
        elif isinstance(identity, ObjectAddress) or identity[1]:
            self._names[identity] = name  # some Windows shares number no file
        return first is None

    def refuse(self, name: str, reason: str, advice: str | None = None) -> None:
        """Note an input that cannot be read."""
        self.unread.append(UnreadInput(name, reason, advice))
