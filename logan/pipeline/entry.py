"""Enters examined batches, in order: lines into the tally of their source, stamps into its hours,
candidate lines into the next batch that is matched.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import polars as pl

from logan.evidence.failures import line_in_pieces
from logan.formats.detect.other_logs import OtherLog
from logan.formats.engine.journal import count_missing
from logan.formats.engine.split_lines import first_piece, may_be_split
from logan.intake.line_index import LineIndex, decoded
from logan.intake.line_runs import LineRuns, runs_of
from logan.pipeline.batches import LongLinePiece
from logan.pipeline.examine import ExaminedPart
from logan.pipeline.hours import LineRange, StampReader
from logan.pipeline.matcher import CandidateMatcher, numbered
from logan.pipeline.repetitions import has_repetitions, look_before, repeats, with_repetitions
from logan.pipeline.source import SourceReading
from logan.pipeline.target_samples import keep_samples, sample
from logan.rules.late_prefilter import AnyPrefilter


def enter_lines(
    reading: SourceReading, examined: ExaminedPart, stamps: StampReader, matcher: CandidateMatcher
) -> None:
    """Enter whole lines; the layout in force changes at each of their directives."""
    index = examined.index
    if examined.blank or examined.continued or len(examined.directives):
        reading.counts["blank"] += examined.blank
        reading.counts["repeat"] += examined.continued
        reading.counts["directive"] += len(examined.directives)
    if len(examined.binary):
        reading.note_binary(reading.lines + 1 + int(examined.binary[0]) - examined.first)
    if reading.recognised.is_journal and len(examined.index):
        reading.note_missing(count_missing(examined.index.whole))
    _note_piece(reading, examined)
    sampled = sample(reading, examined)
    for first, stop, directive in examined.segments():
        if directive is not None:
            reading.follow(decoded(index.line(directive)))
        if stop > first:
            if reading.recognised.format is not None and not examined.is_blank:
                lines = LineRange(index, first, stop, _runs(reading, examined, first, stop))
                stamps.add(reading.key, reading.coverage, lines)
            _pass_on(reading, examined, matcher, first=first, stop=stop)
            if sampled:
                keep_samples(reading, examined, sampled, first=first, stop=stop)
    reading.lines += examined.stop - examined.first
    if examined.buffer is not None:
        stamps.hold(examined.buffer)
    if examined.part.end is not None:
        reading.finish(examined.part.end)


def _note_piece(reading: SourceReading, examined: ExaminedPart) -> None:
    """Note that a line goes on where its source does not: the name in it may be cut."""
    layer = reading.recognised.piece_layer
    if layer is None or not len(examined.index) or not may_be_split(examined.index.whole, layer):
        return
    index, last = examined.index, examined.stop - 1
    lines = bytes(index.whole[index.starts[examined.first] : index.ends[last]])
    if (row := first_piece(lines, layer)) is not None:
        reading.fail(line_in_pieces(reading.lines + 1 + row))


def enter_piece(
    reading: SourceReading, piece: LongLinePiece, prefilter: AnyPrefilter, matcher: CandidateMatcher
) -> None:
    """Enter a piece of a line too long to hold: a reject if any piece names a service."""
    if piece.block.piece == "start":
        reading.lines += 1
        reading.long_line, reading.long_named = reading.lines, None
    if reading.long_named is None:
        reading.long_named = prefilter.excerpt(piece.block.data)
    if piece.block.piece != "end":
        return
    if reading.recognised.other_log is not None:
        reading.note_other(reading.long_named is not None)
    elif reading.long_named is not None:
        assert reading.long_line is not None  # noqa: S101 - a line has a start
        matcher.add_long(reading.recognised.number, reading.long_line, reading.long_named)


def _pass_on(
    reading: SourceReading,
    examined: ExaminedPart,
    matcher: CandidateMatcher,
    *,
    first: int,
    stop: int,
) -> None:
    """Hand the candidate lines among rows [first, stop) to the matcher, with their numbers."""
    index = examined.index
    number = reading.lines + 1 - examined.first
    if reading.recognised.other_log is not None:
        _count_other(reading, reading.recognised.other_log, examined, matcher)
        return
    if examined.is_blank:
        return
    if not reading.lines and first == examined.first and repeats(index.line(first)):
        look_before(reading)
    if examined.candidates is None and not has_repetitions(index):
        for begin, end in index.parts(first, stop):
            lines = pl.int_range(number + begin, number + end, dtype=pl.Int64, eager=True)
            matcher.add(
                reading.key, numbered(reading.recognised.number, lines, index.text(begin, end))
            )
        reading.last_named = decoded(index.line(stop - 1))
        return
    texts = with_repetitions(reading, index, _candidates(examined, first, stop), first, stop)
    source = reading.recognised.number
    matcher.add_few(reading.key, [(source, number + row, text) for row, text in texts])


def _candidates(examined: ExaminedPart, first: int, stop: int) -> list[tuple[int, str]]:
    """The candidates among rows [first, stop), by row and text."""
    if examined.candidates is None:
        rows = range(first, stop)
        texts = zip(rows, examined.index.texts(list(rows)), strict=True)
        return [(row, text) for row, text in texts if text.strip(" \t\r")]
    found = examined.candidates
    rows = found[(found >= first) & (found < stop)].tolist() if len(found) else []
    return list(zip(rows, examined.index.texts(rows), strict=True)) if rows else []


def _count_other(
    reading: SourceReading, kind: OtherLog, examined: ExaminedPart, matcher: CandidateMatcher
) -> None:
    """Count lines of a log without requests that name a service; what is none of its lines is
    handed on, as of a format that is not known."""
    rows = examined.candidates
    every = range(examined.first, examined.stop) if rows is None else rows.tolist()
    texts = zip(every, examined.index.texts(list(every)), strict=True)
    lines = [(row, text) for row, text in texts if text.strip()]
    strange = [(row, text) for row, text in lines if not kind.fits(text)]
    reading.note_other(len(lines) - len(strange))
    source, number = reading.recognised.number, reading.lines + 1 - examined.first
    matcher.add_few(reading.key, [(source, number + row, text) for row, text in strange])


def _runs(reading: SourceReading, examined: ExaminedPart, first: int, stop: int) -> LineRuns | None:
    """The runs of rows [first, stop), None where every stamp must be read.

    What was found while nothing was known but the head of the source holds for its first layout;
    below a directive that changes it, stamps have another place.
    """
    source, layout = reading.recognised, reading.in_force.layout
    form = source.format
    if form is None or form.reader.stamp_span is None or source.task.enveloped:
        return examined.runs if layout == source.task.layout else None
    if not len(examined.directives) and layout == source.task.layout:
        runs, span = examined.runs, source.task.stamp_span
    else:
        span = form.reader.stamp_span(decoded(examined.index.line(first)), layout)
        runs = runs_of(examined.index, first, stop, span) if span else None
    if runs is None or span is None:
        return runs
    place = form.reader.stamp_span
    return _with_displaced_stamps_alone(
        runs, examined.index, lambda line: place(line, layout) == span
    )


def _with_displaced_stamps_alone(
    runs: LineRuns, index: LineIndex, is_in_place: Callable[[str], bool]
) -> LineRuns:
    """The runs; of one whose lines have their stamp elsewhere, every line by itself.

    So have records of JSON whose keys stand in another order: what they agree in is no hour.
    """
    # Lists, for most small files have one run: NumPy would take longer to begin.
    bounds = pairwise((*runs.begins.tolist(), len(runs.rows)))
    several = [run for run, (begin, stop) in enumerate(bounds) if stop - begin > 1]
    lines = index.texts([runs.lowest.item(run) for run in several])
    misplaced = [run for run, line in zip(several, lines, strict=True) if not is_in_place(line)]
    if not misplaced:
        return runs
    astray = np.zeros(len(runs.begins), dtype=bool)
    astray[misplaced] = True
    return runs.without(astray)
