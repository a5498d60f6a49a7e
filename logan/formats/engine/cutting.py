"""Many lines cut into their cells at once: vector instructions over the bytes of all of them.

A regular expression looks at every byte of a line and writes down where each of its groups is. This
finds the separators, and checks by their numbers that every line has as many cells as it should.
What is not plain (a quote in the midst of a cell, a cell too many) is marked and not cut: it is
left to the fallback.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

_Octets = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]

#: Fewer lines than this are all called not plain: a batch costs as much as the fallback for so
#: many, and PyArrow, which nothing else in a log of few hits needs, a tenth of a second and 25 MB.
LEAST_LINES = 4_000
_NEWLINE: Final = 0x0A
_QUOTE: Final = 0x22
_SPACE: Final = 0x20
_NONE: Final[_Places] = np.empty(0, dtype=np.int64)


class LineCut(NamedTuple):
    """How lines are cut: at which characters (ASCII), how many cells each has.

    `runs`: several separators beside each other are one gap, and no cell is empty. `quoted`: what
    stands between double quotes is one cell, and is given without them, or with `kept` ones.
    `refused`: characters with which no plain cell begins.
    """

    separators: str
    cells: int
    runs: bool = False
    quoted: bool = False
    refused: str = ""
    kept: bool = False


class CutCells(NamedTuple):
    """The cells asked for, in order, each a column of all lines; and the lines that are not plain:
    their cells are empty here."""

    columns: list[pl.Series]
    left: pl.Series


def cut(lines: pl.Series, how: LineCut, places: Sequence[int]) -> CutCells:
    """The cells at `places` (ascending) of lines; where one of them begins or ends with a space,
    the line is not plain either. Of few lines (`LEAST_LINES`) none is."""
    if len(lines) < LEAST_LINES or lines.null_count():
        return _nothing(len(lines), len(places))
    octets, data = _joined(lines)
    marks = np.flatnonzero(_is_one_of(octets, how.separators + ('\n"' if how.quoted else "\n")))
    text = _text_of(octets, marks)
    if len(text.starts) != len(lines):  # a line break within a line, or no line at all
        return _nothing(len(lines), len(places))
    gaps, bad = _outside_quotes(text, how, marks) if how.quoted else (marks, _NONE)
    starts, ends = _between(gaps, len(octets), how)
    if how.refused:
        bad = np.append(bad, _refused(text, how, starts))
    first = np.searchsorted(starts, text.starts)
    fits = _fits(text, how, first, starts, ends)
    fits[bad] = False
    if not len(octets) or not fits.any():
        return _nothing(len(lines), len(places))
    bounds = np.empty((len(lines), len(places), 2), dtype=np.int64)
    wanted = np.where(fits, first, first[fits][0])[:, np.newaxis] + np.asarray(
        places, dtype=np.int64
    )
    bounds[:, :, 0], bounds[:, :, 1] = starts[wanted], ends[wanted]
    if how.quoted and not how.kept:
        _take_off_quotes(octets, bounds)
    fits &= ~_spaced(octets, bounds)
    if not fits.all():
        bounds[~fits] = text.starts[~fits, np.newaxis, np.newaxis]
    return CutCells(_columns(data, bounds), pl.Series(~fits))


class _Text(NamedTuple):
    """Lines in one piece of memory, and where each begins and ends."""

    octets: _Octets
    starts: _Places
    ends: _Places


def _joined(lines: pl.Series) -> tuple[_Octets, Any]:
    """The bytes of all lines, one below the other, twice: to look at, and to make text of."""
    whole: Any = lines.str.join("\n").to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = whole.buffers()
    begin, end = np.frombuffer(offsets, dtype=np.int64)[whole.offset : whole.offset + 2].tolist()
    data = data[begin:end] if data else b""
    return np.frombuffer(data, dtype=np.uint8), data


def _text_of(octets: _Octets, marks: _Places) -> _Text:
    newlines = marks[octets[marks] == _NEWLINE]
    return _Text(octets, np.append(-1, newlines) + 1, np.append(newlines, len(octets)))


def _nothing(rows: int, columns: int) -> CutCells:
    """Not a line is plain."""
    empty = pl.Series([""], dtype=pl.String).new_from_index(0, rows)
    return CutCells([empty] * columns, pl.Series([True]).new_from_index(0, rows))


def _is_one_of(octets: _Octets, characters: str) -> _Mask:
    found: _Mask = octets == ord(characters[0])
    for character in characters[1:]:
        found |= octets == ord(character)
    return found


def _between(gaps: _Places, size: int, how: LineCut) -> tuple[_Places, _Places]:
    """Where the cells of all lines begin and end: between two gaps each."""
    bounds = np.concatenate(([-1], gaps, [size]))
    if not how.runs:
        return bounds[:-1] + 1, bounds[1:]
    full = np.flatnonzero(np.diff(bounds) > 1)
    return bounds[full] + 1, bounds[full + 1]


def _refused(text: _Text, how: LineCut, starts: _Places) -> _Places:
    """The rows with a cell that begins as no plain one does."""
    found = np.flatnonzero(_is_one_of(text.octets, how.refused))
    at = np.searchsorted(starts, found, side="right") - 1
    opening = found[starts[at] == found] if len(starts) else _NONE
    return np.searchsorted(text.ends, opening)


def _outside_quotes(text: _Text, how: LineCut, marks: _Places) -> tuple[_Places, _Places]:
    """Of separators, line ends and quotes those that part cells, and the rows that are not plain.

    Plain is a quote that opens behind a separator, or closes before one.
    """
    kinds = text.octets[marks]
    is_quote = kinds == _QUOTE
    if not is_quote.any():
        return marks, _NONE
    within = np.cumsum(is_quote) & 1
    newline = kinds == _NEWLINE
    if within[newline].any():
        # Lines with an odd number of quotes: those below them begin anew.
        row = np.cumsum(newline) - newline
        within ^= np.append(0, within[newline])[row]
    quotes = marks[is_quote]
    beside = quotes + np.where(within[is_quote] == 1, -1, 1)
    # The first and the last byte of all have nothing beside them.
    inner = (beside >= 0) & (beside < len(text.octets))
    parted = _is_one_of(text.octets[beside[inner]], how.separators + "\n")
    unclosed = marks[newline & (within == 1)]
    last = np.full(int(within[-1]), len(text.octets))
    bad = np.concatenate((quotes[inner][~parted], unclosed, last))
    parts = ~is_quote & ((within == 0) | newline)
    return marks[parts], np.searchsorted(text.ends, bad)


def _fits(text: _Text, how: LineCut, first: _Places, starts: _Places, ends: _Places) -> _Mask:
    """Which lines have as many cells as they should, from their first byte to their last."""
    counts = np.diff(first, append=len(starts))
    fits: _Mask = counts == how.cells
    if how.runs and fits.any():
        rows = np.where(fits, first, first[fits][0])
        fits &= starts[rows] == text.starts
        fits &= ends[rows + how.cells - 1] == text.ends
    return fits


def _take_off_quotes(octets: _Octets, bounds: _Places) -> None:
    """Moves the bounds of cells in quotes, in place."""
    begins, ends = bounds[:, :, 0], bounds[:, :, 1]
    quoted = (ends > begins) & (octets[np.minimum(begins, len(octets) - 1)] == _QUOTE)
    begins += quoted
    ends -= quoted


def _spaced(octets: _Octets, bounds: _Places) -> _Mask:
    """The lines that have a cell with a space at either end."""
    begins, ends = bounds[:, :, 0], bounds[:, :, 1]
    last = len(octets) - 1
    space = (octets[np.minimum(begins, last)] == _SPACE) | (
        octets[np.maximum(ends, 1) - 1] == _SPACE
    )
    spaced: _Mask = (space & (ends > begins)).any(axis=1)
    return spaced


def _columns(data: Any, bounds: _Places) -> list[pl.Series]:
    """The text between bounds, which ascend from cell to cell and from line to line."""
    import pyarrow as pa  # only whole batches need it, and it takes a while

    # What stands between two cells is a text of the array too: no byte has to be moved.
    offsets = np.append(bounds.reshape(-1), len(data))
    array: Any = pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data)
    )
    texts = pl.from_arrow(array)
    assert isinstance(texts, pl.Series)  # noqa: S101 - narrows the type
    count = bounds.shape[1]
    return [texts.gather_every(2 * count, 2 * at) for at in range(count)]
