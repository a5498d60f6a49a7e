"""A small plain file, read in one step: what most of ten thousand files are.

Whatever is out of the ordinary (packed, UTF-16, foreign, growing, gone ...) is left to
`logan.intake.reader`, which says in words what it is.
"""

import hashlib
import os
import stat
from typing import Final, NamedTuple

from logan.intake import columns, encodings, foreign, packed
from logan.intake.files import is_another, open_quietly
from logan.intake.sources import Source

_LOOK: Final = 1 << 10
_PLAIN: Final = ("utf-8", 0)


class SmallFile(NamedTuple):
    """All bytes of a file, which are lines of text as they are; `sha256` where it was asked for."""

    data: bytes
    sha256: str | None


def read_small(source: Source, *, hashing: bool, most: int) -> SmallFile | None:
    """A file of 1 to `most` bytes of plain text; None for anything else, and where anything fails.

    Nothing is lost by None: it is to be opened again, as a `Reader`.
    """
    if source.is_stream or source.part or source.member or not 0 < (source.size or 0) <= most:
        return None
    data = _read_whole(source, most)
    if not data or not _is_plain(data[:_LOOK]):
        return None
    return SmallFile(data, hashlib.sha256(data).hexdigest() if hashing else None)


def _read_whole(source: Source, most: int) -> bytes | None:
    """All that is stored of a source; None where that does not succeed at once."""
    if source.remote is not None:
        from logan.intake.object_reader import read_whole

        return read_whole(source.remote)
    try:
        return _read_file(source, most)
    except OSError:
        return None


def _read_file(source: Source, most: int) -> bytes | None:
    """All of a file; None where it is none, is too large, or changed while it was read."""
    assert source.path is not None  # noqa: S101 - narrows the type
    file = open_quietly(source.path)
    try:
        before = os.fstat(file)
        if not stat.S_ISREG(before.st_mode) or not (source.size or 0) <= before.st_size <= most:
            return None
        if source.identity is not None and is_another(source.identity, before):
            return None
        data = os.read(file, before.st_size)
        after = os.fstat(file)
    finally:
        os.close(file)
    unchanged = (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    if not unchanged or len(data) != before.st_size:
        return None
    # Not what was found, or cut meanwhile: a `Reader` says which.
    same = source.identity is None or source.identity.begins(data)
    return data if same else None


def _is_plain(start: bytes) -> bool:
    """True where a `Reader` would pass the bytes on as they are."""
    return (
        not start.startswith((columns.MAGIC, encodings.HOLE))
        and packed.recognise(start) is None
        and foreign.recognise(start) is None
        and encodings.detect(start) == _PLAIN
    )
