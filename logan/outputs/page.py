"""The page a summary is written on: its width, the signs it can show, and wrapped prose."""

from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from logan.outputs.grid import ASCII, UNICODE, TerminalMarks, clip
from logan.outputs.text import printable

#: Longer lines of prose are hard to read, however wide the terminal.
_PROSE: Final = 96
#: Room for prose beside what it explains; narrower columns of words are not read.
_LEAST: Final = 20
_BELOW: Final = "    "


class Page(NamedTuple):
    """Where lines are laid out for: `top` limits long tables (None: show all)."""

    console: Console
    marks: TerminalMarks
    top: int | None

    @property
    def width(self) -> int:
        """The width in cells."""
        return self.console.width

    def safe(self, text: str, *, width: int | None = None) -> str:
        """Make text from a log or a file name safe to show here; optionally cut to a width."""
        shown = printable(text, encoding=self.marks.encoding)
        return clip(shown, width, end="end", marks=self.marks) if width else shown

    def wrap(
        self, text: str, *, first: str = "", rest: str | None = None, style: str = ""
    ) -> list[Text]:
        """Wrap prose into lines that begin with `first`, then `rest` (default: as wide a blank).

        Where `first` leaves too little room beside it, the text stands below. The text is made
        safe; `first` and `rest` are ours.
        """
        rest = " " * len(first) if rest is None else rest
        room = min(self.width, _PROSE) - max(len(first), len(rest))
        if room < _LEAST and len(first) > 2 * len(_BELOW):
            return [Text(first.rstrip()), *self.wrap(text, first=_BELOW, style=style)]
        room = max(room, _LEAST - len(_BELOW))
        lines = Text(self.safe(text), style=style).wrap(self.console, room)
        for line in lines:
            line.rstrip()
        starts = [first, *[rest] * (len(lines) - 1)]
        return [Text.assemble(start, line) for start, line in zip(starts, lines, strict=True)]

    def more(self, hidden: int, noun: str, how: str) -> list[Text]:
        """Say that a table is cut, by how much, and how to see the rest; nothing if it is not."""
        if hidden <= 0:
            return []
        ellipsis = self.marks.ellipsis
        return self.wrap(f"and {hidden:,} more {noun}: {how}", first=f"{ellipsis} ", style="dim")

    def title(self, text: str, note: str = "") -> list[Text]:
        """Begin a section: an empty line, its title, and a note beside it, or below if too long."""
        if not note:
            return [Text(), Text(text, style="bold")]
        if cell_len(text) + 2 + cell_len(note) <= self.width:
            return [Text(), Text.assemble((text, "bold"), "  ", (self.safe(note), "dim"))]
        return [Text(), Text(text, style="bold"), *self.wrap(note, first="  ", style="dim")]


def open_page(console: Console, *, top: int | None) -> Page:
    """Choose signs that the console's stream and terminal can show."""
    able = console.encoding.lower().startswith("utf") and not console.is_dumb_terminal
    if able:
        return Page(console, UNICODE, top)
    return Page(console, ASCII, top)
