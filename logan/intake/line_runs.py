"""Lines of a block that agree in the bytes at one place: in their hour, where these are of a stamp.

The earliest and the latest line of each such run tell the hours of all, so that hardly a stamp is
read (`logan.pipeline.hours`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from logan.intake.line_index import LineIndex, Rows, Windows

Words = npt.NDArray[np.uint64]

#: With more runs than this in one block, reading every stamp is cheaper.
MOST_RUNS: Final = 1024
_WORD: Final = 8
#: Stamps of one hour are told apart by so many words behind what fixes the hour.
_LATER: Final = 2
#: Blank lines that are not worth being left out.
_FEW_BLANK: Final = 64
#: Up to so many runs, to look at one after the other takes less than to look at all at once.
_FEW_RUNS: Final = 8


@dataclass(frozen=True, slots=True)
class LineRuns:
    """Lines by runs. `rows` has each row once, a run after the other; `begins` are places in it.

    `lowest` and `highest` are the rows of the earliest and the latest stamp of each run.
    """

    rows: Rows
    begins: Rows
    lowest: Rows
    highest: Rows

    def members(self, runs: npt.NDArray[np.bool_]) -> Rows:
        """The rows of the runs chosen by a mask."""
        lengths = np.diff(self.begins, append=len(self.rows))
        return self.rows[np.repeat(runs, lengths)]

    def without(self, runs: npt.NDArray[np.bool_]) -> "LineRuns":
        """The same lines, those of the runs chosen by a mask each in a run of its own."""
        lengths = np.diff(self.begins, append=len(self.rows))
        begins = np.repeat(runs, lengths)
        begins[self.begins] = True
        kept = np.repeat(~runs, lengths)[begins]
        lowest, highest = self.rows[begins], self.rows[begins]
        lowest[kept], highest[kept] = self.lowest[~runs], self.highest[~runs]
        return LineRuns(self.rows, np.flatnonzero(begins), lowest, highest)


def runs_of(index: LineIndex, first: int, stop: int, span: tuple[int, int]) -> LineRuns | None:
    """Rows [first, stop) by runs of lines that agree in the bytes of `span`, so in their hour.

    Where a log is not in order, equal bytes far apart are one run too. None where there are too
    many runs to be worth it. Within a run, stamps must sort as text (see `Format.stamp_span`).
    """
    return runs_of_each(index, np.array([first, stop]), span)[0]


def runs_of_each(
    index: LineIndex, bounds: Rows, span: tuple[int, int], *, without_blank: bool = False
) -> list[LineRuns | None]:
    """`runs_of` rows [bounds[0], bounds[1]), [bounds[1], bounds[2]) ..., in one pass.

    With `without_blank`, and bounds of one range which is all of the block, many blank lines are in
    no run: they would be read, each of them, for a stamp.
    """
    first, stop = int(bounds[0]), int(bounds[-1])
    begin, end = span
    reach = _LATER * _WORD + end
    rows, starts = np.arange(first, stop), index.starts[first:stop]
    early = index.count_early(starts, reach)
    late = np.arange(early, len(rows))
    if not early:
        return _cut(LineRuns(rows, late, rows, rows), bounds)
    stamps = index.bytes_at(starts[:early], begin, reach - begin)
    if begin == first == 0 and len(rows) == len(index):
        index.keep_first_bytes(_bytes(stamps, 0))
    # Looked for only now: how lines begin is known from their stamps.
    if without_blank and len(bounds) == 2 and len(blank := index.blank_rows()) > _FEW_BLANK:
        rows = np.delete(rows, blank)
        starts = index.starts[rows]
        early = index.count_early(starts, reach)
        late = np.arange(early, len(rows))
        if not early:
            return [LineRuns(rows, late, rows, rows)]
        stamps = index.bytes_at(starts[:early], begin, reach - begin)
    keys = [_words(stamps, at, min(_WORD, end - begin - at)) for at in range(0, end - begin, _WORD)]
    begins = _changes(keys)
    if len(bounds) > 2:
        begins = np.union1d(begins, (bounds[:-1] - first)[bounds[:-1] - first < early])
    if len(begins) > MOST_RUNS and len(bounds) > 2:
        return [runs_of(index, at, to, span) for at, to in pairwise(bounds.tolist())]
    if len(begins) > MOST_RUNS:
        order = np.lexsort(keys)
        rows[:early] = rows[order]
        begins, stamps = _changes([key[order] for key in keys]), stamps[order]
        if len(begins) > MOST_RUNS:
            return [None]
    lowest, highest = _extremes(begins, stamps, end - begin)
    runs = LineRuns(
        rows=rows,
        begins=np.concatenate((begins, late)),
        lowest=np.concatenate((rows[lowest], rows[late])),
        highest=np.concatenate((rows[highest], rows[late])),
    )
    return [runs] if len(bounds) == 2 else _cut(runs, bounds)


def _cut(runs: LineRuns, bounds: Rows) -> list[LineRuns | None]:
    """The runs of each source, where none reaches from one to the next."""
    if len(bounds) == 2:
        return [runs]
    starts = bounds - bounds[0]
    places = np.searchsorted(runs.begins, starts).tolist()
    return [
        LineRuns(runs.rows[at:to], runs.begins[a:b] - at, runs.lowest[a:b], runs.highest[a:b])
        for (at, to), (a, b) in zip(pairwise(starts.tolist()), pairwise(places), strict=True)
    ]


def _bytes(windows: Windows, at: int) -> npt.NDArray[np.uint8]:
    """One byte of each window."""
    count, width = len(windows), windows.itemsize
    return np.ndarray(count, np.uint8, buffer=windows, offset=at, strides=(width,)).copy()


def _words(windows: Windows, at: int, size: int = _WORD) -> Words:
    """Up to eight bytes from `at` on of each window, as a number that sorts like the text."""
    count, width = len(windows), windows.itemsize
    view: Words = np.ndarray(count, ">u8", buffer=windows, offset=at, strides=(width,))
    words = view.astype(np.uint64)
    if size < _WORD:
        words >>= np.uint64(8 * (_WORD - size))
    return words


def _changes(keys: Sequence[Words]) -> Rows:
    """Where a new run begins: at the first row, and where a key is not that of the row before."""
    if all((key == key[0]).all() for key in keys):  # nearly always
        return np.zeros(1, dtype=np.int64)
    changed = np.zeros(len(keys[0]), dtype=bool)
    changed[0] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changed)


def _extremes(begins: Rows, windows: Windows, at: int) -> tuple[Rows, Rows]:
    """For each run the places that are first and last by their bytes from `at` on."""
    early, late = _words(windows, at), _words(windows, at + _WORD)
    if len(begins) > _FEW_RUNS:
        return _picked(early, late, begins, np.minimum), _picked(early, late, begins, np.maximum)
    lowest, highest = np.empty_like(begins), np.empty_like(begins)
    for run, (begin, stop) in enumerate(pairwise((*begins.tolist(), len(early)))):
        inside = early[begin:stop], late[begin:stop]
        lowest[run] = begin + _first(*inside, np.min)
        highest[run] = begin + _first(*inside, np.max)
    return lowest, highest


def _first(early: Words, late: Words, pick: Callable[[Words], np.uint64]) -> int:
    """The place of the least (greatest) of pairs of words, by what picks one."""
    places = np.flatnonzero(early == pick(early))
    if len(places) > 1:
        words = late[places]
        places = places[words == pick(words)]
    return int(places[0])


def _picked(early: Words, late: Words, begins: Rows, pick: np.ufunc) -> Rows:
    """For each run the first place whose pair of words is the least (greatest)."""
    lengths = np.diff(np.append(begins, len(early)))
    there = early == np.repeat(pick.reduceat(early, begins), lengths)
    places = np.flatnonzero(there)
    starts = np.searchsorted(places, begins)
    words = late[places]
    counts = np.diff(np.append(starts, len(places)))
    best: Rows = places[words == np.repeat(pick.reduceat(words, starts), counts)]
    return best[np.searchsorted(best, begins)]
