"""The summary as a page of plain text: 80 columns, no colour, no block characters."""

from dataclasses import replace
from io import StringIO
from typing import Final

from rich.console import Console

from logan.outputs.console import lay_out_page
from logan.outputs.grid import ASCII
from logan.outputs.page import Page
from logan.tables.summary import Summary

_WIDTH: Final = 80
#: Rows of long tables; all of them stand in the tables beside the page.
_TOP: Final = 10


def write_page(summary: Summary) -> str:
    """Render the page that a terminal shows, as text in UTF-8 that fits any printer."""
    console = Console(file=StringIO(), width=_WIDTH, color_system=None, legacy_windows=False)
    page = Page(console, replace(ASCII, encoding="utf-8"), _TOP)
    return "".join(f"{line.plain.rstrip()}\n" for line in lay_out_page(summary, page))
