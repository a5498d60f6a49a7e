"""Many small sources in one room: read one behind the other, searched at once, told apart again.

A block costs some forty calls into NumPy, a search and a hand-over between threads, whatever is in
it. A log rotated into ten thousand files pays that once for a hundred of them. What is gathered is
exactly what each file by itself would give: a newline that is no part of it ends a file that has
none, no run of stamps crosses from one file to the next, and what is out of the ordinary is left to
be read alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from logan.formats.engine.base import Format
from logan.intake.blocks import BLOCK_SIZE, Block, Filled, count_lines
from logan.intake.buffers import Room, Rooms
from logan.intake.line_index import MOST_RUNS, LineIndex, Runs
from logan.intake.reader import Reader
from logan.intake.small import read_small
from logan.intake.sources import Source
from logan.pipeline.examine import Examined, Task
from logan.pipeline.source import Account
from logan.rules.prefilter import Prefilter

#: The longest text that is gathered, in bytes: all of it is its head.
SMALL: Final = 128 << 10
#: Sources in one room: enough to make what a block costs small, few enough to see progress.
MOST_SOURCES: Final = 128

#: Bytes behind what fixes the hour, by which the stamps of one hour are told apart.
_LATER: Final = 16

Rows = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]


class Share(NamedTuple):
    """A source in a room: its text ends at `end`, that of the next one follows. `position` are the
    stored bytes it was read from."""

    account: Account
    task: Task
    end: int
    position: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """Whole sources in a room, one behind the other."""

    data: memoryview
    room: Room
    shares: Sequence[Share]


class Alone(NamedTuple):
    """A block of one source, with what must be known to examine it; `position` are stored bytes
    read so far."""

    account: Account
    task: Task
    block: Block | Filled
    position: int


Step = Gathered | Alone
Open = Callable[[Source], Reader]


def gather(
    accounts: Iterator[Account],
    rooms: Rooms,
    open_source: Open,
    *,
    formats: Sequence[Format],
    hashing: bool,
) -> Iterator[Step]:
    """The blocks of sources in their order; small ones gathered, as soon as a room is full.

    `open_source` opens what is not plain, or not small.
    """
    open_room = _OpenRoom(rooms)
    for account in accounts:
        rooms.need_open()
        small = read_small(account.source, hashing=hashing, most=SMALL)
        if small is not None:
            account.recognise_by(small.data, formats)
            account.sha256 = account.content_sha256 = small.sha256
            account.encoding = "utf-8"
            account.text_size = len(small.data)
            yield from _together(account, small.data, len(small.data), open_room)
            continue
        with open_source(account.source) as reader:
            account.recognise(reader, formats)
            if len(reader.head) <= SMALL and account.source.part is None:
                reader.finish()
                account.close(reader)
                yield from _together(account, reader.head, reader.position, open_room)
                continue
            yield from open_room.close()  # whoever waits for a room may hold none
            task = account.task()
            for block in account.records_in_rooms(reader, rooms):
                yield Alone(account, task, block, reader.position)
            account.close(reader)
    yield from open_room.close()


def _together(
    account: Account, text: bytes, stored: int, open_room: "_OpenRoom"
) -> Iterator[Gathered | Alone]:
    """A source in memory, put with others where that can be; what is full then is handed on."""
    task = account.task()
    if account.joins_lines or (task.directive is not None and task.envelope is not None):
        whole = Block(text, 1, count_lines(text), 0)
        for block in account.joined(iter((whole,))):
            yield Alone(account, task, block, stored)
    elif text:
        open_room.add(account, task, text, stored)
        if open_room.is_full:
            yield from open_room.close()


class _OpenRoom:
    """A room that is being filled with small sources."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._room: Room | None = None
        self._shares: list[Share] = []
        self._end = 0

    def add(self, account: Account, task: Task, data: bytes, stored: int) -> None:
        """Put a source behind the others, its last line ended."""
        if self._room is None:
            self._room = self._rooms.take()
        end = self._room.write(self._end, data)
        if not data.endswith(b"\n"):
            end = self._room.write(end, b"\n")
        self._end = end
        self._shares.append(Share(account, task, end, stored))

    @property
    def is_full(self) -> bool:
        return self._end > BLOCK_SIZE - SMALL or len(self._shares) >= MOST_SOURCES

    def close(self) -> Iterator[Gathered]:
        """What was gathered, if anything was."""
        if self._room is not None:
            yield Gathered(self._room.view(0, self._end), self._room, self._shares)
        self._room, self._shares, self._end = None, [], 0


