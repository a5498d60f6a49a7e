"""Where the lines of a block begin and end, and the few questions that need every one of them.

Vector instructions over the raw bytes: an index of 7 million lines a GB costs a quarter of a second,
a twentieth of what parsing them would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Offsets = npt.NDArray[np.int64]

_NEWLINE: Final = 0x0A
_WHITE: Final = (0x20, 0x09, 0x0D)
#: More distinct stamps than this in one block are cheaper to read one by one.
MOST_STAMPS: Final = 2048
_WORD: Final = 8
#: Bytes from the start of a stamp that settle which of two is later: 24 hold any stamp to the ms.
_ORDER_BYTES: Final = 24


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
        ends = np.flatnonzero(self._bytes == _NEWLINE)
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
        empty = int(np.count_nonzero(self.ends == self.starts))
        white = np.flatnonzero(np.isin(self._first_bytes, _WHITE) & (self.ends > self.starts))
        if len(white):
            # An indented line nearly always ends in something: look inside only where it does not.
            last = self._bytes[self.ends[white] - 1]
            white = white[np.isin(last, _WHITE)]
        return empty + sum(1 for row in white if not self.line(int(row)).strip(b" \t\r"))

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

    def stamp_rows(self, first: int, stop: int, span: tuple[int, int]) -> list[int] | None:
        """Rows in [first, stop) that between them have every stamp hour, the earliest and the latest.

        `span` are the bytes of a line that fix its hour (see `Format.stamp_span`); stamps there must
        sort as text. One row for each run of equal bytes, plus the extremes. None where there are too
        many to be worth it.
        """
        starts = self.starts[first:stop]
        inside = starts + max(span[1], span[0] + _ORDER_BYTES) <= len(self.data)
        late = np.flatnonzero(~inside)
        starts = starts[inside]
        rows = [first + int(row) for row in late]
        if len(starts):
            found = self._runs(starts, span)
            if found is None or len(found) + len(rows) > MOST_STAMPS:
                return None
            rows += [first + row for row in found]
        return sorted(set(rows))

    def _words(self, offsets: Offsets) -> npt.NDArray[np.uint64]:
        """Eight bytes at each offset, as a number that sorts like the text."""
        view: npt.NDArray[np.uint64] = np.ndarray(
            shape=(len(self.data) - _WORD + 1,), dtype=">u8", buffer=self.data, strides=(1,)
        )
        return view[offsets].astype(np.uint64)

    def _runs(self, starts: Offsets, span: tuple[int, int]) -> list[int] | None:
        begin, end = span
        changed = np.zeros(len(starts), dtype=bool)
        changed[0] = True
        opening = self._words(starts + begin if begin else starts)
        for at in range(begin, end, _WORD):
            words = opening if at == begin else self._words(starts + at)
            spare = _WORD - min(_WORD, end - at)
            if spare:
                words = words >> np.uint64(8 * spare)
            changed[1:] |= words[1:] != words[:-1]
        runs = np.flatnonzero(changed)
        if len(runs) > MOST_STAMPS:
            runs = self._distinct(starts, runs, span)
            if len(runs) > MOST_STAMPS:
                return None
        return [*map(int, runs), *self._extremes(starts, opening, begin)]

    def _distinct(
        self, starts: Offsets, runs: npt.NDArray[np.int64], span: tuple[int, int]
    ) -> npt.NDArray[np.int64]:
        """One row for each distinct stamp among the runs, where a log is not in order."""
        begin, end = span
        seen: dict[bytes, int] = {}
        for row in runs[: MOST_STAMPS * 64]:
            at = int(starts[row])
            seen.setdefault(self.data[at + begin : at + end], int(row))
            if len(seen) > MOST_STAMPS:
                return runs
        if len(runs) > MOST_STAMPS * 64:
            return runs
        return np.fromiter(seen.values(), dtype=np.int64)

    def _extremes(
        self, starts: Offsets, opening: npt.NDArray[np.uint64], begin: int
    ) -> list[int]:
        """The rows of the first and the last stamp in the order of their text."""
        out = []
        for pick in (np.min, np.max):
            rows = np.flatnonzero(opening == pick(opening))
            for at in range(begin + _WORD, begin + _ORDER_BYTES, _WORD):
                words = self._words(starts[rows] + at)
                rows = rows[words == pick(words)]
            out.append(int(rows[0]))
        return out


def decoded(data: bytes) -> str:
    """Bytes as text: UTF-8, and what is not UTF-8 as `\\xNN`, so that no two differ in bytes only."""
    return data.decode("utf-8", "backslashreplace")
