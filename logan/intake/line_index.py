"""Where the lines of a block begin and end, and the few questions that need every one of them.

Vector instructions over the raw bytes: an index of 7 million lines a GB costs a sixth of a second,
a thirtieth of what parsing them would.
"""

import threading
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from logan.intake import packed

Offsets = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
#: The same few bytes of many lines.
Windows = npt.NDArray[np.void]

_NEWLINE: Final = 0x0A
_TAB: Final = 0x09
_RETURN: Final = 0x0D
#: Line ends and white space sort up to here; hardly a log line begins with any.
_LAST_WHITE: Final = 0x20
_LAST_INKED: Final = 0x7E
#: Bytes that text does not hold.
_CONTROLS: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\v\f\r\x1b"))
#: Lines that begin oddly and are looked at, in a block; so much of each.
_MOST_DOUBTFUL: Final = 128
_DOUBTFUL_BYTES: Final = 1 << 10
#: So many control characters, and one byte in so many, are no accident in a line of text.
_FEWEST_CONTROLS: Final = 3
_CONTROLS_IN: Final = 16
_WHITE: Final = b" \t\r"
_WHITE_OR_END: Final = b" \t\r\n"
#: So many lines are looked at one by one before all bytes of a block are.
_FEW: Final = 64
#: So many lines are found one by one before NumPy has begun to.
_FEWEST: Final = 8
_WORD: Final = 8
#: Bytes of lines that are made text at a time where all of a block is read: they are copied often.
TEXT_BYTES: Final = 1 << 20
#: Bytes that are searched for newlines at a time. Measured with two threads: 1 MiB is a quarter
#: faster than whole blocks, and than pieces of 256 KiB.
_PIECE: Final = 1 << 20
#: Times a word of one byte `1` at place k, this leaves k in the top byte.
_PLACE: Final = np.uint64(0x0001020304050607)
#: Where more than one of so many words with a newline has several, all bytes are looked at instead.
_SEVERAL_IN: Final = 2


