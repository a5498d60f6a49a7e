"""Reads every stamp of a source again, where the few that were to tell its hours had none.

A scan reads the stamps of hardly any line (`logan.pipeline.hours`). Where one of those turns out to
have none, though it is a line of its format, the hours of the source are not certain.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.evidence.failures import SourceFailure
from logan.formats.engine.format import Format
from logan.intake.line_index import LineIndex, decoded
from logan.intake.opening import open_source
from logan.pipeline.examine import split
from logan.pipeline.hours import stamps
from logan.pipeline.recognition import recognise
from logan.pipeline.source import SourceReading

#: Why a source is incomplete whose stamps could not all be read.
HOURS_UNKNOWN: Final = (
    "a line that tells which hours it has is without a time, and what is read from standard input "
    "cannot be read again"
)


def make_sure(reading: SourceReading, formats: Sequence[Format]) -> None:
    """Put the hours of all its lines into the coverage of a source that is unsure of them.

    What was read from standard input, or has gone since, cannot be read again: it keeps the hours
    it has, and is incomplete.
    """
    requested = reading.recognised.requested
    if requested.source.is_stream:
        advice = "write it to a file and scan that"
        reading.fail(SourceFailure(HOURS_UNKNOWN, advice, "end"))
        return
    with open_source(requested.source) as reader:
        again = SourceReading(recognise(requested, reader.head, formats))
        for block in again.recognised.records(reader):
            if block.piece == "whole":
                _enter(again, LineIndex(block.data))
        if reader.failure and reading.why_incomplete is None:
            reason = f"on the second reading: {reader.failure}"
            reading.fail(SourceFailure(reason, reader.advice, "end"))
            return
    reading.coverage = again.coverage


def _enter(reading: SourceReading, index: LineIndex) -> None:
    """Enter every stamp of a block."""
    for first, stop, directive in split(reading.recognised.task.directives(index), len(index)):
        if directive is not None:
            reading.follow(decoded(index.line(directive)))
        for begin, end in index.parts(first, stop):
            lines = index.text(begin, end).alias("text")
            _enter_stamps(reading, lines)


def _enter_stamps(reading: SourceReading, lines: pl.Series) -> None:
    key = reading.key
    if key.format is not None:
        times = stamps(lines, key.format, key.layout, zone=key.zone).collect()
        reading.coverage.add(times["time"])
