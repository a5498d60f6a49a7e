"""What lies in a tar or zip archive: names and bytes, member by member, never written to disk.

Definitions: POSIX pax and ustar (pubs.opengroup.org, utility "pax"), GNU tar's manual, "Basic Tar
Format"; PKWARE's APPNOTE.TXT. Python's `tarfile` ends an archive in silence where it is cut or
damaged; here that is told. Names are labels only: nobody follows them.
"""

import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from typing import BinaryIO, Final

from logan.intake.members import FREE_BYTES, MOST_RATIO, ArchiveMember
from logan.intake.unreadable import UnreadableError

#: Bytes of a member that are handed on at a time.
_CHUNK: Final = 256 << 10
_BLOCK: Final = 512
#: Where GNU's headers of sparse files say that another block of their map follows.
_MORE_MAP, _YET_MORE_MAP = 482, 504
#: A name, or what is said of a member, is no longer than this.
_MOST_ATTRIBUTES: Final = 1 << 20
_AGAIN: Final = "copy it again from where it came from"
_UNPACK: Final = "unpack it into a folder first, and give that folder"
_BAD_ZIP: Final = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, ValueError, OSError)


def tar_members(chunks: Iterator[bytes]) -> Iterator[ArchiveMember]:
    """The regular files in a tar archive; links, folders and devices are passed over.

    Raises `UnreadableError` where the archive is cut or damaged.
    """
    feed = _Feed(chunks)
    shared: dict[str, str] = {}
    said: dict[str, str] = {}
    while (header := _next_header(feed)) is not None:
        info, kind = header, header.type
        if kind in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE):
            (shared if kind == tarfile.XGLTYPE else said).update(_read_attributes(feed, info.size))
        elif kind == tarfile.GNUTYPE_LONGNAME:
            said["path"] = _text(_read_small(feed, info.size).split(b"\0")[0])
        elif kind == tarfile.GNUTYPE_LONGLINK:
            _read_small(feed, info.size)
        else:
            said = {"path": _text(os.fsencode(info.name)), **shared, **said}
            yield from _member(feed, info, said)
            said = {}
    _check_end(feed)


def _check_end(feed: "_Feed") -> None:
    """Read what follows the end mark: zeros fill the last record, anything else is lost."""
    place = feed.position
    while chunk := feed.some(_CHUNK):
        if chunk != bytes(len(chunk)):
            raise UnreadableError(
                f"tar archive goes on behind its end mark at byte {place:,}: what follows was not "
                "read",
                "if archives were joined, give each by itself",
            )


def _member(feed: "_Feed", info: tarfile.TarInfo, said: dict[str, str]) -> Iterator[ArchiveMember]:
    """One entry of an archive, its attributes complete; leaves the feed behind its content."""
    if not info.isreg() and info.type in tarfile.SUPPORTED_TYPES:
        return  # a folder, link or device: no content follows
    sparse = info.type == tarfile.GNUTYPE_SPARSE
    content = _Content(feed, _size(said, info), said["path"])
    if sparse or any(key.startswith("GNU.sparse.") for key in said):
        yield ArchiveMember(said.get("GNU.sparse.name", said["path"]), _refused("a sparse file"))
    elif info.isreg():
        yield ArchiveMember(said["path"], content.chunks())
    content.drain()


def _size(said: dict[str, str], info: tarfile.TarInfo) -> int:
    try:
        return int(said.get("size", info.size))
    except ValueError:
        return info.size


def _next_header(feed: "_Feed") -> tarfile.TarInfo | None:
    """The next header; None at the mark that ends an archive."""
    place = feed.position
    block = feed.exactly(_BLOCK)
    if len(block) < _BLOCK:
        raise UnreadableError(
            f"tar archive ends without its end mark after {feed.position:,} bytes", _AGAIN
        )
    if block == bytes(_BLOCK):
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise UnreadableError(
            f"tar archive is damaged at byte {place:,}: no file begins there ({error})", _AGAIN
        ) from None
    if info.type == tarfile.GNUTYPE_SPARSE:
        extended = bool(block[_MORE_MAP])
        while extended:  # where a sparse file has content is said in as many blocks as it takes
            block = feed.exactly(_BLOCK)
            extended = len(block) == _BLOCK and bool(block[_YET_MORE_MAP])
    return info


