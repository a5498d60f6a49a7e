"""The head of a source: the first of its lines that are not blank, by which its format is known."""

import re
from collections.abc import Sequence
from typing import Final

from logan.formats.engine.delimited_cells import split
from logan.formats.engine.envelope_layers import raw_column
from logan.formats.engine.framing import join_head
from logan.formats.engine.json_lines import parsed
from logan.formats.engine.layout import Head
from logan.formats.engine.record_spans import MAX_RECORD_LINES
from logan.intake.line_index import decoded

#: Lines of the head that are tried. More than a few dozen change no verdict, only its price.
SAMPLE_LINES: Final = 60
#: Lines that a head has at most: some of them are no records.
MOST_LINES: Final = 2 * SAMPLE_LINES
_HEAD_LINE_BYTES: Final = 64 * 1024
#: As much of a head as its first lines usually take.
_BEGINNING: Final = 32 * 1024
#: A brace of a printed object has a line to itself, with no more around it than this.
_ALONE: Final = 64
#: What `bytes.strip` takes off.
_SPACES: Final = " \t\n\r\v\f"
#: The least of the characters that show; no blank line begins with one.
_INKED: Final = "!"
#: What JSON begins with: an object, or a list of them. Other lines begin with a bracket too.
_LIST_OPENS: Final = re.compile(rb"\s*(?:\{|\[[\s\[]*(?:\{|$))")


def head_of(data: bytes, *, whole: bool) -> Head:
    """The first lines of a source; a last line without its end counts only if the data is whole.

    JSON that was printed for people comes as one line for each object.
    """
    if not whole and b"\n" in data:
        data = data[: data.rindex(b"\n")]
    lines, more = _cut(data, MOST_LINES)
    bracketed = b"{" in data or b"[" in data  # found at once, where lines take a look at each
    if not bracketed or not (_LIST_OPENS.match(data) or _opens_alone(lines)):
        return _joined_export(_first_filled(data, lines, more=more, most=MOST_LINES))
    lines, more = _cut(data, MAX_RECORD_LINES)
    head = _first_filled(data, lines, more=more, most=MAX_RECORD_LINES)
    joined = join_head(head, "json", lambda line: parsed(line) is not None)
    if joined.lines == head.lines:
        joined = head
    return Head(joined.lines[:MOST_LINES], joined.numbers[:MOST_LINES], joined.framing)


def _joined_export(head: Head) -> Head:
    """A CSV export of lines with each record on one line: its cells may hold newlines."""
    column = raw_column(head.lines[0]) if head.lines else None
    if column is None:
        return head
    return join_head(head, "csv", lambda line: len(split(line) or ()) == column.count)


def _cut(data: bytes, most: int) -> tuple[list[str], bool]:
    """The first lines as text, so many at most, and whether anything is behind them.

    They are looked for in the beginning first: to cut all of a head costs as much as its copy.
    """
    lines = decoded(data[:_BEGINNING]).split("\n", most)
    more = len(lines) > most
    if more or len(data) <= _BEGINNING:
        return lines[:most], more
    pieces = data.split(b"\n", most)
    return _texts(pieces[:most]), len(pieces) > most


def _texts(pieces: Sequence[bytes]) -> list[str]:
    """Lines as text, cut where they are too long."""
    return [decoded(piece[:_HEAD_LINE_BYTES]) for piece in pieces]


def _opens_alone(lines: Sequence[str]) -> bool:
    """True where an object or a list opens on a line of its own."""
    if min(map(len, lines)) > _ALONE:
        return False
    alone = (line.strip(_SPACES) for line in lines if len(line) <= _ALONE)
    return any(line in ("{", "[") for line in alone)


def _first_filled(data: bytes, lines: Sequence[str], *, more: bool, most: int) -> Head:
    """The first lines that are not blank, `most` of them; `lines` and `more` as `_cut` has them."""
    head = _filled(data, lines)
    if more and len(head.lines) < most:
        head = _filled(data, _texts(data.split(b"\n")))
    return Head(head.lines[:most], head.numbers[:most])


def _filled(data: bytes, lines: Sequence[str]) -> Head:
    """The lines of some data that are not blank, with their numbers."""
    if b"\r" in data:
        lines = [line.rstrip("\r") for line in lines]
    if min(lines) >= _INKED:  # a blank line would sort before
        return Head(tuple(lines), tuple(range(1, len(lines) + 1)))
    numbers = [number for number, line in enumerate(lines, start=1) if line.strip(" \t\0")]
    return Head(tuple(lines[number - 1] for number in numbers), tuple(numbers))
