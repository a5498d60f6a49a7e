"""Looks at one block: which lines could name a service, are blank or directives, share an hour.

Runs in worker threads, so it knows nothing of what came before the block. What depends on that (the
columns in force, the account of the source) is joined up in `logan.pipeline.read`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from logan.formats.engine.envelope import strip
from logan.intake.blocks import Block, Filled
from logan.intake.buffers import Room
from logan.intake.line_index import LineIndex, Runs, decoded
from logan.rules.prefilter import Prefilter

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is told about the source: how its directives start, where its stamps lie.

    Both are None where the format has none, or is not known. Where there is an `envelope`,
    directives are looked for inside it.
    """

    directive: bytes | None = None
    stamp_span: tuple[int, int] | None = None
    envelope: str | None = None

    def directives(self, index: LineIndex) -> Rows:
        """The rows of the block's directives, in order."""
        if self.directive is None:
            return np.empty(0, dtype=np.int64)
        if self.envelope is None:
            return index.starting_with(self.directive)
        return _wrapped(index, self.directive, self.envelope)


def _wrapped(index: LineIndex, directive: bytes, envelope: str) -> Rows:
    """The rows whose line inside the envelope starts with the directive.

    The bytes before a directive end the envelope: a space, or a quote or escape in JSON.
    """
    data = index.whole
    starts: list[int] = []
    for before in (b" ", b'"', b":", b"]", b">", b"\xbf"):
        at = data.find(before + directive)
        while at >= 0:
            starts.append(at)
            at = data.find(before + directive, at + 1)
    rows = np.unique(index.rows_of(np.asarray(starts, dtype=np.int64)))
    prefix = directive.decode()
    inner = (strip(decoded(index.line(int(row))), envelope) for row in rows)
    return rows[[line.startswith(prefix) for line in inner]] if len(rows) else rows


@dataclass(frozen=True, slots=True)
class Examined:
    """What whole lines of a source hold: rows [first, stop) of a block, 0-based within it.

    `candidates` are the rows that could name a service, None for all of them. `runs` are the lines
    by what stands at `task.stamp_span`, None where every stamp must be read; with directives in the
    block they are left to those who know the layout. `binary` are rows that are no text. `room` is
    to be left once this is entered; None where there is none, or others that live there come after
    this one.
    """

    block: Block | Filled
    task: Task
    index: LineIndex
    candidates: Rows | None
    directives: Rows
    blank: int
    runs: Runs | None
    first: int
    stop: int
    room: Room | None
    binary: Rows

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


def examine(block: Block | Filled, prefilter: Prefilter, task: Task) -> Examined:
    """Everything that can be said of a block of whole lines without parsing it."""
    index = LineIndex(block.data)
    rows = prefilter.search(index)
    directives = task.directives(index)
    runs = None
    if task.stamp_span is not None and not len(directives):
        runs = index.runs(0, len(index), task.stamp_span)
    # Lines that moved up into the first of their record are empty now, but were not blank.
    blank = index.count_blank() - block.continued
    room = block.room if isinstance(block, Filled) else None
    binary = index.binary_rows()
    return Examined(block, task, index, rows, directives, blank, runs, 0, len(index), room, binary)
