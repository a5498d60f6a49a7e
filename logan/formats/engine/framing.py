"""Records that run over several lines: CSV cells with newlines in them, JSON printed for people.

The lines of a record move up into its first line; its other lines are left empty in their places.
So every line keeps its number, and nothing after this step has to know. They are joined by nothing:
what wraps lines at a width cuts inside stamps and hosts. Two lines are joined only where that makes
a record: a stray quote or a cut object swallows no other record.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from logan.formats.engine.layout import Framing, Head
from logan.intake.blocks import MAX_LINE, Block
from logan.intake.line_index import LineIndex, decoded

#: Tells whether a joined line is a record of its format.
Reads = Callable[[str], bool]
Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

#: No record runs over more lines. Past it the line that opened one stands for itself.
MAX_RECORD_LINES: Final = 4_000
#: Failures after which the rest of a block is left as it is: a hostile file costs no more time.
_MOST_FAILURES: Final = 5_000
#: White space and marks around an object that are looked past.
_MOST_AROUND: Final = 64
_NEWLINE, _RETURN, _SPACE, _QUOTE, _COMMA, _BACKSLASH = b'\n\r ",\\'
_OPEN, _CLOSE, _FROM, _TO, _TAB = b"{}[]\t"
#: The end of one object and the start of the next on one line, as Jackson prints lists.
_TURN: Final = re.compile(rb"\n([ \t]*\})([ \t]*,?[ \t]*\{[ \t]*\r?)(?=\n)")


class RecordSpans(NamedTuple):
    """Records of more than one line, by their first and last row; `open` is the row of one that
    has not ended yet, None where there is none."""

    first: Rows
    last: Rows
    open: int | None = None


def join_records(blocks: Iterable[Block], framing: Framing, reads: Reads) -> Iterator[Block]:
    """The blocks with every record on one line; line numbers stay. A record may cross blocks."""
    held: Block | None = None
    for block in blocks:
        if block.piece != "whole" and held is not None:
            yield _join(held, framing, reads, last=True)[0]
            held = None
        if framing == "line" or block.piece != "whole":
            yield block
            continue
        done, held = _join(_together(held, block), framing, reads, last=False)
        if done.lines:
            yield done
    if held is not None:
        yield _join(held, framing, reads, last=True)[0]


def join_head(head: Head, framing: Framing, reads: Reads) -> Head:
    """A head with every record on one line, under the number of its first; the rest left out."""
    text = "\n".join(head.lines)
    if not head.lines:
        return head
    if framing == "csv" and '"' not in text and text.isascii():
        return _full(text.split("\n"), head.numbers, framing)  # no record runs over a line
    data = text.encode("utf-8", "backslashreplace") + b"\n"
    block, _ = _join(Block(data, 1, len(head.lines), 0), framing, reads, last=True)
    return _full(decoded(block.data).split("\n"), head.numbers, framing)


def _full(lines: Iterable[str], numbers: Iterable[int], framing: Framing) -> Head:
    """The lines that hold more than the marks of a list."""
    rows = [
        (line, number)
        for line, number in zip(lines, numbers, strict=False)
        if line.strip(" \t\r[],")
    ]
    return Head(tuple(line for line, _ in rows), tuple(number for _, number in rows), framing)


def _together(held: Block | None, block: Block) -> Block:
    if held is None:
        return block
    return replace(held, data=held.data + block.data, lines=held.lines + block.lines)


def _join(
    block: Block, framing: Framing, reads: Reads, *, last: bool
) -> tuple[Block, Block | None]:
    """The block joined, and what of it must wait for the next one."""
    index = LineIndex(block.data)
    if framing == "json" and not _one_object_a_line(index):
        index = LineIndex(_TURN.sub(rb"\1\n\2", block.data))
        depth = _depth(index)
        spans = _objects(index, depth, reads, last=last)
        edit = _editable(index)
        _strip_list(edit, index, depth, spans)
    elif framing == "csv":
        spans = _quoted(index, reads, last=last)
        if not len(spans.first) and spans.open is None:
            return block, None
        edit = _editable(index)
    else:
        return block, None
    stop = len(index) if spans.open is None else spans.open
    end = int(index.starts[stop]) if stop < len(index) else len(edit)
    done = _moved_up(edit[:end], index, spans)
    continued = int((spans.last - spans.first).sum())
    whole = Block(done, block.first_line, stop, block.offset, continued=continued)
    if stop == len(index):
        return whole, None
    rest = index.whole[int(index.starts[stop]) :]
    return whole, Block(rest, block.first_line + stop, block.lines - stop, block.offset + end)


def _editable(index: LineIndex) -> Bytes:
    """The bytes to work on; the last line gets its newline."""
    whole = index.whole if index.whole.endswith(b"\n") else index.whole + b"\n"
    return np.frombuffer(whole, dtype=np.uint8).copy()


def _within(index: LineIndex, spans: RecordSpans) -> Rows:
    """Where the line ends inside records stand."""
    change = np.zeros(len(index) + 1, dtype=np.int64)
    np.add.at(change, spans.first, 1)
    np.add.at(change, spans.last, -1)
    newlines = index.ends[np.flatnonzero(np.cumsum(change)[:-1])]
    data = np.frombuffer(index.whole, dtype=np.uint8)
    returns = newlines[newlines > 0] - 1
    return np.concatenate((newlines, returns[data[returns] == _RETURN]))


def _moved_up(edit: Bytes, index: LineIndex, spans: RecordSpans) -> bytes:
    """The bytes without the line ends inside records, an empty line for each of them behind it."""
    if not len(spans.first):
        return edit.tobytes()
    kept = np.ones(len(edit), dtype=bool)
    kept[_within(index, spans)] = False
    places = np.repeat(index.ends[spans.last] + 1, spans.last - spans.first)
    moved: Bytes = np.insert(edit, places, _NEWLINE)[np.insert(kept, places, values=True)]
    return moved.tobytes()


def _text(index: LineIndex, first: int, last: int) -> str:
    """Rows first to last as one line."""
    data = index.whole[index.starts[first] : index.ends[last]]
    return decoded(data.replace(b"\r\n", b"").replace(b"\n", b"")).rstrip("\r")


def _too_long(index: LineIndex, first: int, last: int) -> bool:
    size = int(index.ends[last] - index.starts[first])
    return last - first >= MAX_RECORD_LINES or size > MAX_LINE


def _quoted(index: LineIndex, reads: Reads, *, last: bool) -> RecordSpans:
    """CSV records: a line with an odd number of quotes opens one, the next such line closes it."""
    data = np.frombuffer(index.whole, dtype=np.uint8)
    if not len(data):
        return _spans([])
    quotes = (data == _QUOTE).view(np.uint8)
    odd = np.flatnonzero(np.bitwise_xor.reduceat(quotes, index.starts)).tolist()
    found: list[tuple[int, int]] = []
    failures = at = 0
    while at + 1 < len(odd) and failures < _MOST_FAILURES:
        first, end = odd[at], odd[at + 1]
        if not _too_long(index, first, end) and reads(_text(index, first, end)):
            found.append((first, end))
            at += 2
        else:
            failures += 1
            at += 1
    waits = at + 1 == len(odd) and not last and not _too_long(index, odd[at], len(index) - 1)
    return _spans(found, odd[at] if waits else None)


def _spans(found: list[tuple[int, int]], open_row: int | None = None) -> RecordSpans:
    rows = np.array(found, dtype=np.int64).reshape(-1, 2)
    return RecordSpans(rows[:, 0], rows[:, 1], open_row)


def _one_object_a_line(index: LineIndex) -> bool:
    """True where every line ends with `}` and none starts as the inner lines of an object do."""
    data = np.frombuffer(index.whole, dtype=np.uint8)
    full = index.ends > index.starts
    starts, ends = index.starts[full], index.ends[full]
    before = data[ends - 1]
    before = np.where(before == _RETURN, data[np.maximum(ends - 2, 0)], before)
    inner = np.isin(data[starts], (_SPACE, _TAB, _QUOTE, _CLOSE, _FROM, _TO))
    return bool(np.all(before == _CLOSE) and not inner.any())


class _Depth(NamedTuple):
    """By row: the braces it opens less those it closes, and whether it has any. Strings apart."""

    change: Rows
    braced: npt.NDArray[np.bool_]


def _depth(index: LineIndex) -> _Depth:
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
    return _Depth(np.add.reduceat(steps, index.starts, dtype=np.int64), braced)


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


def _objects(index: LineIndex, depth: _Depth, reads: Reads, *, last: bool) -> RecordSpans:
    """JSON objects over several rows: from where the depth leaves 0 to where it is 0 again."""
    firsts: list[Rows] = []
    lasts: list[Rows] = []
    waits: int | None = None
    whole = _whole_rows(index, depth)
    begin = 0
    for _ in range(_MOST_FAILURES):
        first, end = _walk(depth, begin)
        good = _good(index, first, end, whole, reads)
        firsts.append(first[:good])
        lasts.append(end[:good])
        if good == len(first):
            break
        begin = int(first[good]) + 1
        if good == len(end) and not last and not _too_long(index, begin - 1, len(index) - 1):
            waits = begin - 1
            break
    return RecordSpans(np.concatenate(firsts), np.concatenate(lasts), waits)


def _walk(depth: _Depth, begin: int) -> tuple[Rows, Rows]:
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
        if long[at] or not reads(_text(index, opens[at], end[at]).strip(" \t\r[],")):
            return int(at)
    return len(end)


def _whole_rows(index: LineIndex, depth: _Depth) -> Rows:
    """How many rows before each look like whole objects by themselves: none is inside another."""
    data = np.frombuffer(index.whole, dtype=np.uint8)
    opening = data[np.minimum(index.starts, len(data) - 1)] == _OPEN
    alone = opening & (depth.change == 0) & depth.braced
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(alone)))


def _strip_list(edit: Bytes, index: LineIndex, depth: _Depth, spans: RecordSpans) -> None:
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
