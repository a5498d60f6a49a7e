"""Opening a source: what its bytes are, and its text in blocks.

The text is one iterator of chunks, each step a generator over the one before:
stored bytes -> unpacked -> decoded -> cut. The C code of every step releases the interpreter lock.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from itertools import chain, islice
from types import TracebackType
from typing import BinaryIO, Final, Self

from logan.intake import blocks, columns, encodings, foreign, packed
from logan.intake.blocks import Block, BufferBlock, Fill
from logan.intake.buffers import BufferPool
from logan.intake.chunks import first_bytes, look, poured
from logan.intake.members import ArchiveMember, UnpackingBudget
from logan.intake.memory import keep_freed_blocks
from logan.intake.names import never_log
from logan.intake.sources import ByteRange, Source
from logan.intake.stored import StoredBytes, StoredChunks, StoredFile, UnreadableError
from logan.vocabulary import ARCHIVES

#: Makes text out of text. May raise `UnreadableError` behind what could be read.
Unpacking = Callable[[Iterator[bytes]], Iterator[bytes]]
HEAD_SIZE: Final = 256 << 10
#: Enough for every signature and for telling UTF-16 without a mark.
_START: Final = 1 << 10
#: Archives within archives: some hold themselves.
_DEEPEST: Final = 3
#: A zip archive that cannot be read from any place is held in memory, up to so many bytes.
_MOST_IN_MEMORY: Final = 32 << 20
_NOT_SEEKABLE: Final = "is a zip archive in a pipe or an archive, of more than 32 MiB"
_EMPTY: Final = "ask for the logs again, or leave it out and say so"
#: What macOS puts beside the files of an archive.
_MAC: Final = "__MACOSX"
#: Files that are named one by one.
_NAMED: Final = 3


def open_source(
    source: Source, *, hashing: bool = False, block_size: int = blocks.BLOCK_SIZE
) -> "SourceReader":
    """Open `source` read-only; never raises for what is in it or what became of it.

    A source that cannot be read at all gives a reader with a `failure` and without blocks.
    A file is read up to the size it has now. `hashing` takes its SHA-256 as well, at 1.3 GB/s.
    """
    keep_freed_blocks()
    if source.member:
        return _open_member(source, block_size)
    return SourceReader(source, hashing=hashing, block_size=block_size)


def _open_member(source: Source, block_size: int) -> "SourceReader":
    """A file in an archive, to be read a second time; whatever its part, all of it."""
    archive = source._replace(member=(), part=None)
    outer = reader = SourceReader(archive, hashing=False, block_size=block_size)
    for depth in range(len(source.member)):
        wanted = source.member[: depth + 1]
        found = next((one for one in reader.members() if one.source.member == wanted), None)
        if found is None:
            reader._fail(UnreadableError("is not in its archive any more", "run again"))
            break
        reader = found
    if reader is not outer:
        reader._outer = outer
    reader.source = source
    return reader


def readers_of(reader: "SourceReader") -> Iterator["SourceReader"]:
    """A reader itself; of an archive one for each file in it, however deep, then its own.

    Each is to be read, or left, before the next one is taken. An archive has no text of its own.
    """
    for member in reader.members():
        yield from readers_of(member)
    yield reader


class SourceReader:
    """One source being read; a context manager. `blocks` can be iterated once.

    `head`: the first bytes of the text, at most `HEAD_SIZE`; `blocks` gives them again, unless only
    a part is read.
    `container`: "plain", the compression ("gzip", "zstd", "xz", "bzip2", "lzma"), "parquet" (its
    rows come as JSON lines), or the kind of a file that holds no lines ("zip", "pcap" ... as in
    `foreign.FOREIGN`).
    `encoding`: of the text as stored; "utf-8" means: bytes passed on as they are.
    Final only after the last block: `failure` (why the source could not be read to its end, in
    words with the place), `advice` (what a person can do about it), `notes` (what else to know),
    `sha256` (of all stored bytes, also those behind damage; None if reading them failed),
    `content_sha256` (of the bytes as they were before they were packed: the same for a log and for
    its compressed copy; None where they could not be read to their end; of a part, that of its
    text), `text_size` (bytes of the text that was given).
    """

    def __init__(
        self,
        source: Source,
        *,
        hashing: bool,
        block_size: int,
        stored: StoredBytes | None = None,
        budget: UnpackingBudget | None = None,
    ) -> None:
        self.source = source
        self._hashing = hashing
        self._budget = budget
        self._archive: Iterator[bytes] = iter(())
        self._passed_over: list[str] = []
        self._outer: SourceReader | None = None
        self.head = b""
        self.container = "plain"
        self.encoding = "utf-8"
        self.failure: str | None = None
        self.advice: str | None = None
        self.notes: tuple[str, ...] = ()
        self.sha256: str | None = None
        self.content_sha256: str | None = None
        self.text_size = 0
        digested = source.read_once or (hashing and source.part is not None)
        self._text_digest = hashlib.sha256() if digested else None
        self._hole = 0
        self._passes_over = False
        self._unpacked_digest = hashlib.sha256() if hashing and source.part is None else None
        self._block_size = block_size
        self._stored: StoredBytes | None = stored
        self._text: Iterator[bytes] = iter(())
        try:
            self._text = self._begin(source, hashing=hashing)
        except UnreadableError as error:
            self._fail(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._stored is not None:
            self._stored.close()
        if self._outer is not None:
            self._outer.close()

    @property
    def position(self) -> int:
        """Stored bytes read so far, for a progress bar: a block or so ahead of `blocks`."""
        return 0 if self._stored is None else self._stored.position

    @property
    def is_stored_as_text(self) -> bool:
        """True where the text is what is stored, byte for byte."""
        return (self.container, self.encoding, self._hole) == ("plain", "utf-8", 0)

    def blocks(self, unpacked: Unpacking = iter) -> Iterator[Block]:
        """The text in blocks, up to its end or to what `failure` says; see `blocks.cut`.

        `unpacked` takes its records out of what they are packed in, within the text.
        """
        text = self._guard(unpacked(self.chunks()))
        yield from blocks.cut(text, block_size=self._block_size)
        if self._stored is not None:
            self._finish(self._stored)

    def chunks(self) -> Iterator[bytes]:
        """The text as it comes, in place of `blocks`, for those who want its bytes alone."""
        for chunk in self._text:
            self.text_size += len(chunk)
            if self._text_digest is not None:
                self._text_digest.update(chunk)
            yield chunk

    def finish(self) -> None:
        """Read to the end, for those to whom `head` is all of the text."""
        for _ in self.blocks():
            pass

    def fill(self, buffers: BufferPool) -> Iterator[BufferBlock | Block]:
        """As `blocks`, into buffers; see `blocks.cut_in_buffers`."""
        yield from blocks.cut_in_buffers(self._filler(), buffers, block_size=self._block_size)
        if self._stored is not None:
            self._finish(self._stored)

    def members(self) -> Iterator["SourceReader"]:
        """The files in an archive, each to be read before the next is taken; none for other files.

        What is passed over by its name is noted. Afterwards `failure` says whether all of the
        archive could be read, no more that it is one.
        """
        if self.container not in ARCHIVES or len(self.source.member) >= _DEEPEST:
            return
        self.failure = self.advice = self._unpacked_digest = None
        count = 0
        try:
            for at, member in enumerate(self._list_members()):
                name = member.name.removeprefix("./").lstrip("/")
                if any(map(_is_no_log, name.split("/"))):
                    self._passed_over.append(name)
                    continue
                count += 1
                yield self._member(at, name, member)
            if not count:
                raise UnreadableError(f"is a {self.container} archive that holds no log", _EMPTY)
        except UnreadableError as error:
            self._fail(error)

    def _list_members(self) -> Iterator[ArchiveMember]:
        from logan.intake import archives

        stream = UnpackingBudget(self._stored_size).spend(self._archive)
        if self.container == "tar":
            return archives.tar_members(stream)
        file = self._opened_anew()
        if file is None:
            data = b"".join(first_bytes(stream, _MOST_IN_MEMORY + 1))
            if len(data) > _MOST_IN_MEMORY:
                raise UnreadableError(_NOT_SEEKABLE, "give it as a file of its own")
            file = io.BytesIO(data)
        return _closing(file, archives.zip_members(file))

    def _opened_anew(self) -> BinaryIO | None:
        return None if self._stored is None else self._stored.opened_anew()

    def _member(self, at: int, name: str, member: ArchiveMember) -> "SourceReader":
        source = self.source._replace(
            name=f"{self.source.name}/{name}", size=None, member=(*self.source.member, at)
        )
        budget = self._budget or UnpackingBudget(self._stored_size)
        return SourceReader(
            source,
            hashing=self._hashing,
            block_size=self._block_size,
            stored=StoredChunks(member.chunks, hashing=self._hashing),
            budget=budget,
        )

    def _stored_size(self) -> int:
        return max(self.position, self.source.size or 0)

    @property
    def text_sha256(self) -> bytes | None:
        """The SHA-256 of the text that was given, of a source that is `read_once`; else None."""
        if self._text_digest is None or not self.source.read_once:
            return None
        return self._text_digest.digest()

    def _filler(self) -> Fill:
        """What puts the text into memory: without a step between where it is plain."""
        stored = self._stored
        plain = self.container == "plain" and not self.encoding.startswith("utf-16")
        if stored is None or not plain or self._passes_over or self._text_digest is not None:
            return poured(self.chunks())
        looked_at = poured(islice(self.chunks(), 1))

        def fill(buffer: memoryview) -> int:
            if count := looked_at(buffer):
                return count
            try:
                count = 0 if self.failure else stored.fill(buffer)
            except UnreadableError as error:
                self._fail(error)
            self.text_size += count
            return count

        return fill

    def _unpacked(self, stored: StoredBytes) -> Iterator[bytes]:
        start = stored.beginning(_START)
        if start.startswith(columns.MAGIC) and self._is_file:
            file = self.source.path or self._opened_anew()
            if file is not None:
                self.container = "parquet"
                return self._guard(columns.lines(file))
        container = packed.recognise(start)
        if container is not None:
            self.container = container.name
            unpacked = packed.unpack(container, stored.chunks(packed.PACKED_CHUNK))
            return self._guard(self._digested(unpacked))
        lost = packed.promised(self.source.name)
        if lost is not None and not start:
            raise UnreadableError(
                f"is empty, which {lost.name} data never is: its content was lost",
                "copy it again from where it came from",
            )
        return self._guard(stored.chunks(self._block_size, whole_lines=True))

    def _begin(self, source: Source, *, hashing: bool) -> Iterator[bytes]:
        """Open what is stored, and give the text that it is."""
        if source.part is not None:
            return self._begin_part(source, source.part)
        if self._stored is None:
            self._stored = _open_stored(source, hashing=hashing)
        return self._decoded(self._unpacked(self._stored))

    def _begin_part(self, source: Source, part: ByteRange) -> Iterator[bytes]:
        """Open a source at a part of its text: in its midst, where the text is what is stored.

        Elsewhere all that stands before it is unpacked and decoded, and passed over.
        """
        whole = source._replace(part=None)
        with SourceReader(whole, hashing=False, block_size=self._block_size) as looked_at:
            head, failure = looked_at.head, looked_at.failure
            self.container, self.encoding = looked_at.container, looked_at.encoding
        if failure is not None and not head:
            raise UnreadableError(failure, looked_at.advice)
        if looked_at.is_stored_as_text:
            self._stored = _open_stored(source, hashing=False)
            text = self._guard(self._stored.chunks(self._block_size, whole_lines=True))
        else:
            self._passes_over = True
            self._stored = _open_stored(whole, hashing=False)
            text = self._guard(self._cut(self._decoded(self._unpacked(self._stored)), part))
        self.head = head[: part.end]
        return text

    def _cut(self, text: Iterator[bytes], part: ByteRange) -> Iterator[bytes]:
        """The part of a text; no more of it is asked for."""
        position = 0
        while position < part.stop and (chunk := next(text, None)) is not None:
            wanted = chunk[max(part.first - position, 0) : part.stop - position]
            position += len(chunk)
            if wanted:
                yield wanted
        if position < part.stop:
            raise UnreadableError(
                f"its text shrank: {position:,} of {part.stop:,} bytes were there",
                "read it when nothing rotates or truncates it",
            )

    @property
    def _is_file(self) -> bool:
        return not self.source.member

    def _decoded(self, unpacked: Iterator[bytes]) -> Iterator[bytes]:
        if self._budget is not None:
            unpacked = self._guard(self._budget.spend(unpacked))
        start, unpacked = look(unpacked, _START)
        if start.startswith(encodings.HOLE):
            start, unpacked = look(self._past_hole(unpacked), _START)
        self._archive = unpacked
        self._refuse_foreign(start)
        self.encoding, mark = encodings.detect(start)
        text = self._guard(encodings.decode(unpacked, self.encoding, mark))
        head, text = look(text, HEAD_SIZE)
        self.head = head[:HEAD_SIZE]
        return text

    def _past_hole(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks without the NUL bytes that they begin with."""
        size = 0
        for chunk in chunks:
            rest = b"" if chunk == bytes(len(chunk)) else chunk.lstrip(b"\0")
            size += len(chunk) - len(rest)
            if rest:
                self._hole = size
                return chain((rest,), chunks)
        raise UnreadableError(
            f"holds nothing but {size:,} NUL bytes: its content was lost",
            "copy it again from where it came from",
        )

    def _refuse_foreign(self, start: bytes) -> None:
        kind = foreign.recognise(start)
        if kind is not None:
            within = "" if self.container == "plain" else f" inside {self.container} data"
            self.container = kind.name
            raise UnreadableError(f"is {kind.words}{within}", kind.advice)
        again = None if self.container == "plain" else packed.recognise(start)
        if again is not None:
            raise UnreadableError(
                f"is {again.name} data inside {self.container} data", "unpack it once"
            )

    def _guard(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks up to a failure, which is kept: what came before it is still handed on."""
        try:
            yield from chunks
        except UnreadableError as error:
            self._fail(error)

    def _digested(self, unpacked: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks, hashed on their way."""
        digest = self._unpacked_digest
        if digest is None:
            yield from unpacked
            return
        for chunk in unpacked:
            digest.update(chunk)
            yield chunk

    def _finish(self, stored: StoredBytes) -> None:
        self.notes = stored.notes()
        if self._passed_over:
            few = ", ".join(self._passed_over[:_NAMED])
            more = ", …" if self._passed_over[_NAMED:] else ""
            self.notes += (f"no logs by name in it, passed over: {few}{more}",)
        if self._hole:
            self.notes += (f"begins with {self._hole:,} NUL bytes, which are no line: passed over",)
        try:
            stored.check_unbroken()
        except UnreadableError as error:
            self._fail(error)
        try:
            self.sha256 = stored.sha256()
        except UnreadableError as error:
            self._fail(error)
        if self.source.part is not None and self._text_digest is not None:
            self.content_sha256 = None if self.failure else self._text_digest.hexdigest()
        elif self.failure is None and self._unpacked_digest is not None:
            packed_as = self.container not in ("plain", "parquet")
            self.content_sha256 = self._unpacked_digest.hexdigest() if packed_as else self.sha256

    def _fail(self, error: UnreadableError) -> None:
        """Keep the first failure: a later one follows from it."""
        if self.failure is None:
            self.failure, self.advice = error.reason, error.advice


def _open_stored(source: Source, *, hashing: bool) -> StoredBytes:
    """What is stored on a disk, in a pipe, or far away: for that alone more is imported."""
    if source.remote is None:
        return StoredFile(source, hashing=hashing)
    from logan.intake.stored_object import StoredObject

    return StoredObject(source, hashing=hashing)


def _is_no_log(part: str) -> bool:
    """True for a file or folder of an archive that by its name holds no log."""
    return part not in ("", ".", "..") and (part == _MAC or never_log(part) is not None)


def _closing(file: BinaryIO, members: Iterator[ArchiveMember]) -> Iterator[ArchiveMember]:
    with file:
        yield from members
