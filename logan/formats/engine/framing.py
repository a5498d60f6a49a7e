"""Records that run over several lines: CSV cells with newlines in them, JSON printed for people.

The lines of a record move up into its first line; its other lines are left empty in their places.
So every line keeps its number, and nothing after this step has to know. They are joined by nothing:
what wraps lines at a width cuts inside stamps and hosts. Two lines are joined only where that makes
a record: a stray quote or a cut object swallows no other record.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from logan.formats.engine.json_objects import (
    are_one_a_line,
    brace_depth,
    object_spans,
    one_a_row,
    strip_list,
)
from logan.formats.engine.layout import Framing, Head
from logan.formats.engine.record_spans import (
    MOST_FAILURES,
    Bytes,
    Reads,
    RecordSpans,
    Rows,
    is_too_long,
    joined_text,
)
from logan.intake.blocks import Block
from logan.intake.line_index import LineIndex, decoded

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


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
    return held._replace(data=held.data + block.data, lines=held.lines + block.lines)


def _join(
    block: Block, framing: Framing, reads: Reads, *, last: bool
) -> tuple[Block, Block | None]:
    """The block joined, and what of it must wait for the next one."""
    index = LineIndex(block.data)
    if framing == "json" and not are_one_a_line(index):
        index = LineIndex(one_a_row(block.data))
        depth = brace_depth(index)
        spans = object_spans(index, depth, reads, last=last)
        edit = _editable(index)
        strip_list(edit, index, depth, spans)
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


def _quoted(index: LineIndex, reads: Reads, *, last: bool) -> RecordSpans:
    """CSV records: a line with an odd number of quotes opens one, the next such line closes it."""
    data = np.frombuffer(index.whole, dtype=np.uint8)
    if not len(data):
        return _spans([])
    quotes = (data == _QUOTE).view(np.uint8)
    odd = np.flatnonzero(np.bitwise_xor.reduceat(quotes, index.starts)).tolist()
    found: list[tuple[int, int]] = []
    failures = at = 0
    while at + 1 < len(odd) and failures < MOST_FAILURES:
        first, end = odd[at], odd[at + 1]
        if not is_too_long(index, first, end) and reads(joined_text(index, first, end)):
            found.append((first, end))
            at += 2
        else:
            failures += 1
            at += 1
    waits = at + 1 == len(odd) and not last and not is_too_long(index, odd[at], len(index) - 1)
    return _spans(found, odd[at] if waits else None)


def _spans(found: list[tuple[int, int]], open_row: int | None = None) -> RecordSpans:
    rows = np.array(found, dtype=np.int64).reshape(-1, 2)
    return RecordSpans(rows[:, 0], rows[:, 1], open_row)
