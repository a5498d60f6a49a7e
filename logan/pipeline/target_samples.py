"""Lines from all over a source that show whether it names what was asked for.

Those that hold certain bytes of the text, so that they are the same however it is cut: many near
its beginning, for short logs, then one in a mebibyte.
"""

from typing import Final

import numpy as np

from logan.intake.line_index import decoded
from logan.pipeline.examine import ExaminedPart
from logan.pipeline.first_records import asks_for_address
from logan.pipeline.source import SourceReading

#: How far apart the bytes lie, and up to which place of the text.
_NEAR: Final = (8 << 10, 256 << 10)
_FAR: Final = (32 << 10, 4 << 20)
_FARTHEST: Final = 1 << 20


def sample(reading: SourceReading, examined: ExaminedPart) -> list[int]:
    """The rows of a part of a batch that are looked at, in order; one twice if its line is long.
    None of a log without format.

    Few calls: small files are many.
    """
    index, begin = examined.index, examined.part.offset
    if reading.recognised.format is None or not index.data:
        return []
    start = int(index.starts[examined.first])
    stop = begin + int(index.ends[examined.stop - 1]) + 1 - start
    near, near_end = _NEAR
    if stop <= near:
        return []
    if stop <= near_end:
        places = np.arange(begin + -begin % near or near, stop, near)
    else:
        places = np.array(_places(begin, stop), dtype=np.int64)
    rows: list[int] = index.ends.searchsorted(places + (start - begin)).tolist()
    return rows


def _places(begin: int, stop: int) -> list[int]:
    """The places of a text in [begin, stop) whose lines are looked at."""
    (near, near_end), (far, far_end) = _NEAR, _FAR
    places: list[int] = []
    if begin < near_end:
        places += range(begin + -begin % near or near, min(stop, near_end), near)
    if begin < far_end:
        first = max(begin, near_end)
        places += range(first + -first % far, min(stop, far_end), far)
    if far_end < stop:
        first = max(begin, far_end)
        places += range(first + -first % _FARTHEST, stop, _FARTHEST)
    return places


def keep_samples(
    reading: SourceReading, examined: ExaminedPart, rows: list[int], *, first: int, stop: int
) -> None:
    """Keep those of these rows that are in [first, stop), where lines are read alike, until it is
    known what they show."""
    number, key, index = reading.lines + 1 - examined.first, reading.key, examined.index
    before = -1
    for row in rows:
        if not first <= row < stop or row == before:
            continue
        before = row
        line = index.line(row)
        asks = asks_for_address(line)
        text = None if asks else decoded(line).rstrip("\r")
        reading.samples += [(number + row, key, text)]
        reading.last_sample = (number + row, key, line)