def _read_attributes(feed: "_Feed", size: int) -> dict[str, str]:
    """The records `length key=value` of a pax header."""
    data, found = _read_small(feed, size), {}
    while data:
        length, _, rest = data.partition(b" ")
        if not length.isdigit() or not len(length) + 1 < int(length) <= len(data):
            break
        record, data = rest[: int(length) - len(length) - 2], data[int(length) :]
        key, _, value = record.partition(b"=")
        found[_text(key)] = _text(value)
    return found


def _read_small(feed: "_Feed", size: int) -> bytes:
    if size > _MOST_ATTRIBUTES:
        raise UnreadableError(f"tar archive has a name of {size:,} bytes", _UNPACK)
    data = feed.exactly(size)
    feed.exactly(-size % _BLOCK)
    return data


class _Feed:
    """Chunks, of which as many bytes are taken as are wanted."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")
        self.position = 0

    def some(self, most: int) -> bytes:
        """At most so many bytes, at least one; none at the end."""
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._left = memoryview(chunk)
        taken = bytes(self._left[:most])
        self._left = self._left[most:]
        self.position += len(taken)
        return taken

    def exactly(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        parts: list[bytes] = []
        while size and (part := self.some(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class _Content:
    """The bytes of one member of a tar archive."""

    def __init__(self, feed: _Feed, size: int, name: str) -> None:
        self._feed, self._left, self._padding = feed, size, -size % _BLOCK
        self._name = name

    def chunks(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._feed.some(min(self._left, _CHUNK))
            if not chunk:
                raise UnreadableError(f"tar archive ends in the middle of {self._name}", _AGAIN)
            self._left -= len(chunk)
            yield chunk

    def drain(self) -> None:
        """Pass over what nobody took."""
        for _ in self.chunks():
            pass
        self._feed.exactly(self._padding)


def zip_members(file: BinaryIO) -> Iterator[ArchiveMember]:
    """The files in a zip archive, in the order in which it lists them.

    Raises `UnreadableError` where its list cannot be read, or promises more than such an archive
    can hold: then its members overlap, as only those of a bomb do.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (*_BAD_ZIP, NotImplementedError) as error:
        raise UnreadableError(
            f"zip archive is damaged: its list cannot be read ({error})", _AGAIN
        ) from error
    with archive:
        size, promised = file.seek(0, os.SEEK_END), sum(one.file_size for one in archive.filelist)
        if promised > max(FREE_BYTES, MOST_RATIO * size):
            raise UnreadableError(
                f"zip archive of {size:,} bytes that promises {promised:,}: no log packs like that",
                "if it is a log all the same, unpack it and give the folder",
            )
        for info in archive.infolist():
            if not info.is_dir():
                yield ArchiveMember(
                    _text(info.filename.encode("utf-8", "surrogateescape")),
                    _unzipped(archive, info),
                )


def _unzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.flag_bits & 1:
        raise UnreadableError("is encrypted in its archive", "unpack it with its password first")
    try:
        with archive.open(info) as content:
            while chunk := content.read(_CHUNK):
                yield chunk
    except NotImplementedError as error:
        raise UnreadableError(
            f"is packed in a way that is not read here: {error}", _UNPACK
        ) from error
    except (*_BAD_ZIP, RuntimeError) as error:
        raise UnreadableError(f"is damaged in its archive ({error})", _AGAIN) from error


def _refused(what: str) -> Iterator[bytes]:
    yield from ()
    raise UnreadableError(f"is {what} in its archive, which is not read here", _UNPACK)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
