"""Lines from all over a source that show whether it names what was asked for.

Those that hold certain bytes of the text, so that they are the same however it is cut: many near
its beginning, for short logs, then one in a quarter of a mebibyte.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from logan.intake.line_index import decoded
from logan.pipeline.examine import ExaminedPart
from logan.pipeline.matcher import ParsingKey
from logan.pipeline.recognition import ASKS_FOR_ADDRESS
from logan.pipeline.source import SampledLine

#: How far apart the bytes lie, up to which place of the text.
_STEPS: Final = ((4 << 10, 256 << 10), (32 << 10, 2 << 20), (256 << 10, None))


def sampled_rows(examined: ExaminedPart) -> list[int]:
    """The rows of a part of a batch that are looked at, in order."""
    begin, index = examined.part.offset, examined.index
    if not len(index) or examined.stop == examined.first:
        return []
    start = int(index.starts[examined.first])
    stop = begin + int(index.ends[examined.stop - 1]) + 1 - start
    places = [place - begin + start for place in _places(begin, stop)]
    return np.unique(index.rows_of(np.asarray(places))).tolist() if places else []


def _places(begin: int, stop: int) -> Iterator[int]:
    """The places of a text in [begin, stop) whose lines are looked at."""
    for step, end in _STEPS:
        first = max(begin, step) + -max(begin, step) % step
        last = stop if end is None else min(stop, end)
        yield from range(first, last, step)


def sample(
    examined: ExaminedPart, rows: list[int], key: ParsingKey, number: int
) -> Iterator[SampledLine]:
    """The lines of these rows, of which row 0 has this number."""
    for row in rows:
        text = decoded(examined.index.line(row)).rstrip("\r")
        asks = ASKS_FOR_ADDRESS.search(text) is not None
        yield SampledLine(number + row, key, None if asks else text)