def examine_gathered(gathered: Gathered, prefilter: Prefilter) -> list[Examined]:
    """For each source what `logan.pipeline.examine.examine` says of it; rows are those of the
    room."""
    index = LineIndex(gathered.data)
    stops = np.searchsorted(index.starts, [share.end for share in gathered.shares])
    bounds = np.concatenate((np.zeros(1, dtype=np.int64), stops))
    tasks = [share.task for share in gathered.shares]
    blank = np.diff(np.searchsorted(index.blank_rows(), bounds)).tolist()
    candidates = _parted(prefilter.search(index), bounds)
    directives = _directives(index, tasks, bounds)
    runs = _runs(index, tasks, bounds)
    binary = _cut(index.binary_rows(), bounds)
    block = Filled(gathered.data, 0, gathered.room)
    last = len(tasks) - 1
    return [
        Examined(
            block=block,
            task=task,
            index=index,
            candidates=candidates[at],
            directives=directives[at],
            blank=blank[at],
            runs=None if len(directives[at]) else runs[at],
            first=first,
            stop=stop,
            room=gathered.room if at == last else None,
            binary=binary[at],
        )
        for at, (task, (first, stop)) in enumerate(
            zip(tasks, pairwise(bounds.tolist()), strict=True)
        )
    ]


def _parted(rows: Rows | None, bounds: Rows) -> Sequence[Rows | None]:
    """Rows in order, those of each source apart."""
    if rows is None:
        return [None] * (len(bounds) - 1)
    return _cut(rows, bounds)


def _cut(rows: Rows, bounds: Rows) -> list[Rows]:
    if not len(rows):
        return [rows] * (len(bounds) - 1)
    places = np.searchsorted(rows, bounds).tolist()
    return [rows[begin:end] for begin, end in pairwise(places)]


def _directives(index: LineIndex, tasks: Sequence[Task], bounds: Rows) -> Sequence[Rows]:
    """The rows of the directives of each source."""
    found = {task.directive: task for task in tasks if task.directive is not None}
    none = np.empty(0, dtype=np.int64)
    if not found:
        return [none] * len(tasks)
    parted = {prefix: _cut(task.directives(index), bounds) for prefix, task in found.items()}
    return [
        none if task.directive is None else parted[task.directive][at]
        for at, task in enumerate(tasks)
    ]


def _runs(index: LineIndex, tasks: Sequence[Task], bounds: Rows) -> list[Runs | None]:
    """The runs of each source; those whose stamps have one place, together."""
    runs: list[Runs | None] = []
    at = 0
    while at < len(tasks):
        span, begin = tasks[at].stamp_span, at
        while at < len(tasks) and tasks[at].stamp_span == span:
            at += 1
        some = bounds[begin : at + 1]
        runs += [None] * (at - begin) if span is None else runs_of_each(index, some, span)
    return runs


def runs_of_each(index: LineIndex, bounds: Rows, span: tuple[int, int]) -> list[Runs | None]:
    """For rows [bounds[0], bounds[1]), [bounds[1], bounds[2]) ... `LineIndex.runs`, in one pass."""
    begin, end = span
    first, stop = int(bounds[0]), int(bounds[-1])
    width = end - begin + _LATER
    early = first + index.count_early(first, stop, begin + width)
    stamps = np.empty((0, width), dtype=np.uint8)
    if early > first:
        stamps = index.bytes_at(first, early, begin, width).view(np.uint8).reshape(-1, width)
    changed = np.zeros(early - first, dtype=bool)
    hours = stamps[:, : end - begin]
    np.any(hours[1:] != hours[:-1], axis=1, out=changed[1:])
    changed[bounds[:-1][bounds[:-1] < early] - first] = True
    begins = np.flatnonzero(changed)
    lowest, highest = _extremes(stamps[:, end - begin :], begins)
    late = np.arange(early, stop)
    rows = np.arange(first, stop)
    begins, lowest, highest = (
        np.concatenate((some + first, late)) for some in (begins, lowest, highest)
    )
    places = np.searchsorted(begins, bounds).tolist()
    return [
        Runs(rows[at - first : to - first], begins[a:b] - at, lowest[a:b], highest[a:b])
        if b - a <= MOST_RUNS
        else index.runs(at, to, span)
        for (at, to), (a, b) in zip(pairwise(bounds.tolist()), pairwise(places), strict=True)
    ]


def _extremes(later: Octets, begins: Rows) -> tuple[Rows, Rows]:
    """For each run of rows that which is first, and that which is last, by its 16 bytes."""
    if not len(begins):
        return begins, begins
    words = np.ascontiguousarray(later).view(">u8").astype(np.uint64)
    high, low = words[:, 0], words[:, 1]
    lengths = np.diff(np.append(begins, len(words)))
    return (
        _picked(high, low, begins, lengths, np.minimum),
        _picked(high, low, begins, lengths, np.maximum),
    )


def _picked(
    high: npt.NDArray[np.uint64],
    low: npt.NDArray[np.uint64],
    begins: Rows,
    lengths: Rows,
    pick: np.ufunc,
) -> Rows:
    """For each run the first row whose pair of words is the least (greatest)."""
    there = high == np.repeat(pick.reduceat(high, begins), lengths)
    places = np.flatnonzero(there)
    starts = np.searchsorted(places, begins)
    words = low[places]
    counts = np.diff(np.append(starts, len(places)))
    best: Rows = places[words == np.repeat(pick.reduceat(words, starts), counts)]
    return best[np.searchsorted(best, begins)]
