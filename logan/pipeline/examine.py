"""Looks at a batch: which lines could name a service, are blank or directives, share an hour.

Runs in worker threads, so it knows nothing of what came before the batch. What depends on that (the
columns in force, the tally of the source) is joined up in `logan.pipeline.entry`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from logan.intake.buffers import Buffer
from logan.intake.line_index import LineIndex, count_blank_lines
from logan.intake.line_runs import LineRuns, runs_of_each
from logan.pipeline.batches import Batch, BatchPart
from logan.pipeline.search_task import SearchTask
from logan.rules.late_prefilter import AnyPrefilter

Rows = npt.NDArray[np.int64]
#: A block of more lines hardly has a directive.
_FEW_LINES: Final = 1024
MaybeRows = TypeVar("MaybeRows", Rows, Rows | None)


@dataclass(frozen=True, slots=True)
class ExaminedPart:
    """What the lines of a source in a batch hold: rows [first, stop) of the batch, from 0.

    `candidates` are the rows that could name a service, None for all of them. `runs` are the lines
    by what stands at the `stamp_span` of the source's task, None where every stamp must be read;
    with directives among the lines they are left to those who know the layout. `continued`: as in
    `Batch`. `binary` are rows that are no text. `buffer` is to be left once this is entered; None
    where there is none, or others that live there come after this one.
    """

    part: BatchPart
    index: LineIndex
    first: int
    stop: int
    candidates: Rows | None
    directives: Rows
    blank: int
    continued: int
    runs: LineRuns | None
    buffer: Buffer | None
    binary: Rows

    @property
    def is_blank(self) -> bool:
        """True where no line holds anything."""
        return self.stop - self.first == self.blank + self.continued

    def segments(self) -> Iterator[tuple[int, int, int | None]]:
        """Runs of lines between directives, see `split`."""
        return split(self.directives, self.stop, first=self.first)


def split(directives: Rows, stop: int, *, first: int = 0) -> Iterator[tuple[int, int, int | None]]:
    """Rows [first, stop) in runs of lines between directives: (first row, row after the last,
    directive before it).

    A run may be empty; every directive is named once, in order.
    """
    directive = None
    for row in map(int, directives):
        if row > first or directive is not None:
            yield first, row, directive
        first, directive = row + 1, row
    yield first, stop, directive


def examine(batch: Batch, prefilter: AnyPrefilter) -> list[ExaminedPart]:
    """Everything that can be said of a batch without parsing it, part by part."""
    if len(batch.parts) == 1 and (lines := count_blank_lines(batch.data)) is not None:
        return [_blank(batch, lines)]
    index = LineIndex(batch.data)
    bounds = _bounds(index, batch.parts)
    tasks = [part.source.task for part in batch.parts]
    # How lines begin is fetched with their stamps, for whatever else is asked of it.
    early = _runs(index, tasks, bounds) if len(tasks) == 1 and len(index) > _FEW_LINES else None
    directives = _directives(index, tasks, bounds)
    runs = _runs(index, tasks, bounds, directives) if early is None else early
    found = zip(
        batch.parts,
        pairwise(bounds.tolist()),
        _by_part(prefilter.search(index), bounds),
        directives,
        runs,
        _by_part(index.blank_rows(), bounds),
        _by_part(index.binary_rows(), bounds),
        strict=True,
    )
    return [
        ExaminedPart(
            part=part,
            index=index,
            first=first,
            stop=stop,
            candidates=candidates,
            directives=some,
            # Lines that moved up into the first of their record are empty, but were not blank.
            blank=len(blank) - batch.continued,
            continued=batch.continued,
            runs=None if len(some) else some_runs,
            buffer=batch.buffer if part is batch.parts[-1] else None,
            binary=binary,
        )
        for part, (first, stop), candidates, some, some_runs, blank, binary in found
    ]


def _blank(batch: Batch, lines: int) -> ExaminedPart:
    """A batch of so many blank lines of one source: no place of any needs to be known."""
    none = np.empty(0, dtype=np.int64)
    return ExaminedPart(
        part=batch.parts[0],
        index=LineIndex(b""),
        first=0,
        stop=lines,
        candidates=none,
        directives=none,
        blank=lines - batch.continued,
        continued=batch.continued,
        runs=None,
        buffer=batch.buffer,
        binary=none,
    )


def _bounds(index: LineIndex, parts: Sequence[BatchPart]) -> Rows:
    """The rows at which parts begin, and the one after the last."""
    if len(parts) == 1:
        return np.array([0, len(index)])
    stops = np.searchsorted(index.starts, [part.stop for part in parts])
    return np.concatenate((np.zeros(1, dtype=np.int64), stops))


def _by_part(rows: MaybeRows, bounds: Rows) -> Sequence[MaybeRows]:
    """Rows in order, those of each part apart; None stays None for every part."""
    parts = len(bounds) - 1
    if rows is None or parts == 1 or not len(rows):
        return [rows] * parts
    places = np.searchsorted(rows, bounds).tolist()
    return [rows[begin:end] for begin, end in pairwise(places)]


def _directives(index: LineIndex, tasks: Sequence[SearchTask], bounds: Rows) -> Sequence[Rows]:
    """The rows of the directives of each part."""
    found = {task.directive: task for task in tasks if task.directive is not None}
    none = np.empty(0, dtype=np.int64)
    if not found:
        return [none] * len(tasks)
    parted = {prefix: _by_part(task.directives(index), bounds) for prefix, task in found.items()}
    return [
        none if task.directive is None else parted[task.directive][at]
        for at, task in enumerate(tasks)
    ]


def _runs(
    index: LineIndex,
    tasks: Sequence[SearchTask],
    bounds: Rows,
    directives: Sequence[Rows] = (),
) -> list[LineRuns | None]:
    """The runs of each part; those whose stamps have one place, together. Parts with directives are
    left out, where all of those have some."""
    runs: list[LineRuns | None] = []
    at, count = 0, len(tasks)
    while at < count:
        span, begin = tasks[at].stamp_span, at
        while at < count and tasks[at].stamp_span == span:
            at += 1
        wanted = not directives or not all(map(len, directives[begin:at]))
        some = bounds[begin : at + 1]
        if span and wanted:
            runs += runs_of_each(index, some, span, without_blank=len(bounds) == 2)
        else:
            runs += [None] * (at - begin)
    return runs
