"""Lays out columns of text for a width: which columns there is room for, and where to cut names.

Knows nothing of what the columns say. Rich is used for the width of characters and for style only:
its own tables cut with a character that not every terminal can write.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

GUTTER: Final = 2


class TerminalMarks(NamedTuple):
    """The signs a terminal can write, and how: `encoding` escapes everything else."""

    encoding: str
    ellipsis: str
    blocks: str  # of growing length, the last one full
    bullet: str


UNICODE: Final = TerminalMarks("utf-8", "…", "▏▎▍▌▋▊▉█", "•")
ASCII: Final = TerminalMarks("ascii", "...", "#", "*")


class Column(NamedTuple):
    """A column of a table: cells that are printable already, one per row.

    The columns of the highest `rank` are left out first where there is no room; rank 0 always
    stays. `cut` says at which end long cells may be cut, down to `least` cells; None: never.
    """

    title: str
    cells: Sequence[str]
    rank: int = 0
    right: bool = True
    cut: Literal["start", "end"] | None = None
    least: int = 16
    style: str = ""

    @property
    def width(self) -> int:
        """The cells needed to show everything."""
        return max(map(cell_len, (self.title, *self.cells)))


def lay_out(columns: Sequence[Column], *, width: int, marks: TerminalMarks) -> list[Text]:
    """Make lines of text: the titles, then a line per row, none wider than `width` if it can be."""
    shown = fit(columns, width=width, marks=marks)
    # Measured once: a column is as wide as the widest of perhaps thousands of cells.
    widths = [column.width for column in shown]
    titles = [column.title for column in shown]
    rows = zip(*(column.cells for column in shown), strict=True)
    return [
        _write_line(shown, widths, titles, style="dim"),
        *(_write_line(shown, widths, row) for row in rows),
    ]


def fit(columns: Sequence[Column], *, width: int, marks: TerminalMarks) -> list[Column]:
    """Leave out columns until the rest fits, then cut those that would be left out next, first."""
    shown = list(columns)
    while measure(shown, least=True) > width and (rank := max(column.rank for column in shown)):
        shown = [column for column in shown if column.rank < rank]
    excess = measure(shown) - width
    for index in sorted(range(len(shown)), key=lambda index: -shown[index].rank):
        column = shown[index]
        if excess > 0 and column.cut and column.width > column.least:
            room = max(column.width - excess, column.least)
            excess -= column.width - room
            cells = [clip(cell, room, end=column.cut, marks=marks) for cell in column.cells]
            shown[index] = column._replace(cells=cells)
    return shown


def measure(columns: Sequence[Column], *, least: bool = False) -> int:
    """Give the width of columns side by side; `least`: with long names cut as far as allowed."""
    widths = [
        min(column.width, column.least) if least and column.cut else column.width
        for column in columns
    ]
    return sum(widths) + GUTTER * (len(widths) - 1)


def clip(text: str, width: int, *, end: Literal["start", "end"], marks: TerminalMarks) -> str:
    """Cut a text to a width in cells, with an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    room = width - cell_len(marks.ellipsis)
    if end == "end":
        return set_cell_size(text, room).rstrip() + marks.ellipsis
    return marks.ellipsis + set_cell_size(text[::-1], room)[::-1]


def draw_bar(share: float, width: int, *, marks: TerminalMarks) -> str:
    """Draw a share of 0 to 1 as a bar; whatever is not nothing is at least one mark long."""
    parts = round(share * width * len(marks.blocks))
    if share > 0:
        parts = max(parts, 1)
    full, rest = divmod(parts, len(marks.blocks))
    return marks.blocks[-1] * full + (marks.blocks[rest - 1] if rest else "")


def _write_line(
    columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str], *, style: str = ""
) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    for index, (column, width, cell) in enumerate(zip(columns, widths, cells, strict=True)):
        padding = " " * (width - cell_len(cell))
        line.append(" " * GUTTER if index else "")
        line.append(padding if column.right else "")
        line.append(cell, style=style or column.style)
        line.append("" if column.right else padding)
    line.rstrip()
    return line
