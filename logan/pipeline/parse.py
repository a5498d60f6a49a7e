"""Every line of a log as a canonical record: how a user checks that a format is read rightly.

The same steps as a scan, without prefilter and rules. Lines are read in batches, a few of them at
once, and come out in their order: that bounds the memory, whatever the sizes of the inputs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.intake.blocks import BLOCK_SIZE, Block
from logan.intake.line_index import LineIndex, decoded
from logan.intake.names import fits
from logan.intake.opening import open_source, readers_of
from logan.intake.reader import SourceReader
from logan.intake.source_search import find
from logan.pipeline.examine import split
from logan.pipeline.matcher import ParsingKey, numbered, read
from logan.pipeline.recognition import recognise
from logan.pipeline.source import SourceEnd, SourceReading
from logan.pipeline.source_options import Answers, Zones, request
from logan.runtime.ordered_map import map_in_order
from logan.schema import RECORD

#: As much of a rejected line as is shown.
REJECT_CHARS: Final = 2_000
#: Bytes of lines that are read together: enough that the cost of a batch itself does not count. A
#: batch needs some ten times as much, and a few are under way at once.
BATCH_BYTES: Final = 2 * BLOCK_SIZE


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Records and rejects of one batch: `schema.RECORD`, and source, line, reason, text.

    `source` is the name in both.
    """

    records: pl.DataFrame
    rejects: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of one source (`schema.LINE`) that are read alike; `size` in bytes."""

    frame: pl.DataFrame
    key: ParsingKey
    name: str
    size: int


@dataclass(slots=True)
class ParsedInputs:
    """The inputs of a parse, read batch by batch as `blocks` is iterated.

    Afterwards `failures` says what could not be read: (source, reason, advice), and `left_out`
    which logs hold no requests: (source, what it is).
    """

    paths: Sequence[str]
    zones: Zones = ()
    formats: Sequence[Format] = FORMATS
    answers: Answers = ()
    exclude: Sequence[str] = ()
    failures: list[tuple[str, str, str | None]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def blocks(self) -> Iterator[ParsedBatch]:
        """The records of all inputs, in the order of their lines."""
        return map_in_order(_parsed, _batches(self._lines()))

    def _lines(self) -> Iterator[_Lines | ParsedBatch]:
        """The lines of all inputs in order, and what is a reject before it is read."""
        found = find(self.paths, exclude=self.exclude)
        for at, source in enumerate(found.sources):
            with open_source(source) as archive:
                for reader in readers_of(archive):
                    if not any(fits(reader.source.name, glob) for glob in self.exclude):
                        yield from self._lines_in(reader, at)
        self.failures += [(one.name, one.reason, one.advice) for one in found.unread]

    def _lines_in(self, reader: SourceReader, number: int) -> Iterator[_Lines | ParsedBatch]:
        """The lines of one source."""
        name = reader.source.name
        requested = request(reader.source, number, self.zones, self.answers)
        reading = SourceReading(recognise(requested, reader.head, self.formats))
        if reading.recognised.other_log is not None:
            self.left_out.append((name, reading.recognised.other_log.title))
            return
        for block in reading.recognised.records(reader):
            yield from _lines_of(reading, block)
        reading.finish(SourceEnd.of(reader))
        # A log without hosts can still be parsed: only an unread one has failed here.
        failure = reading.why_incomplete
        if failure and failure.reason != reading.in_force.layout.names_no_host:
            self.failures.append((name, failure.reason, failure.advice))


def _lines_of(reading: SourceReading, block: Block) -> Iterator[_Lines | ParsedBatch]:
    """The lines of a block, cut where a directive changes how they are read."""
    if block.piece != "whole":
        if block.piece == "start":
            yield _too_long(reading.recognised.name, block)
        return
    index = LineIndex(block.data)
    text, any_blank = index.text(), len(index.blank_rows()) > 0
    for first, stop, row in split(reading.recognised.task.directives(index), len(index)):
        if row is not None:
            reading.follow(decoded(index.line(row)))
        if stop > first:
            number = block.first_line
            lines = pl.int_range(number + first, number + stop, dtype=pl.Int64, eager=True)
            some = text.slice(first, stop - first)
            frame = numbered(reading.recognised.number, lines, some, any_blank=any_blank)
            size = int(index.ends[stop - 1] - index.starts[first])
            yield _Lines(frame, reading.key, reading.recognised.name, size)


def _batches(lines: Iterable[_Lines | ParsedBatch]) -> Iterator[_Lines | ParsedBatch]:
    """The same in larger pieces: what follows each other and is read alike, up to `BATCH_BYTES`."""
    waiting: list[_Lines] = []
    for one in lines:
        alike = isinstance(one, _Lines) and _fits(waiting, one)
        if waiting and not alike:
            yield _joined(waiting)
            waiting = []
        if isinstance(one, _Lines):
            waiting.append(one)
        else:
            yield one
    if waiting:
        yield _joined(waiting)


def _fits(waiting: Sequence[_Lines], more: _Lines) -> bool:
    return (
        all((one.name, one.key) == (more.name, more.key) for one in waiting[:1])
        and sum(one.size for one in (*waiting, more)) <= BATCH_BYTES
    )


def _joined(pieces: Sequence[_Lines]) -> _Lines:
    frame = pl.concat([piece.frame for piece in pieces])
    return _Lines(frame, pieces[0].key, pieces[0].name, sum(piece.size for piece in pieces))


def _parsed(lines: _Lines | ParsedBatch) -> ParsedBatch:
    if isinstance(lines, ParsedBatch):
        return lines
    frame = read(lines.frame, lines.key, alone=True).with_columns(source=pl.lit(lines.name))
    unfit = frame["reason"].is_not_null()
    records = frame.filter(~unfit) if unfit.any() else frame
    text = pl.col("text").str.slice(0, REJECT_CHARS)
    rejects = frame.filter(unfit).select("source", "line", "reason", text)
    return ParsedBatch(records.select(*RECORD), rejects)


def _too_long(source: str, block: Block) -> ParsedBatch:
    text = block.data[:REJECT_CHARS].decode("utf-8", "backslashreplace")
    reject = {
        "source": [source],
        "line": [block.first_line],
        "reason": ["the line is longer than 1 MiB"],
        "text": [text],
    }
    return ParsedBatch(pl.DataFrame(schema=RECORD), pl.DataFrame(reject))
