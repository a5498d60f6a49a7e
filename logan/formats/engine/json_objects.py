"""JSON objects that are printed over several lines, or in a list: where each of them stands."""

import re
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from logan.formats.engine.record_spans import (
    MAX_RECORD_LINES,
    MOST_FAILURES,
    Bytes,
    Reads,
    RecordSpans,
    Rows,
    is_too_long,
    joined_text,
)
from logan.intake.blocks import MAX_LINE
from logan.intake.line_index import LineIndex

#: White space and marks around an object that are looked past.
_MOST_AROUND: Final = 64
_RETURN, _SPACE, _QUOTE, _COMMA, _BACKSLASH = b'\r ",\\'
_OPEN, _CLOSE, _FROM, _TO, _TAB = b"{}[]\t"
#: The end of one object and the start of the next on one line, as Jackson prints lists.
_TURN: Final = re.compile(rb"\n([ \t]*\})([ \t]*,?[ \t]*\{[ \t]*\r?)(?=\n)")


def are_one_a_line(index: LineIndex) -> bool:
    """True where every line ends with `}` and none starts as the inner lines of an object do."""
    data = np.frombuffer(index.whole, dtype=np.uint8)
    full = index.ends > index.starts
    starts, ends = index.starts[full], index.ends[full]
    before = data[ends - 1]
    before = np.where(before == _RETURN, data[np.maximum(ends - 2, 0)], before)
    inner = np.isin(data[starts], (_SPACE, _TAB, _QUOTE, _CLOSE, _FROM, _TO))
    return bool(np.all(before == _CLOSE) and not inner.any())


def one_a_row(data: bytes) -> bytes:
    """The bytes with the end of one object and the start of the next on lines of their own."""
    return _TURN.sub(rb"\1\n\2", data)


class BraceDepth(NamedTuple):
    """By row: the braces it opens less those it closes, and whether it has any. Strings apart."""

    change: Rows
    braced: npt.NDArray[np.bool_]


def brace_depth(index: LineIndex) -> BraceDepth:
    """How deep in braces each row leads, and which rows have any; not those within a string."""
    data = np.frombuffer(index.whole, dtype=np.uint8)
    quotes = data == _QUOTE
    if b'\\"' in index.whole:
        quotes[escaped_quotes(data, quotes)] = False
    inside = np.bitwise_xor.accumulate(quotes.view(np.uint8))
    carried = np.concatenate((np.zeros(1, np.uint8), inside[index.starts[1:] - 1]))
    if carried.any():  # no JSON string holds a newline: an odd quote breaks its own line only
        inside ^= np.repeat(carried, np.diff(np.append(index.starts, len(data))))
    opens, closes = (data == _OPEN) & (inside == 0), (data == _CLOSE) & (inside == 0)
    steps = opens.view(np.int8) - closes.view(np.int8)
    braced = np.bitwise_or.reduceat((opens | closes).view(np.uint8), index.starts) > 0
    return BraceDepth(np.add.reduceat(steps, index.starts, dtype=np.int64), braced)


def escaped_quotes(data: Bytes, quotes: npt.NDArray[np.bool_]) -> Rows:
    """The quotes that an odd number of backslashes precedes."""
    at = np.flatnonzero(quotes[1:] & (data[:-1] == _BACKSLASH)) + 1
    odd = np.ones(len(at), dtype=bool)
    live, back = np.arange(len(at)), at - 2
    while len(live):
        more = (back >= 0) & (data[np.maximum(back, 0)] == _BACKSLASH)
        live, back = live[more], back[more] - 1
        odd[live] ^= True
    return at[odd]


def object_spans(index: LineIndex, depth: BraceDepth, reads: Reads, *, last: bool) -> RecordSpans:
    """JSON objects over several rows: from where the depth leaves 0 to where it is 0 again."""
    firsts: list[Rows] = []
    lasts: list[Rows] = []
    waits: int | None = None
    whole = _whole_rows(index, depth)
    begin = 0
    for _ in range(MOST_FAILURES):
        first, end = _walk(depth, begin)
        good = _good(index, first, end, whole, reads)
        firsts.append(first[:good])
        lasts.append(end[:good])
        if good == len(first):
            break
        begin = int(first[good]) + 1
        if good == len(end) and not last and not is_too_long(index, begin - 1, len(index) - 1):
            waits = begin - 1
            break
    return RecordSpans(np.concatenate(firsts), np.concatenate(lasts), waits)


def _walk(depth: BraceDepth, begin: int) -> tuple[Rows, Rows]:
    """From a row on: where the depth leaves 0, and where it is back (the last may never be)."""
    total = np.cumsum(depth.change[begin:])
    height = total - np.minimum(np.minimum.accumulate(total), 0)
    above = np.concatenate(([False], height > 0))
    first = np.flatnonzero(~above[:-1] & above[1:]) + begin
    end = np.flatnonzero(above[:-1] & ~above[1:]) + begin
    return first, end


def _good(index: LineIndex, first: Rows, end: Rows, whole: Rows, reads: Reads) -> int:
    """How many of the spans, from the first on, are records."""
    opens = first[: len(end)]
    sizes = index.ends[end] - index.starts[opens]
    long = (end - opens >= MAX_RECORD_LINES) | (sizes > MAX_LINE)
    doubtful = whole[end + 1] > whole[opens]
    for at in np.flatnonzero(long | doubtful).tolist():
        if long[at] or not reads(joined_text(index, opens[at], end[at]).strip(" \t\r[],")):
            return int(at)
    return len(end)


def _whole_rows(index: LineIndex, depth: BraceDepth) -> Rows:
    """How many rows before each look like whole objects by themselves: none is inside another."""
    data = np.frombuffer(index.whole, dtype=np.uint8)
    opening = data[np.minimum(index.starts, len(data) - 1)] == _OPEN
    alone = opening & (depth.change == 0) & depth.braced
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(alone)))


def strip_list(edit: Bytes, index: LineIndex, depth: BraceDepth, spans: RecordSpans) -> None:
    """Blank out the brackets and commas of a list around its objects."""
    within = np.zeros(len(index) + 1, dtype=np.int64)
    np.add.at(within, spans.first, 1)
    np.add.at(within, spans.last + 1, -1)
    alone = np.flatnonzero((np.cumsum(within)[:-1] == 0) & depth.braced & (depth.change == 0))
    starts = index.starts[np.concatenate((spans.first, alone))]
    ends = index.ends[np.concatenate((spans.last, alone))]
    _blank(edit, starts, 1, (_FROM, _COMMA), _OPEN)
    _blank(edit, ends - 1, -1, (_TO, _COMMA), _CLOSE)


def _blank(edit: Bytes, at: Rows, step: int, marks: tuple[int, ...], brace: int) -> None:
    """From each place on, white space and marks become spaces, where they lead to a brace.

    A line of text may begin with a bracket too, and hold braces: it is left as it is.
    """
    passed = [at]
    for _ in range(_MOST_AROUND):
        here = passed[-1]
        on = np.isin(edit[here], (*marks, _SPACE, _TAB, _RETURN))
        passed.append(np.where(on, np.clip(here + step, 0, len(edit) - 1), here))
        if not on.any():
            break
    leads = edit[passed[-1]] == brace
    for here in passed[:-1]:
        around = here[leads]
        edit[around[edit[around] != brace]] = _SPACE
