"""Opening a source: a file, a file in an archive, and each file of an archive in turn."""

from collections.abc import Iterator

from logan.intake import blocks
from logan.intake.memory import keep_freed_blocks
from logan.intake.reader import SourceReader
from logan.intake.sources import Source
from logan.intake.unreadable import UnreadableError


def open_source(
    source: Source, *, hashing: bool = False, block_size: int = blocks.BLOCK_SIZE
) -> SourceReader:
    """Open `source` read-only; never raises for what is in it or what became of it.

    A source that cannot be read at all gives a reader with a `failure` and without blocks.
    A file is read up to the size it has now. `hashing` takes its SHA-256 as well, at 1.3 GB/s.
    """
    keep_freed_blocks()
    if source.member:
        return _open_member(source, block_size)
    return SourceReader(source, hashing=hashing, block_size=block_size)


def _open_member(source: Source, block_size: int) -> SourceReader:
    """A file in an archive, to be read a second time; whatever its part, all of it."""
    archive = source._replace(member=(), part=None)
    outer = reader = SourceReader(archive, hashing=False, block_size=block_size)
    for depth in range(len(source.member)):
        wanted = source.member[: depth + 1]
        found = next((one for one in reader.members() if one.source.member == wanted), None)
        if found is None:
            reader.fail(UnreadableError("is not in its archive any more", "run again"))
            break
        reader = found
    if reader is not outer:
        reader.close_with(outer)
    reader.source = source
    return reader


def readers_of(reader: SourceReader) -> Iterator[SourceReader]:
    """A reader itself; of an archive one for each file in it, however deep, then its own.

    Each is to be read, or left, before the next one is taken. An archive has no text of its own.
    """
    for member in reader.members():
        yield from readers_of(member)
    yield reader
