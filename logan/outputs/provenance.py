"""The sections that say how far the numbers carry: coverage, accounts, limits, rules."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.sentences import BIN_MEANINGS, write_caveats, write_selection
from logan.outputs.words import count, name_hours, name_moment
from logan.runtime.hour_numbers import HourGap
from logan.tables.coverage import Coverage
from logan.tables.period import Period
from logan.tables.summary import Summary
from logan.vocabulary import BINS

#: Gaps that are named one by one for a gateway, the longest.
_GAPS: Final = 5
#: Gaps that are named of all gateways together, the longest.
_ALL_GAPS: Final = 24
_LISTED: Final = "--json lists all"
#: From this width on, the accounts show so many gateways beside each other.
_WIDE: Final = 100
_GATEWAYS: Final = 3


def show_coverage(summary: Summary, page: Page) -> list[Text]:
    """Show which hours of the period have lines, by gateway, and name the gaps."""
    period = summary.period
    if period is None:
        return []
    parts = [part for part in summary.coverage if part.gateway is not None]
    rows = list(summary.coverage) if len(parts) > 1 else parts
    columns = [
        Column(
            "gateway",
            [page.safe(row.gateway or "any of them") for row in rows],
            right=False,
            cut="end",
        ),
        Column("files", [f"{row.sources:,}" for row in rows], rank=2),
        Column("hours with lines", [f"{row.covered:,} of {row.hours:,}" for row in rows], rank=1),
        Column("no data", [_measure_dark(row) for row in rows]),
    ]
    return [
        *page.title("Coverage", _name_bounds(period)),
        *lay_out(columns, width=page.width, marks=page.marks),
        *_show_all_gaps(parts, period.zone, page),
    ]


def _name_bounds(period: Period) -> str:
    first, last = (name_moment(moment, period.zone) for moment in (period.start, period.end))
    return f"{first} to {last}, {period.zone}"


def _measure_dark(part: Coverage) -> str:
    dark = part.hours - part.covered
    return f"{dark:,} h in {count(len(part.gaps), 'gap')}" if dark else "none"


def _show_all_gaps(parts: Sequence[Coverage], zone: str, page: Page) -> list[Text]:
    """Name the longest gaps of each gateway; of many gateways, the longest of all."""
    longest = {id(gap): gap for part in parts for gap in sorted(part.gaps, key=_shortness)[:_GAPS]}
    few = len(longest) <= _ALL_GAPS
    shown = {id(gap) for gap in sorted(longest.values(), key=_shortness)[:_ALL_GAPS]}
    lines: list[Text] = []
    for part in parts:
        for gap in part.gaps:
            if id(gap) in shown:
                span = f"{name_hours(gap.start, gap.end, zone)} ({count(gap.hours, 'hour')})"
                lines += page.wrap(f"no data from {part.gateway}: {span}", first="  ", rest="    ")
        if few:
            lines += page.more(len(part.gaps) - _GAPS, "shorter gaps", _LISTED)
    hidden = sum(len(part.gaps) for part in parts) - len(shown)
    return lines if few else [*lines, *page.more(hidden, "shorter gaps", _LISTED)]


def _shortness(gap: HourGap) -> int:
    return -gap.hours


def show_accounts(summary: Summary, page: Page) -> list[Text]:
    """Show in which bin every line of the input ended; the bins sum to the lines."""
    parts = summary.gateways if page.width >= _WIDE else {}
    if not 2 <= len(parts) <= _GATEWAYS:
        parts = {}
    columns = [
        Column("", BINS, right=False),
        Column("lines", [f"{summary.bins[name]:,}" for name in BINS]),
        *(
            Column(page.safe(gateway, width=24), [f"{bins[name]:,}" for name in BINS])
            for gateway, bins in parts.items()
        ),
    ]
    titles, *rows = lay_out(columns, width=page.width, marks=page.marks)
    note = f"{count(sum(summary.bins.values()), 'line')}, each in one bin"
    if write_selection(summary):
        note += "; of the whole input, selected or not"
    lines = page.title("Every line accounted for", note)
    lines += [titles] if parts else []
    for name, row in zip(BINS, rows, strict=True):
        lines += page.wrap(BIN_MEANINGS[name], first=f"{row.plain}  ")
    return lines


def show_limits(summary: Summary, page: Page) -> list[Text]:
    """Show what these logs cannot show: only the limits that apply."""
    return [
        *page.title("What these logs cannot show"),
        *(
            line
            for _, text in write_caveats(summary)
            for line in page.wrap(text, first=f"  {page.marks.bullet} ")
        ),
    ]


def show_footer(summary: Summary, page: Page) -> list[Text]:
    """Show by which rules, and where each number can be followed to its lines."""
    watched = count(len(summary.result.service_names), "watched service")
    text = (
        f"Rules {summary.result.rules_version}, {watched}. "
        "--export writes every hit with its file and line, --json this summary for a program."
    )
    return [Text(), *page.wrap(text, style="dim")]
