"""What is read, in batches: whole lines of one source, or of many small ones, in one buffer.

A batch costs some forty calls into NumPy, a search and a hand-over between threads, whatever is in
it. A log rotated into ten thousand files pays that once for a hundred of them. What is said of a
source in a batch is exactly what it would be by itself: a newline that is no part of it ends a
source that has none, no run of stamps crosses from one to the next, and what is out of the ordinary
has a batch of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

from logan.formats.engine.format import Format
from logan.intake.blocks import BLOCK_SIZE, Block, BufferBlock, cut
from logan.intake.buffers import Buffer, BufferPool
from logan.intake.opening import readers_of
from logan.intake.reader import SourceReader
from logan.intake.small import SmallFile, read_small
from logan.intake.sources import Source
from logan.intake.unreadable import UnreadableError
from logan.pipeline.recognition import RecognisedSource, recognise, recognise_all
from logan.pipeline.source import SourceEnd
from logan.pipeline.source_options import RequestedSource
from logan.runtime.ordered_map import map_in_order

#: The longest text that is put with others, in bytes: all of it is its head.
SMALL: Final = 128 << 10
#: Sources in one batch: enough to make what a batch costs small, few enough to see progress.
MOST_SOURCES: Final = 128
#: Small sources that are recognised together, and their bytes.
_GROUP: Final = 128
_GROUP_BYTES: Final = 2 << 20
#: Small objects of a storage that a stream asks for at once: each takes a few answers to come.
_FAR_AT_ONCE: Final = 8


class BatchPart(NamedTuple):
    """The lines of one source in a batch: they end at byte `stop`, those of the next one follow.

    `position` are the stored bytes that the source was read up to, `offset` is the place of its
    first line in the text of the source. `end`: what is known of the
    source once it is through; None where more of it comes.
    """

    source: RecognisedSource
    stop: int
    position: int
    end: SourceEnd | None = None
    offset: int = 0


class Batch(NamedTuple):
    """Whole lines of one source or of several, one behind the other.

    `buffer` holds them and is to be left when they are entered; None: they are bytes of their own.
    `continued`: of the lines, how many were moved up into the line that their record begins on.
    """

    data: bytes | memoryview
    parts: Sequence[BatchPart]
    buffer: Buffer | None = None
    continued: int = 0


class LongLinePiece(NamedTuple):
    """A piece of a line that is too long to be searched as one."""

    part: BatchPart
    block: Block


Open = Callable[[Source], SourceReader]
RequestMember = Callable[[Source], RequestedSource | None]


def read_batches(
    requested: Iterator[RequestedSource],
    buffers: BufferPool,
    open_source: Open,
    *,
    formats: Sequence[Format],
    hashing: bool,
    prefix_digests: bool,
    request_member: RequestMember,
) -> Iterator[Batch | LongLinePiece]:
    """The batches of sources in their order; small ones together, as soon as a buffer is full.

    The last batch of each source says that it is through. `open_source` opens what is not plain, or
    not small. The files in an archive are sources of their own, for which `request_member` is asked
    as they are found; it gives None for those that are not wanted.
    """
    collector = _BatchCollector(buffers)
    for group in _in_groups(_read_small_ones(requested, hashing=hashing)):
        buffers.need_open()
        if not isinstance(group, RequestedSource):
            texts = [small.data for _, small in group]
            sources = recognise_all([one for one, _ in group], texts, formats)
            for source, (_, small) in zip(sources, group, strict=True):
                text = small.data
                end = SourceEnd(len(text), "utf-8", small.sha256, small.sha256)
                known = source.with_prefixes(text) if prefix_digests else source
                yield from _put_together(known, text, len(text), end, collector)
            continue
        with open_source(group.source) as archive:
            for reader in readers_of(archive):
                inner = group if reader is archive else request_member(reader.source)
                if inner is not None:
                    source = recognise(inner, reader.head, formats)
                    if prefix_digests or inner.source.is_stream:
                        source = source.with_prefixes(reader.head)
                    yield from _read_one(source, reader, buffers, collector)
    yield from collector.close()


def _read_small_ones(
    requested: Iterator[RequestedSource], *, hashing: bool
) -> Iterator[tuple[RequestedSource, SmallFile | None]]:
    """Sources in their order, with all that is in the small ones; several that are far at once."""

    def read(one: RequestedSource) -> tuple[RequestedSource, SmallFile | None]:
        return one, read_small(one.source, hashing=hashing, most=SMALL)

    for far, some in groupby(requested, _is_small_and_far):
        if far:
            yield from map_in_order(read, some, threads=_FAR_AT_ONCE)
        else:
            yield from map(read, some)


def _in_groups(
    found: Iterator[tuple[RequestedSource, SmallFile | None]],
) -> Iterator[Sequence[tuple[RequestedSource, SmallFile]] | RequestedSource]:
    """Small sources that follow each other, some at a time, and every other by itself."""
    group: list[tuple[RequestedSource, SmallFile]] = []
    size = 0
    for one, small in found:
        if group and (small is None or len(group) == _GROUP or size >= _GROUP_BYTES):
            yield group
            group, size = [], 0
        if small is None:
            yield one
        else:
            group.append((one, small))
            size += len(small.data)
    if group:
        yield group


def _is_small_and_far(one: RequestedSource) -> bool:
    return one.source.remote is not None and (one.source.size or 0) <= SMALL


def _read_one(
    source: RecognisedSource,
    reader: SourceReader,
    buffers: BufferPool,
    collector: "_BatchCollector",
) -> Iterator[Batch | LongLinePiece]:
    """The batches of a source that is open."""
    if len(reader.head) <= SMALL and reader.source.part is None:
        reader.finish()
        end = SourceEnd.of(reader)
        yield from _put_together(source, reader.head, reader.position, end, collector)
        return
    yield from collector.close()  # whoever waits for a buffer may hold none
    for block in source.records_in_buffers(reader, buffers):
        yield _of_block(source, block, reader.position)
    yield _last(source, reader.position, SourceEnd.of(reader))


def _of_block(
    source: RecognisedSource, block: Block | BufferBlock, position: int
) -> Batch | LongLinePiece:
    """A block of one source, as a batch."""
    within = source.requested.source.part
    offset = block.offset + (within.first if within is not None else 0)
    part = BatchPart(source, len(block.data), position, offset=offset)
    if isinstance(block, BufferBlock):
        return Batch(block.data, [part], block.buffer)
    if block.piece != "whole":
        return LongLinePiece(part, block)
    return Batch(block.data, [part], continued=block.continued)


def _last(source: RecognisedSource, position: int, end: SourceEnd) -> Batch:
    """A batch without lines, which says that a source is through."""
    return Batch(b"", [BatchPart(source, 0, position, end)])


def _put_together(
    source: RecognisedSource, text: bytes, stored: int, end: SourceEnd, collector: "_BatchCollector"
) -> Iterator[Batch | LongLinePiece]:
    """A source in memory, put with others where that can be; what is full then is handed on."""
    task = source.task
    if source.edits(text) or (task.directive is not None and task.enveloped is not None):
        reader = _TextReader(text, end)
        for block in source.joined(reader.blocks(source)):
            yield _of_block(source, block, stored)
        end = reader.end
    elif text:
        collector.add(source, text, stored, end)
        if collector.is_full:
            yield from collector.close()
        return
    yield _last(source, stored, end)


@dataclass(slots=True)
class _TextReader:
    """All of a text, in memory; `end` is what is known of its source, whole after `blocks`."""

    text: bytes
    end: SourceEnd

    def blocks(self, source: RecognisedSource) -> Iterator[Block]:
        """The text in blocks, unpacked."""
        yield from cut(self._unpacked(source))

    def _unpacked(self, source: RecognisedSource) -> Iterator[bytes]:
        try:
            yield from source.unpacked((self.text,))
        except UnreadableError as error:
            self.end = self.end._replace(failure=error.reason, advice=error.advice)


class _BatchCollector:
    """A buffer that is being filled with small sources."""

    def __init__(self, buffers: BufferPool) -> None:
        self._buffers = buffers
        self._buffer: Buffer | None = None
        self._parts: list[BatchPart] = []
        self._stop = 0

    def add(self, source: RecognisedSource, data: bytes, stored: int, end: SourceEnd) -> None:
        """Put a source behind the others, its last line ended."""
        if self._buffer is None:
            self._buffer = self._buffers.take()
        stop = self._buffer.write(self._stop, data)
        if not data.endswith(b"\n"):
            stop = self._buffer.write(stop, b"\n")
        self._stop = stop
        self._parts.append(BatchPart(source, stop, stored, end))

    @property
    def is_full(self) -> bool:
        return self._stop > BLOCK_SIZE - SMALL or len(self._parts) >= MOST_SOURCES

    def close(self) -> Iterator[Batch]:
        """What was collected, if anything was."""
        if self._buffer is not None:
            yield Batch(self._buffer.view(0, self._stop), self._parts, self._buffer)
        self._buffer, self._parts, self._stop = None, [], 0
