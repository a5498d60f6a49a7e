"""Which text stored bytes are: unpacked, without the hole that they may begin with, and decoded.

Each step is a generator over the one before, whose C code releases the interpreter lock.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from logan.intake import columns, encodings, foreign, packed
from logan.intake.chunks import look
from logan.intake.content_hashes import ContentHashes
from logan.intake.members import UnpackingBudget
from logan.intake.sources import ByteRange, Source
from logan.intake.stored import StoredBytes
from logan.intake.unreadable import FirstFailure, UnreadableError

#: Enough for every signature and for telling UTF-16 without a mark.
_START: Final = 1 << 10


class StoredText:
    """The text of a source, and what its beginning tells of how it is stored.

    `container`, `encoding`: as of `SourceReader`. `hole`: how many NUL bytes it begins with, which
    are no text. `unpacked`: of an archive its bytes, from the first one on.
    """

    def __init__(self) -> None:
        self.container = "plain"
        self.encoding = "utf-8"
        self.hole = 0
        self.unpacked: Iterator[bytes] = iter(())

    @property
    def is_as_stored(self) -> bool:
        """True where the text is what is stored, byte for byte."""
        return (self.container, self.encoding, self.hole) == ("plain", "utf-8", 0)

    @property
    def can_be_filled(self) -> bool:
        """True where stored bytes, after the first ones, go into memory as they are."""
        return self.container == "plain" and not self.encoding.startswith("utf-16")

    def decode(
        self,
        stored: StoredBytes,
        source: Source,
        failure: FirstFailure,
        hashes: ContentHashes,
        *,
        budget: UnpackingBudget | None,
        block_size: int,
    ) -> Iterator[bytes]:
        """The text in chunks, up to the first `failure` behind its beginning.

        Raises `UnreadableError` where the beginning is no text at all.
        """
        unpacked = failure.guard(self._unpack(stored, source, hashes, block_size))
        if budget is not None:
            unpacked = failure.guard(budget.spend(unpacked))
        start, unpacked = look(unpacked, _START)
        if start.startswith(encodings.HOLE):
            start, unpacked = look(self._past_hole(unpacked), _START)
        self.unpacked = unpacked
        self._refuse_foreign(start)
        self.encoding, mark = encodings.detect(start)
        return failure.guard(encodings.decode(unpacked, self.encoding, mark))

    def _unpack(
        self, stored: StoredBytes, source: Source, hashes: ContentHashes, block_size: int
    ) -> Iterator[bytes]:
        start = stored.beginning(_START)
        if start.startswith(columns.MAGIC) and not source.member:
            file = source.path or stored.opened_anew()
            if file is not None:
                self.container = "parquet"
                return columns.lines(file)
        container = packed.recognise(start)
        if container is not None:
            self.container = container.name
            return hashes.unpacked(packed.unpack(container, stored.chunks(packed.PACKED_CHUNK)))
        lost = packed.promised(source.name)
        if lost is not None and not start:
            raise UnreadableError(
                f"is empty, which {lost.name} data never is: its content was lost",
                "copy it again from where it came from",
            )
        return stored.chunks(block_size, whole_lines=True)

    def _past_hole(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks without the NUL bytes that they begin with."""
        size = 0
        for chunk in chunks:
            rest = b"" if chunk == bytes(len(chunk)) else chunk.lstrip(b"\0")
            size += len(chunk) - len(rest)
            if rest:
                self.hole = size
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


def cut_part(text: Iterator[bytes], part: ByteRange) -> Iterator[bytes]:
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
