"""Records of more than one line within a block: which rows they have, and what these say as one.

What both kinds of such records have in common, CSV and JSON (`framing.py`, `json_objects.py`).
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from logan.intake.blocks import MAX_LINE
from logan.intake.line_index import LineIndex, decoded

#: Tells whether a joined line is a record of its format.
Reads = Callable[[str], bool]
Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

#: No record runs over more lines. Past it the line that opened one stands for itself.
MAX_RECORD_LINES: Final = 4_000
#: Failures after which the rest of a block is left as it is: a hostile file costs no more time.
MOST_FAILURES: Final = 5_000


class RecordSpans(NamedTuple):
    """Records of more than one line, by their first and last row; `open` is the row of one that
    has not ended yet, None where there is none."""

    first: Rows
    last: Rows
    open: int | None = None


def joined_text(index: LineIndex, first: int, last: int) -> str:
    """Rows first to last as one line."""
    data = index.whole[index.starts[first] : index.ends[last]]
    return decoded(data.replace(b"\r\n", b"").replace(b"\n", b"")).rstrip("\r")


def is_too_long(index: LineIndex, first: int, last: int) -> bool:
    """True where rows first to last are more than a record may have, in lines or bytes."""
    size = int(index.ends[last] - index.starts[first])
    return last - first >= MAX_RECORD_LINES or size > MAX_LINE
