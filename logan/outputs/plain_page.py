"""The summary as a page of plain text: 80 columns, no colour, no block characters."""

from collections.abc import Iterable
from io import StringIO
from typing import Final

from rich.console import Console
from rich.text import Text

from logan.outputs.console import lay_out_page
from logan.outputs.grid import ASCII
from logan.outputs.page import Page
from logan.outputs.people_page import show_people_counts
from logan.tables.people_counts import PeopleCounts
from logan.tables.summary import Summary

_WIDTH: Final = 80
#: Rows of long tables; all of them stand in the tables beside the page.
_TOP: Final = 10


def write_page(summary: Summary) -> str:
    """Render the page that a terminal shows, as text in UTF-8 that fits any printer."""
    return _join(lay_out_page(summary, _open_plain_page()))


def write_people_page(counts: PeopleCounts) -> str:
    """Render the last section alone, that about lists of people."""
    return _join(show_people_counts(counts, _open_plain_page()))


def _open_plain_page() -> Page:
    console = Console(file=StringIO(), width=_WIDTH, color_system=None, legacy_windows=False)
    return Page(console, ASCII._replace(encoding="utf-8"), _TOP)


def _join(lines: Iterable[Text]) -> str:
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)
