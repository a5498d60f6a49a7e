"""The summary for a person at a terminal who has thirty seconds: the result first, its limits last.

Renders tables and computes nothing. All text that comes from logs goes through `Page.safe`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from logan.outputs.chart import show_windows
from logan.outputs.headline import show_headline, show_incomplete
from logan.outputs.hit_tables import show_busiest, show_people, show_services
from logan.outputs.lookalikes import show_lookalikes
from logan.outputs.page import Page, open_page
from logan.outputs.provenance import (
    show_accounts,
    show_coverage,
    show_footer,
    show_limits,
)
from logan.outputs.sources import show_sources
from logan.outputs.tracked_pages import show_tracked_pages
from logan.tables.summary import Summary

if TYPE_CHECKING:
    from logan.tables.people_counts import PeopleCounts


def _show_by_list(summary: Summary, page: Page) -> list[Text]:
    """Show what lists of people say of the hits; nothing where none was given."""
    if summary.by_list is None:
        return []
    from logan.outputs.people_page import show_people_counts  # most scans have no lists

    return show_people_counts(summary.by_list, page)


#: In the order of reading. A new section is one line here.
_SECTIONS = (
    show_incomplete,
    show_headline,
    show_services,
    show_people,
    show_windows,
    show_busiest,
    show_tracked_pages,
    show_lookalikes,
    show_coverage,
    show_accounts,
    show_sources,
    show_limits,
    show_footer,
    _show_by_list,
)


def print_summary(summary: Summary, *, console: Console, top: int | None = 10) -> None:
    """Print the sections of a summary; `top` limits long tables (None: everything is shown)."""
    _print(lay_out_page(summary, open_page(console, top=top)), console)


def print_people(counts: "PeopleCounts", *, console: Console, top: int | None = 10) -> None:
    """Print what lists of people say, alone."""
    from logan.outputs.people_page import show_people_counts

    _print(show_people_counts(counts, open_page(console, top=top)), console)


def print_persons(counts: "PeopleCounts", *, console: Console, top: int | None = 10) -> None:
    """Print hits by person, for whoever asked for names."""
    from logan.outputs.people_page import show_persons

    _print(show_persons(counts, open_page(console, top=top)), console)


def _print(lines: Iterable[Text], console: Console) -> None:
    for line in lines:
        # The lines are laid out: a wrap or a cut by Rich could only do harm.
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)


def lay_out_page(summary: Summary, page: Page) -> list[Text]:
    """Lay out all sections as lines."""
    return [line for show in _SECTIONS for line in show(summary, page)]
