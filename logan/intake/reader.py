"""A source that is read: its text in blocks, and what there is to know about the reading.

The text is one iterator of chunks, each step a generator over the one before:
stored bytes -> unpacked -> decoded -> cut. The C code of every step releases the interpreter lock.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from types import TracebackType
from typing import Final, Self

from logan.intake import blocks
from logan.intake.archive_listing import list_members, names_no_log
from logan.intake.blocks import Block, BufferBlock, Fill
from logan.intake.buffers import BufferPool
from logan.intake.chunks import look, poured
from logan.intake.content_hashes import ContentHashes
from logan.intake.members import ArchiveMember, UnpackingBudget
from logan.intake.sources import ByteRange, Source
from logan.intake.stored import StoredBytes, StoredFile
from logan.intake.stored_chunks import StoredChunks
from logan.intake.stored_text import StoredText, cut_part
from logan.intake.unreadable import FirstFailure, UnreadableError
from logan.vocabulary import ARCHIVES

#: Makes text out of text. May raise `UnreadableError` behind what could be read.
Unpacking = Callable[[Iterator[bytes]], Iterator[bytes]]
HEAD_SIZE: Final = 256 << 10
#: Archives within archives: some hold themselves.
_DEEPEST: Final = 3
_EMPTY: Final = "ask for the logs again, or leave it out and say so"
#: Files that are named one by one.
_NAMED: Final = 3


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
        self.head, self.text_size = b"", 0
        self.notes: tuple[str, ...] = ()
        self.sha256: str | None = None
        self.content_sha256: str | None = None
        self._hashing, self._block_size, self._budget = hashing, block_size, budget
        self._passed_over: list[str] = []
        self._outer: SourceReader | None = None
        self._first_failure = FirstFailure()
        self._hashes = ContentHashes(source, hashing=hashing)
        self._passes_over = False
        self._stored, self._stored_text = stored, StoredText()
        self._text: Iterator[bytes] = iter(())
        try:
            self._text = self._begin(source)
        except UnreadableError as error:
            self.fail(error)

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
    def container(self) -> str:
        return self._stored_text.container

    @property
    def encoding(self) -> str:
        return self._stored_text.encoding

    @property
    def failure(self) -> str | None:
        return self._first_failure.reason

    @property
    def advice(self) -> str | None:
        return self._first_failure.advice

    @property
    def is_stored_as_text(self) -> bool:
        """True where the text is what is stored, byte for byte."""
        return self._stored_text.is_as_stored

    @property
    def position(self) -> int:
        """Stored bytes read so far, for a progress bar: a block or so ahead of `blocks`."""
        return 0 if self._stored is None else self._stored.position

    def close_with(self, outer: "SourceReader") -> None:
        """Close the archive too that this file lies in, when it is closed."""
        self._outer = outer

    def fail(self, error: UnreadableError) -> None:
        """Keep why it cannot be read on, unless something failed before."""
        self._first_failure.keep(error)

    def blocks(self, unpacked: Unpacking = iter) -> Iterator[Block]:
        """The text in blocks, up to its end or to what `failure` says; see `blocks.cut`.

        `unpacked` takes its records out of what they are packed in, within the text.
        """
        text = self._first_failure.guard(unpacked(self.chunks()))
        yield from blocks.cut(text, block_size=self._block_size)
        if self._stored is not None:
            self._finish(self._stored)

    def chunks(self) -> Iterator[bytes]:
        """The text as it comes, in place of `blocks`, for those who want its bytes alone."""
        for chunk in self._text:
            self.text_size += len(chunk)
            self._hashes.add_text(chunk)
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
        self._first_failure.forget()
        self._hashes.leave_unpacked()
        count = 0
        try:
            for at, member in enumerate(self._members()):
                name = member.name.removeprefix("./").lstrip("/")
                if names_no_log(name):
                    self._passed_over.append(name)
                    continue
                count += 1
                yield self._member(at, name, member)
            if not count:
                raise UnreadableError(f"is a {self.container} archive that holds no log", _EMPTY)
        except UnreadableError as error:
            self.fail(error)

    def _members(self) -> Iterator[ArchiveMember]:
        stream = UnpackingBudget(self._stored_size).spend(self._stored_text.unpacked)
        opened_anew = self._stored.opened_anew if self._stored is not None else lambda: None
        return list_members(self.container, stream, opened_anew)

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
        return self._hashes.text_sha256()

    def _filler(self) -> Fill:
        """What puts the text into memory: without a step between where it is plain."""
        stored = self._stored
        plain = self._stored_text.can_be_filled and not self._passes_over
        if stored is None or not plain or self._hashes.of_text:
            return poured(self.chunks())
        looked_at = poured(islice(self.chunks(), 1))

        def fill(buffer: memoryview) -> int:
            if count := looked_at(buffer):
                return count
            try:
                count = 0 if self.failure else stored.fill(buffer)
            except UnreadableError as error:
                self.fail(error)
            self.text_size += count
            return count

        return fill

    def _begin(self, source: Source) -> Iterator[bytes]:
        """Open what is stored, and give the text that it is."""
        if source.part is not None:
            return self._begin_part(source, source.part)
        if self._stored is None:
            self._stored = _open_stored(source, hashing=self._hashing)
        head, text = look(self._decoded(self._stored), HEAD_SIZE)
        self.head = head[:HEAD_SIZE]
        return text

    def _begin_part(self, source: Source, part: ByteRange) -> Iterator[bytes]:
        """Open a source at a part of its text: in its midst, where the text is what is stored.

        Elsewhere all that stands before it is unpacked and decoded, and passed over.
        """
        whole = source._replace(part=None)
        with SourceReader(whole, hashing=False, block_size=self._block_size) as looked_at:
            head, failure = looked_at.head, looked_at.failure
        if failure is not None and not head:
            self._stored_text = looked_at._stored_text
            raise UnreadableError(failure, looked_at.advice)
        self._passes_over = not looked_at.is_stored_as_text
        if self._passes_over:
            self._stored = _open_stored(whole, hashing=False)
            text = cut_part(self._decoded(self._stored), part)
        else:
            self._stored = _open_stored(source, hashing=False)
            text = self._stored.chunks(self._block_size, whole_lines=True)
        self.head = head[: part.end]
        return self._first_failure.guard(text)

    def _decoded(self, stored: StoredBytes) -> Iterator[bytes]:
        return self._stored_text.decode(
            stored,
            self.source,
            self._first_failure,
            self._hashes,
            budget=self._budget,
            block_size=self._block_size,
        )

    def _finish(self, stored: StoredBytes) -> None:
        self.notes = stored.notes()
        if self._passed_over:
            few = ", ".join(self._passed_over[:_NAMED])
            more = ", …" if self._passed_over[_NAMED:] else ""
            self.notes += (f"no logs by name in it, passed over: {few}{more}",)
        if hole := self._stored_text.hole:
            self.notes += (f"begins with {hole:,} NUL bytes, which are no line: passed over",)
        try:
            stored.check_unbroken()
        except UnreadableError as error:
            self.fail(error)
        try:
            self.sha256 = stored.sha256()
        except UnreadableError as error:
            self.fail(error)
        if self.failure is None:
            self.content_sha256 = self._hashes.content_sha256(
                of_part=self.source.part is not None,
                stored=self.sha256,
                packed=self.container not in ("plain", "parquet"),
            )


def _open_stored(source: Source, *, hashing: bool) -> StoredBytes:
    """What is stored on a disk, in a pipe, or far away: for that alone more is imported."""
    if source.remote is None:
        return StoredFile(source, hashing=hashing)
    from logan.intake.stored_object import StoredObject

    return StoredObject(source, hashing=hashing)