class LineIndex:
    """The lines of `data`, a block of whole lines (the last may lack its `\\n`).

    Line `row` is `data[starts[row]:ends[row]]`, without its `\\n` (a `\\r` before it stays). What
    nearly every block is asked for is found at once: a property found when it is asked for takes a
    lock that all threads share (Python 3.11).
    """

    __slots__ = ("_blank", "_firsts", "_octets", "data", "ends", "starts")

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = data
        self._octets = np.frombuffer(data, dtype=np.uint8)
        ends = _newlines(self._octets)
        if len(data) and data[-1] != _NEWLINE:
            ends = np.append(ends, len(data))
        starts = np.empty_like(ends)
        starts[:1] = 0
        np.add(ends[:-1], 1, out=starts[1:])
        self.ends: Offsets = ends
        self.starts: Offsets = starts
        self._firsts: npt.NDArray[np.uint8] | None = None
        self._blank: Rows | None = None

    def __len__(self) -> int:
        return len(self.ends)

    def _first_bytes(self) -> npt.NDArray[np.uint8]:
        """The first byte of each line; of an empty one, its `\n`."""
        if self._firsts is None:
            self._firsts = self._octets[self.starts]
        return self._firsts

    def line(self, row: int) -> bytes:
        """The bytes of one line."""
        return bytes(self.data[self.starts.item(row) : self.ends.item(row)])

    def blank_rows(self) -> Rows:
        """The rows of lines that are empty or only spaces, tabs and carriage returns."""
        if self._blank is None:
            white = np.flatnonzero(self._first_bytes() <= _LAST_WHITE)
            self._blank = self._blank_among(white) if len(white) else white
        return self._blank

    def _blank_among(self, white: Rows) -> Rows:
        """Those of the rows, which begin with white space or are empty, that hold nothing else."""
        full = self.ends[white] > self.starts[white]
        # An indented line nearly always ends in something: look inside only where it does not.
        doubtful = white[full]
        doubtful = doubtful[self._octets[self.ends[doubtful] - 1] <= _LAST_WHITE]
        hollow = self._hollow(doubtful)
        return np.sort(np.concatenate((white[~full], hollow))) if len(hollow) else white[~full]

    def _hollow(self, rows: Rows) -> Rows:
        """Those of the rows, which are not empty, that hold white space only."""
        if len(rows) <= _FEW:
            hollow = [row for row in rows.tolist() if not self.line(row).strip(_WHITE)]
            return np.asarray(hollow, dtype=np.int64)
        octets = self._octets
        filled = ~((octets == _NEWLINE) | (octets == _LAST_WHITE))
        filled &= (octets != _TAB) & (octets != _RETURN)
        if not filled.any():
            return rows
        return rows[~np.logical_or.reduceat(filled, self.starts)[rows]]

    def binary_rows(self) -> Rows:
        """Rows of bytes that are no text: packed data, or damage, in the midst of lines.

        Told by how lines begin, for every log begins its lines with text. Of many that do not,
        some are looked at, from all over the block.
        """
        firsts = self._first_bytes()
        doubtful = np.flatnonzero((firsts - np.uint8(_LAST_WHITE)) > _LAST_INKED - _LAST_WHITE)
        if not len(doubtful):
            return doubtful
        kinds = firsts[doubtful]
        doubtful = doubtful[(kinds != _NEWLINE) & (kinds != _TAB) & (kinds != _RETURN)]
        some = doubtful[:: max(1, len(doubtful) // _MOST_DOUBTFUL)]
        binary = [_is_binary(line[:_DOUBTFUL_BYTES]) for line in self.bytes_of(some.tolist())]
        found: Rows = some[np.asarray(binary, dtype=bool)]
        return found

    def texts(self, rows: Sequence[int]) -> list[str]:
        """Some lines as text, without `\\r` at their end."""
        if len(rows) <= _FEWEST:
            return [decoded(self.line(row)).removesuffix("\r") for row in rows]
        lines = decoded(b"\n".join([*self.bytes_of(rows), b""]))
        if "\r" in lines:
            lines = lines.replace("\r\n", "\n")
        return lines.split("\n")[:-1]

    def bytes_of(self, rows: Sequence[int] | Rows) -> list[bytes]:
        """Some lines."""
        return list(map(bytes, self.views_of(rows)))

    def views_of(self, rows: Sequence[int] | Rows) -> list[bytes | memoryview]:
        """Some lines, not copied where the block lives in a buffer: gone when that is left."""
        starts, ends = self.starts[rows].tolist(), self.ends[rows].tolist()
        return list(map(self.data.__getitem__, map(slice, starts, ends)))

    def starting_with(self, prefix: bytes) -> npt.NDArray[np.int64]:
        """The rows of the lines that start with these bytes (at least one)."""
        rows = np.flatnonzero(self._first_bytes() == prefix[0])
        rows = rows[self.ends[rows] - self.starts[rows] >= len(prefix)]
        for at in range(1, len(prefix)):
            rows = rows[self._octets[self.starts[rows] + at] == prefix[at]]
        return rows

    def rows_of(self, offsets: Offsets) -> Rows:
        """The rows of the lines that hold the bytes at these offsets."""
        return np.searchsorted(self.ends, offsets)

    @property
    def whole(self) -> bytes:
        """The bytes of the block: a copy where they live in a buffer."""
        return bytes(self.data)

    def text(self, first: int = 0, stop: int | None = None) -> pl.Series:
        """Rows [first, stop) as text, without their ends; valid UTF-8 is copied once."""
        stop = len(self) if stop is None else stop
        if first == stop:
            return pl.Series([], dtype=pl.String)
        start, ends = int(self.starts[first]), self.ends[first:stop] + 1
        data = bytes(self.data[start : int(ends[-1])])
        if not data.isascii():
            readable = decoded(data).encode()
            if readable != data:
                return LineIndex(readable).text()
        # Arrow would be as fast, but loading it takes 25 MB.
        return pl.read_lines(data if data.endswith(b"\n") else data + b"\n").to_series().alias("")

    def parts(self, first: int, stop: int, size: int = TEXT_BYTES) -> Iterator[tuple[int, int]]:
        """Rows [first, stop) in ranges of about `size` bytes, of one row at least."""
        while first < stop:
            end = int(np.searchsorted(self.starts, self.starts[first] + size))
            end = min(max(end, first + 1), stop)
            yield first, end
            first = end

    def keep_first_bytes(self, firsts: npt.NDArray[np.uint8]) -> None:
        """Take over the first bytes of the first lines from who fetched them, to fetch the rest."""
        self._firsts = np.append(firsts, self._octets[self.starts[len(firsts) :]])

    def count_early(self, starts: Offsets, reach: int) -> int:
        """How many lines, by their starts in order, begin so many bytes before the block's end."""
        return int(np.searchsorted(starts, len(self.data) - reach, side="right"))

    def bytes_at(self, starts: Offsets, begin: int, width: int) -> Windows:
        """The `width` bytes from `begin` on of lines by their starts: each is fetched once."""
        places = len(self.data) - width + 1
        view: Windows = np.ndarray(places, dtype=f"V{width}", buffer=self.data, strides=(1,))
        return view[starts + begin] if begin else view[starts]


def count_blank_lines(data: bytes | memoryview) -> int | None:
    """The lines of a block in which all are blank; None where any is not. Needs no index."""
    if bytes(data[:_WORD]).strip(_WHITE_OR_END) or bytes(data[-_WORD:]).strip(_WHITE_OR_END):
        return None
    octets = np.frombuffer(data, dtype=np.uint8)
    ends = octets == _NEWLINE
    white = ends | (octets == _LAST_WHITE) | (octets == _TAB) | (octets == _RETURN)
    if not white.all():
        return None
    return int(np.count_nonzero(ends)) + int(len(ends) > 0 and not ends[-1])


class _Scratch(threading.local):
    """Working memory of a thread: fresh pages for every block would cost as much as the work."""

    def __init__(self) -> None:
        self.mask = np.zeros(_PIECE, dtype=bool)
        self.words = self.mask.view("<u8")
        self.some = np.zeros(len(self.words), dtype=bool)


_SCRATCH: Final = _Scratch()


def _newlines(octets: npt.NDArray[np.uint8]) -> Offsets:
    """Where the newlines are; piece by piece, for a mask of all would not fit into the cache."""
    places = [_newlines_of(octets[at : at + _PIECE], at) for at in range(0, len(octets), _PIECE)]
    return np.concatenate(places) if places else np.empty(0, dtype=np.int64)


def _newlines_of(octets: npt.NDArray[np.uint8], offset: int) -> Offsets:
    """Where the newlines of a piece are; eight bytes at a time, for nearly all hold none."""
    size = len(octets)
    count = -(-size // _WORD)
    mask, words = _SCRATCH.mask[: count * _WORD], _SCRATCH.words[:count]
    np.equal(octets, _NEWLINE, out=mask[:size])
    mask[size:] = False
    at = np.flatnonzero(np.not_equal(words, 0, out=_SCRATCH.some[:count]))
    found = words[at]
    others = found & (found - np.uint64(1))  # all newlines of a word but its first
    several = np.flatnonzero(others)
    if not len(several):
        return _first_newlines(found, at, offset)
    if len(several) > len(at) // _SEVERAL_IN:
        return np.flatnonzero(mask) + offset
    rows, places = np.nonzero(others[several].astype("<u8").view(np.uint8).reshape(-1, _WORD))
    after = several[rows]
    places += at[after] * _WORD + offset
    return np.insert(_first_newlines(found - others, at, offset), after + 1, places)


def _first_newlines(found: Words, at: Offsets, offset: int) -> Offsets:
    """Where the newlines are of words number `at` that hold one each. Overwrites both."""
    found *= _PLACE
    found >>= np.uint64(56)
    at *= _WORD
    at += found.view(np.int64)
    at += offset
    return at


def _is_binary(line: bytes) -> bool:
    """True for packed data by how it begins, and where control characters are frequent.

    NUL bytes before a line do not count: they are what a crash, or a cut log, leaves.
    """
    if len(line) >= packed.LEAST and packed.recognise(line) is not None:
        return True
    text = line.lstrip(b"\0")
    controls = len(text) - len(text.translate(None, _CONTROLS))
    return controls >= _FEWEST_CONTROLS and controls * _CONTROLS_IN > len(text)


def decoded(data: bytes) -> str:
    """Bytes as text: UTF-8, and what is not UTF-8 as `\\xNN`: different bytes stay apart."""
    return data.decode("utf-8", "backslashreplace")
