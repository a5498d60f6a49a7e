"""Where the lines of a block begin and end, and the few questions that need every one of them.

Vector instructions over the raw bytes: an index of 7 million lines a GB costs a sixth of a second,
a thirtieth of what parsing them would.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

Offsets = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

_NEWLINE: Final = 0x0A
#: Line ends and white space sort up to here; hardly a log line begins with any.
_LAST_WHITE: Final = 0x20
#: With more runs than this in one block, reading every stamp is cheaper.
MOST_RUNS: Final = 1024
_WORD: Final = 8
#: Times a word of one byte `1` at place k, this leaves k in the top byte.
_PLACE: Final = np.uint64(0x0001020304050607)


@dataclass(frozen=True)
class LineIndex:
    """The lines of `data`, a block of whole lines (the last may lack its `\\n`).

    Line `row` is `data[starts[row]:ends[row]]`, without its `\\n` (a `\\r` before it stays).
    """

    data: bytes

    @cached_property
    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.data, dtype=np.uint8)

    @cached_property
    def ends(self) -> Offsets:
        """Where each line ends."""
        ends = _newlines(self.data)
        if self.data and not self.data.endswith(b"\n"):
            ends = np.append(ends, len(self.data))
        return ends

    @cached_property
    def starts(self) -> Offsets:
        """Where each line starts."""
        if not len(self.ends):
            return self.ends
        return np.concatenate((np.zeros(1, dtype=np.int64), self.ends[:-1] + 1))

    def __len__(self) -> int:
        return len(self.ends)

    @cached_property
    def _first_bytes(self) -> npt.NDArray[np.uint8]:
        """The first byte of each line; `\\n` for an empty one."""
        inside = np.minimum(self.starts, len(self.data) - 1)
        first: npt.NDArray[np.uint8] = self._bytes[inside]
        return first

    def line(self, row: int) -> bytes:
        """The bytes of one line."""
        return self.data[self.starts[row] : self.ends[row]]

    @cached_property
    def blank(self) -> int:
        """How many lines are empty or only spaces, tabs and carriage returns."""
        white = np.flatnonzero(self._first_bytes <= _LAST_WHITE)
        full = white[self.ends[white] > self.starts[white]]
        # An indented line nearly always ends in something: look inside only where it does not.
        last = self._bytes[self.ends[full] - 1]
        hollow = [row for row in full[last <= _LAST_WHITE] if not self.line(row).strip(b" \t\r")]
        return len(white) - len(full) + len(hollow)

    def texts(self, rows: Sequence[int]) -> list[str]:
        """Some lines as text, without `\\r` at their end."""
        return [decoded(self.line(row)).removesuffix("\r") for row in rows]

    def starting_with(self, prefix: bytes) -> npt.NDArray[np.int64]:
        """The rows of the lines that start with these bytes (at least one)."""
        rows = np.flatnonzero((self._first_bytes == prefix[0]) & (self.ends > self.starts))
        rows = rows[self.ends[rows] - self.starts[rows] >= len(prefix)]
        for at in range(1, len(prefix)):
            rows = rows[self._bytes[self.starts[rows] + at] == prefix[at]]
        return rows

    def rows_at(self, offsets: Sequence[int]) -> npt.NDArray[np.int64]:
        """The rows of the lines that start at these offsets."""
        return np.searchsorted(self.starts, np.asarray(offsets, dtype=np.int64))

    def text(self) -> pl.Series:
        """All lines as text, without copying where they are valid UTF-8."""
        import pyarrow as pa  # only logs full of hits need it, and it takes a while

        data, ends = self.data, self.ends
        if not self.data.isascii():
            readable = decoded(self.data).encode()
            if readable != self.data:
                return LineIndex(readable).text()
        offsets = np.concatenate((np.zeros(1, dtype=np.int64), ends + 1))
        whole = data if data.endswith(b"\n") else data + b"\n"
        array: Any = pa.LargeStringArray.from_buffers(
            len(ends), pa.py_buffer(offsets), pa.py_buffer(whole)
        )
        series = pl.from_arrow(array)
        assert isinstance(series, pl.Series)  # noqa: S101 - narrows the type
        return series.str.strip_suffix("\n").str.strip_suffix("\r")

    def runs(self, first: int, stop: int, span: tuple[int, int]) -> "Runs | None":
        """Rows [first, stop) by runs of lines that agree in the bytes of `span`, so in their hour.

        Where a log is not in order, equal bytes far apart are one run too. None where there are too
        many runs to be worth it. Within a run, stamps must sort as text (see `Format.stamp_span`).
        """
        begin, end = span
        early = first + self._count_early(first, stop, end + 2 * _WORD)
        rows = np.arange(first, early)
        keys = self._keys(rows, begin, end)
        begins = _changes(keys)
        if len(begins) > MOST_RUNS:
            order = np.lexsort(keys)
            rows, begins = rows[order], _changes([key[order] for key in keys])
            if len(begins) > MOST_RUNS:
                return None
        late = np.arange(early, stop)
        lowest, highest = self._extremes(rows, begins, end)
        return Runs(
            rows=np.concatenate((rows, late)),
            begins=np.concatenate((begins, late - first)),
            lowest=np.concatenate((lowest, late)),
            highest=np.concatenate((highest, late)),
        )

    def _count_early(self, first: int, stop: int, reach: int) -> int:
        """How many of the rows start at least `reach` bytes before the end of the block."""
        return int(np.searchsorted(self.starts[first:stop], len(self.data) - reach, side="right"))

    def _words(self, offsets: Offsets) -> Words:
        """Eight bytes at each offset, as a number that sorts like the text."""
        view: Words = np.ndarray(
            shape=(max(len(self.data) - _WORD + 1, 0),), dtype=">u8", buffer=self.data, strides=(1,)
        )
        return view[offsets].astype(np.uint64)

    def _keys(self, rows: Offsets, begin: int, end: int) -> list[Words]:
        """The bytes from `begin` to `end` of each row, in words; the last may hold fewer than 8."""
        starts = self.starts[rows]
        keys = [self._words(starts + at) for at in range(begin, end, _WORD)]
        spare = len(keys) * _WORD - (end - begin)
        keys[-1] >>= np.uint64(8 * spare)
        return keys

    def _extremes(self, rows: Rows, begins: Rows, at: int) -> tuple[Rows, Rows]:
        """For each run the rows that are first and last by their 16 bytes from `at` on."""
        words = self._words(self.starts[rows] + at)
        lowest, highest = np.empty_like(begins), np.empty_like(begins)
        for run, (begin, stop) in enumerate(pairwise((*begins.tolist(), len(rows)))):
            inside, keys = rows[begin:stop], words[begin:stop]
            lowest[run] = self._first(inside[keys == keys.min()], at + _WORD, np.min)
            highest[run] = self._first(inside[keys == keys.max()], at + _WORD, np.max)
        return lowest, highest

    def _first(self, rows: Rows, at: int, pick: Callable[[Words], np.uint64]) -> int:
        """The first of the rows whose 8 bytes from `at` on are the ones to pick."""
        if len(rows) > 1:
            words = self._words(self.starts[rows] + at)
            rows = rows[words == pick(words)]
        return int(rows[0])


@dataclass(frozen=True, slots=True)
class Runs:
    """Lines by runs. `rows` has each row once, a run after the other; `begins` are places in it.

    `lowest` and `highest` are the rows of the earliest and the latest stamp of each run.
    """

    rows: Rows
    begins: Rows
    lowest: Rows
    highest: Rows

    def members(self, runs: npt.NDArray[np.bool_]) -> Rows:
        """The rows of the runs chosen by a mask."""
        lengths = np.diff(np.append(self.begins, len(self.rows)))
        return self.rows[np.repeat(runs, lengths)]


def _changes(keys: Sequence[Words]) -> Rows:
    """Where a new run begins: at the first row, and where a key is not that of the row before."""
    changed = np.zeros(len(keys[0]), dtype=bool)
    changed[:1] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changed)


def _newlines(data: bytes) -> Offsets:
    """Where the newlines are; eight bytes at a time, for nearly all of them hold none."""
    mask = np.zeros(len(data) + -len(data) % _WORD, dtype=bool)
    np.equal(np.frombuffer(data, dtype=np.uint8), _NEWLINE, out=mask[: len(data)])
    words = mask.view("<u8")
    at = np.flatnonzero(words != 0)
    found = words[at]
    if (found & (found - np.uint64(1))).any():  # two in one word
        return np.flatnonzero(mask)
    return at * _WORD + ((found * _PLACE) >> np.uint64(56)).view(np.int64)


def decoded(data: bytes) -> str:
    """Bytes as text: UTF-8, and what is not UTF-8 as `\\xNN`: different bytes stay apart."""
    return data.decode("utf-8", "backslashreplace")
